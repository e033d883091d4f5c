/// A panel's theory beside its measurement, as a record's JSON holds it: the law that covers the stack with the distance of
/// the spectra from it, or a sentence that says why none does.
public struct TheoryRecord: Sendable, Equatable {
  /// The panel it is about.
  public var panel: Panel
  /// What theory says; nil where none covers the stack.
  public var prediction: Prediction?
  /// How far the measured spectra are from it; nil where none was measured.
  public var comparison: Comparison?
  /// Why there is no prediction, no comparison or no p-value, one sentence; nil where there is all that was asked for.
  public var reason: String?

  /// A panel with what theory says of it.
  public init(panel: Panel, prediction: Prediction? = nil, comparison: Comparison? = nil, reason: String? = nil) {
    self.panel = panel
    self.prediction = prediction
    self.comparison = comparison
    self.reason = reason
  }

  /// A law of ln σ with its numbers.
  public struct Prediction: Sendable, Equatable, Codable {
    /// The law's name, as in `Gaussian weights, gates of tanh`.
    public var law: String
    /// Where it comes from: paper and equation.
    public var source: String
    /// What it was computed from, in order, as in `sigma_w`, `q`, `c`.
    public var parameters: [Parameter]
    /// Where a parameter was fitted to the measurement and not computed from the law of the weights, a sentence that says so.
    public var fitted: String?
    /// What the law leaves out that spectra of such stacks have, a sentence; nil where there is nothing to say.
    public var note: String?
    /// The law itself.
    public var curve: SpectralCurve
    /// ln of the mean of σ² over all values, zeros included; nil where all are zeros.
    public var logMeanSquared: Double?
    /// The mean of ln σ over values other than zeros; nil where there is none.
    public var meanLog: Double?
    /// The variance of ln σ over values other than zeros; nil where there is none.
    public var varianceLog: Double?
    /// ln of the largest σ; nil where all are zeros.
    public var logUpperEdge: Double?

    /// A law with its numbers.
    public init(
      law: String, source: String, parameters: [Parameter], fitted: String? = nil, note: String? = nil,
      curve: SpectralCurve, logMeanSquared: Double?, meanLog: Double?, varianceLog: Double?, logUpperEdge: Double?
    ) {
      self.law = law
      self.source = source
      self.parameters = parameters
      self.fitted = fitted
      self.note = note
      self.curve = curve
      self.logMeanSquared = logMeanSquared
      self.meanLog = meanLog
      self.varianceLog = varianceLog
      self.logUpperEdge = logUpperEdge
    }

    enum CodingKeys: String, CodingKey {
      case law, source, parameters, fitted, note, curve
      case logMeanSquared = "log_mean_squared"
      case meanLog = "mean_log"
      case varianceLog = "variance_log"
      case logUpperEdge = "log_upper_edge"
    }
  }

  /// A number of a law, by name.
  public struct Parameter: Sendable, Equatable, Codable {
    /// Its name in lower case with underscores, as in `sigma_w`.
    public var name: String
    /// What it is.
    public var value: Double

    /// A number with its name.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Measured spectra against a law.
  public struct Comparison: Sendable, Equatable, Codable {
    /// The number of samples with a spectrum.
    public var samples: Int
    /// The largest distance of the cumulative distribution of all samples' ln σ, zeros included, from the law's; above what
    /// rounding hides.
    public var distance: Double
    /// The share of simulated sets of as many matrices of the law's own ensemble, of the same size, that are at least as far from
    /// it: (1 + their number) / (1 + `draws`); nil where none was simulated.
    public var pValue: Double?
    /// The number of simulated sets.
    public var draws: Int
    /// The variance of ln σ over values other than zeros of all simulated matrices: the law's at this size. Nil where none was
    /// simulated, or where their smallest values are lost to rounding.
    public var simulatedVarianceLog: Double?
    /// The median over simulated matrices of ln σ_1; nil where none was simulated.
    public var simulatedLogUpperEdge: Double?
    /// The mean of σ² over samples and values.
    public var meanSquared: Double?
    /// Its standard error over samples; nil for one sample.
    public var meanSquaredError: Double?
    /// (mean of σ² − the law's) / standard error; nil for one sample, or where the samples do not differ.
    public var zScore: Double?
    /// The variance of ln σ over live values of all samples, about their mean.
    public var varianceLog: Double?
    /// The median over samples of ln σ_1.
    public var logUpperEdge: Double?

    /// The distances of spectra from a law.
    public init(
      samples: Int, distance: Double, pValue: Double? = nil, draws: Int = 0, meanSquared: Double? = nil,
      meanSquaredError: Double? = nil, zScore: Double? = nil, varianceLog: Double? = nil, logUpperEdge: Double? = nil
    ) {
      self.samples = samples
      self.distance = distance
      self.pValue = pValue
      self.draws = draws
      self.meanSquared = meanSquared
      self.meanSquaredError = meanSquaredError
      self.zScore = zScore
      self.varianceLog = varianceLog
      self.logUpperEdge = logUpperEdge
    }

    /// `p = 0.43`, or `p ≤ 0.05` where no simulated set was as far off; nil without a p-value.
    package var pText: String? {
      pValue.map { value in
        let isLeast = draws > 0 && value <= 1.0000001 / Double(1 + draws)
        return "p \(isLeast ? "≤" : "=") \(NumberText.significant(value, digits: 2))"
      }
    }

    enum CodingKeys: String, CodingKey {
      case samples
      case distance = "kolmogorov_smirnov"
      case pValue = "p_value"
      case draws = "monte_carlo_draws"
      case simulatedVarianceLog = "simulated_variance_log"
      case simulatedLogUpperEdge = "simulated_log_upper_edge"
      case meanSquared = "mean_squared"
      case meanSquaredError = "mean_squared_standard_error"
      case zScore = "mean_squared_z_score"
      case varianceLog = "variance_log"
      case logUpperEdge = "log_upper_edge"
    }
  }
}

// MARK: - Codable

extension TheoryRecord: Codable {
  enum CodingKeys: String, CodingKey {
    case architecture, depth, layer, prediction, comparison, reason
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(panel.architecture, forKey: .architecture)
    try container.encode(panel.depth, forKey: .depth)
    try container.encode(panel.layer, forKey: .layer)
    try container.encode(prediction, forKey: .prediction)
    try container.encode(comparison, forKey: .comparison)
    try container.encode(reason, forKey: .reason)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      panel: Panel(
        architecture: try container.decode(String.self, forKey: .architecture),
        depth: try container.decode(Int.self, forKey: .depth), layer: try container.decode(Int.self, forKey: .layer)),
      prediction: try container.decodeIfPresent(Prediction.self, forKey: .prediction),
      comparison: try container.decodeIfPresent(Comparison.self, forKey: .comparison),
      reason: try container.decodeIfPresent(String.self, forKey: .reason))
  }
}

extension [TheoryRecord] {
  /// The records by their panels, of several for one the first.
  package var byPanel: [Panel: TheoryRecord] { Dictionary(map { ($0.panel, $0) }) { first, _ in first } }
}
