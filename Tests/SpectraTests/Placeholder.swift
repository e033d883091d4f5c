import Testing

@testable import Spectra
