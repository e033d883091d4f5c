public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// Multi-head self-attention: softmax(QKᵀ/√d_head) V for each head, heads side by side, then the output projection.
///
/// Vaswani et al. 2017; weights and head order as in PyTorch's `MultiheadAttention`.
public struct SelfAttention<Scalar: NetworkScalar>: Layer {
  /// Queries, keys and values in one map, weight `[3 · width, width]`.
  public var inputProjection: Linear<Scalar>
  /// Weight `[width, width]`.
  public var outputProjection: Linear<Scalar>
  /// The number of heads, a divisor of the width.
  public var heads: Int
  /// Which tokens a token attends to.
  public var mask: AttentionMask

  /// Attention of given weights.
  public init(
    inputProjection: Linear<Scalar>, outputProjection: Linear<Scalar>, heads: Int, mask: AttentionMask = .none
  ) {
    let width = inputProjection.weight.columns
    precondition(heads > 0 && width % heads == 0, "A width of \(width) is not divisible by \(heads) heads.")
    precondition(
      inputProjection.weight.rows == 3 * width,
      "An input projection of shape \(inputProjection.weight.shape) does not give queries, keys and values.")
    self.inputProjection = inputProjection
    self.outputProjection = outputProjection
    self.heads = heads
    self.mask = mask
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    // [tokens, width] → [tokens, 3 · width] → [tokens, width] → [tokens, width]
    outputProjection(inputProjection(x).packedAttention(heads: heads, mask: mask))
  }
}
