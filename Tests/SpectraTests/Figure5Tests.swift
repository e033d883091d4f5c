import Testing

@testable import Spectra

@Suite("Figure 5")
struct Figure5Tests {
  static let panels = [
    Panel(architecture: "post-ln", depth: 4, layer: 4), Panel(architecture: "post-ln", depth: 12, layer: 12),
    Panel(architecture: "post-ln", depth: 64, layer: 64), Panel(architecture: "pre-ln", depth: 4, layer: 4),
    Panel(architecture: "pre-ln", depth: 12, layer: 12), Panel(architecture: "pre-ln", depth: 64, layer: 64),
    Panel(architecture: "rezero:alpha=0", depth: 64, layer: 64),
    Panel(architecture: "rezero:alpha=0.1", depth: 64, layer: 64),
  ]

  /// The numbers that the ReZero authors' notebook prints, to its three decimals.
  static let published: [(architecture: String, depth: Int, meanSquared: Double)] = [
    ("post-ln", 12, 0.810), ("pre-ln", 12, 10.242), ("rezero:alpha=0.1", 12, 1.059),
    ("post-ln", 128, 0.000), ("pre-ln", 128, 66.281), ("rezero:alpha=0.1", 128, 2.142),
  ]

  @Test("All six published numbers are met")
  func publishedNumbers() throws {
    let record = try Figure5().run(threads: 2)
    #expect(record.summaries.map(\.panel) == Self.panels)
    #expect(record.summaries.allSatisfy { $0.samples == 10 && $0.failed == 0 })
    let pairs = try #require(record.published)
    #expect(pairs.count == 6)
    for (pair, expected) in zip(pairs, Self.published) {
      #expect(pair.quantity == "mean_squared")
      #expect(pair.architecture == expected.architecture && pair.depth == expected.depth)
      #expect(pair.published == expected.meanSquared)
      #expect(pair.agrees)
      // Half a unit of the last printed digit.
      #expect(abs((pair.measured ?? .nan) - expected.meanSquared) <= 0.0005, "\(pair)")
    }
    // The axis of the paper's figure.
    #expect(record.histograms.allSatisfy { $0.histogram.axis.lower == -11 && $0.histogram.axis.upper == 4 })
    // At α = 0 the network is the identity.
    let identity = record.spectra.filter { $0.architecture == "rezero:alpha=0" }
    #expect(identity.count == 10)
    #expect(identity.allSatisfy { $0.spectrum?.logSingularValues == Array(repeating: 0, count: 64) })
    // What the paper says of its figure: deep Post-LN vanishes beyond single precision, ReZero stays near isometry.
    #expect(record.summaries.map(\.verdict)[2] == .rankDeficient)
    #expect(record.summaries.map(\.verdict)[6] == .isometric)
    #expect(record.summaries.map(\.verdict)[7] == .isometric)
  }

  @Test(
    "Other draws show the same panels without the published numbers",
    arguments: [
      { @Sendable in $0.rng = .spectra }, { @Sendable in $0.precision = .double }, { @Sendable in $0.seed = 1 },
    ] as [@Sendable (inout Configuration) -> Void])
  func otherDraws(change: @Sendable (inout Configuration) -> Void) throws {
    var figure = Figure5()
    figure.configuration.samples = 1
    change(&figure.configuration)
    #expect(!figure.isPublishedRun)
    let record = try figure.run(threads: 2)
    #expect(record.published == nil)
    #expect(record.summaries.map(\.panel) == Self.panels)
  }

  @Test("Only the notebook's own draws are compared")
  func comparison() {
    #expect(Figure5().isPublishedRun)
    for change: (inout Configuration) -> Void in [
      { $0.rng = .spectra }, { $0.precision = .double }, { $0.seed = 1 }, { $0.samples = 9 }, { $0.firstSample = 1 },
    ] {
      var figure = Figure5()
      change(&figure.configuration)
      #expect(!figure.isPublishedRun)
    }
  }
}
