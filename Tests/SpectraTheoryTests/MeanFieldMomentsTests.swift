import RealModule
import SpectraDifferentiation
import SpectraNetworks
import Testing

@testable import SpectraTheory

/// erf(√π x/2), of unit slope at 0: an activation of one's own, whose means are known (Pennington et al. 2017).
struct UnitErrorFunction: Activation {
  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { .erf(T(constant: Double.pi.squareRoot() / 2) * x) }
}

/// The same function as a named one, which closed forms do not recognise: what is known in closed form checks the quadrature.
struct Anonymous: Activation {
  let base: any Activation
  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { base(x) }
  func valuesAndDerivatives(_ x: [Double]) -> (values: [Double], derivatives: [Double]) { base.valuesAndDerivatives(x) }
  func valuesAndTwoDerivatives(_ x: [Double]) -> (values: [Double], first: [Double], second: [Double]) {
    base.valuesAndTwoDerivatives(x)
  }
  var kinks: [Double] { base.kinks }
}

@Suite struct MeanFieldMomentsTests {
  /// V and E[φ′²], independently computed, 12 decimals.
  static let values: [(activation: any Activation, q: Double, meanSquare: Double, slope: Double)] = [
    (Tanh(), 1, 0.394294490398, 0.464402902448), (Tanh(), 0.5, 0.273676307937, 0.592425793372),
    (ErrorFunction(), 1, 0.464559054398, 0.569410034734), (ErrorFunction(), 0.5, 0.333333333333, 0.735105193896),
    (UnitErrorFunction(), 1, 0.418477381712, 0.491378679844), (ReLU(), 1, 0.5, 0.5),
    (HardTanh(), 1, 0.516058550962, 0.682689492137), (HardTanh(), 0.5, 0.371095854815, 0.842700792950),
    (GELU(), 1, 0.425221482570, 0.455850865649), (GELU(), 0.5, 0.189556541832, 0.407247968544),
    (LeakyReLU(slope: 0.2), 3, 1.56, 0.52), (LinearActivation(), 7, 7, 1),
  ]

  @Test(arguments: values.indices) func publishedValues(_ index: Int) {
    let (activation, q, meanSquare, slope) = Self.values[index]
    let moments = ActivationMoments(activation)
    // Half a unit of the twelfth decimal.
    #expect(abs(moments.meanSquare(variance: q) - meanSquare) < 6e-13)
    #expect(abs(moments.slopeMoment(1, variance: q) - slope) < 6e-13)
  }

  static let closedForms: [any Activation] = [
    LinearActivation(), ReLU(), LeakyReLU(slope: 0.3), LeakyReLU(slope: -0.5), ErrorFunction(), HardTanh(), GELU(),
    TransformedActivation(ReLU(), inputScale: 1.7, outputScale: 0.6),
    TransformedActivation(ErrorFunction(), inputScale: -0.4, outputScale: 2),
  ]

  @Test(arguments: closedForms.indices, [1e-12, 1e-3, 0.37, 1, 2, 14, 1e4, 1e8])
  func quadratureAgreesWithClosedForms(_ index: Int, q: Double) {
    let activation = Self.closedForms[index]
    let (closed, sampled) = (ActivationMoments(activation), ActivationMoments(Anonymous(base: activation)))
    // Some hundred products of size up to the sum of magnitudes: 1e-13 of it.
    let size = closed.meanSquare(variance: q)
    expectClose(closed.meanSquare(variance: q), sampled.meanSquare(variance: q), size)
    expectClose(closed.mean(variance: q), sampled.mean(variance: q), size.squareRoot())
    for k in 1...3 {
      expectClose(
        closed.slopeMoment(k, variance: q), sampled.slopeMoment(k, variance: q), closed.slopeMoment(k, variance: q))
    }
    expectClose(
      closed.meanSquareSlope(variance: q), sampled.meanSquareSlope(variance: q), closed.slopeMoment(1, variance: q))
  }

  /// Smooth functions go through the series in c at any variance, those with kinks through the double integral, which is slow without
  /// optimisation: few of them.
  static let pairs: [(activation: any Activation, q: Double)] = [
    (ErrorFunction(), 1e-12), (ErrorFunction(), 0.37), (ErrorFunction(), 14), (LinearActivation(), 3),
    (LeakyReLU(slope: 0.3), 0.37), (HardTanh(), 2),
  ]

  /// Where φ is straight on both sides of 0, as every φ is at small arguments, half of the mean squared difference goes with q.
  @Test(arguments: [Tanh(), ReLU(), Sigmoid(), GELU(), ErrorFunction()] as [any Activation], [1e-61, 1e-150, 1e-290])
  func pairsOfTinyVariance(activation: any Activation, q: Double) {
    let moments = ActivationMoments(activation)
    for gap in [1e-6, 0.5, 1, 2] {
      let (found, limit) = (
        moments.productGap(variance: q, gap: gap) / q, moments.productGap(variance: 1e-40, gap: gap) / 1e-40
      )
      #expect(abs(found / limit - 1) < 1e-12, "\(gap)")
      let covariance = moments.productMean(variance: q, correlation: 1 - gap)
      #expect(
        abs(covariance - (moments.meanSquare(variance: q) - found * q)) <= 1e-12 * moments.meanSquare(variance: q))
    }
  }

  @Test(arguments: pairs.indices) func pairsByQuadratureAgreeWithClosedForms(_ index: Int) {
    let (activation, q) = Self.pairs[index]
    let (closed, sampled) = (ActivationMoments(activation), ActivationMoments(Anonymous(base: activation)))
    let isSlow = !activation.kinks.isEmpty
    let (closedPair, pair) = (closed.pair(variance: q), sampled.pair(variance: q))
    for c in isSlow ? [0.99] : [-1, -0.999, -0.3, 0, 1e-9, 0.6, 0.99, 1 - 1e-9, 1] {
      let (size, slope) = (closed.meanSquare(variance: q), closed.slopeMoment(1, variance: q))
      expectClose(closedPair.productMean(correlation: c), pair.productMean(correlation: c), size, "c = \(c)")
      expectClose(closedPair.slopeProductMean(gap: 1 - c), pair.slopeProductMean(gap: 1 - c), slope, "c = \(c)")
    }
    for gap in isSlow ? [1e-9, 1.5] : [1e-14, 1e-9, 1e-4, 0.01, 0.5, 1.5, 2] {
      let expected = closedPair.productGap(gap: gap)
      // Relative to the gap itself: φ(u₁) − φ(u₂) loses √gap of its digits.
      let lost = 1e-13 * (1 + 1e-3 / gap.squareRoot())
      #expect(abs(expected - pair.productGap(gap: gap)) <= lost * expected, "gap = \(gap)")
    }
  }

  private func expectClose(
    _ a: Double, _ b: Double, _ size: Double, _ comment: Comment? = nil, location: SourceLocation = #_sourceLocation
  ) {
    #expect(abs(a - b) <= 1e-13 * size, comment, sourceLocation: location)
  }
}
