public import Spectra

/// A published number beside the measured one.
public struct ReproductionResult: Sendable, Equatable {
  /// What was to be measured.
  public let line: ReproductionLine
  /// What was measured; nil where the computation failed.
  public let measurement: MeasuredValue?
  /// Why there is no measurement, one sentence.
  public let problem: String?
  /// Whether the line's criterion is met.
  public let agrees: Bool

  /// The judgement of a measurement by the line's criterion. A number that is not finite counts as none.
  public init(_ line: ReproductionLine, measurement: MeasuredValue) {
    self.line = line
    guard measurement.value.isFinite else {
      (self.measurement, agrees) = (nil, false)
      problem = "The measured number is \(measurement.value)."
      return
    }
    self.measurement = measurement
    problem = nil
    agrees = line.criterion.accepts(measurement, for: line.published)
  }

  /// A line whose computation failed.
  public init(_ line: ReproductionLine, problem: String) {
    (self.line, self.problem, measurement, agrees) = (line, problem, nil, false)
  }
}

extension ReproductionResult: Encodable {
  enum CodingKeys: String, CodingKey {
    case id, row, source, quantity, settings, published, expected, measured, uncertainty, criterion, agrees, problem
  }

  enum PublishedKeys: String, CodingKey {
    case value, decimals, lower, upper
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(line.id, forKey: .id)
    try container.encode(line.row, forKey: .row)
    try container.encode(line.source, forKey: .source)
    try container.encode(line.quantity, forKey: .quantity)
    try container.encode(line.settings, forKey: .settings)
    var published = container.nestedContainer(keyedBy: PublishedKeys.self, forKey: .published)
    switch line.published {
    case .value(let value, let decimals):
      try published.encode(value, forKey: .value)
      try published.encode(decimals, forKey: .decimals)
    case .interval(let lower, let upper):
      try published.encode(lower, forKey: .lower)
      try published.encode(upper, forKey: .upper)
    }
    try container.encode(measurement?.expected, forKey: .expected)
    try container.encode(measurement?.value, forKey: .measured)
    try container.encode(measurement?.uncertainty, forKey: .uncertainty)
    try container.encode(line.criterion.text, forKey: .criterion)
    try container.encode(agrees, forKey: .agrees)
    try container.encode(problem, forKey: .problem)
  }
}

/// Everything a run of `Reproductions` found, as its JSON holds it (schema `spectra.reproduce/1`, in `docs/`).
public struct ReproductionRecord: Sendable, Equatable {
  /// The version of this package.
  public var version: String
  /// The command line; empty for a run of the library.
  public var command: [String]
  /// What computed the numbers.
  public var environment: Environment
  /// One result for each line that was asked for, in the order of the list.
  public var results: [ReproductionResult]

  /// A record of given parts.
  public init(version: String, command: [String] = [], environment: Environment, results: [ReproductionResult]) {
    self.version = version
    self.command = command
    self.environment = environment
    self.results = results
  }

  /// The name and version of the format, the value of the field `schema`.
  public static let schema = "spectra.reproduce/1"

  /// The results that do not agree with what was published, or have no number at all.
  public var disagreements: [ReproductionResult] { results.filter { !$0.agrees } }
}

extension ReproductionRecord: Encodable {
  enum CodingKeys: String, CodingKey {
    case schema, version, command, environment, agreeing, disagreeing, results
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schema, forKey: .schema)
    try container.encode(version, forKey: .version)
    try container.encode(command, forKey: .command)
    try container.encode(environment, forKey: .environment)
    try container.encode(results.count - disagreements.count, forKey: .agreeing)
    try container.encode(disagreements.count, forKey: .disagreeing)
    try container.encode(results, forKey: .results)
  }

  /// The record as a document.
  ///
  /// - Throws: `EncodingError` where a number is not finite.
  public func json() throws -> String { try JSONValue(encoding: self).pretty }
}
