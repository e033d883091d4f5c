public import SpectraDifferentiation

/// The sublayers of a stack.
public enum Block: String, Sendable, Codable, CaseIterable {
  /// Self-attention, then feed-forward, each in its connection.
  case transformer
  /// φ(W x + b) in its connection.
  case fc

  /// The branches, as text.
  public var equation: String {
    switch self {
    case .transformer: "F = MHA, then F = W₂ φ(W₁ x + b₁) + b₂"
    case .fc: "F = φ(W x + b)"
    }
  }
}

/// Where the order of tokens comes from.
public enum PositionName: String, Sendable, Codable, CaseIterable {
  /// Nowhere: attention without a mask treats all orders alike.
  case none
  /// sin and cos of the position added to the input.
  case sinusoidal
  /// Queries and keys turned by angles proportional to the position.
  case rotary

  /// The formula, as text.
  public var equation: String {
    switch self {
    case .none: "nothing"
    case .sinusoidal: "x + P before the first layer, P[t, 2i] = sin(t/10000^(2i/width)), P[t, 2i+1] the cosine"
    case .rotary: "in each head of size d, features i and i + d/2 of queries and keys turned by t/10000^(2i/d)"
    }
  }

  /// Where it was introduced.
  public var source: String? {
    switch self {
    case .none: nil
    case .sinusoidal: "Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762"
    case .rotary: "Su et al. 2021, RoFormer, arXiv 2104.09864"
    }
  }
}

/// Everything that determines a stack but its weights: a connection, a normaliser, an attention, a feed-forward and an
/// activation, each a named value with settings, and sizes.
public struct Architecture: Sendable, Hashable, Codable {
  /// How skip, normaliser and branch combine.
  public var connection: Variant<Connection>
  /// What the branches are.
  public var block: Block
  /// The number of layers; a Transformer layer has two sublayers.
  public var depth: Int
  /// Features of each token.
  public var width: Int
  /// Tokens; 1 for `fc`, or there the size of the batch that a normaliser couples.
  public var tokens: Int
  /// Attention heads, a divisor of the width; 1 for `fc`.
  public var heads: Int
  /// Heads of keys and values, each shared by as many heads of queries; a divisor of `heads`.
  public var keyValueHeads: Int
  /// The feed-forward's inner width; the width itself for `fc`.
  public var hidden: Int
  /// φ of the feed-forward, or of a fully connected layer.
  public var activation: Variant<ActivationName>
  /// The normaliser, where the connection has one or `finalNorm` is set.
  public var normalizer: Variant<NormalizerName>
  /// The matrix that multiplies values.
  public var attention: Variant<AttentionName>
  /// The form of the feed-forward, plain or gated.
  public var feedForward: FeedForwardName
  /// Which tokens a token attends to.
  public var mask: AttentionMask
  /// Where the order of tokens comes from.
  public var positions: PositionName
  /// Whether a normaliser follows the last layer.
  public var finalNorm: Bool

  /// A Transformer stack.
  ///
  /// - Parameters:
  ///   - hidden: 4 · width where nil.
  ///   - keyValueHeads: `heads` where nil.
  ///   - normalizer: the connection's own where nil, which is LayerNorm for all but `xskip-bn`.
  ///   - normEpsilon: the normaliser's eps; its own default where nil.
  public static func transformer(
    _ connection: Variant<Connection>, depth: Int, width: Int, tokens: Int, heads: Int, keyValueHeads: Int? = nil,
    hidden: Int? = nil, activation: Variant<ActivationName> = .relu, normalizer: Variant<NormalizerName>? = nil,
    attention: Variant<AttentionName> = .softmax, feedForward: FeedForwardName = .mlp, mask: AttentionMask = .none,
    positions: PositionName = .none, finalNorm: Bool = false, normEpsilon: Double? = nil
  ) -> Architecture {
    Architecture(
      connection: connection, block: .transformer, depth: depth, width: width, tokens: tokens, heads: heads,
      keyValueHeads: keyValueHeads ?? heads, hidden: hidden ?? 4 * width, activation: activation,
      normalizer: normalizer.orDefault(of: connection, epsilon: normEpsilon), attention: attention,
      feedForward: feedForward, mask: mask, positions: positions, finalNorm: finalNorm)
  }

  /// A fully connected stack of constant width.
  ///
  /// - Parameter tokens: the size of a batch whose members a normaliser couples.
  public static func fullyConnected(
    _ connection: Variant<Connection>, depth: Int, width: Int, tokens: Int = 1,
    activation: Variant<ActivationName> = .relu, normalizer: Variant<NormalizerName>? = nil, finalNorm: Bool = false,
    normEpsilon: Double? = nil
  ) -> Architecture {
    Architecture(
      connection: connection, block: .fc, depth: depth, width: width, tokens: tokens, heads: 1, keyValueHeads: 1,
      hidden: width, activation: activation,
      normalizer: normalizer.orDefault(of: connection, epsilon: normEpsilon), attention: .softmax, feedForward: .mlp,
      mask: .none, positions: .none, finalNorm: finalNorm)
  }

  /// A Transformer stack of a connection with its default settings.
  public static func transformer(
    _ connection: Connection, depth: Int, width: Int, tokens: Int, heads: Int, hidden: Int? = nil,
    activation: Variant<ActivationName> = .relu, mask: AttentionMask = .none, finalNorm: Bool = false,
    normEpsilon: Double? = nil
  ) -> Architecture {
    .transformer(
      Variant(connection), depth: depth, width: width, tokens: tokens, heads: heads, hidden: hidden,
      activation: activation, mask: mask, finalNorm: finalNorm, normEpsilon: normEpsilon)
  }

  /// A fully connected stack of constant width, of a connection with its default settings.
  public static func fullyConnected(
    _ connection: Connection, depth: Int, width: Int, activation: Variant<ActivationName> = .relu,
    finalNorm: Bool = false, normEpsilon: Double? = nil
  ) -> Architecture {
    .fullyConnected(
      Variant(connection), depth: depth, width: width, activation: activation, finalNorm: finalNorm,
      normEpsilon: normEpsilon)
  }

  /// The number of elements of the input and of the output: N = tokens · width.
  public var size: Int { tokens * width }

  /// The connection's line of the table.
  package var wiring: Wiring { connection.wiring(depth: depth) }

  /// Features of a branch: half of the width where the connection is reversible.
  var branchWidth: Int { wiring.arrangement == .reversible ? width / 2 : width }

  /// How many features the normalisers of a layer and the final one have.
  public var normalizedFeatures: Set<Int> {
    var counts: Set<Int> = finalNorm ? [width] : []
    if wiring.norm != nil { counts.insert(branchWidth) }
    if wiring.norm == .preAndInner { counts.insert(innerFeatures) }
    return counts
  }

  /// Features of the feed-forward's units as its last matrix takes them.
  var innerFeatures: Int { hidden * (doublesFeatures ? 2 : 1) }

  /// Features of queries of one head, and of keys and of values.
  var headSize: Int { branchWidth / heads }

  /// Rows of the packed projection that give keys, and as many that give values.
  var keyRows: Int { keyValueHeads * headSize }

  /// Whether the activation doubles the features that the next matrix takes.
  package var doublesFeatures: Bool { activation.name == .crelu }
}

extension Architecture {
  /// A short name for messages: `a 12-layer post-ln transformer`.
  public var title: String {
    "a \(depth)-layer \(connection) \(block.rawValue)\(finalNorm ? " with final norm" : "")"
  }
}

extension Variant<NormalizerName>? {
  fileprivate func orDefault(of connection: Variant<Connection>, epsilon: Double?) -> Variant<NormalizerName> {
    let normalizer = self ?? Variant<NormalizerName>(connection.name.defaultNormalizer)
    return epsilon.map { normalizer.setting("eps", $0) } ?? normalizer
  }
}
