/// Which tokens a token may attend to.
///
/// Its text is `none`, `causal` or `ngram:N`, on the command line and in JSON.
public enum AttentionMask: Sendable, Hashable, Codable {
  /// All of them.
  case none
  /// Itself and the ones before it.
  case causal
  /// The last N, itself included: token i attends to j in i − N + 1 … i, so that `window(1)` is itself alone. N ≥ 1.
  ///
  /// Chelba et al. 2020, *Faster Transformer Decoding: N-gram Masked Self-Attention*, arXiv 2001.04589.
  case window(Int)

  /// Whether token `query` attends to token `key`.
  public func allows(query: Int, key: Int) -> Bool {
    switch self {
    case .none: true
    case .causal: key <= query
    case .window(let count): key <= query && query - key < count
    }
  }

  /// Whether no token attends to a later one.
  public var isCausal: Bool {
    switch self {
    case .none: false
    case .causal, .window: true
    }
  }

  /// Whom token i attends to, as text.
  public var equation: String {
    switch self {
    case .none: "every token attends to all"
    case .causal: "token i attends to j ≤ i"
    case .window(let count): "token i attends to i − \(count - 1) ≤ j ≤ i"
    }
  }
}

extension AttentionMask: RawRepresentable, CustomStringConvertible {
  /// The mask of a text; nil where it is none of `none`, `causal` and `ngram:N` with a whole number N ≥ 1.
  public init?(rawValue: String) {
    switch rawValue {
    case "none": self = .none
    case "causal": self = .causal
    default:
      guard rawValue.hasPrefix(Self.windowPrefix), let count = Int(rawValue.dropFirst(Self.windowPrefix.count)),
        count >= 1, rawValue == "\(Self.windowPrefix)\(count)"
      else { return nil }
      self = .window(count)
    }
  }

  public var rawValue: String {
    switch self {
    case .none: "none"
    case .causal: "causal"
    case .window(let count): "\(Self.windowPrefix)\(count)"
    }
  }

  public var description: String { rawValue }

  private static let windowPrefix = "ngram:"
}
