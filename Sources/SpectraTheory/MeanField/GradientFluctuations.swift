import RealModule
public import SpectraDifferentiation

/// How much ‖J u‖² of a unit vector u varies from network to network at finite width (Hanin, Nica 2018, arXiv 1812.05994).
///
/// J is a product of layers D W, W Gaussian of variance σ_w²/N, D = diag φ′. Given the layers before, ‖D W u‖² is
/// (σ_w²/N) Σ d_i² g_i² ‖u‖² with g_i ~ N(0, 1), so that each layer of width N multiplies by a factor of mean χ and relative variance
/// (3 μ₂/μ₁² − 1)/N, μ_k = E[φ′^2k]: 5/N for relu, 2/N for linear. ln ‖J u‖² is then about normal with
/// mean Σ ln χ − β/2 and variance β, β the sum of these, up to terms of order (depth/N)/N.
///
/// For linear and relu layers, with any biases of symmetric law, gates and weights may be taken for independent exactly (their
/// Theorem 1). For other activations they depend on each other through the component of u along the signal; what is given here is for
/// directions u that have none. Attention, skip connections and normalisers are not covered.
public struct GradientFluctuations: Sendable, Equatable {
  /// β: the variance of ln ‖J u‖².
  public let variance: Double
  /// The mean of ln ‖J u‖²: Σ ln χ − β/2.
  public let mean: Double

  /// The fluctuations of a stack of layers.
  ///
  /// - Parameters:
  ///   - moments: the activation's means.
  ///   - sigmaW: weights have the variance σ_w²/N.
  ///   - q: the variance of pre-activations.
  ///   - widths: the width N of each layer.
  /// - Throws: `TheoryError` where a width is below 1 or the slopes vanish.
  public init(
    _ moments: ActivationMoments, sigmaW: Double, variance q: Double, widths: [Int]
  ) throws(TheoryError) {
    guard widths.allSatisfy({ $0 >= 1 }) else {
      throw .outOfRange("Every layer has a width of 1 or more; name such widths.")
    }
    let (first, second) = (moments.slopeMoment(1, variance: q), moments.slopeMoment(2, variance: q))
    guard sigmaW > 0, sigmaW.isFinite, first > 0, first.isFinite, second.isFinite else {
      throw .outOfRange("Gradients are all zeros where sigma_w or all slopes are 0; their logarithm has no law.")
    }
    let perUnit = 3 * second / (first * first) - 1
    variance = widths.reduce(0) { $0 + perUnit / Double($1) }
    mean = Double(widths.count) * .log(sigmaW * sigmaW * first) - variance / 2
  }

  /// The fluctuations of `depth` layers of one width.
  ///
  /// - Throws: as above.
  public init(
    _ activation: any Activation, sigmaW: Double, variance q: Double, width: Int, depth: Int
  ) throws(TheoryError) {
    try self.init(
      ActivationMoments(activation), sigmaW: sigmaW, variance: q,
      widths: Array(repeating: width, count: max(0, depth)))
  }
}
