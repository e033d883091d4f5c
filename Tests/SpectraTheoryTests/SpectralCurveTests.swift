import SpectraAnalysis
import Testing

@testable import SpectraTheory

@Suite struct SpectralCurveTests {
  /// F(u) = u³ on [0, 1] times a half, with its density: the cubic interpolation is exact for it.
  private static let curve = SpectralCurve(
    logSingularValues: [0, 0.25, 1], density: [0, 1.5 * 0.0625, 1.5], cumulative: [0, 0.5 * 0.015625, 0.5],
    atoms: [.init(logSingularValue: 2, weight: 0.2), .init(logSingularValue: nil, weight: 0.3)])

  @Test(arguments: [(-1.0, 0.3), (0.5, 0.3 + 0.0625), (0.9, 0.3 + 0.3645), (1, 0.8), (1.99, 0.8), (2, 1.0)])
  func cumulative(at place: Double, is expected: Double) {
    #expect(abs(Self.curve.cumulative(at: place) - expected) < 1e-15)
  }

  @Test func quantilesAreOfNonzeroValues() throws {
    // Of the mass 0.7 above 0: the half of it, 0.35, lies at u³ = 0.7.
    let median = try #require(Self.curve.quantile(0.5))
    #expect(abs(median * median * median - 0.7) < 1e-12)
    #expect(Self.curve.quantile(0.9) == 2)
    #expect(Self.curve.zeroMass == 0.3)
    #expect(Self.curve.cumulative(below: 2) == 0.8)
  }
}
