import RealModule
import SpectraAnalysis
import TestSupport

/// Laws in closed form beside samples drawn from them.
enum TheoryFixtures {
  /// Resolved samples whose live values are independent draws of the law of a square Gaussian matrix, `SpectralCurve.quarterCircle`.
  static func samples(
    _ architecture: String, depth: Int = 1, size: Int = 64, samples: Int = 10, shift: Double = 0, zeros: Int = 0
  ) throws -> [SpectrumRecord] {
    try (0..<samples).map { sample in
      var random = Fixtures.Generator(state: UInt64(7919 * sample + architecture.utf8.count))
      let values = (0..<size - zeros).map { _ -> Double in
        while true {
          let sigma = 2 * random.uniform()
          if random.uniform() * 2 < (4 - sigma * sigma).squareRoot() { return sigma }
        }
      }
      return SpectrumRecord(
        architecture: architecture, block: "fc", depth: depth, sample: sample,
        spectrum: try Spectrum(
          method: .resolved, precisionName: "double", rows: size, columns: size,
          logSingularValues: values.map { .log($0) + shift }, zeros: zeros, unresolved: 0))
    }
  }

  static func prediction(
    _ curve: SpectralCurve, law: String = "Gaussian weights", parameters: [TheoryRecord.Parameter] = [],
    fitted: String? = nil, logMeanSquared: Double = 0
  ) -> TheoryRecord.Prediction {
    TheoryRecord.Prediction(
      law: law, source: "Marchenko and Pastur 1967", parameters: parameters, fitted: fitted, curve: curve,
      logMeanSquared: logMeanSquared, meanLog: curve.quantile(0.5), varianceLog: 0.5 * .pi * .pi / 6,
      logUpperEdge: curve.logSingularValues.last)
  }

  /// A law that fits, one with zeros whose parameter was fitted, a law beside what it does not fit, one alone, and none.
  static func record(logBase: HistogramAxis.LogBase = .ten) throws -> RunRecord<Fixtures.Configuration> {
    func panel(_ name: String) -> Panel { Panel(architecture: name, depth: 1, layer: 1) }
    var record = try Fixtures.run(
      samples("vanilla") + samples("vanilla:relu", shift: 0.3, zeros: 32) + samples("vanilla:gain", shift: 1)
        + samples("vanilla:bare") + Fixtures.normal("post-ln", depth: 1, samples: 3, level: 0, deviation: 0.2),
      logBase: logBase)
    record.theory = [
      TheoryRecord(
        panel: panel("vanilla"),
        prediction: prediction(
          .quarterCircle(), law: "Gaussian weights, gates of tanh",
          parameters: [.init("layers", 1), .init("sigma_w", 1.00321), .init("q", 0.123456789)]),
        comparison: .init(
          samples: 10, distance: 0.0213, pValue: 0.438, draws: 999, meanSquared: 0.987, meanSquaredError: 0.014,
          zScore: -0.93, varianceLog: 0.8012, logUpperEdge: 0.6712)),
      TheoryRecord(
        panel: panel("vanilla:relu"),
        prediction: prediction(
          .quarterCircle(shift: 0.3, zeros: 0.5), law: "Gaussian weights, gates of relu",
          parameters: [.init("layers", 1), .init("sigma_w", 2.0.squareRoot())],
          fitted: "c was fitted to the measured mean of σ², since the weights' law does not tell it"),
        comparison: .init(
          samples: 10, distance: 0.034, pValue: 0.001, draws: 999, meanSquared: 0.871, meanSquaredError: 0.02,
          zScore: -1.95, varianceLog: 0.79, logUpperEdge: 0.98)),
      TheoryRecord(
        panel: panel("vanilla:gain"), prediction: prediction(.quarterCircle()),
        comparison: .init(samples: 10, distance: 0.468)),
      TheoryRecord(
        panel: panel("vanilla:bare"), prediction: prediction(.quarterCircle()),
        reason: "One sample has no spectrum, so that there is nothing to compare."),
      TheoryRecord(
        panel: panel("post-ln"),
        reason:
          "No law is known for stacks with a LayerNorm between their layers; vanilla and residual stacks have one."),
    ]
    return record
  }
}
