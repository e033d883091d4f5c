/// Every option that determines the numbers of an experiment, as used; the `config` of its JSON.
///
/// The defaults are those of the command line. `validate()` says in one sentence what does not fit together.
public struct Configuration: Sendable, Equatable {
  /// The architectures that are compared.
  public var architectures: [ArchitectureSpecification] = [.postLN]
  /// The sublayers of every stack: attention and feed-forward, or fully connected.
  public var block: Block = .transformer
  /// The numbers of layers that are compared.
  public var depths: [Int] = [12]
  /// Features of each token.
  public var width = 16
  /// Tokens of the input. In an `fc` stack its rows, where some architecture's normaliser couples them; the other architectures
  /// take the first one.
  public var tokens = 4
  /// Attention heads; 1 for `fc`.
  public var heads = 4
  /// Heads of keys and values; nil is `heads`.
  public var keyValueHeads: Int?
  /// The feed-forward's inner width; nil is 4 · width (the width itself for `fc`).
  public var hidden: Int?
  /// φ of the feed-forward, or of a fully connected layer, with its settings.
  public var activation: Variant<ActivationName> = .relu
  /// The normaliser of every architecture that has one; nil is each connection's own.
  public var norm: Variant<NormalizerName>?
  /// The matrix that multiplies values; not in an `fc` stack.
  public var attention: Variant<AttentionName> = .softmax
  /// The form of the feed-forward, plain or gated; not in an `fc` stack.
  public var feedForward: FeedForwardName = .mlp
  /// Where the order of tokens comes from; not in an `fc` stack.
  public var positions: PositionName = .none
  /// The law of the weights; nil is each connection's own, which is `xavier-uniform` for all but `fixup`.
  public var initializer: InitializerName?
  /// Multiplies every weight matrix.
  public var gain = 1.0
  /// σ_w of `gaussian`; nil is √2 for relu, else 1.
  public var sigmaW: Double?
  /// σ_b of `gaussian`; nil is 0.
  public var sigmaB: Double?
  /// How query, key and value matrices count; nil is the initialiser's own way, or the connection's.
  public var packing: ProjectionPacking?
  /// α of every `rezero` and `skipinit` that does not name its own; nil is 0.
  public var alpha: Double?
  /// Whether a LayerNorm follows the last layer.
  public var finalNorm = false
  /// Which tokens a token attends to; not in an `fc` stack.
  public var mask: AttentionMask = .none
  /// What stands at the input, shape `[tokens, width]`.
  public var input: InputSource = .gaussian
  /// A safetensors file whose weights stand instead of random ones.
  public var weights: String?
  /// How many networks and inputs each panel has.
  public var samples = 10
  /// The number of the first sample: any sample can be computed alone.
  public var firstSample = 0
  /// What differs from sample to sample.
  public var vary: Variation = .both
  /// The seed of all draws.
  public var seed: UInt64 = 0
  /// Where random numbers come from.
  public var rng: RandomSource = .spectra
  /// How spectra are computed.
  public var method: MethodChoice = .auto
  /// After which layers l the Jacobian ∂h_l/∂h_0 is taken.
  public var layers: LayerSelection = .last
  /// Of weights, input and the product method; the resolved one computes in double precision.
  public var precision: Precision = .double
  /// The histogram's number of bins.
  public var bins = 40
  /// What the histogram's axis spans.
  public var range: HistogramAxis.Range = .auto
  /// The base of the histogram's logarithm.
  public var logBase: HistogramAxis.LogBase = .ten

  /// The defaults of the command line: ten Post-LN Transformers of 12 layers, 4 tokens of width 16.
  public init() {}
}

/// How spectra are computed.
public enum MethodChoice: String, Sendable, Codable, CaseIterable {
  /// The product method where it is accurate for every value, else the resolved one.
  case auto
  /// One singular value decomposition of the dense Jacobian, with the noise floor of its precision.
  case product
  /// The product of the layers' Jacobians decomposed without forming it, in double precision.
  case resolved
}

/// What differs from sample to sample.
public enum Variation: String, Sendable, Codable, CaseIterable {
  /// Weights and input.
  case both
  /// Weights; the input is that of sample 0.
  case weights
  /// The input; the weights are those of sample 0.
  case input
}

/// Where random numbers come from.
public enum RandomSource: String, Sendable, Codable, CaseIterable {
  /// Keyed streams: each tensor's draws depend on its own key alone.
  case spectra
  /// PyTorch's CPU generator: one stream per depth, in PyTorch's order of draws, which is part of the result.
  case torch
}

/// The arithmetic of weights, values and Jacobian.
public enum Precision: String, Sendable, Codable, CaseIterable {
  /// 64 bits, eps = 2.2e-16.
  case double
  /// 32 bits, eps = 1.2e-7.
  case float

  /// Why a network with a weight beyond the range has no spectrum.
  func overflow(ofWeights name: String) -> String {
    "The weights overflow the range of \(rawValue) precision: \(name) is not finite."
  }
}

/// After which layers l the Jacobian ∂h_l/∂h_0 is taken.
public enum LayerSelection: Sendable, Equatable {
  /// After the last one.
  case last
  /// After every one.
  case all
  /// After these, 1-based.
  case some([Int])

  /// The number of layers of a stack of a depth.
  func count(ofDepth depth: Int) -> Int {
    switch self {
    case .last: 1
    case .all: depth
    case .some(let layers): Set(layers).count
    }
  }

  /// The layers of a stack of a depth, ascending.
  func layers(ofDepth depth: Int) -> [Int] {
    switch self {
    case .last: [depth]
    case .all: Array(1...depth)
    case .some(let layers): Set(layers).sorted()
    }
  }
}

/// What stands at the input.
public enum InputSource: Sendable, Equatable {
  /// Independent N(0, 1) elements.
  case gaussian
  /// A `.npy` file of shape `[tokens, width]` for all samples or `[samples, tokens, width]`.
  case numpy(path: String)
  /// The tensor `input`, `[tokens, width]`, of a safetensors file, as an export writes it.
  case safetensors(path: String)
  /// The bytes of a text from a random offset, embedded at random with sinusoidal positions added.
  case text(path: String)
}

// MARK: - What follows from it

extension Configuration {
  /// The configuration of one of the architectures alone: what its name says over what the options say.
  public func resolved(_ specification: ArchitectureSpecification) -> Configuration {
    var own = self
    var connection = specification.connection
    if let alpha, connection.name.hasResidualWeight, connection.given["alpha"] == nil,
      alpha != connection.number("alpha")
    {
      // What is no number is refused by `validate()`.
      connection = (try? Variant(connection.name, ["alpha": .number(alpha)])) ?? connection
    }
    for option in specification.options {
      // It was checked when the name was read.
      try? own.set(option.option, to: option.value)
    }
    own.architectures = [ArchitectureSpecification(connection)]
    own.alpha = nil
    return own
  }

  /// The architecture of one panel.
  public func architecture(_ specification: ArchitectureSpecification, depth: Int) -> Architecture {
    let own = resolved(specification)
    let connection = own.architectures[0].connection
    switch block {
    case .transformer:
      return .transformer(
        connection, depth: depth, width: width, tokens: tokens, heads: own.heads, keyValueHeads: own.keyValueHeads,
        hidden: own.hidden, activation: own.activation, normalizer: own.norm, attention: own.attention,
        feedForward: own.feedForward, mask: own.mask, positions: own.positions, finalNorm: own.finalNorm)
    case .fc:
      return .fullyConnected(
        connection, depth: depth, width: width, tokens: own.inputTokens, activation: own.activation,
        normalizer: own.norm, finalNorm: own.finalNorm)
    }
  }

  /// The law of an architecture's weights.
  public func law(_ specification: ArchitectureSpecification) -> Initializer {
    let own = resolved(specification)
    let connection = specification.connection.name
    return Initializer(
      own.initializer ?? connection.defaultInitializer, gain: own.gain,
      sigmaW: own.sigmaW ?? own.activation.defaultSigmaW, sigmaB: own.sigmaB ?? 0,
      packing: own.packing ?? connection.defaultPacking)
  }

  /// Everything that is computed: one case for each architecture and depth.
  public var cases: [ExperimentCase] {
    architectures.flatMap { specification in
      depths.map { depth in
        ExperimentCase(
          label: specification.description, architecture: architecture(specification, depth: depth),
          initializer: law(specification))
      }
    }
  }

  /// Whether the tokens of a fully connected stack are a batch that some architecture's normaliser couples.
  public var hasBatch: Bool {
    block == .fc && architectures.contains { normalizer(of: $0)?.name.couplesTokens ?? false }
  }

  /// The number of rows of the input as used: 1 in a fully connected stack without a batch.
  var inputTokens: Int { block == .fc && !hasBatch ? 1 : tokens }

  /// The normaliser of an architecture; nil where it has none.
  func normalizer(of specification: ArchitectureSpecification) -> Variant<NormalizerName>? {
    let (own, connection) = (resolved(specification), specification.connection.name)
    return connection.usesNorm || own.finalNorm ? own.norm ?? Variant(connection.defaultNormalizer) : nil
  }
}

extension Connection {
  /// Whether `--alpha` is about it.
  var hasResidualWeight: Bool { self == .rezero || self == .skipinit }
}

/// One panel's network law: an architecture and how its weights are drawn, under the name that records give it.
public struct ExperimentCase: Sendable, Hashable {
  /// The name of its panels, and `architecture` in JSON.
  public var label: String
  /// The network, all but its weights. Its `tokens` and `width` are those of the input.
  public var architecture: Architecture
  /// How its weights are drawn.
  public var initializer: Initializer

  /// A network and its law under a name.
  public init(label: String, architecture: Architecture, initializer: Initializer) {
    self.label = label
    self.architecture = architecture
    self.initializer = initializer
  }
}
