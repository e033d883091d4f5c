public import SpectraDifferentiation
public import SpectraLinearAlgebra

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

/// Everything that determines a stack but its weights.
public struct Architecture: Sendable, Hashable, Codable {
  public var connection: Connection
  public var block: Block
  /// The number of layers; a Transformer layer has two sublayers.
  public var depth: Int
  /// Features of each token.
  public var width: Int
  /// Tokens; 1 for `fc`.
  public var tokens: Int
  /// Attention heads, a divisor of the width; 1 for `fc`.
  public var heads: Int
  /// The feed-forward's inner width; the width itself for `fc`.
  public var hidden: Int
  public var activation: ActivationName
  public var mask: AttentionMask
  /// Whether a LayerNorm follows the last layer.
  public var finalNorm: Bool
  /// eps of every LayerNorm.
  public var normEpsilon: Double

  /// A Transformer stack.
  public static func transformer(
    _ connection: Connection, depth: Int, width: Int, tokens: Int, heads: Int, hidden: Int? = nil,
    activation: ActivationName = .relu, mask: AttentionMask = .none, finalNorm: Bool = false,
    normEpsilon: Double = 1e-5
  ) -> Architecture {
    Architecture(
      connection: connection, block: .transformer, depth: depth, width: width, tokens: tokens, heads: heads,
      hidden: hidden ?? 4 * width, activation: activation, mask: mask, finalNorm: finalNorm, normEpsilon: normEpsilon)
  }

  /// A fully connected stack of constant width.
  public static func fullyConnected(
    _ connection: Connection, depth: Int, width: Int, activation: ActivationName = .relu, finalNorm: Bool = false,
    normEpsilon: Double = 1e-5
  ) -> Architecture {
    Architecture(
      connection: connection, block: .fc, depth: depth, width: width, tokens: 1, heads: 1, hidden: width,
      activation: activation, mask: .none, finalNorm: finalNorm, normEpsilon: normEpsilon)
  }

  /// The number of elements of the input and of the output: N = tokens · width.
  public var size: Int { tokens * width }
}

// MARK: - The stack

extension Architecture {
  /// The stack with given parameters.
  ///
  /// - Throws: `ParameterError` where a parameter is missing, has another shape or none of this architecture's names.
  public func stack<Scalar: NetworkScalar>(
    _ parameters: Parameters, as scalar: Scalar.Type = Scalar.self
  ) throws(ParameterError) -> Stack<Scalar> {
    try parameters.check(against: self)
    func tensor(_ name: String) -> Tensor<Scalar> { parameters.required(name).converted() }
    func linear(_ name: String) -> Linear<Scalar> {
      Linear(weight: tensor("\(name).weight"), bias: tensor("\(name).bias"))
    }
    func norm(_ name: String) -> LayerNorm<Scalar> {
      LayerNorm(gain: tensor("\(name).weight"), bias: tensor("\(name).bias"), epsilon: Scalar(normEpsilon))
    }
    func sublayer(_ branch: any Layer<Scalar>, layer: String, norm name: String) -> Sublayer<Scalar> {
      Sublayer(
        connection, branch: branch, norm: connection.usesNorm ? norm(layer + name) : nil,
        residualWeight: connection.usesResidualWeight ? tensor(layer + "resweight").elements[0] : 0)
    }
    let layers = (0..<depth).map { index -> any Layer<Scalar> in
      let layer = "layers.\(index)."
      switch block {
      case .fc:
        let branch = ActivatedLinear(
          linear: Linear(weight: tensor(layer + "weight"), bias: tensor(layer + "bias")),
          activation: activation.activation)
        return sublayer(branch, layer: layer, norm: "norm")
      case .transformer:
        let attention = SelfAttention(
          inputProjection: Linear(
            weight: tensor(layer + "self_attn.in_proj_weight"), bias: tensor(layer + "self_attn.in_proj_bias")),
          outputProjection: linear(layer + "self_attn.out_proj"), heads: heads, mask: mask)
        let feedForward = FeedForward(
          hidden: linear(layer + "linear1"), activation: activation.activation, output: linear(layer + "linear2"))
        return Chain([
          sublayer(attention, layer: layer, norm: "norm1"), sublayer(feedForward, layer: layer, norm: "norm2"),
        ])
      }
    }
    return Stack(layers, final: finalNorm ? norm("norm") : nil)
  }
}
