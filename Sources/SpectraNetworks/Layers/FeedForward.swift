public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// The feed-forward sublayer of a Transformer: W₂ φ(W₁ x + b₁) + b₂ for each token.
public struct FeedForward<Scalar: NetworkScalar>: Layer {
  /// W₁ and b₁, weight `[hidden, width]`.
  public var hidden: Linear<Scalar>
  /// φ.
  public var activation: any Activation
  /// Applied to the units before W₂, as Sub-LN does (Wang et al. 2022, Magneto, arXiv 2210.06423); the identity where nil.
  public var innerNorm: (any Layer<Scalar>)?
  /// W₂ and b₂, weight `[width, hidden]`.
  public var output: Linear<Scalar>

  /// A sublayer of given weights.
  public init(
    hidden: Linear<Scalar>, activation: any Activation, innerNorm: (any Layer<Scalar>)? = nil, output: Linear<Scalar>
  ) {
    precondition(
      hidden.weight.rows == output.weight.columns,
      "A hidden weight of shape \(hidden.weight.shape) does not feed an output of \(output.weight.shape).")
    self.hidden = hidden
    self.activation = activation
    self.innerNorm = innerNorm
    self.output = output
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    let units = hidden(x).activated(by: activation)
    return output(innerNorm?(units) ?? units)
  }
}
