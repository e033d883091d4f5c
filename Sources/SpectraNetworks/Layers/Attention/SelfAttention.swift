public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// Multi-head self-attention: A V for each head, heads side by side, then the output projection. As it comes,
/// A = softmax(QKᵀ/√d_head); `settings` holds its other forms.
///
/// Vaswani et al. 2017; weights and head order as in PyTorch's `MultiheadAttention`. In order, with `size` = width / heads:
///
/// 1. queries, keys and values in one map, keys and values of `keyValueHeads` heads;
/// 2. `queryKeyNorm` on each head's queries and keys, then `rotary` positions;
/// 3. each key and value head serves heads / keyValueHeads neighbouring query heads (grouped-query attention, Ainslie et al.
///    2023, arXiv 2305.13245; multi-query attention where it is one head);
/// 4. attention, then `innerNorm` (the Sub-LN of Wang et al. 2022, *Foundation Transformers*, arXiv 2210.06423), then the
///    output projection.
public struct SelfAttention<Scalar: NetworkScalar>: Layer {
  /// Queries, keys and values in one map, weight `[width + 2 · keyValueHeads · size, width]`: `[3 · width, width]` where
  /// every head has its own keys and values.
  public var inputProjection: Linear<Scalar>
  /// Weight `[width, width]`.
  public var outputProjection: Linear<Scalar>
  /// Heads, mask, scale, and what else makes the matrix that values are multiplied by.
  public var settings: AttentionSettings<Scalar>
  /// The number of heads that keys and values have, a divisor of the number of heads.
  public var keyValueHeads: Int
  /// How each head's queries and keys are normalised before their products.
  public var queryKeyNorm: QueryKeyNorm
  /// The rotation of queries and keys by their positions; none where nil.
  public var rotary: RotaryPositions?
  /// A norm between heads and output projection; none where nil.
  public var innerNorm: (any Layer<Scalar>)?

  /// Attention of given weights and settings. Without `keyValueHeads` every head has keys and values of its own.
  public init(
    inputProjection: Linear<Scalar>, outputProjection: Linear<Scalar>, settings: AttentionSettings<Scalar>,
    keyValueHeads: Int? = nil, queryKeyNorm: QueryKeyNorm = .none, rotary: RotaryPositions? = nil,
    innerNorm: (any Layer<Scalar>)? = nil
  ) {
    let (width, heads) = (inputProjection.weight.columns, settings.heads)
    precondition(heads > 0 && width % heads == 0, "A width of \(width) is not divisible by \(heads) heads.")
    let keyValueHeads = keyValueHeads ?? heads
    precondition(
      keyValueHeads > 0 && heads % keyValueHeads == 0,
      "\(heads) heads cannot share \(keyValueHeads) heads of keys and values equally.")
    precondition(
      inputProjection.weight.rows == width + 2 * keyValueHeads * (width / heads),
      "An input projection of shape \(inputProjection.weight.shape) does not give queries, keys and values.")
    self.inputProjection = inputProjection
    self.outputProjection = outputProjection
    self.settings = settings
    self.keyValueHeads = keyValueHeads
    self.queryKeyNorm = queryKeyNorm
    self.rotary = rotary
    self.innerNorm = innerNorm
  }

  /// Plain attention of given weights.
  public init(
    inputProjection: Linear<Scalar>, outputProjection: Linear<Scalar>, heads: Int, mask: AttentionMask = .none
  ) {
    self.init(
      inputProjection: inputProjection, outputProjection: outputProjection,
      settings: AttentionSettings(heads: heads, mask: mask))
  }

  /// The number of heads, a divisor of the width.
  public var heads: Int { settings.heads }

  /// Which tokens a token attends to.
  public var mask: AttentionMask { settings.mask }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    // [tokens, width] → [tokens, 3 · width] → [tokens, width] → [tokens, width]
    let mixed = packed(inputProjection(x)).packedAttention(settings)
    return outputProjection(innerNorm.map { $0(mixed) } ?? mixed)
  }

  /// Projected queries, keys and values as the products take them: normalised, rotated, and with one head of keys and
  /// values for every head of queries. Shape `[tokens, width + 2 · keyValueHeads · size]` to `[tokens, 3 · width]`.
  private func packed<S: Signal>(_ projected: S) -> S where S.Scalar == Scalar {
    if keyValueHeads == heads, queryKeyNorm == .none, rotary == nil { return projected }
    let width = inputProjection.weight.columns
    let size = width / heads
    let shared = keyValueHeads * size
    var compared = projected[features: 0..<(width + shared)]
    compared = queryKeyNorm(compared, headSize: size)
    if let rotary { compared = rotary(compared, headSize: size) }
    let values = projected[features: (width + shared)..<(width + 2 * shared)]
    let all = S.concatenated([compared, values], along: .features)
    if keyValueHeads == heads { return all }
    func served(from start: Int) -> [Range<Int>] {
      (0..<heads).map { head in
        let first = start + head / (heads / keyValueHeads) * size
        return first..<(first + size)
      }
    }
    return all[features: [0..<width] + served(from: width) + served(from: width + shared)]
  }
}
