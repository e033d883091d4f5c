/// A phase diagram, as its JSON holds it (schema `spectra.phase/1`, in `docs/`): theory on a fine grid, measurements on a coarse
/// one where they were asked for.
public struct PhaseRecord: Sendable, Equatable {
  /// The version of this package.
  public var version = SpectraVersion.current
  /// The command line; empty for a run of the library.
  public var command: [String]
  /// What it was made of.
  public let settings: PhaseSettings
  /// Theory.
  public let diagram: PhaseDiagram
  /// Measured points, row by row; empty where none were asked for.
  public let measurements: [PhaseMeasurement]

  /// Computes a diagram, and measures where the settings ask for it.
  ///
  /// - Parameters:
  ///   - settings: what is computed.
  ///   - threads: how many points or samples run at once; nil is the number of processors. Numbers do not depend on it.
  ///   - command: what the record shall say was typed.
  ///   - progress: called after each measured sample with the number done and of all.
  /// - Throws: `ConfigurationError` where settings do not fit together, `ParameterError` where the activation has no such transformed
  ///   form, `TheoryError` where theory has no answer.
  public init(
    _ settings: PhaseSettings, threads: Int? = nil, command: [String] = [],
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws {
    try settings.validate()
    self.settings = settings
    self.command = command
    let network = settings.configuration(sigmaW: 1, sigmaB: 0).cases[0].architecture
    diagram = try PhaseDiagram(
      of: try network.builtActivation(), sigmaW: PhaseDiagram.grid(settings.sigmaW, settings.columns),
      sigmaB: PhaseDiagram.grid(settings.sigmaB, settings.rows),
      threads: Parallel.workers(threads))
    measurements = try PhaseMeasurement.measure(settings, threads: threads, progress: progress)
  }

  /// The name and version of the format, the value of the field `schema`.
  public static let schema = "spectra.phase/1"
}

// MARK: - JSON

extension PhaseRecord: Encodable {
  enum CodingKeys: String, CodingKey {
    case schema, version, command
    case settings = "config"
    case cells
    case criticalLine = "critical_line"
    case measurements
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schema, forKey: .schema)
    try container.encode(version, forKey: .version)
    try container.encode(command, forKey: .command)
    try container.encode(settings, forKey: .settings)
    try container.encode(diagram.cells.map(EncodedCell.init), forKey: .cells)
    try container.encode(diagram.criticalLine, forKey: .criticalLine)
    try container.encode(settings.measured == nil ? nil : measurements, forKey: .measurements)
  }

  /// The document, ending in a newline.
  public func json() throws -> String { try JSONValue(encoding: self).pretty }
}

private struct EncodedCell: Encodable {
  let cell: PhaseDiagram.Cell

  enum CodingKeys: String, CodingKey {
    case sigmaW = "sigma_w"
    case sigmaB = "sigma_b"
    case phase, q, chi
    case lengthDepth = "xi_q"
    case correlation = "c"
    case correlationSlope = "chi_c"
    case correlationDepth = "xi_c"
    case gradientDepth = "xi_gradient"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cell.sigmaW, forKey: .sigmaW)
    try container.encode(cell.sigmaB, forKey: .sigmaB)
    try container.encode(cell.phase, forKey: .phase)
    try container.encode(cell.point?.q, forKey: .q)
    try container.encode(cell.point?.chi, forKey: .chi)
    try container.encode(cell.point?.lengthDepth, forKey: .lengthDepth)
    try container.encode(cell.point?.correlation, forKey: .correlation)
    try container.encode(cell.point?.correlationSlope, forKey: .correlationSlope)
    try container.encode(cell.point?.correlationDepth, forKey: .correlationDepth)
    try container.encode(cell.point?.gradientDepth, forKey: .gradientDepth)
  }
}
