import Testing

@testable import SpectraLinearAlgebra
