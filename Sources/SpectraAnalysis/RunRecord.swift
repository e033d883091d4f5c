/// Everything one run found, as its JSON holds it (schema `spectra.jacobian/1`, in `docs/`).
public struct RunRecord<Configuration: Codable & Sendable & Equatable>: Sendable, Equatable {
  /// The version of this package.
  public var version: String
  /// The command line; empty for a run of the library.
  public var command: [String]
  /// What computed the numbers.
  public var environment: Environment
  /// Every option that determines the numbers, as used.
  public var configuration: Configuration
  /// Every sample of every panel.
  public let spectra: [SpectrumRecord]
  /// What the samples of each panel say together.
  public let summaries: [Summary]
  /// The histogram of each panel, all on one axis.
  public let histograms: [PanelHistogram]
  /// Published numbers beside the measured ones; nil where nothing was published.
  public var published: [Published]?
  /// What theory says of each panel; nil where it was not asked.
  public var theory: [TheoryRecord]?

  /// The record of a run from its samples: summaries and histograms follow from them.
  ///
  /// Panels appear in the order in which their first sample appears in `spectra`; all share one histogram axis.
  ///
  /// - Throws: `HistogramError` where the number of bins or the range is no good.
  public init(
    version: String, command: [String] = [], environment: Environment, configuration: Configuration,
    spectra: [SpectrumRecord], bins: Int = 40, logBase: HistogramAxis.LogBase = .ten,
    range: HistogramAxis.Range = .auto, published: [Published]? = nil
  ) throws(HistogramError) {
    let samples = PanelSamples(spectra)
    let found = samples.panels.map { samples[$0].compactMap(\.spectrum) }
    let axis = try HistogramAxis(spanningPanels: found, bins: bins, logBase: logBase, range: range)
    self.version = version
    self.command = command
    self.environment = environment
    self.configuration = configuration
    self.spectra = spectra
    summaries = samples.panels.map { Summary(panel: $0, samples: samples[$0]) }
    histograms = zip(samples.panels, found).map { PanelHistogram(panel: $0, histogram: Histogram(of: $1, axis: axis)) }
    self.published = published
    theory = nil
  }

  /// The name and version of the format, the value of the field `schema`.
  public static var schema: String { "spectra.jacobian/1" }
}

/// What computed the numbers of a run.
public struct Environment: Sendable, Equatable, Codable {
  /// The linear algebra library, as it describes itself.
  public var backend: String
  /// The processor kernels that it chose.
  public var core: String
  /// The number of threads over samples and tangents.
  public var threads: Int

  /// What computed the numbers, as `Backend.summary` and `Backend.core` describe it.
  public init(backend: String, core: String, threads: Int) {
    self.backend = backend
    self.core = core
    self.threads = threads
  }
}

/// A number from a paper beside the same number measured here.
public struct Published: Sendable, Equatable {
  /// What was measured, as in `"mean_squared"`.
  public var quantity: String
  /// The label of the architecture.
  public var architecture: String
  /// The number of layers.
  public var depth: Int
  /// The number in the publication.
  public var published: Double
  /// The number measured here; nil where the run failed.
  public var measured: Double?
  /// Whether both agree to the precision of the publication.
  public var agrees: Bool

  /// A published number beside the measured one; a measured number that is not finite becomes nil.
  public init(
    quantity: String, architecture: String, depth: Int, published: Double, measured: Double?, agrees: Bool
  ) {
    self.quantity = quantity
    self.architecture = architecture
    self.depth = depth
    self.published = published
    self.measured = measured.flatMap(\.ifFinite)
    self.agrees = agrees
  }
}

/// A file that is no record of a run.
public enum RunRecordError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file states another format, or another version of it.
  case unknownSchema(found: String, expected: String)

  public var description: String {
    switch self {
    case .unknownSchema(let found, let expected):
      "The file has schema \"\(found)\", but this version of spectra reads only \"\(expected)\"; use the version that wrote it."
    }
  }
}

// MARK: - Codable

extension RunRecord: Codable {
  enum CodingKeys: String, CodingKey {
    case schema, version, command, environment
    case configuration = "config"
    case spectra, summaries, histograms, published, theory
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schema, forKey: .schema)
    try container.encode(version, forKey: .version)
    try container.encode(command, forKey: .command)
    try container.encode(environment, forKey: .environment)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(spectra, forKey: .spectra)
    try container.encode(summaries, forKey: .summaries)
    try container.encode(histograms, forKey: .histograms)
    try container.encodeIfPresent(published, forKey: .published)
    try container.encodeIfPresent(theory, forKey: .theory)
  }

  /// - Throws: `RunRecordError` where the schema is another one; `DecodingError` where the file does not follow it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let found = try container.decode(String.self, forKey: .schema)
    guard found == Self.schema else { throw RunRecordError.unknownSchema(found: found, expected: Self.schema) }
    version = try container.decode(String.self, forKey: .version)
    command = try container.decode([String].self, forKey: .command)
    environment = try container.decode(Environment.self, forKey: .environment)
    configuration = try container.decode(Configuration.self, forKey: .configuration)
    spectra = try container.decode([SpectrumRecord].self, forKey: .spectra)
    summaries = try container.decode([Summary].self, forKey: .summaries)
    histograms = try container.decode([PanelHistogram].self, forKey: .histograms)
    published = try container.decodeIfPresent([Published].self, forKey: .published)
    theory = try container.decodeIfPresent([TheoryRecord].self, forKey: .theory)
  }
}

extension Published: Codable {
  enum CodingKeys: String, CodingKey {
    case quantity, architecture, depth, published, measured, agrees
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(quantity, forKey: .quantity)
    try container.encode(architecture, forKey: .architecture)
    try container.encode(depth, forKey: .depth)
    try container.encode(published, forKey: .published)
    try container.encode(measured, forKey: .measured)
    try container.encode(agrees, forKey: .agrees)
  }
}
