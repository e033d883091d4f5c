public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// RMSNorm of each token, γ x/√(mean(x²) + eps) (Zhang, Sennrich 2019, *Root Mean Square Layer Normalization*,
/// arXiv 1910.07467).
public struct RMSNorm<Scalar: NetworkScalar>: Layer {
  /// γ, `features` elements.
  public var gain: Tensor<Scalar>
  /// Added to the mean square inside the square root; 0 is allowed.
  public var epsilon: Scalar

  /// A norm of given weights.
  public init(gain: Tensor<Scalar>, epsilon: Scalar = 1e-6) { (self.gain, self.epsilon) = (gain, epsilon) }

  /// A norm at initialisation: γ = 1.
  public init(features: Int, epsilon: Scalar = 1e-6) {
    self.init(gain: Tensor(shape: [features], repeating: 1), epsilon: epsilon)
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    x.rootMeanSquareNorm(gain: gain, epsilon: epsilon)
  }
}
