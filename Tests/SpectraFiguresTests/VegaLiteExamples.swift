import SpectraAnalysis
import SpectraLinearAlgebra

@testable import SpectraFigures

/// Figures of every kind, made of made-up runs that have what is awkward to draw. `make check-figures` draws their
/// snapshots.
enum VegaLiteExamples {
  struct Example: Sendable, CustomStringConvertible {
    let name: String
    let palette: Palette.Name
    let figure: @Sendable () throws -> Figure

    var description: String { name }
    var text: String { get throws { VegaLiteFigure(palette: Palette(palette)).text(of: try figure()) } }
  }

  static let all: [Example] = [
    // Zeros, values at the floor, beyond the axis and above the scale, and a panel without any spectrum.
    Example(name: "histogram", palette: .light) {
      try figure(overlaid + [failure("residual")], bins: 12, range: .explicit(lower: -4, upper: 1))
    },
    Example(name: "histogram-noise", palette: .colourBlind) {
      try figure(
        samples("post-ln", depth: 4, level: -0.4, zeros: 2)
          + samples("post-ln", depth: 12, level: -2, deviation: 1.4, zeros: 2, noise: 9),
        bins: 22, range: .explicit(lower: -20, upper: 2)
      ) { $0.showsNoise = true }
    },
    Example(name: "histogram-one", palette: .dark) { try figure(samples("pre-ln", depth: 12, level: 0), bins: 10) },
    // One panel, dashes, and a name that does not fit on a line.
    Example(name: "histogram-dashes", palette: .print) {
      try figure(
        samples("rezero:alpha=0.1,norm=layernorm,activation=gelu,attention=softmax", depth: 4, level: -0.2)
          + samples("post-ln", depth: 4, level: -1) + samples("pre-ln", depth: 4, level: 0.3), bins: 10)
    },
    Example(name: "ridgeline", palette: .light) { try figure(layered, bins: 12) { $0.kind = .ridgeline } },
    Example(name: "quantiles", palette: .light) { try figure(layered) { $0.kind = .quantiles } },
    // A logarithmic scale with a panel of its own for each statistic, and a depth without any number.
    Example(name: "statistic", palette: .colourBlind) {
      try figure(deepening + [failure("post-ln", depth: 16)]) {
        $0.kind = .statistic
        $0.statistics = [.meanSquared, .standardDeviationLog]
      }
    },
    // Negative numbers and a zero where a logarithmic scale is asked for.
    Example(name: "statistic-log", palette: .print) {
      try figure(deepening) {
        $0.kind = .statistic
        $0.statistics = [.meanLog]
        $0.scale = .log
      }
    },
  ]

  static func figure(
    _ spectra: [SpectrumRecord], bins: Int = 40, range: HistogramAxis.Range = .auto,
    design change: (inout FigureDesign) -> Void = { _ in }
  ) throws -> Figure {
    var design = FigureDesign()
    change(&design)
    let record = try RunRecord(
      version: "0.1.0", command: ["spectra", "jacobian", "--arch", "post-ln"],
      environment: Environment(backend: "OpenBLAS", core: "Haswell", threads: 2),
      configuration: Configuration(), spectra: spectra, bins: bins, range: range)
    return try Figure(of: [FigureRun(record)], design: design)
  }

  struct Configuration: Codable, Sendable, Equatable {
    var architectures = ["post-ln"]
    var norm: String?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(architectures, forKey: .architectures)
      try container.encode(norm, forKey: .norm)
    }
  }

  // MARK: - Runs

  static var overlaid: [SpectrumRecord] {
    get throws {
      try samples("post-ln", depth: 4, level: -0.4, zeros: 2)
        + samples("post-ln", depth: 12, level: -2, deviation: 1.4, zeros: 2, noise: 9)
        + samples("rezero", depth: 4, level: 0, deviation: 0) + samples("rezero", depth: 12, level: 0.4)
    }
  }

  static var layered: [SpectrumRecord] {
    get throws {
      try (1...6).flatMap { layer in
        let level = -0.3 * Double(layer)
        return try samples(
          "post-ln", depth: 6, layer: layer, level: level, deviation: 0.3 * Double(layer), zeros: 2, noise: layer)
          + samples("pre-ln", depth: 6, layer: layer, level: 0)
      }
    }
  }

  static var deepening: [SpectrumRecord] {
    get throws {
      try [2, 4, 8].flatMap { depth in
        try samples("post-ln", depth: depth, level: -0.4 * Double(depth), deviation: 0.2 * Double(depth))
          + samples("pre-ln", depth: depth, level: 0.05 * Double(depth), deviation: 0.1 * Double(depth))
      }
    }
  }

  /// Three samples of 32 values whose log10 σ are spread around a level that rises from sample to sample.
  static func samples(
    _ architecture: String, depth: Int, layer: Int? = nil, level: Double, deviation: Double = 0.5, zeros: Int = 0,
    noise: Int = 0
  ) throws -> [SpectrumRecord] {
    try (0..<3).map { sample in
      let live = 32 - zeros - noise
      var values = (0..<live).map { index in
        let place = 2 * (Double(index) + 0.5) / Double(live) - 1
        return Double.exp10(level + deviation * (place + place * place * place + 0.1 * Double(sample)))
      }
      values += (0..<noise).map { Double.exp10(-18 - Double($0 % 3)) }
      values += [Double](repeating: 0, count: zeros)
      return SpectrumRecord(
        architecture: architecture, block: "transformer", depth: depth, layer: layer, sample: sample,
        spectrum: try Spectrum(singularValues: values, rows: 32, columns: 32))
    }
  }

  static func failure(_ architecture: String, depth: Int = 12) -> SpectrumRecord {
    SpectrumRecord(
      architecture: architecture, block: "transformer", depth: depth, sample: 0, failure: .overflow,
      reason: "The forward pass overflowed in layer 7; choose a smaller gain or fewer layers.")
  }
}
