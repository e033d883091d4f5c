import Testing

@testable import Spectra

/// Exponents of real stacks by the resolved method beside the exact ones.
@Suite struct LyapunovTests {
  @Test("Linear Gaussian stacks have Newman's exponents", arguments: [(4, 2000, 1.0), (16, 400, 1.5)])
  func linearStacks(width: Int, depth: Int, sigmaW: Double) throws {
    let configuration = Configuration.small {
      ($0.block, $0.architectures, $0.activation) = (.fc, [ArchitectureSpecification(.vanilla)], Variant(.linear))
      ($0.width, $0.depths, $0.samples, $0.method) = (width, [depth], 4, .resolved)
      ($0.initializer, $0.sigmaW) = (.gaussian, sigmaW)
    }
    let spectra = try configuration.spectra().compactMap(\.spectrum)
    #expect(spectra.count == 4)
    let comparison = try LyapunovComparison(of: spectra, layers: depth, sigmaW: sigmaW)
    // Four standard errors of the exact variance; a fixed seed, of 6e-5 probability each.
    #expect(abs(comparison.mean.zScore) < 4)
    for row in comparison.exponents where row.isSeparated { #expect(abs(row.zScore) < 4) }
    // At N = 4 and 2000 factors all of them are apart: the table is not empty.
    if width == 4 { #expect(comparison.exponents.allSatisfy { $0.isSeparated }) }
  }

  @Test("The exponents of the product method are none to compare")
  func productMethod() throws {
    let configuration = Configuration.small {
      ($0.block, $0.architectures, $0.method) = (.fc, [ArchitectureSpecification(.vanilla)], .product)
    }
    let spectra = try configuration.spectra().compactMap(\.spectrum)
    #expect(throws: TheoryError.self) { try LyapunovComparison(of: spectra, layers: 3, sigmaW: 1) }
  }
}
