import RealModule
import SpectraAnalysis
import Testing

@testable import SpectraFigures

@Suite("Figures")
struct FigureTests {
  private func figure(_ spectra: [SpectrumRecord], _ change: (inout FigureDesign) -> Void = { _ in }) throws -> Figure {
    var design = FigureDesign()
    change(&design)
    return try Figure(of: [FigureFixtures.run(spectra)], design: design)
  }

  // MARK: Panels and series

  struct Arrangement: Sendable {
    let facet: FigureDesign.Facet?
    let title: String
    let panels: [String]
    let legend: [String]
    let isOrdered: Bool
  }

  static let arrangements: [Arrangement] = [
    .init(facet: nil, title: "", panels: ["post-ln", "rezero"], legend: ["4 layers", "12 layers"], isOrdered: true),
    .init(
      facet: .architecture, title: "", panels: ["post-ln", "rezero"], legend: ["4 layers", "12 layers"], isOrdered: true
    ),
    .init(
      facet: .depth, title: "", panels: ["4 layers", "12 layers"], legend: ["post-ln", "rezero"], isOrdered: false),
    .init(
      facet: .stack, title: "",
      panels: ["post-ln, 4 layers", "post-ln, 12 layers", "rezero, 4 layers", "rezero, 12 layers"],
      legend: [""], isOrdered: false),
    .init(
      facet: FigureDesign.Facet.none, title: "", panels: [""],
      legend: ["post-ln, 4 layers", "post-ln, 12 layers", "rezero, 4 layers", "rezero, 12 layers"], isOrdered: false),
  ]

  @Test("A facet says what has a panel, and what is left names series", arguments: arrangements)
  func arrangement(_ expected: Arrangement) throws {
    let figure = try figure(FigureFixtures.comparison()) { $0.facet = expected.facet }
    let content = try figure.histograms()
    #expect(figure.title == expected.title)
    #expect(content.panels.map(\.title) == expected.panels)
    #expect(figure.legend == Figure.Legend(entries: expected.legend, isOrdered: expected.isOrdered))
    #expect(content.panels.flatMap(\.series).count == 4)
  }

  @Test("What all spectra share is the title; a few architectures of one depth are overlaid, many are not")
  func natural() throws {
    let names = ["a", "b", "c", "d", "e"]
    for count in 1...5 {
      let figure = try figure(names.prefix(count).map { try FigureFixtures.sample($0, log10: [0, -1]) })
      let content = try figure.histograms()
      #expect(content.panels.count == (count < 5 ? 1 : 5))
      #expect(figure.title == (count == 1 ? "a, 4 layers" : "4 layers"))
      #expect(figure.legend.entries == (count == 1 ? [""] : count < 5 ? Array(names.prefix(count)) : [""]))
    }
  }

  @Test("Depths ascend in the legend whatever their order in the run")
  func ascending() throws {
    let figure = try figure(try [64, 4, 12].map { try FigureFixtures.sample("post-ln", depth: $0, log10: [0]) })
    #expect(figure.legend == Figure.Legend(entries: ["4 layers", "12 layers", "64 layers"], isOrdered: true))
  }

  @Test("Of many layers six are overlaid, the first and the last among them, and the figure says so")
  func fewLayers() throws {
    let figure = try figure(FigureFixtures.layers(count: 20)) { $0.kind = .histogram }
    #expect(figure.legend.entries == [1, 4, 8, 12, 16, 20].map { "layer \($0)" })
    #expect(figure.notes.contains("6 of 20 layers are drawn."))
  }

  // MARK: Numbers

  @Test("Shares are of all values, and what has no place on the axis is beside it")
  func shares() throws {
    let figure = try figure(FigureFixtures.comparison())
    let content = try figure.histograms()
    #expect(content.gutters == [.zeros, .hidden, .underflow])
    let series = content.panels[0].series
    #expect(series.map(\.histogram.shares) == [[0.125, 0.25, 0.25, 0.125], [0.25, 0.125, 0.125, 0.125]])
    for gutter in content.gutters {
      #expect(
        series.map { $0.histogram.share(of: gutter.count($0.histogram)) } == [gutter == .underflow ? 0 : 0.125, 0.125])
    }
    // Peaks of 2/8 and 8/8: the lower one keeps a quarter of the height.
    #expect(content.fullShare == 1)
    #expect(figure.caption == "transformer · Jacobians 8 × 8 · 1 sample")
  }

  @Test("The floor of a dense product is called so only where nothing else hides values")
  func floor() throws {
    let product = try FigureFixtures.sample("a", log10: [0], unresolved: 1, method: .product, noise: [-2.5])
    let resolved = try FigureFixtures.sample("b", log10: [0], unresolved: 1)
    for (spectra, expected) in [([product], HistogramFigure.Gutter.floor), ([product, resolved], .hidden)] {
      let content = try figure(spectra).histograms()
      #expect(content.gutters == [expected])
      #expect(content.panels[0].series[0].noise == nil)
    }
    let figure = try figure([product]) { $0.showsNoise = true }
    let content = try figure.histograms()
    #expect(content.panels[0].series[0].noise == [1, 0, 0, 0])
    #expect(
      figure.notes.contains("Dotted: where the dense Jacobian puts values that rounding hides, noise."))
    let beyond = try self.figure(
      [FigureFixtures.sample("a", log10: [0], unresolved: 2, method: .product, noise: [-2.5, -17])]
    ) { $0.showsNoise = true }
    #expect(beyond.notes.contains { $0.hasSuffix("noise (1 of 2 are beyond the axis).") })
  }

  @Test("A figure says how far values go that have no place on its axis, and bands only where there are some")
  func saysMore() throws {
    let notes = try figure(
      [
        FigureFixtures.sample("a", log10: [-400, -5, 0, 2]), FigureFixtures.sample("b", log10: [-9, 0, 350, 0]),
      ]
    ).notes
    #expect(notes.contains("< -3: σ down to 1.0e-400.") && notes.contains("> 1: σ up to 1.0e+350."))
    let single = try figure(FigureFixtures.comparison()) { $0.kind = .statistic }
    #expect(single.notes.first == "Line: median over samples.")
    let several = try figure(FigureFixtures.layers()) { $0.kind = .statistic }
    #expect(several.notes.first == "Line: median over samples; bands: quartiles and smallest to largest sample.")
    let many = try (0...Palette.mostSeries).map { try FigureFixtures.sample("a\($0)", log10: [0]) }
    #expect(
      try figure(many) { $0.facet = FigureDesign.Facet.none }.notes.contains(
        "Some of 25 series look alike; another facet, or fewer of them, tells them apart."))
  }

  @Test("The height leaves every series a quarter, and no more is cut off than that needs")
  func height() throws {
    // Of a hundred values the highest bins have 100, 40, 8 and 3.
    func spread(_ name: String, _ highest: Int) throws -> SpectrumRecord {
      let rest = 100 - highest
      return try FigureFixtures.sample(
        name, log10: [Double](repeating: 0.5, count: highest) + (0..<rest).map { Double($0) * 1e-3 - 300 })
    }
    // 3 of 100 does not count, being less than a twentieth of it.
    for (peaks, full) in [([100, 40], 1), ([100, 40, 8], 0.32), ([100, 40, 3], 1), ([40, 3], 0.12)] as [([Int], Double)]
    {
      let content = try figure(peaks.map { try spread("a\($0)", $0) }).histograms()
      // A product by four of a quotient: two roundings.
      #expect(abs(content.fullShare - full) <= 2 * full.ulp, "\(peaks)")
    }
  }

  @Test("Quantiles are of the live values of all samples, in units of the axis")
  func quantiles() throws {
    let figure = try figure(FigureFixtures.layers())
    let content = try figure.bands()
    let panel = try #require(content.panels.first)
    #expect(content.x.name == "layer" && panel.y.name == "log₁₀ σ")
    #expect(panel.series[0].points.map(\.x) == [1, 2, 3, 4, 5])
    for point in panel.series[0].points {
      // Fourteen order statistics, all known.
      let values = [0, 1].flatMap { FigureFixtures.values(layer: point.x, sample: $0) }.sorted()
      // Type 7: the median at place 6.5, the quartile at 0.25 · 13 = 3.25.
      let median = (values[6] + values[7]) / 2
      let quartile = 0.75 * values[3] + 0.25 * values[4]
      let expected = [values[0], quartile, median, values[13]]
      let found = [point.minimum, point.lowerQuartile, point.median, point.maximum]
      for (found, expected) in zip(found, expected) {
        let found = try #require(found)
        // ln and back to log10: two roundings of numbers below 3.
        #expect(abs(found - expected) < 1e-14)
      }
      #expect(point.zeros == 0.125 && point.unresolved == 0 && point.count == 14)
    }
  }

  @Test("A statistic stands against depth, or against layer where there is one depth")
  func statistic() throws {
    let figure = try figure(FigureFixtures.comparison()) {
      $0.kind = .statistic
      $0.statistics = [.medianLog, .meanSquared]
    }
    let content = try figure.bands()
    #expect(content.x.name == "depth" && figure.legend.entries == ["post-ln", "rezero"])
    #expect(content.panels.map(\.y.name) == ["median ln σ", "mean σ²"])
    let rezero = content.panels[0].series[1].points
    #expect(rezero.map(\.x) == [4, 12])
    let expected: Double = 0.5 * .log(10)
    for point in rezero { #expect(abs((point.median ?? 0) - expected) < 1e-15) }
    let inner = try self.figure(FigureFixtures.layers()) { $0.kind = .statistic }
    let layers = try inner.bands()
    #expect(layers.x.name == "layer" && layers.panels[0].series[0].points.count == 5)
    // Two samples: the quartiles lie between them, the wide band spans them.
    let point = layers.panels[0].series[0].points[2]
    let (low, high) = (point.low ?? .nan, point.high ?? .nan)
    #expect(low == point.minimum && high == point.maximum && low < high)
    let median = point.median ?? .nan
    let middle = (low + high) / 2
    #expect(abs(median - middle) <= 1e-15 * high)
  }

  @Test("A statistic that is named twice has one panel, and no two panels have one name")
  func panelNames() throws {
    let figure = try figure(FigureFixtures.comparison()) {
      $0.kind = .statistic
      $0.statistics = Statistic.allCases + Statistic.allCases
    }
    let content = try figure.bands()
    #expect(content.panels.count == Statistic.allCases.count)
    #expect(Set(content.panels.map(\.name)).count == content.panels.count)
  }

  @Test("What goes beyond a scale, or has no place on it, is said below the figure")
  func limits() throws {
    func notes(_ change: @escaping (inout FigureDesign) -> Void) throws -> String {
      try figure(FigureFixtures.layers(), change).notes.joined(separator: " ")
    }
    let cut = "Lines and bands go on beyond the scale where they reach its ends."
    #expect(try notes { $0.range = .explicit(lower: -1, upper: 1) }.contains(cut))
    #expect(try !notes { $0.range = .explicit(lower: -4, upper: 4) }.contains(cut))
    let missing = "Numbers of 0 and below have no place on a logarithmic scale."
    for (scale, isSaid) in [(FigureDesign.Scale.log, true), (.linear, false)] {
      let found = try notes {
        ($0.kind, $0.statistics, $0.scale) = (.statistic, [.meanLog, .standardDeviationLog], scale)
      }
      #expect(found.contains(missing) == isSaid)
    }
  }

  @Test("Samples without a spectrum are counted below figures of every kind, with a reason")
  func missingSamples() throws {
    let failures = ["a", "b"].map { FigureFixtures.failed($0, "The forward pass overflows at layer 3.") }
    for kind in FigureDesign.Kind.allCases {
      let whole = try figure(FigureFixtures.layers()) { $0.kind = kind }
      #expect(!whole.notes.contains { $0.hasPrefix("No spectrum") })
      let part = try figure(FigureFixtures.layers() + failures) { $0.kind = kind }
      #expect(part.notes.last == "No spectrum in 2 of 12 samples: The forward pass overflows at layer 3.")
    }
    // Their panel says it where there is nothing else.
    #expect(try figure([failures[0]]).notes == [])
  }

  @Test("A run's own axis is kept, another is made where one is asked for or runs are compared")
  func axis() throws {
    let run = try FigureFixtures.run(FigureFixtures.comparison())
    func axis(_ runs: [FigureRun], _ design: FigureDesign = FigureDesign()) throws -> HistogramAxis? {
      if case .histograms(let content) = try Figure(of: runs, design: design).content { content.axis } else { nil }
    }
    #expect(try axis([run]) == run.axis)
    var design = FigureDesign()
    design.bins = 7
    // What is not asked for stays that of the run: −3…1 in four bins.
    #expect(try axis([run], design) == HistogramAxis(lower: -3, upper: 1, bins: 7))
    design.bins = nil
    design.range = .explicit(lower: -5, upper: 2)
    #expect(try axis([run], design) == HistogramAxis(lower: -5, upper: 2, bins: 4))
    design.range = nil
    design.logBase = .e
    let natural = try axis([run], design)
    #expect(natural?.logBase == .e && natural?.bins == 4 && natural?.lower == natural?.lower.rounded())
    var other = run
    other.name = "other"
    #expect(try axis([run, other])?.bins == 40)
  }

  // MARK: Several runs

  @Test("The same panel of two runs is told apart by the runs' names, blocks by theirs")
  func severalRuns() throws {
    let one = try FigureFixtures.run([FigureFixtures.sample("post-ln", log10: [0])], name: "one")
    let two = try FigureFixtures.run([FigureFixtures.sample("post-ln", log10: [-1])], name: "two")
    let third = try FigureFixtures.run([FigureFixtures.sample("vanilla", block: "fc", log10: [-1])], name: "three")
    #expect(try Figure(of: [one, two]).legend.entries == ["post-ln · one", "post-ln · two"])
    #expect(try Figure(of: [one, third]).legend.entries == ["transformer post-ln", "fc vanilla"])
    let fourth = try FigureFixtures.run([FigureFixtures.sample("post-ln", block: "fc", log10: [0])], name: "four")
    #expect(try Figure(of: [one, fourth]).legend.entries == ["transformer post-ln", "fc post-ln"])
    #expect(throws: FigureError.sameSpectra("one", Panel(architecture: "post-ln", depth: 4, layer: 4))) {
      try Figure(of: [one, one])
    }
  }

  @Test("What cannot be drawn is an error that says what to do")
  func errors() throws {
    let one = [try FigureFixtures.sample("post-ln", log10: [0])]
    #expect(throws: FigureError.empty) { try Figure(of: []) }
    for kind in [FigureDesign.Kind.ridgeline, .quantiles] {
      #expect(throws: FigureError.needsLayers(kind)) { try figure(one) { $0.kind = kind } }
    }
    #expect(throws: FigureError.needsDepths) { try figure(one) { $0.kind = .statistic } }
    let many = try (0...FigureError.mostPanels).map { try FigureFixtures.sample("a\($0)", log10: [0]) }
    #expect(throws: FigureError.tooManyPanels(many.count)) { try figure(many) }
    #expect(throws: HistogramError.bins(0)) { try figure(one) { $0.bins = 0 } }
    #expect(throws: FigureError.noStatistic) {
      try figure(FigureFixtures.comparison()) { ($0.kind, $0.statistics) = (.statistic, []) }
    }
  }

  @Test("Where no sample has a spectrum the panel says why")
  func failures() throws {
    let spectra = try [
      FigureFixtures.failed("vanilla", "The forward pass overflows at layer 3."),
      FigureFixtures.sample("post-ln", log10: [0]),
    ]
    let content = try figure(spectra, { $0.facet = .spectrum }).histograms()
    #expect(content.panels.map(\.emptyReason) == ["no spectrum: The forward pass overflows at layer 3.", nil])
  }
}
