public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// A feed-forward sublayer whose units are multiplied by gates: W₂ (φ(W_g x + b_g) ⊙ (W₁ x + b₁)) + b₂ for each token.
///
/// Dauphin et al. 2016, arXiv 1612.08083, with φ the logistic function; the other φ of `FeedForwardName` from Shazeer 2020,
/// arXiv 2002.05202, equations 5 and 6, where W_g is W and W₁ is V.
public struct GatedFeedForward<Scalar: NetworkScalar>: Layer {
  /// W_g and b_g, weight `[hidden, width]`.
  public var gate: Linear<Scalar>
  /// φ, which acts on the gates.
  public var activation: any Activation
  /// W₁ and b₁, weight `[hidden, width]`.
  public var hidden: Linear<Scalar>
  /// Applied to the gated units before W₂, as Sub-LN does (Wang et al. 2022, Magneto, arXiv 2210.06423); the identity where
  /// nil.
  public var innerNorm: (any Layer<Scalar>)?
  /// W₂ and b₂, weight `[width, hidden]`.
  public var output: Linear<Scalar>

  /// A sublayer of given weights.
  public init(
    gate: Linear<Scalar>, activation: any Activation, hidden: Linear<Scalar>, innerNorm: (any Layer<Scalar>)? = nil,
    output: Linear<Scalar>
  ) {
    precondition(
      gate.weight.shape == hidden.weight.shape,
      "A gate weight of shape \(gate.weight.shape) does not match a hidden weight of \(hidden.weight.shape).")
    precondition(
      hidden.weight.rows == output.weight.columns,
      "A hidden weight of shape \(hidden.weight.shape) does not feed an output of \(output.weight.shape).")
    self.gate = gate
    self.activation = activation
    self.hidden = hidden
    self.innerNorm = innerNorm
    self.output = output
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    let units = gate(x).activated(by: activation) * hidden(x)
    return output(innerNorm?(units) ?? units)
  }
}
