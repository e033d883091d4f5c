import RealModule
import SpectraAnalysis
import Testing

@testable import SpectraFigures

/// Runs written by hand, so that every share in a figure of theirs is known.
enum FigureFixtures {
  struct Configuration: Codable, Sendable, Equatable {
    var architectures: [String]
    var width: Int
  }

  /// One sample whose live values are powers of ten.
  static func sample(
    _ architecture: String, depth: Int = 4, layer: Int? = nil, sample: Int = 0, block: String = "transformer",
    log10 values: [Double], zeros: Int = 0, unresolved: Int = 0, method: SpectrumMethod = .resolved,
    noise: [Double] = []
  ) throws -> SpectrumRecord {
    let size = values.count + zeros + unresolved
    return SpectrumRecord(
      architecture: architecture, block: block, depth: depth, layer: layer, sample: sample,
      spectrum: try Spectrum(
        method: method, precisionName: "double", rows: size, columns: size,
        logSingularValues: values.map { $0 * .log(10) },
        unresolvedLogSingularValues: noise.map { $0 * .log(10) }, zeros: zeros, unresolved: unresolved,
        unresolvedBelow: unresolved > 0 ? -30 : nil))
  }

  static func failed(_ architecture: String, depth: Int = 4, _ reason: String) -> SpectrumRecord {
    SpectrumRecord(
      architecture: architecture, block: "transformer", depth: depth, sample: 0, failure: .overflow, reason: reason)
  }

  static func run(
    _ spectra: [SpectrumRecord], name: String = "", bins: Int = 4,
    range: HistogramAxis.Range = .explicit(lower: -3, upper: 1)
  ) throws -> FigureRun {
    try FigureRun(
      RunRecord(
        version: "0.1.0", command: ["spectra", "--arch", "post-ln"],
        environment: Environment(backend: "OpenBLAS", core: "Haswell", threads: 2),
        configuration: Configuration(architectures: ["post-ln"], width: 16), spectra: spectra, bins: bins, range: range),
      name: name)
  }

  /// Two architectures at two depths: in post-ln's, of eight values, one is zero, one lost, one off the axis.
  static func comparison() throws -> [SpectrumRecord] {
    try [
      sample("post-ln", depth: 4, log10: [-2.5, -1.5, -1.5, -0.5, -0.5, 0.5], zeros: 1, unresolved: 1),
      sample("post-ln", depth: 12, log10: [-7, -2.5, -2.5, -1.5, -0.5, 0.5], zeros: 1, unresolved: 1),
      sample("rezero", depth: 4, log10: [Double](repeating: 0.5, count: 8)),
      sample("rezero", depth: 12, log10: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, -0.5, -0.5]),
    ]
  }

  /// A stack after each of its layers, two samples each.
  static func layers(_ architecture: String = "post-ln", count: Int = 5) throws -> [SpectrumRecord] {
    var records: [SpectrumRecord] = []
    for layer in 1...count {
      for number in 0..<2 {
        records.append(
          try sample(
            architecture, depth: count, layer: layer, sample: number, log10: values(layer: layer, sample: number),
            zeros: 1))
      }
    }
    return records
  }

  /// Seven values −0.6 … 0.6 times the layer, the second sample's 0.1 lower.
  static func values(layer: Int, sample: Int) -> [Double] {
    let (spread, shift) = (0.2 * Double(layer), 0.1 * Double(sample))
    return [-3.0, -2, -1, 0, 1, 2, 3].map { $0 * spread - shift }
  }
}

extension Figure {
  /// The content of a figure of histograms.
  func histograms(sourceLocation: SourceLocation = #_sourceLocation) throws -> HistogramFigure {
    guard case .histograms(let found) = content else {
      return try #require(nil as HistogramFigure?, "It is no figure of histograms.", sourceLocation: sourceLocation)
    }
    return found
  }

  /// The content of a figure of bands.
  func bands(sourceLocation: SourceLocation = #_sourceLocation) throws -> BandFigure {
    guard case .bands(let found) = content else {
      return try #require(nil as BandFigure?, "It is no figure of bands.", sourceLocation: sourceLocation)
    }
    return found
  }
}
