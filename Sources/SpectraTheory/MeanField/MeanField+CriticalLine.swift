import RealModule
import SpectraAnalysis
public import SpectraDifferentiation

extension MeanField {
  /// The point at which χ₁ = 1 with the variance q: σ_w² = 1/E[φ′(√q z)²], σ_b² = q − σ_w² V(q).
  ///
  /// - Parameters:
  ///   - activation: φ.
  ///   - q: the variance of pre-activations; 0 for its limit.
  /// - Throws: `TheoryError` where no biases make q a fixed point.
  public static func criticalPoint(
    _ activation: any Activation, variance q: Double
  ) throws(TheoryError) -> (sigmaW: Double, sigmaB: Double) {
    try criticalPoint(ActivationMoments(activation), variance: q)
  }

  /// The same with means that were prepared before.
  public static func criticalPoint(
    _ moments: ActivationMoments, variance q: Double
  ) throws(TheoryError) -> (sigmaW: Double, sigmaB: Double) {
    guard q >= 0, q.isFinite else {
      throw .outOfRange("A critical point has a variance of 0 or more, not \(NumberText.shortest(q)).")
    }
    let (square, bias) = CriticalGrid.Point(moments, q).critical
    guard square.isFinite, bias >= 0 else {
      throw .outOfRange(
        "No sigma_b makes a critical point with the variance q = \(NumberText.shortest(q)), where weights of chi = 1 alone give more than q; take another variance."
      )
    }
    return (square.squareRoot(), bias.squareRoot())
  }

  /// The σ_w of the critical line at a σ_b: there χ₁ = 1 at the q* that is reached from 1.
  ///
  /// - Throws: `TheoryError` where no σ_w is critical with these biases.
  public static func criticalSigmaW(
    _ activation: any Activation, sigmaB: Double
  ) throws(TheoryError) -> Double {
    try criticalSigmaW(ActivationMoments(activation), sigmaB: sigmaB)
  }

  /// The same with means that were prepared before.
  public static func criticalSigmaW(
    _ moments: ActivationMoments, sigmaB: Double
  ) throws(TheoryError) -> Double {
    try criticalSigmaW(CriticalGrid(moments), sigmaB: sigmaB)
  }

  static func criticalSigmaW(_ grid: CriticalGrid, sigmaB: Double) throws(TheoryError) -> Double {
    guard sigmaB >= 0, sigmaB.isFinite else {
      throw .outOfRange("Biases have a standard deviation of 0 or more, not \(NumberText.shortest(sigmaB)).")
    }
    let squared = sigmaB * sigmaB
    let found = grid.variances(scale: { max($0, squared) }, where: { $0.critical.bias - squared })
    for q in found {
      let sigmaW = grid.point(q).critical.square.squareRoot()
      if MeanField(grid.moments, sigmaW: sigmaW, sigmaB: sigmaB).settles(at: q) { return sigmaW }
    }
    throw .outOfRange(
      "No sigma_w is critical with sigma_b = \(NumberText.shortest(sigmaB)), since chi is not 1 at the variance that is reached from q = 1; take another sigma_b."
    )
  }

  /// The σ_b of the critical line at a σ_w: there χ₁ = 1 at the q* that is reached from 1. Where all σ_b are, as for relu at σ_w² = 2
  /// and σ_b = 0 alone has a fixed point, that one.
  ///
  /// - Throws: `TheoryError` where no σ_b is critical with these weights.
  public static func criticalSigmaB(
    _ activation: any Activation, sigmaW: Double
  ) throws(TheoryError) -> Double {
    try criticalSigmaB(ActivationMoments(activation), sigmaW: sigmaW)
  }

  /// The same with means that were prepared before.
  public static func criticalSigmaB(
    _ moments: ActivationMoments, sigmaW: Double
  ) throws(TheoryError) -> Double {
    try criticalSigmaB(CriticalGrid(moments), sigmaW: sigmaW)
  }

  static func criticalSigmaB(_ grid: CriticalGrid, sigmaW: Double) throws(TheoryError) -> Double {
    guard sigmaW >= 0, sigmaW.isFinite else {
      throw .outOfRange("Weights have a sigma_w of 0 or more, not \(NumberText.shortest(sigmaW)).")
    }
    let found = grid.variances(scale: { _ in 1 }, where: { sigmaW * sigmaW * $0.slope - 1 })
    for q in found {
      // The bias of the weights given, not of those that are critical to the last digit.
      let bias = CriticalGrid.rounded(q - sigmaW * sigmaW * grid.point(q).square, of: q)
      guard bias >= 0 else { continue }
      if MeanField(grid.moments, sigmaW: sigmaW, sigmaB: bias.squareRoot()).settles(at: q) { return bias.squareRoot() }
    }
    throw .outOfRange(
      "No sigma_b is critical with sigma_w = \(NumberText.shortest(sigmaW)), since chi is not 1 at the variance that is reached from q = 1; take another sigma_w."
    )
  }

  /// Whether lengths from q = 1 end at a variance.
  ///
  /// At a critical point without biases the map is so flat that rounding moves the fixed point by the third root of it.
  private func settles(at q: Double) -> Bool {
    guard let limit = try? lengthLimit(), limit.isFinite else { return false }
    return abs(limit - q) <= 1e-6 * max(limit, q) + 1e-5 * (q == 0 || limit == 0 ? 1 : 0)
  }
}
