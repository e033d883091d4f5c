import RealModule
import SpectraAnalysis
import TestSupport

@testable import SpectraFigures

/// Runs with laws in closed form beside values that lie at the laws' own quantiles.
enum TheoryFigureFixtures {
  static func samples(
    _ architecture: String, depth: Int = 4, layer: Int? = nil, shift: Double = 0, zeros: Int = 0, ones: Int = 0
  ) throws -> [SpectrumRecord] {
    let live = 64 - zeros - ones
    let law = SpectralCurve.quarterCircle(shift: shift)
    let values =
      (0..<live).compactMap { law.quantile((Double($0) + 0.5) / Double(live)) } + [Double](repeating: 0, count: ones)
    return [
      try FigureFixtures.sample(
        architecture, depth: depth, layer: layer, block: "fc", log10: values.map { $0 / .log(10) }, zeros: zeros)
    ]
  }

  static func theory(
    _ architecture: String, depth: Int = 4, layer: Int? = nil, _ curve: SpectralCurve, law: String = "Gaussian weights",
    parameters: [TheoryRecord.Parameter] = [], distance: Double? = 0.021
  ) -> TheoryRecord {
    TheoryRecord(
      panel: Panel(architecture: architecture, depth: depth, layer: layer ?? depth),
      prediction: TheoryRecord.Prediction(
        law: law, source: "Marchenko and Pastur 1967", parameters: parameters, curve: curve, logMeanSquared: 0,
        meanLog: curve.quantile(0.5), varianceLog: 0.822, logUpperEdge: curve.logSingularValues.last),
      comparison: distance.map {
        TheoryRecord.Comparison(
          samples: 1, distance: $0, pValue: 0.44, draws: 999, meanSquared: 0.98, varianceLog: 0.8, logUpperEdge: 0.67)
      })
  }

  static func figure(
    _ spectra: [SpectrumRecord], _ theory: [TheoryRecord], bins: Int = 40,
    _ change: (inout FigureDesign) -> Void = { _ in }
  ) throws -> Figure {
    var design = FigureDesign()
    design.kind = .histogram
    change(&design)
    var run = try FigureFixtures.run(spectra, bins: bins, range: .explicit(lower: -3, upper: 1))
    run.theory = theory
    return try Figure(of: [run], design: design)
  }

  /// One spectrum on its law.
  static func one() throws -> Figure {
    try figure(
      samples("vanilla"),
      [theory("vanilla", .quarterCircle(), law: "Gaussian weights, gates of tanh", parameters: [.init("sigma_w", 1.5)])]
    )
  }

  /// Two series with laws, one of them with zeros and an atom, and one that no law covers.
  static func three() throws -> Figure {
    try figure(
      samples("vanilla") + samples("relu", shift: 1, zeros: 16, ones: 8) + samples("post-ln", shift: -2.5),
      [
        theory("vanilla", .quarterCircle()),
        theory("relu", .quarterCircle(shift: 1, zeros: 0.25, atom: 0.125), law: "Gaussian weights, gates of relu"),
        TheoryRecord(
          panel: Panel(architecture: "post-ln", depth: 4, layer: 4),
          reason: "No law is known for stacks with a LayerNorm between their layers."),
      ])
  }

  /// A ridge for each layer with its law.
  static func ridges() throws -> Figure {
    try figure(
      (1...4).flatMap { try samples("vanilla", layer: $0, shift: -0.3 * Double($0)) },
      (1...4).map { theory("vanilla", layer: $0, .quarterCircle(shift: -0.3 * Double($0))) }
    ) { $0.kind = .ridgeline }
  }

  /// Ridges of two layers: of the first no value is zero where the law expects a quarter, of the second as many as it does.
  static func ridgesBesideTheAxis() throws -> Figure {
    try figure(
      samples("relu", layer: 1, ones: 8) + samples("relu", layer: 2, zeros: 16, ones: 8),
      (1...2).map { theory("relu", depth: 4, layer: $0, .quarterCircle(zeros: 0.25, atom: 0.125)) }
    ) { $0.kind = .ridgeline }
  }
}
