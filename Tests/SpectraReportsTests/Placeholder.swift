import Testing

@testable import SpectraReports
