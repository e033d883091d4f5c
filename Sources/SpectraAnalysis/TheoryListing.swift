/// What theory says by itself, without a network: maps and depth scales of mean field, and the laws of ln σ at some depths
/// (schema `spectra.theory/1`, in `docs/`).
public struct TheoryListing: Sendable, Equatable {
  /// What was asked for.
  public struct Settings: Sendable, Equatable, Codable {
    /// The activation as named; nil for residual laws, which do not depend on it.
    public var activation: String?
    /// The ensemble of the weights, `gaussian` or `orthogonal`; nil for residual laws.
    public var weights: String?
    /// σ_w; nil for residual laws.
    public var sigmaW: Double?
    /// σ_b; nil for residual laws.
    public var sigmaB: Double?
    /// The mean square of the input from which the length map starts; nil where every layer has the map's fixed point q*.
    public var inputMeanSquare: Double?

    /// What was asked for.
    public init(
      activation: String? = nil, weights: String? = nil, sigmaW: Double? = nil, sigmaB: Double? = nil,
      inputMeanSquare: Double? = nil
    ) {
      self.activation = activation
      self.weights = weights
      self.sigmaW = sigmaW
      self.sigmaB = sigmaB
      self.inputMeanSquare = inputMeanSquare
    }

    enum CodingKeys: String, CodingKey {
      case activation, weights
      case sigmaW = "sigma_w"
      case sigmaB = "sigma_b"
      case inputMeanSquare = "input_mean_square"
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(activation, forKey: .activation)
      try container.encode(weights, forKey: .weights)
      try container.encode(sigmaW, forKey: .sigmaW)
      try container.encode(sigmaB, forKey: .sigmaB)
      try container.encode(inputMeanSquare, forKey: .inputMeanSquare)
    }
  }

  /// A number with its name, its symbol and what it means.
  public struct Quantity: Sendable, Equatable {
    /// In lower case with underscores, as in `xi_c`.
    public var name: String
    /// As papers write it.
    public var symbol: String
    /// Nil where it is infinite or not defined.
    public var value: Double?
    /// What it is, or why it has no value.
    public var meaning: String

    /// A number with its name.
    public init(_ name: String, symbol: String, value: Double?, meaning: String) {
      self.name = name
      self.symbol = symbol
      self.value = value
      self.meaning = meaning
    }
  }

  /// A function at some points.
  public struct Map: Sendable, Equatable, Codable {
    /// `length` or `correlation`.
    public var name: String
    /// The arguments.
    public var arguments: [Double]
    /// The value at each.
    public var values: [Double]

    /// A function at some points.
    public init(name: String, arguments: [Double], values: [Double]) {
      self.name = name
      self.arguments = arguments
      self.values = values
    }
  }

  /// The law of ln σ of one Jacobian.
  public struct Law: Sendable, Equatable {
    /// The number of layers; nil for a residual law.
    public var depth: Int?
    /// The law with its curve.
    public var prediction: TheoryRecord.Prediction
    /// (E[σ⁴] − E[σ²]²)/E[σ²]²; nil where it is too large for a number.
    public var relativeVariance: Double?
    /// ln of the smallest σ other than zeros; nil where the density reaches down to 0, and where all are zeros.
    public var logLowerEdge: Double?
    /// ln σ below which each of `shares` of the values other than zeros lies.
    public var quantiles: [Double?]

    /// The law of one Jacobian.
    ///
    /// - Parameter fine: a curve with more points than the prediction's, for quantiles; nil takes that.
    public init(
      depth: Int?, prediction: TheoryRecord.Prediction, relativeVariance: Double?, logLowerEdge: Double?,
      fine: SpectralCurve? = nil
    ) {
      quantiles = Self.shares.map { (fine ?? prediction.curve).quantile($0) }
      self.depth = depth
      self.prediction = prediction
      self.relativeVariance = relativeVariance
      self.logLowerEdge = logLowerEdge
    }

    /// The shares below which quantiles are given.
    public static let shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

  }

  /// A depth whose law was not computed.
  public struct Failure: Sendable, Equatable, Codable {
    /// The number of layers.
    public var depth: Int
    /// Why, one sentence.
    public var reason: String

    /// A depth without a law.
    public init(depth: Int, reason: String) { (self.depth, self.reason) = (depth, reason) }
  }

  /// The version of this package.
  public var version: String
  /// The command line; empty for a listing of the library.
  public var command: [String]
  /// What was asked for.
  public var settings: Settings
  /// Mean field: fixed points, susceptibility, depth scales; empty for residual laws.
  public var quantities: [Quantity]
  /// The phase, as in `ordered`; nil for residual laws.
  public var phase: String?
  /// Why there is no mean field where there is none, one sentence.
  public var reason: String?
  /// The length map and the correlation map.
  public var maps: [Map]
  /// One law for each depth.
  public var laws: [Law]
  /// The depths that have none.
  public var failures: [Failure]

  /// What theory says.
  public init(
    version: String, command: [String] = [], settings: Settings, quantities: [Quantity] = [], phase: String? = nil,
    reason: String? = nil, maps: [Map] = [], laws: [Law], failures: [Failure] = []
  ) {
    self.version = version
    self.command = command
    self.settings = settings
    self.quantities = quantities
    self.phase = phase
    self.reason = reason
    self.maps = maps
    self.laws = laws
    self.failures = failures
  }

  /// The name and version of the format.
  public static var schema: String { "spectra.theory/1" }
}

// MARK: - Encodable

extension TheoryListing: Encodable {
  enum CodingKeys: String, CodingKey {
    case schema, version, command
    case settings = "config"
    case quantities = "mean_field"
    case phase, reason, maps, laws, failures
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schema, forKey: .schema)
    try container.encode(version, forKey: .version)
    try container.encode(command, forKey: .command)
    try container.encode(settings, forKey: .settings)
    var values = container.nestedContainer(keyedBy: FieldName.self, forKey: .quantities)
    for quantity in quantities { try values.encode(quantity.value, forKey: FieldName(quantity.name)) }
    try container.encode(phase, forKey: .phase)
    try container.encode(reason, forKey: .reason)
    try container.encode(maps, forKey: .maps)
    try container.encode(laws, forKey: .laws)
    try container.encode(failures, forKey: .failures)
  }
}

extension TheoryListing.Law: Encodable {
  enum CodingKeys: String, CodingKey {
    case depth, prediction, quantiles
    case relativeVariance = "relative_variance"
    case logLowerEdge = "log_lower_edge"
  }

  private struct Quantile: Encodable {
    var share: Double
    var value: Double?

    enum CodingKeys: String, CodingKey {
      case share
      case value = "log_singular_value"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(share, forKey: .share)
      try container.encode(value, forKey: .value)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(depth, forKey: .depth)
    try container.encode(relativeVariance, forKey: .relativeVariance)
    try container.encode(logLowerEdge, forKey: .logLowerEdge)
    try container.encode(zip(Self.shares, quantiles).map { Quantile(share: $0, value: $1) }, forKey: .quantiles)
    try container.encode(prediction, forKey: .prediction)
  }
}
