public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// Filter response normalisation with its thresholded linear unit: y = γ x/√(ν² + |ε|) + β and max(y, τ), with ν² the mean of
/// x² over all tokens of a feature (Singh, Krishnan 2019, *Filter Response Normalization Layer*, arXiv 1911.09737).
///
/// Tokens stand for the positions of an image. Where there is one only, the norm would leave nothing but signs, and the paper
/// learns ε = 10⁻⁶ + |ε_l|. At y = τ the derivative is 0.
public struct FilterResponseNorm<Scalar: NetworkScalar>: Layer {
  /// γ, `features` elements.
  public var gain: Tensor<Scalar>
  /// β, `features` elements.
  public var bias: Tensor<Scalar>
  /// τ, `features` elements.
  public var threshold: Tensor<Scalar>
  /// ε; its magnitude is added to ν² inside the square root.
  public var epsilon: Scalar
  /// ε_l, whose magnitude is added as well where there is a single token.
  public var singleTokenEpsilon: Scalar

  /// A norm of given weights.
  public init(
    gain: Tensor<Scalar>, bias: Tensor<Scalar>, threshold: Tensor<Scalar>, epsilon: Scalar = 1e-6,
    singleTokenEpsilon: Scalar = 1e-4
  ) {
    precondition(
      gain.count == bias.count && gain.count == threshold.count,
      "A FilterResponseNorm's weights have \(gain.count), \(bias.count) and \(threshold.count) elements.")
    (self.gain, self.bias, self.threshold) = (gain, bias, threshold)
    (self.epsilon, self.singleTokenEpsilon) = (epsilon, singleTokenEpsilon)
  }

  /// A norm at initialisation: γ = 1, β = 0, τ = 0.
  public init(features: Int, epsilon: Scalar = 1e-6, singleTokenEpsilon: Scalar = 1e-4) {
    let zeros = Tensor<Scalar>(shape: [features], repeating: 0)
    self.init(
      gain: Tensor(shape: [features], repeating: 1), bias: zeros, threshold: zeros, epsilon: epsilon,
      singleTokenEpsilon: singleTokenEpsilon)
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    let epsilon = x.tokens == 1 ? abs(epsilon) + abs(singleTokenEpsilon) : abs(epsilon)
    let y = x.normalizedOverTokens(
      Normalization(isCentered: false, epsilon: epsilon), gain: gain, bias: Tensor.combination(1, bias, -1, threshold))
    // max(y, τ) = max(y − τ, 0) + τ: a kink that is an activation's, which the resolved method knows.
    return y.activated(by: ReLU()).adding(threshold)
  }
}
