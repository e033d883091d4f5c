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
    let (square, bias) = critical(moments, q)
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
    guard sigmaB >= 0, sigmaB.isFinite else {
      throw .outOfRange("Biases have a standard deviation of 0 or more, not \(NumberText.shortest(sigmaB)).")
    }
    let squared = sigmaB * sigmaB
    let found = variances(scale: { max($0, squared) }, where: { critical(moments, $0).bias - squared })
    for q in found {
      let sigmaW = critical(moments, q).square.squareRoot()
      if MeanField(moments, sigmaW: sigmaW, sigmaB: sigmaB).settles(at: q) { return sigmaW }
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
    guard sigmaW >= 0, sigmaW.isFinite else {
      throw .outOfRange("Weights have a sigma_w of 0 or more, not \(NumberText.shortest(sigmaW)).")
    }
    let found = variances(
      scale: { _ in 1 }, where: { sigmaW * sigmaW * moments.slopeMoment(1, variance: $0) - 1 })
    for q in found {
      // The bias of the weights given, not of those that are critical to the last digit.
      let bias = rounded(q - sigmaW * sigmaW * moments.meanSquare(variance: q), of: q)
      guard bias >= 0 else { continue }
      if MeanField(moments, sigmaW: sigmaW, sigmaB: bias.squareRoot()).settles(at: q) { return bias.squareRoot() }
    }
    throw .outOfRange(
      "No sigma_b is critical with sigma_w = \(NumberText.shortest(sigmaW)), since chi is not 1 at the variance that is reached from q = 1; take another sigma_w."
    )
  }

  /// σ_w² and σ_b² of the point that is critical with a variance.
  private static func critical(_ moments: ActivationMoments, _ q: Double) -> (square: Double, bias: Double) {
    let square = 1 / moments.slopeMoment(1, variance: q)
    return (square, rounded(q - square * moments.meanSquare(variance: q), of: q))
  }

  /// A difference of two numbers about q, 0 where that is all rounding.
  private static func rounded(_ difference: Double, of q: Double) -> Double {
    abs(difference) <= 8e-15 * q ? 0 : difference
  }

  /// The variances at which a condition of the critical line holds: 0 itself, then from 1 outwards exact zeros and changes of sign
  /// between variances a factor of 2 apart.
  ///
  /// - Parameters:
  ///   - scale: the size of the terms of the condition at a variance, whose rounding counts as 0.
  private static func variances(
    scale: (Double) -> Double, where condition: (Double) -> Double
  ) -> [Double] {
    let grid = (-200...200).map { Double(sign: .plus, exponent: $0, significand: 1) }
    let values = grid.map { q -> Double in
      let value = condition(q)
      return abs(value) <= 8e-15 * scale(q) ? 0 : value
    }
    var found = [Double]()
    for index in grid.indices where values[index] == 0 { found.append(grid[index]) }
    for index in grid.indices.dropLast() {
      let (low, high) = (values[index], values[index + 1])
      if low * high < 0 { found.append(root(from: grid[index], low, to: grid[index + 1], high, condition)) }
    }
    found.sort { abs(Double.log($0)) < abs(Double.log($1)) }
    // Where 0 is one, all that is small is one to rounding.
    return abs(condition(0)) <= 8e-15 * scale(0) ? [0] + found : found
  }

  /// Whether lengths from q = 1 end at a variance.
  ///
  /// At a critical point without biases the map is so flat that rounding moves the fixed point by the third root of it.
  private func settles(at q: Double) -> Bool {
    guard let limit = try? lengthLimit(), limit.isFinite else { return false }
    return abs(limit - q) <= 1e-6 * max(limit, q) + 1e-5 * (q == 0 || limit == 0 ? 1 : 0)
  }
}
