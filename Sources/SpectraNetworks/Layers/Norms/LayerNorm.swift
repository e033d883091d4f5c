public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// LayerNorm of each token, γ (x − μ)/√(variance + eps) + β, population variance (Ba, Kiros, Hinton 2016).
public struct LayerNorm<Scalar: NetworkScalar>: Layer {
  /// γ, `features` elements.
  public var gain: Tensor<Scalar>
  /// β, `features` elements.
  public var bias: Tensor<Scalar>
  /// Added to the variance inside the square root; 0 is allowed.
  public var epsilon: Scalar

  /// A norm of given weights.
  public init(gain: Tensor<Scalar>, bias: Tensor<Scalar>, epsilon: Scalar = 1e-5) {
    precondition(
      gain.count == bias.count, "A LayerNorm's gain and bias have \(gain.count) and \(bias.count) elements.")
    self.gain = gain
    self.bias = bias
    self.epsilon = epsilon
  }

  /// A norm at initialisation: γ = 1, β = 0.
  public init(features: Int, epsilon: Scalar = 1e-5) {
    self.init(
      gain: Tensor(shape: [features], repeating: 1), bias: Tensor(shape: [features], repeating: 0), epsilon: epsilon)
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    x.layerNorm(gain: gain, bias: bias, epsilon: epsilon)
  }
}
