import Testing

@testable import SpectraAnalysis
