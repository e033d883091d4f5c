import Testing

@testable import SpectraNetworks
