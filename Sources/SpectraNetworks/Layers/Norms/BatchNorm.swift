public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// Batch normalisation as in training: γ (x − μ)/√(variance + eps) + β of each feature, with mean and population variance over
/// all tokens, which are the batch (Ioffe, Szegedy 2015, *Batch Normalization*, arXiv 1502.03167, algorithm 1).
///
/// It couples tokens: the Jacobian is that of the whole batch, with each feature's mean and, for eps = 0, its direction x̂ for null
/// directions. Of a single token it leaves β alone.
public struct BatchNorm<Scalar: NetworkScalar>: Layer {
  /// γ, `features` elements.
  public var gain: Tensor<Scalar>
  /// β, `features` elements.
  public var bias: Tensor<Scalar>
  /// Added to the variance inside the square root; 0 is allowed.
  public var epsilon: Scalar

  /// A norm of given weights.
  public init(gain: Tensor<Scalar>, bias: Tensor<Scalar>, epsilon: Scalar = 1e-5) {
    precondition(
      gain.count == bias.count, "A BatchNorm's gain and bias have \(gain.count) and \(bias.count) elements.")
    (self.gain, self.bias, self.epsilon) = (gain, bias, epsilon)
  }

  /// A norm at initialisation: γ = 1, β = 0.
  public init(features: Int, epsilon: Scalar = 1e-5) {
    self.init(
      gain: Tensor(shape: [features], repeating: 1), bias: Tensor(shape: [features], repeating: 0), epsilon: epsilon)
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    x.normalizedOverTokens(Normalization(epsilon: epsilon), gain: gain, bias: bias)
  }
}
