public import SpectraDifferentiation

/// Mean field theory of fully connected layers with a normaliser: x = norm(φ(W x + b)), and x = φ(norm(W x)).
///
/// A normaliser sets its output's mean square to 1 whatever comes in, so that the length map is constant and χ is a number of the
/// layer alone. Its eps is left out. Infinite width; with batch normalisation, an infinite batch, too.
public enum NormalizedNet {
  /// What is divided by what.
  public enum Normalizer: Sendable, CaseIterable {
    /// LayerNorm over features, or BatchNorm over the batch: less the mean, over the standard deviation.
    case deviation
    /// RMSNorm: over the root of the mean square.
    case rootMeanSquare
  }

  /// χ of x = norm(φ(W x + b)): σ_w² E[φ′(u)²] over the variance (or mean square) of φ(u), u ~ N(0, σ_w² + σ_b²).
  ///
  /// With relu and LayerNorm or BatchNorm it is π/(π − 1) = 1.4669 without biases, whatever σ_w is: such layers always explode (the
  /// constant of Yang et al. 2019, arXiv 1902.08129). With RMSNorm it is 1.
  ///
  /// - Parameters:
  ///   - activation: φ.
  ///   - normalizer: what follows φ.
  ///   - sigmaW: weights have the variance σ_w²/N; above 0.
  ///   - sigmaB: the standard deviation of biases.
  /// - Throws: `TheoryError` where a parameter is out of range, or φ(u) does not vary.
  public static func susceptibility(
    _ activation: any Activation, normalizer: Normalizer = .deviation, sigmaW: Double, sigmaB: Double = 0
  ) throws(TheoryError) -> Double {
    guard sigmaW > 0, sigmaW.isFinite, sigmaB >= 0, sigmaB.isFinite else {
      throw .outOfRange("A normalised layer needs a finite sigma_w above 0 and a sigma_b of 0 or more.")
    }
    // What stands before the layer was normalised: its mean square is 1.
    let (moments, q) = (ActivationMoments(activation), sigmaW * sigmaW + sigmaB * sigmaB)
    return try sigmaW * sigmaW * moments.slopeMoment(1, variance: q) / spread(moments, q, normalizer)
  }

  /// χ of x = φ(norm(W x)), whatever σ_w is: E[φ′(z)²] over the variance of φ(z) where the mean over a batch goes (BatchNorm), over
  /// its mean square where pre-activations have no mean to take off (LayerNorm, RMSNorm), z ~ N(0, 1).
  ///
  /// - Parameters:
  ///   - activation: φ.
  ///   - overBatch: whether the normaliser runs over a batch of unlike inputs.
  /// - Throws: `TheoryError` where φ(z) does not vary.
  public static func susceptibility(
    before activation: any Activation, overBatch: Bool
  ) throws(TheoryError) -> Double {
    let moments = ActivationMoments(activation)
    return try moments.slopeMoment(1, variance: 1) / spread(moments, 1, overBatch ? .deviation : .rootMeanSquare)
  }

  private static func spread(
    _ moments: ActivationMoments, _ q: Double, _ normalizer: Normalizer
  ) throws(TheoryError) -> Double {
    let square = moments.meanSquare(variance: q)
    let mean = normalizer == .deviation ? moments.mean(variance: q) : 0
    let spread = square - mean * mean
    // Below this the difference is rounding.
    guard spread > 1e-13 * square else {
      throw .outOfRange("The activation's value does not vary, so that a normaliser divides by 0; choose another one.")
    }
    return spread
  }
}
