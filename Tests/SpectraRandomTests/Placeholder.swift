import Testing

@testable import SpectraRandom
