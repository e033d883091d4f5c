public import SpectraDifferentiation

/// The feed-forward sublayers that can be named on the command line and in records.
public enum FeedForwardName: String, Sendable, Codable, CaseIterable {
  case mlp
  case gated
  case glu
  case bilinear
  case reglu
  case geglu
  case swiglu
}

extension FeedForwardName {
  /// Whether there is a gate: `GatedFeedForward`, with a third matrix, instead of `FeedForward`.
  public var isGated: Bool { self != .mlp }

  /// The φ that the name stands for; nil where it is chosen beside it.
  public var fixedActivation: (any Activation)? {
    switch self {
    case .mlp, .gated: nil
    case .glu: Sigmoid()
    case .bilinear: LinearActivation()
    case .reglu: ReLU()
    case .geglu: GELU()
    case .swiglu: SiLU()
    }
  }

  /// The branch, as text.
  public var equation: String {
    switch self {
    case .mlp: "F = W₂ φ(W₁ x + b₁) + b₂"
    case .gated: "F = W₂ (φ(W_g x + b_g) ⊙ (W₁ x + b₁)) + b₂"
    case .glu: "gated, φ(x) = 1/(1 + exp(-x))"
    case .bilinear: "gated, φ(x) = x"
    case .reglu: "gated, φ(x) = max(x, 0)"
    case .geglu: "gated, φ(x) = x Φ(x), exact"
    case .swiglu: "gated, φ(x) = x/(1 + exp(-x))"
    }
  }

  /// Where it comes from.
  public var source: String {
    switch self {
    case .mlp: "Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762"
    case .glu: "Dauphin et al. 2016, Gated Convolutional Networks, arXiv 1612.08083"
    case .gated, .bilinear, .reglu, .geglu, .swiglu:
      "Shazeer 2020, GLU Variants Improve Transformer, arXiv 2002.05202"
    }
  }
}
