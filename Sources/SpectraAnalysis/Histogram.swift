/// How the singular values of one panel, over all its samples, are spread over the bins of an axis.
///
/// Bins count live values only. `density` is count / (values · bin width), so that the drawn mass is the live share of
/// all values; what has no place on the axis is counted beside it:
/// Σ counts + underflow + overflow + zeros + unresolved = values.
public struct Histogram: Sendable, Equatable {
  /// The bins.
  public let axis: HistogramAxis
  /// The number of live values in each bin.
  public let counts: [Int]
  /// The number of live values below the axis.
  public let underflow: Int
  /// The number of live values above the axis.
  public let overflow: Int
  /// The number of values that are provably 0.
  public let zeros: Int
  /// The number of values that rounding hides.
  public let unresolved: Int

  /// The histogram of all samples of one panel.
  public init(of spectra: [Spectrum], axis: HistogramAxis) {
    var counts = [Int](repeating: 0, count: axis.bins)
    var (underflow, overflow) = (0, 0)
    for spectrum in spectra {
      let tolerance = axis.tolerance(precisionName: spectrum.precisionName)
      for logarithm in spectrum.logSingularValues {
        switch axis.position(of: logarithm / axis.logBase.naturalLog, tolerance: tolerance) {
        case .underflow: underflow += 1
        case .bin(let bin): counts[bin] += 1
        case .overflow: overflow += 1
        }
      }
    }
    self.init(
      axis: axis, counts: counts, underflow: underflow, overflow: overflow,
      zeros: spectra.reduce(0) { $0 + $1.zeros }, unresolved: spectra.reduce(0) { $0 + $1.unresolved })
  }

  init(axis: HistogramAxis, counts: [Int], underflow: Int, overflow: Int, zeros: Int, unresolved: Int) {
    self.axis = axis
    self.counts = counts
    self.underflow = underflow
    self.overflow = overflow
    self.zeros = zeros
    self.unresolved = unresolved
    // Once: the share of every bin needs it.
    values = counts.reduce(0, +) + underflow + overflow + zeros + unresolved
  }

  /// The number of all values: p times the number of samples.
  public let values: Int

  /// A number of values as a share of all; 0 where there are no values.
  public func share(of count: Int) -> Double { values > 0 ? Double(count) / Double(values) : 0 }

  /// The share of all values in each bin.
  public var shares: [Double] { counts.map(share) }

  /// The share of all values per unit of the axis, for each bin; 0 where there are no values.
  public var density: [Double] {
    let whole = Double(values) * axis.binWidth
    return counts.map { whole > 0 ? Double($0) / whole : 0 }
  }
}

/// The histogram of one panel, as an entry of a run's record.
public struct PanelHistogram: Sendable, Equatable {
  /// Which spectra were counted.
  public let panel: Panel
  /// Their histogram.
  public let histogram: Histogram

  public init(panel: Panel, histogram: Histogram) {
    self.panel = panel
    self.histogram = histogram
  }
}

// MARK: - Codable

extension PanelHistogram: Codable {
  enum CodingKeys: String, CodingKey {
    case architecture, depth, layer
    case logBase = "log_base"
    case edges, counts, density, underflow, overflow, zeros, unresolved
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(panel.architecture, forKey: .architecture)
    try container.encode(panel.depth, forKey: .depth)
    try container.encode(panel.layer, forKey: .layer)
    try container.encode(histogram.axis.logBase, forKey: .logBase)
    try container.encode(histogram.axis.edges, forKey: .edges)
    try container.encode(histogram.counts, forKey: .counts)
    try container.encode(histogram.density, forKey: .density)
    try container.encode(histogram.underflow, forKey: .underflow)
    try container.encode(histogram.overflow, forKey: .overflow)
    try container.encode(histogram.zeros, forKey: .zeros)
    try container.encode(histogram.unresolved, forKey: .unresolved)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    panel = Panel(
      architecture: try container.decode(String.self, forKey: .architecture),
      depth: try container.decode(Int.self, forKey: .depth), layer: try container.decode(Int.self, forKey: .layer))
    let axis = try HistogramAxis(
      edges: try container.decode([Double].self, forKey: .edges),
      logBase: try container.decode(HistogramAxis.LogBase.self, forKey: .logBase))
    let counts = try container.decode([Int].self, forKey: .counts)
    guard counts.count == axis.bins else {
      throw DecodingError.dataCorruptedError(
        forKey: .counts, in: container,
        debugDescription: "A histogram with \(axis.bins + 1) edges needs \(axis.bins) counts, not \(counts.count).")
    }
    let beside = try [CodingKeys.underflow, .overflow, .zeros, .unresolved].map {
      try container.decode(Int.self, forKey: $0)
    }
    // Beyond this no sum of them is a number of values, and there is no file with so many.
    guard (counts + beside).allSatisfy({ (0...Int(Int32.max)).contains($0) }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .counts, in: container, debugDescription: "A histogram's counts are whole numbers from 0.")
    }
    histogram = Histogram(
      axis: axis, counts: counts, underflow: beside[0], overflow: beside[1], zeros: beside[2], unresolved: beside[3])
  }
}
