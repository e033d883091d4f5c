import SpectraAnalysis
import SpectraLinearAlgebra

/// Made-up runs that show what reports must cope with. Deterministic to the last digit that a report prints.
enum Fixtures {
  struct Configuration: Codable, Sendable, Equatable {
    var arch: [String]
    var width: Int
    var gain: Double
    var finalNorm: Bool

    enum CodingKeys: String, CodingKey {
      case arch, width, gain
      case finalNorm = "final_norm"
    }
  }

  static func run(
    _ spectra: [SpectrumRecord], bins: Int = 40, logBase: HistogramAxis.LogBase = .ten,
    range: HistogramAxis.Range = .auto, published: [Published]? = nil
  ) throws -> RunRecord<Configuration> {
    try RunRecord(
      version: "0.1.0", command: ["spectra", "jacobian", "--arch", "post-ln"],
      environment: Environment(backend: "OpenBLAS", core: "Haswell", threads: 2),
      configuration: Configuration(arch: ["post-ln"], width: 16, gain: 1, finalNorm: false),
      spectra: spectra, bins: bins, logBase: logBase, range: range, published: published)
  }

  /// Samples whose log10 σ are normal around a level, with a share of exact zeros and of noise below the floor.
  static func normal(
    _ architecture: String, depth: Int, layer: Int? = nil, size: Int = 64, samples: Int = 10, level: Double,
    deviation: Double, zeros: Int = 0, noise: Int = 0
  ) throws -> [SpectrumRecord] {
    try (0..<samples).map { sample in
      var random = Generator(state: UInt64(7919 * sample + 104_729 * depth + architecture.utf8.count))
      var values = (0..<size - zeros - noise).map { _ in Double.exp10(level + deviation * random.normal()) }
      values += (0..<noise).map { Double.exp10(-17 - Double($0) / Double(noise)) }
      values += [Double](repeating: 0, count: zeros)
      return SpectrumRecord(
        architecture: architecture, block: "transformer", depth: depth, layer: layer, sample: sample,
        spectrum: try Spectrum(singularValues: values, rows: size, columns: size))
    }
  }

  /// Samples of the resolved method: log10 σ normal around a level, and some far below.
  static func resolved(
    _ architecture: String, depth: Int, layer: Int? = nil, size: Int = 64, samples: Int = 3, level: Double,
    deviation: Double, outliers: Int = 0, at lowLevel: Double = 0, zeros: Int = 0, unresolved: Int = 0,
    below bound: Double? = nil, error: Double = 1e-9
  ) throws -> [SpectrumRecord] {
    try (0..<samples).map { sample in
      var random = Generator(state: UInt64(7919 * sample + 104_729 * depth + architecture.utf8.count))
      let live = size - zeros - unresolved
      let values = (0..<live).map {
        $0 < live - outliers ? level + deviation * random.normal() : lowLevel + Double($0 % 3)
      }
      return SpectrumRecord(
        architecture: architecture, block: "transformer", depth: depth, layer: layer, sample: sample,
        spectrum: try Spectrum(
          method: .resolved, precisionName: "double", rows: size, columns: size,
          logSingularValues: values.map { $0 * .log(10) }, zeros: zeros, unresolved: unresolved,
          unresolvedBelow: bound.map { $0 * .log(10) }, logError: error * Double(sample + 1),
          lyapunovExponents: values.sorted(by: >).map { $0 * .log(10) / Double(depth) }))
    }
  }

  static func one(_ architecture: String, depth: Int = 4, sample: Int = 0, values: [Double]) throws -> SpectrumRecord {
    SpectrumRecord(
      architecture: architecture, block: "fc", depth: depth, sample: sample,
      spectrum: try Spectrum(singularValues: values, rows: values.count, columns: values.count))
  }

  static func failure(
    _ architecture: String, depth: Int = 12, sample: Int, _ failure: SpectrumRecord.Failure, _ reason: String
  ) -> SpectrumRecord {
    SpectrumRecord(
      architecture: architecture, block: "transformer", depth: depth, sample: sample, failure: failure, reason: reason)
  }

  /// SplitMix64 and Box–Muller, so that the fixtures depend on no other module.
  struct Generator {
    var state: UInt64

    mutating func uniform() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }

    mutating func normal() -> Double {
      let radius = Double.sqrt(-2 * .log(1 - uniform()))
      return radius * .cos(2 * .pi * uniform())
    }
  }
}
