import SpectraAnalysis
import SpectraReports
import TestSupport
import Testing

/// Reports for the eye, compared with the committed pictures in `Snapshots`. After a change that is meant, record them
/// anew with `SPECTRA_RECORD_SNAPSHOTS=1 swift test --filter TextReportTests` and look at the difference.
@Suite struct TextReportTests {
  /// What a report must cope with.
  enum Scene: String, CaseIterable {
    case ordinary
    case allOnes = "all-ones"
    case allZero = "all-zero"
    case hugeRange = "huge-range"
    case oneLive = "one-live"
    case smallAndLarge = "small-and-large"
    case twelvePanels = "twelve-panels"
    case failures, published
    case explicitRange = "explicit-range"
    case naturalLog = "natural-log"
    case fewBins = "few-bins"
    case manyBins = "many-bins"
    case resolved
    case bothMethods = "both-methods"
    case layers
    case manyLayers = "many-layers"
    case uncertain
    case resolvedByBaseE = "resolved-ln"
    case longLabels = "long-labels"

    func record() throws -> RunRecord<Fixtures.Configuration> {
      switch self {
      case .ordinary:
        try Fixtures.run(
          Fixtures.normal("post-ln", depth: 12, level: -1.2, deviation: 0.7, zeros: 0, noise: 8)
            + Fixtures.normal("pre-ln", depth: 12, level: 0, deviation: 0.5)
            + Fixtures.normal("rezero", depth: 12, level: 0, deviation: 0.08))
      case .allOnes:
        try Fixtures.run([Fixtures.one("rezero", depth: 64, values: [Double](repeating: 1, count: 64))])
      case .allZero:
        try Fixtures.run([Fixtures.one("vanilla", depth: 64, values: [Double](repeating: 0, count: 64))])
      case .hugeRange:
        try Fixtures.run(
          Fixtures.normal("post-ln", depth: 64, level: -12, deviation: 2.4, zeros: 0)
            + Fixtures.normal("pre-ln", depth: 64, level: 0.2, deviation: 0.6)
            + Fixtures.normal("rezero", depth: 64, level: 0, deviation: 0))
      case .oneLive:
        try Fixtures.run([Fixtures.one("vanilla", values: [3, 0, 0, 0])])
      case .smallAndLarge:
        try Fixtures.run(
          Fixtures.normal("pre-ln", depth: 4, size: 4, samples: 1, level: 0, deviation: 0.4)
            + Fixtures.normal(
              "pre-ln", depth: 4, layer: 2, size: 1024, samples: 2, level: 0, deviation: 0.4, zeros: 100))
      case .twelvePanels:
        try Fixtures.run(
          [4, 12, 64].flatMap { depth in
            let growth = Double(depth).squareRoot()
            return try Fixtures.normal(
              "post-ln", depth: depth, samples: 3, level: -0.5 * growth, deviation: 0.3 * growth, noise: 8)
              + Fixtures.normal("pre-ln", depth: depth, samples: 3, level: 0, deviation: 0.1 * growth)
              + Fixtures.normal("rezero", depth: depth, samples: 3, level: 0, deviation: 0.02 * growth)
              + Fixtures.normal("vanilla", depth: depth, samples: 3, level: -growth, deviation: 0.3, zeros: 16)
          })
      case .failures:
        try Fixtures.run(
          Fixtures.normal("residual", depth: 12, samples: 3, level: 1.2, deviation: 0.4)
            + [
              Fixtures.failure(
                "residual", sample: 3, .overflow, "The forward pass overflowed in layer 7, after attention.")
            ]
            + (0..<5).map {
              Fixtures.failure(
                "vanilla", sample: $0, .failed, "The decomposition of a 64 × 64 matrix did not converge.")
            })
      case .published:
        try Fixtures.run(
          Fixtures.normal("post-ln", depth: 12, samples: 2, level: -1, deviation: 0.7)
            + Fixtures.normal("post-ln", depth: 128, samples: 2, level: -9, deviation: 2),
          published: [
            Published(
              quantity: "mean_squared", architecture: "post-ln", depth: 12, published: 0.810, measured: 0.81047,
              agrees: true),
            Published(
              quantity: "mean_squared", architecture: "pre-ln", depth: 128, published: 66.281, measured: 65.9,
              agrees: false),
            Published(
              quantity: "mean_squared", architecture: "vanilla", depth: 12, published: 1, measured: nil, agrees: false),
          ])
      case .explicitRange:
        try Fixtures.run(
          Fixtures.normal("post-ln", depth: 64, level: -9, deviation: 3, zeros: 4, noise: 4)
            + Fixtures.normal("pre-ln", depth: 64, level: 2, deviation: 1.2),
          range: .explicit(lower: -11, upper: 4))
      case .naturalLog:
        try Fixtures.run(Fixtures.normal("pre-ln", depth: 12, level: 0, deviation: 0.5), bins: 30, logBase: .e)
      case .fewBins:
        try Fixtures.run(Fixtures.normal("pre-ln", depth: 12, level: 0, deviation: 0.5), bins: 10)
      case .manyBins:
        try Fixtures.run(Fixtures.normal("pre-ln", depth: 12, level: 0, deviation: 0.5), bins: 150)
      case .resolved:
        // Post-LN: outliers hundreds of decades below. Vanilla: most directions lost with the forward pass. Pre-LN: what
        // auto does not resolve. Residual: some samples are.
        try Fixtures.run(
          Fixtures.resolved("post-ln", depth: 64, level: -9, deviation: 2.5, outliers: 4, at: -655, zeros: 4)
            + Fixtures.resolved("vanilla", depth: 64, level: -12, deviation: 4, unresolved: 48, below: -40)
            + Fixtures.normal("pre-ln", depth: 64, samples: 3, level: 0, deviation: 0.5)
            + Fixtures.resolved("residual", depth: 64, samples: 1, level: 0, deviation: 1.5)
            + Fixtures.normal("residual", depth: 64, samples: 3, level: 0, deviation: 1.5).dropFirst())
      case .bothMethods:
        try Fixtures.run(
          Fixtures.normal("post-ln", depth: 64, samples: 3, level: -6, deviation: 2, noise: 30)
            + Fixtures.resolved(
              "post-ln:method=resolved", depth: 64, level: -9, deviation: 2.5, outliers: 4, at: -655, zeros: 4)
            + Fixtures.normal("rezero", depth: 64, samples: 3, level: 0, deviation: 0.1),
          range: .explicit(lower: -11, upper: 4))
      case .layers:
        try Fixtures.run(
          (1...7).flatMap { layer in
            try Fixtures.resolved(
              "post-ln", depth: 7, layer: layer, level: -0.3 * Double(layer), deviation: 0.3 * Double(layer),
              outliers: 4, at: -10 * Double(layer), zeros: 4)
          } + [1, 2, 3].flatMap { try Fixtures.normal("vanilla", depth: 3, layer: $0, level: -1, deviation: 0.4) })
      case .manyLayers:
        // The text shows forty of them.
        try Fixtures.run(
          (1...1000).flatMap { layer in
            try Fixtures.resolved(
              "vanilla", depth: 1000, layer: layer, size: 16, samples: 1, level: -0.01 * Double(layer),
              deviation: 0.3, unresolved: Swift.min(layer / 100, 12), below: -40)
          })
      case .uncertain:
        // As the forward pass of a deep stack without norms leaves it.
        try Fixtures.run(
          Fixtures.resolved("residual", depth: 200, samples: 2, level: 3, deviation: 4, error: 1e6))
      case .resolvedByBaseE:
        try Fixtures.run(
          Fixtures.resolved(
            "post-ln", depth: 12, samples: 1, level: -1.5, deviation: 1, outliers: 1, at: -120, unresolved: 1,
            below: -150), bins: 20, logBase: .e)
      case .longLabels:
        // Architectures that are alike up to their last settings.
        try Fixtures.run(
          [
            "vanilla:attention=e-spa:gamma=0.005", "vanilla:attention=e-spa:gamma=0.2",
            "vanilla:attention=value-skipinit:init=orthogonal",
            "vanilla:attention=e-spa:gamma=0.005:activation=gelu-tanh:transform=dks:init=suo:mask=causal",
          ].flatMap { try Fixtures.normal($0, depth: 64, samples: 2, level: 0, deviation: 0.5, zeros: 2, noise: 1) })
      }
    }
  }

  @Test(arguments: Scene.allCases, [TextStyle(width: 80), TextStyle(width: 80, unicode: false)])
  func picture(_ scene: Scene, _ style: TextStyle) throws { try expectPicture(scene, style, named: scene.rawValue) }

  /// The scenes whose layout depends on the width: one panel beside statistics, tables of every kind, notes and names.
  @Test(
    arguments: [.ordinary, .twelvePanels, .resolved, .layers, .published, .failures, .longLabels] as [Scene],
    [60, 120].flatMap { [TextStyle(width: $0), TextStyle(width: $0, unicode: false)] })
  func otherWidths(_ scene: Scene, _ style: TextStyle) throws {
    try expectPicture(scene, style, named: "\(scene.rawValue).\(style.width)")
  }

  @Test(arguments: [Scene.ordinary, .twelvePanels])
  func widest(_ scene: Scene) throws {
    try expectPicture(scene, TextStyle(width: 200), named: "\(scene.rawValue).200")
  }

  private func expectPicture(_ scene: Scene, _ style: TextStyle, named name: String) throws {
    let text = TextReport(style: style).text(of: try scene.record())
    #expect(linesLonger(than: style.width, in: text) == [])
    try expectSnapshot(text, named: "\(name).\(style.unicode ? "utf8" : "ascii").txt")
  }
}
