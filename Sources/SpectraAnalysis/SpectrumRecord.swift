/// What spectra are drawn together: those of one architecture at one depth, after one layer.
public struct Panel: Sendable, Hashable, Codable {
  /// The name under which the architecture appears; it tells apart everything that a run compares.
  public let architecture: String
  /// The number of layers of the stack.
  public let depth: Int
  /// The layer after which the Jacobian was taken; `depth` for the whole stack.
  public let layer: Int

  /// A panel of given names and numbers.
  public init(architecture: String, depth: Int, layer: Int) {
    self.architecture = architecture
    self.depth = depth
    self.layer = layer
  }
}

/// One sample of one panel: a spectrum with its statistics, or the reason why there is none.
public struct SpectrumRecord: Sendable, Equatable {
  /// How a sample ended.
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// There is a spectrum.
    case ok
    /// The forward pass or the Jacobian overflowed.
    case overflow
    /// The forward pass or the Jacobian underflowed.
    case underflow
    /// Something else failed, such as the singular value decomposition.
    case failed
  }

  /// A spectrum and its statistics.
  public struct Measurement: Sendable, Equatable {
    /// The singular values.
    public let spectrum: Spectrum
    /// What they say about dynamical isometry.
    public let statistics: IsometryStatistics

    /// A spectrum; its statistics are computed from it.
    public init(_ spectrum: Spectrum) {
      self.init(spectrum: spectrum, statistics: IsometryStatistics(spectrum))
    }

    init(spectrum: Spectrum, statistics: IsometryStatistics) {
      self.spectrum = spectrum
      self.statistics = statistics
    }
  }

  /// The panel the sample belongs to.
  public let panel: Panel
  /// The sublayers of the stack: `"transformer"` or `"fc"`, any word for a stack of one's own.
  public let block: String
  /// The number of the sample, from 0.
  public let sample: Int
  /// How the sample ended.
  public let status: Status
  /// Why there is no spectrum, as a sentence that names the layer; nil where there is one.
  public let reason: String?
  /// The spectrum with its statistics where `status` is `ok`.
  public let measurement: Measurement?

  /// The label of the architecture.
  public var architecture: String { panel.architecture }
  /// The number of layers of the stack.
  public var depth: Int { panel.depth }
  /// The layer after which the Jacobian was taken.
  public var layer: Int { panel.layer }
  /// The singular values; nil where the sample failed.
  public var spectrum: Spectrum? { measurement?.spectrum }
  /// The statistics of the spectrum; nil where the sample failed.
  public var statistics: IsometryStatistics? { measurement?.statistics }

  /// A sample with a spectrum.
  public init(
    architecture: String, block: String, depth: Int, layer: Int? = nil, sample: Int, spectrum: Spectrum
  ) {
    self.init(
      panel: Panel(architecture: architecture, depth: depth, layer: layer ?? depth), block: block, sample: sample,
      status: .ok, reason: nil, measurement: Measurement(spectrum))
  }

  /// A sample without a spectrum.
  public init(
    architecture: String, block: String, depth: Int, layer: Int? = nil, sample: Int, failure: Failure, reason: String
  ) {
    self.init(
      panel: Panel(architecture: architecture, depth: depth, layer: layer ?? depth), block: block, sample: sample,
      status: failure.status, reason: reason, measurement: nil)
  }

  /// The ways in which a sample fails.
  public enum Failure: Sendable {
    case overflow, underflow, failed

    var status: Status {
      switch self {
      case .overflow: .overflow
      case .underflow: .underflow
      case .failed: .failed
      }
    }
  }

  /// The same sample under another name of its architecture.
  package func renamed(_ architecture: String) -> SpectrumRecord {
    SpectrumRecord(
      panel: Panel(architecture: architecture, depth: panel.depth, layer: panel.layer), block: block, sample: sample,
      status: status, reason: reason, measurement: measurement)
  }

  private init(
    panel: Panel, block: String, sample: Int, status: Status, reason: String?, measurement: Measurement?
  ) {
    self.panel = panel
    self.block = block
    self.sample = sample
    self.status = status
    self.reason = reason
    self.measurement = measurement
  }
}

// MARK: - Codable

extension SpectrumRecord: Codable {
  enum CodingKeys: String, CodingKey {
    case architecture, block, depth, layer, sample, status, reason
    case method, precision, rows, columns
    case logSingularValues = "log_singular_values"
    case unresolvedLogSingularValues = "unresolved_log_singular_values"
    case zeros, unresolved
    case unresolvedBelow = "unresolved_below"
    case noiseFloor = "noise_floor"
    case lyapunovExponents = "lyapunov_exponents"
    case statistics
  }

  /// Writes the fields of the spectrum only where there is one; within it, what is nil as `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(panel.architecture, forKey: .architecture)
    try container.encode(block, forKey: .block)
    try container.encode(panel.depth, forKey: .depth)
    try container.encode(panel.layer, forKey: .layer)
    try container.encode(sample, forKey: .sample)
    try container.encode(status, forKey: .status)
    try container.encode(reason, forKey: .reason)
    guard let measurement else { return }
    let spectrum = measurement.spectrum
    try container.encode(spectrum.method, forKey: .method)
    try container.encode(spectrum.precisionName, forKey: .precision)
    try container.encode(spectrum.rows, forKey: .rows)
    try container.encode(spectrum.columns, forKey: .columns)
    try container.encode(spectrum.logSingularValues, forKey: .logSingularValues)
    try container.encode(spectrum.unresolvedLogSingularValues, forKey: .unresolvedLogSingularValues)
    try container.encode(spectrum.zeros, forKey: .zeros)
    try container.encode(spectrum.unresolved, forKey: .unresolved)
    try container.encode(spectrum.unresolvedBelow, forKey: .unresolvedBelow)
    try container.encode(spectrum.noiseFloor, forKey: .noiseFloor)
    try container.encode(spectrum.lyapunovExponents, forKey: .lyapunovExponents)
    try container.encode(measurement.statistics, forKey: .statistics)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    panel = Panel(
      architecture: try container.decode(String.self, forKey: .architecture),
      depth: try container.decode(Int.self, forKey: .depth), layer: try container.decode(Int.self, forKey: .layer))
    block = try container.decode(String.self, forKey: .block)
    sample = try container.decode(Int.self, forKey: .sample)
    status = try container.decode(Status.self, forKey: .status)
    reason = try container.decodeIfPresent(String.self, forKey: .reason)
    guard status == .ok else {
      measurement = nil
      return
    }
    let rows = try container.decode(Int.self, forKey: .rows)
    let columns = try container.decode(Int.self, forKey: .columns)
    // With fewer no sum over samples can overflow, and no Jacobian has more.
    guard Swift.max(rows, columns) <= Int(Int32.max) else {
      throw DecodingError.dataCorruptedError(
        forKey: rows > columns ? .rows : .columns, in: container, debugDescription: "There is no Jacobian of this size."
      )
    }
    let statistics = try container.decode(IsometryStatistics.self, forKey: .statistics)
    let spectrum = try Spectrum(
      method: try container.decode(SpectrumMethod.self, forKey: .method),
      precisionName: try container.decode(String.self, forKey: .precision),
      rows: rows, columns: columns,
      logSingularValues: try container.decode([Double].self, forKey: .logSingularValues),
      unresolvedLogSingularValues: try container.decode([Double].self, forKey: .unresolvedLogSingularValues),
      zeros: try container.decode(Int.self, forKey: .zeros),
      unresolved: try container.decode(Int.self, forKey: .unresolved),
      unresolvedBelow: try container.decodeIfPresent(Double.self, forKey: .unresolvedBelow),
      noiseFloor: try container.decodeIfPresent(Double.self, forKey: .noiseFloor), logError: statistics.logError,
      lyapunovExponents: try container.decodeIfPresent([Double].self, forKey: .lyapunovExponents))
    measurement = Measurement(spectrum: spectrum, statistics: statistics)
  }
}
