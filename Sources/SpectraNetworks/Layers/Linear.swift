public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// y = W x + b for each token.
public struct Linear<Scalar: NetworkScalar>: Layer {
  /// W, shape `[outputs, inputs]`, as PyTorch stores it.
  public var weight: Tensor<Scalar>
  /// b, `outputs` elements; none where nil.
  public var bias: Tensor<Scalar>?

  /// A layer of given weights.
  public init(weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil) {
    precondition(
      bias.map { $0.count == weight.rows } ?? true,
      "A bias of \(bias?.count ?? 0) elements does not fit a weight of shape \(weight.shape).")
    self.weight = weight
    self.bias = bias
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar { x.linear(weight, bias: bias) }
}

/// y = φ(W x + b) for each token: the branch of a fully connected stack.
public struct ActivatedLinear<Scalar: NetworkScalar>: Layer {
  /// The affine map, whose result is the pre-activation.
  public var linear: Linear<Scalar>
  /// φ.
  public var activation: any Activation

  /// A layer of given weights.
  public init(linear: Linear<Scalar>, activation: any Activation) {
    self.linear = linear
    self.activation = activation
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    linear(x).activated(by: activation)
  }
}
