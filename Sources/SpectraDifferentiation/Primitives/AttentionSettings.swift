public import SpectraLinearAlgebra

/// What turns queries, keys and values into a result: for each head A V with
///
/// A = α I + β · diag(r) · P − γ C, P = softmax(scale · Q Kᵀ + B) over the keys that the mask allows.
///
/// As it comes, A = P with scale 1/√d_head: the attention of Vaswani et al. 2017. Its other settings are
///
/// - **signal-preserving attention** (He et al. 2023, arXiv 2302.10322): a `bias` B, the logarithm of the matrix that is wanted,
///   and a `rowScale` r, the location-dependent rescaling;
/// - **Value-SkipInit** (the same): α = 1, β = 0;
/// - **shaped attention** (Noci et al. 2023, arXiv 2306.17759): α = β = γ = 1, where C has 1/n in the n allowed places of a
///   row, so that A = I as long as all scores are equal.
///
/// B, r and the weights are constants: nothing is differentiated along them.
public struct AttentionSettings<Scalar: NetworkScalar>: Sendable, Equatable {
  /// The number of heads, a divisor of the width.
  public var heads: Int
  /// Which tokens a token attends to.
  public var mask: AttentionMask
  /// What scores are multiplied by; 1/√d_head where nil.
  public var scale: Scalar?
  /// B, shape `[tokens, tokens]`, row i for query i, the same in all heads; no bias where nil. −∞ forbids a key, as the mask
  /// does; each query must be left one.
  public var bias: Tensor<Scalar>?
  /// r, one element a query, the same in all heads; ones where nil.
  public var rowScale: Tensor<Scalar>?
  /// α, the weight of the token's own value.
  public var identityWeight: Scalar
  /// β, the weight of the softmax.
  public var softmaxWeight: Scalar
  /// γ, the weight of the mean over the allowed keys.
  public var centringWeight: Scalar

  /// Settings of so many heads; the softmax alone where nothing else is said.
  public init(
    heads: Int, mask: AttentionMask = .none, scale: Scalar? = nil, bias: Tensor<Scalar>? = nil,
    rowScale: Tensor<Scalar>? = nil, identityWeight: Scalar = 0, softmaxWeight: Scalar = 1, centringWeight: Scalar = 0
  ) {
    (self.heads, self.mask, self.scale, self.bias, self.rowScale) = (heads, mask, scale, bias, rowScale)
    (self.identityWeight, self.softmaxWeight, self.centringWeight) = (identityWeight, softmaxWeight, centringWeight)
  }

  /// Traps where they do not fit each other, or a value of so many tokens and features.
  func check(tokens: Int, width: Int) {
    precondition(heads > 0 && width % heads == 0, "A width of \(width) is not divisible by \(heads) heads.")
    if case .window(let count) = mask {
      precondition(count >= 1, "A window of \(count) tokens leaves a token none to attend to, not even itself.")
    }
    if let bias {
      precondition(
        bias.shape == [tokens, tokens], "An attention bias of shape \(bias.shape) does not fit \(tokens) tokens.")
      precondition(
        bias.elements.allSatisfy { $0 < .infinity }, "An attention bias may be −∞, but neither NaN nor +∞.")
      for query in 0..<tokens {
        precondition(allowedCount(query: query, tokens: tokens) > 0, "The attention bias leaves token \(query) no key.")
      }
    }
    precondition(
      rowScale.map { $0.count == tokens } ?? true,
      "A row scale of \(rowScale?.count ?? 0) elements does not fit \(tokens) tokens.")
  }

  /// Whether a query attends to a key by mask and bias.
  private func allows(query: Int, key: Int) -> Bool {
    mask.allows(query: query, key: key) && bias.map { $0[query, key] > -.infinity } ?? true
  }

  private func allowedCount(query: Int, tokens: Int) -> Int {
    (0..<tokens).count { allows(query: query, key: $0) }
  }

  /// β r, one element a query; nil where all are 1.
  func gains(tokens: Int) -> [Scalar]? {
    if rowScale == nil, softmaxWeight == 1 { return nil }
    let gains = rowScale.map { Scalar.scaled(softmaxWeight, $0.elements) }
    return gains ?? Scalar.array(repeating: softmaxWeight, count: tokens)
  }

  /// α I − γ C, shape `[tokens, tokens]`; nil where it is 0.
  func constantPart(tokens: Int) -> Tensor<Scalar>? {
    if identityWeight == 0, centringWeight == 0 { return nil }
    var result = Tensor<Scalar>(shape: [tokens, tokens], repeating: 0)
    for query in 0..<tokens {
      if centringWeight != 0 {
        let share = centringWeight / Scalar(allowedCount(query: query, tokens: tokens))
        for key in 0..<tokens where allows(query: query, key: key) { result[query, key] = -share }
      }
      result[query, query] += identityWeight
    }
    return result
  }
}
