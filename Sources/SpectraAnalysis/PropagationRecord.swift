/// How signals and gradients go through stacks, layer by layer, as its JSON holds it (schema `spectra.propagate/1`, in `docs/`).
public struct PropagationRecord<Configuration: Codable & Sendable & Equatable>: Sendable, Equatable {
  /// The version of this package.
  public var version: String
  /// The command line; empty for a run of the library.
  public var command: [String]
  /// Every option that determines the numbers, as used.
  public var configuration: Configuration
  /// The correlation at the start of the two inputs that go through a fully connected stack; nil where the tokens of one input
  /// are compared.
  public var correlation: Double?
  /// One for each architecture and depth.
  public var stacks: [PropagationStack]

  /// A run from its parts.
  public init(
    version: String, command: [String] = [], configuration: Configuration, correlation: Double? = nil,
    stacks: [PropagationStack]
  ) {
    (self.version, self.command, self.configuration) = (version, command, configuration)
    (self.correlation, self.stacks) = (correlation, stacks)
  }

  /// The name and version of the format, the value of the field `schema`.
  public static var schema: String { "spectra.propagate/1" }
}

/// A number of a layer's state.
public enum PropagationQuantity: String, Sendable, CaseIterable {
  /// q, the mean square of all elements of the state.
  case meanSquare = "mean_square"
  /// p/q, p the mean product of two tokens per feature; of a fully connected stack that of its two inputs.
  case correlation
  /// 1 − p/q, from the differences of tokens: it keeps its digits as they become equal.
  case correlationDistance = "correlation_distance"
  /// The mean cosine of two tokens.
  case cosine
  /// ‖X − 1x̄ᵀ‖/‖X‖ in ‖·‖_{1,∞}.
  case residual
  /// ‖X − 1x̄ᵀ‖_F/‖X‖_F.
  case frobeniusResidual = "residual_frobenius"
  /// The entropy of attention's rows in nats, over queries and heads.
  case attentionEntropy = "attention_entropy"
  /// The same over the logarithm of the number of keys that a query may attend to.
  case relativeEntropy = "relative_entropy"
  /// 1 − |λ₂| of the attention matrix, over heads.
  case spectralGap = "spectral_gap"
  /// ln m_1, m_1 the mean squared singular value of the Jacobian of the state by the input.
  case logMeanSquared = "log_mean_squared"
}

/// One architecture at one depth.
public struct PropagationStack: Sendable, Equatable {
  /// The label, as in records of spectra.
  public var architecture: String
  /// `transformer` or `fc`.
  public var block: String
  public var depth: Int
  /// The number of samples, failed ones included.
  public var samples: Int
  /// Samples whose forward pass left the range of the precision: they count up to the layer before.
  public var failures: [PropagationFailure]
  /// How many directions ln m_1 was taken along; all of the input's where `isExact`.
  public var directions: Int
  /// Whether ln m_1 is that of the whole Jacobian, not estimated from random directions.
  public var isExact: Bool
  /// Why no recursion covers the stack, one sentence; nil where one does.
  public var reason: String?
  /// The states, 0 being the input of the first layer, with positions added.
  public var layers: [PropagationLayer]
  /// λ_a, how the angle between tokens (or inputs) converges.
  public var angle: PropagationExponent
  /// λ_g, how squared gradients grow.
  public var gradient: PropagationExponent

  /// A stack from its parts.
  public init(
    architecture: String, block: String, depth: Int, samples: Int, failures: [PropagationFailure] = [], directions: Int,
    isExact: Bool, reason: String? = nil, layers: [PropagationLayer], angle: PropagationExponent,
    gradient: PropagationExponent
  ) {
    (self.architecture, self.block, self.depth, self.samples) = (architecture, block, depth, samples)
    (self.failures, self.directions, self.isExact) = (failures, directions, isExact)
    (self.reason, self.layers, self.angle, self.gradient) = (reason, layers, angle, gradient)
  }
}

/// A forward pass that left the range of its precision.
public struct PropagationFailure: Sendable, Equatable, Codable {
  public var sample: Int
  /// The first layer without a state.
  public var layer: Int
  public var status: SpectrumRecord.Status
  /// One sentence.
  public var reason: String

  /// A forward pass that ended.
  public init(sample: Int, layer: Int, status: SpectrumRecord.Failure, reason: String) {
    (self.sample, self.layer, self.status, self.reason) = (sample, layer, status.status, reason)
  }
}

/// The state after one layer.
public struct PropagationLayer: Sendable, Equatable {
  /// 0 for the input.
  public var layer: Int
  /// How each quantity is distributed over samples; those that no sample has are left out.
  public var statistics: [PropagationQuantity: Distribution]
  /// What the recursion gives from the samples' own inputs, on average; empty where none covers the stack.
  public var recursion: [PropagationQuantity: Double]

  /// A layer from its numbers.
  public init(
    layer: Int, statistics: [PropagationQuantity: Distribution], recursion: [PropagationQuantity: Double] = [:]
  ) {
    (self.layer, self.statistics, self.recursion) = (layer, statistics, recursion)
  }
}

/// An exponential rate per layer, natural logarithm.
public struct PropagationExponent: Sendable, Equatable {
  /// The mean over samples; nil where there is none.
  public var measured: Double?
  /// Its standard error over samples; nil for one, or where it is measured of the samples' mean.
  public var standardError: Double?
  /// What the same measurement gives on the recursion's numbers; nil where none covers the stack.
  public var recursion: Double?
  /// Of the recursion where depth goes to infinity; nil where it does not settle.
  public var limit: Double?
  /// The layers that it was taken over.
  public var layers: ClosedRange<Int>?
  /// The correlation c* that was taken for the limit; nil for the gradient's exponent.
  public var fixedPoint: Double?
  /// Why there is no measured one, a sentence; nil where there is.
  public var reason: String?

  /// An exponent from its parts.
  public init(
    measured: Double? = nil, standardError: Double? = nil, recursion: Double? = nil, limit: Double? = nil,
    layers: ClosedRange<Int>? = nil, fixedPoint: Double? = nil, reason: String? = nil
  ) {
    (self.measured, self.standardError, self.recursion) = (measured, standardError, recursion)
    (self.limit, self.layers, self.fixedPoint, self.reason) = (limit, layers, fixedPoint, reason)
  }
}

// MARK: - Encoding

extension PropagationRecord: Encodable {
  enum CodingKeys: String, CodingKey {
    case schema, version, command
    case configuration = "config"
    case correlation, stacks
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schema, forKey: .schema)
    try container.encode(version, forKey: .version)
    try container.encode(command, forKey: .command)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(correlation, forKey: .correlation)
    try container.encode(stacks, forKey: .stacks)
  }
}

extension PropagationStack: Encodable {
  enum CodingKeys: String, CodingKey {
    case architecture, block, depth, samples, failures, directions
    case isExact = "exact"
    case reason, layers
    case angle = "angle_exponent"
    case gradient = "gradient_exponent"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(architecture, forKey: .architecture)
    try container.encode(block, forKey: .block)
    try container.encode(depth, forKey: .depth)
    try container.encode(samples, forKey: .samples)
    try container.encode(failures, forKey: .failures)
    try container.encode(directions, forKey: .directions)
    try container.encode(isExact, forKey: .isExact)
    try container.encode(reason, forKey: .reason)
    try container.encode(layers, forKey: .layers)
    try container.encode(angle, forKey: .angle)
    try container.encode(gradient, forKey: .gradient)
  }
}

extension PropagationLayer: Encodable {
  enum CodingKeys: String, CodingKey { case layer, statistics, recursion }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(layer, forKey: .layer)
    var measured = container.nestedContainer(keyedBy: FieldName.self, forKey: .statistics)
    var predicted = container.nestedContainer(keyedBy: FieldName.self, forKey: .recursion)
    for quantity in PropagationQuantity.allCases {
      let name = FieldName(quantity.rawValue)
      if let distribution = statistics[quantity] { try measured.encode(distribution, forKey: name) }
      if let value = recursion[quantity], value.isFinite { try predicted.encode(value, forKey: name) }
    }
  }
}

extension PropagationExponent: Encodable {
  enum CodingKeys: String, CodingKey {
    case measured
    case standardError = "standard_error"
    case recursion, limit
    case firstLayer = "first_layer"
    case lastLayer = "last_layer"
    case fixedPoint = "fixed_point"
    case reason
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(measured, forKey: .measured)
    try container.encode(standardError, forKey: .standardError)
    try container.encode(recursion, forKey: .recursion)
    try container.encode(limit, forKey: .limit)
    try container.encode(layers?.lowerBound, forKey: .firstLayer)
    try container.encode(layers?.upperBound, forKey: .lastLayer)
    try container.encode(fixedPoint, forKey: .fixedPoint)
    try container.encode(reason, forKey: .reason)
  }
}
