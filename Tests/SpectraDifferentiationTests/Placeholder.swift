import Testing

@testable import SpectraDifferentiation
