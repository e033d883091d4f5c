import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraTheory

@Suite struct TokenGeometryTests {
  @Test func byHand() throws {
    // x₁ = (3, 4), x₂ = (4, −3), x₃ = (0, 5).
    let geometry = try #require(TokenGeometry(of: Tensor<Double>(rows: [[3, 4], [4, -3], [0, 5]])))
    #expect(abs(geometry.meanSquare - 12.5) < 1e-14)
    // Products 0, 20, −15: p = 5/(3 · 2), all lengths 5.
    #expect(abs(try #require(geometry.correlation) - 5.0 / 6 / 12.5) < 1e-15)
    #expect(abs(try #require(geometry.cosine) - 1.0 / 15) < 1e-15)
    // Mean (7/3, 2): deviations (2/3, 2), (5/3, −5), (−7/3, 3); columns 14/3 and 10, rows 8/3, 20/3, 16/3; of X 7, 12 and 7, 7, 5.
    let residual = (200.0 / 3).squareRoot() / 84.0.squareRoot()
    #expect(abs(try #require(geometry.residual) - residual) < 1e-15)
    // 4/9 + 4 + 25/9 + 25 + 49/9 + 9 of 75.
    let frobenius = (140.0 / 3 / 75).squareRoot()
    #expect(abs(try #require(geometry.frobeniusResidual) - frobenius) < 1e-15)
  }

  @Test("Distances of close tokens keep their digits", arguments: [1e-3, 1e-8, 1e-13])
  func closeTokens(distance: Double) throws {
    // (1, ±δ): cosine (1 − δ²)/(1 + δ²).
    let geometry = try #require(TokenGeometry(of: Tensor<Double>(rows: [[1, distance], [1, -distance]])))
    let expected = 2 * distance * distance / (1 + distance * distance)
    #expect(abs(try #require(geometry.cosineDistance) / expected - 1) < 1e-12)
    #expect(abs(try #require(geometry.correlationDistance) / expected - 1) < 1e-12)
  }

  @Test("Any size is measured alike", arguments: [1e-300, 1, 1e300])
  func sizes(scale: Double) throws {
    let geometry = try #require(
      TokenGeometry(of: Tensor<Double>(rows: [[3 * scale, 4 * scale], [4 * scale, -3 * scale]])))
    #expect(abs(geometry.logMeanSquare - (Double.log(12.5) + 2 * Double.log(scale))) < 1e-12)
    #expect(abs(try #require(geometry.cosine)) < 1e-15)
  }

  @Test func statesWithoutAnAngle() throws {
    let zero = try #require(TokenGeometry(of: Tensor<Double>(shape: [3, 2], repeating: 0)))
    #expect(zero.meanSquare == 0 && zero.correlation == nil && zero.cosine == nil && zero.residual == nil)
    let single = try #require(TokenGeometry(of: Tensor<Double>(rows: [[1, 2]])))
    #expect(single.meanSquare == 2.5 && single.cosine == nil && single.residual == nil)
    // One dead token has no direction, but the others have a mean product.
    let dead = try #require(TokenGeometry(of: Tensor<Double>(rows: [[1, 2], [0, 0]])))
    #expect(dead.cosine == nil && dead.correlation == 0)
    #expect(TokenGeometry(of: Tensor<Double>(rows: [[1, .nan]])) == nil)
    #expect(TokenGeometry(of: Tensor<Float>(rows: [[1, .infinity]])) == nil)
  }

  @Test func attention() throws {
    let n = 5
    let uniform = Tensor<Double>(shape: [n, n], repeating: 0.2)
    let spread = try #require(AttentionStatistics(of: [uniform, uniform]))
    #expect(abs(spread.entropy - Double.log(5)) < 1e-15)
    #expect(abs(try #require(spread.relativeEntropy) - 1) < 1e-15)
    // A matrix of rank 1: λ₂ is rounding.
    #expect(abs(try #require(spread.spectralGap) - 1) < 1e-12)
    let identity = Tensor<Double>(rows: n, columns: n) { $0 == $1 ? 1 : 0 }
    let own = try #require(AttentionStatistics(of: [identity]))
    #expect(own.entropy == 0 && own.relativeEntropy == 0 && own.spectralGap == 0)
    // Causal and uniform: row i has 1/(i + 1), eigenvalues its diagonal, λ₂ = ½.
    let causal = Tensor<Double>(rows: n, columns: n) { $1 <= $0 ? 1 / Double($0 + 1) : 0 }
    let past = try #require(AttentionStatistics(of: [causal], mask: .causal))
    #expect(abs(try #require(past.relativeEntropy) - 1) < 1e-15)
    #expect(abs(try #require(past.spectralGap) - 0.5) < 1e-14)
    // Rows count by their shares: signal-preserving attention has sums beside 1.
    let scaled = try #require(AttentionStatistics(of: [causal.map { 3 * $0 }], mask: .causal))
    #expect(abs(scaled.entropy - past.entropy) < 1e-15)
    #expect(AttentionStatistics(of: [identity.map { $0 - 0.1 }]) == nil)
    #expect(AttentionStatistics(of: []) == nil)
    let single = try #require(AttentionStatistics(of: [Tensor<Double>(rows: [[1]])]))
    #expect(single.entropy == 0 && single.relativeEntropy == nil && single.spectralGap == nil)
  }

  @Test("Eigenvalues of a rotation and of a chain with a known gap")
  func complexEigenvalues() throws {
    // A doubly stochastic circulant (a, b, c): λ = a + b ω + c ω².
    let matrix = Tensor<Double>(rows: [[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.3, 0.2, 0.5]])
    let gap = try #require(AttentionStatistics(of: [matrix])?.spectralGap)
    let magnitude = Double.hypot(0.5 - 0.25, 3.0.squareRoot() / 2 * 0.1)
    #expect(abs(gap - (1 - magnitude)) < 1e-14)
  }

  /// Of attention itself it is row C15 of the reproductions, and `RankCollapseTests` beside them.
  @Test("Exponents are ratios of neighbouring logarithms, where both residuals are below 1")
  func exponents() {
    #expect(RankCollapse.exponents(ofLogResiduals: [-1, -3, -9, 0.1]) == [3, 3, nil])
    #expect(RankCollapse.exponents(ofLogResiduals: [0, -2, -4]) == [nil, 2])
    #expect(RankCollapse.exponents(ofLogResiduals: [-1]) == [] && RankCollapse.exponents(ofLogResiduals: []) == [])
  }

  @Test func boundOfDong() {
    // L = 1: (4γβ/√d)^1 r³.
    let one = RankCollapse.logBound(logResidual: .log(0.1), layers: 1, weightBound: 2, attentionBound: 1.5, keySize: 16)
    #expect(abs(one - (Double.log(3) + 3 * Double.log(0.1))) < 1e-14)
    // Two layers are one after the other: b(b(r)).
    let two = RankCollapse.logBound(logResidual: .log(0.1), layers: 2, weightBound: 2, attentionBound: 1.5, keySize: 16)
    #expect(abs(two - (Double.log(3) + 3 * one)) < 1e-13)
    let none = RankCollapse.logBound(
      logResidual: -1, layers: 0, weightBound: 2, attentionBound: 1.5, keySize: 16, heads: 4)
    #expect(none == -1)
  }
}
