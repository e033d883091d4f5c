import Foundation
import SpectraAnalysis
import TestSupport
import Testing

@testable import SpectraFigures

@Suite("Laws in figures")
struct TheoryFigureTests {
  static let figures: [(name: String, make: @Sendable () throws -> Figure)] = [
    ("theory-one", { try TheoryFigureFixtures.one() }), ("theory", { try TheoryFigureFixtures.three() }),
    ("theory-ridgeline", { try TheoryFigureFixtures.ridges() }),
  ]

  @Test("Drawings are as recorded, well-formed, and stand alone", arguments: figures.indices)
  func drawings(index: Int) throws {
    let (name, make) = Self.figures[index]
    let figure = try make()
    let text = SVGFigure().text(of: figure)
    try expectSnapshot(text, named: "\(name).svg")
    for palette in Palette.Name.allCases {
      let drawing = SVGFigure(palette: Palette(palette)).text(of: figure)
      #expect(try MarkupElement.elements(of: drawing).first?.name == "svg")
      #expect(!drawing.contains("nan") && !drawing.contains("var("))
    }
    let page = HTMLFigure().text(of: figure)
    #expect(try !MarkupElement.elements(of: page).isEmpty)
    #expect(page.contains("Theory beside measurement"))
  }

  @Test("Specifications follow the published schema and are as recorded", arguments: figures.indices)
  func specifications(index: Int) throws {
    let (name, make) = Self.figures[index]
    let figure = try make()
    // With dashes, which other palettes lack.
    let text = VegaLiteFigure(palette: Palette(.colourBlind)).text(of: figure)
    #expect(try VegaLiteTests.schema.violations(in: Data(text.utf8)) == [])
    try expectSnapshot(text, named: "\(name).vl.json")
  }

  @Test(
    "A line's height is the law's density times the width of a bin, in both bases",
    arguments: HistogramAxis.LogBase.allCases)
  func heights(base: HistogramAxis.LogBase) throws {
    let figure = try TheoryFigureFixtures.figure(
      TheoryFigureFixtures.samples("vanilla"),
      [TheoryFigureFixtures.theory("vanilla", .quarterCircle())]
    ) { $0.logBase = base }
    let content = try figure.histograms()
    let law = try #require(content.panels[0].series[0].theory)
    #expect(law.line.count > 50)
    for point in law.line.dropLast() where (content.axis.lower + 1e-9..<content.axis.upper - 1e-9).contains(point.x) {
      let sigma = Foundation.exp(point.x * base.naturalLog)
      let density = sigma * (4 - sigma * sigma).squareRoot() / .pi
      // Of a root the rounding of its argument, 4 − σ² next to the edge, counts most: √(10 · eps).
      #expect(abs(point.share - density * base.naturalLog * content.axis.binWidth) < 1e-7)
    }
    // Shares of bins and places beside them are everything that there is.
    let expected = law.expected
    let sum = expected.bins.reduce(0, +) + expected.underflow + expected.overflow + expected.zeros
    #expect(abs(sum - 1) < 1e-12)
  }

  @Test("The drawn line stands where its shares say, on the scale of the steps")
  func places() throws {
    let figure = try TheoryFigureFixtures.one()
    let law = try #require(try figure.histograms().panels[0].series[0].theory)
    let elements = try MarkupElement.elements(of: SVGFigure().text(of: figure))
    let path = try #require(elements.first { $0.attributes["class"] == "law" }?.attributes["d"])
    let places = path.split { "ML".contains($0) }.map { $0.split(separator: " ").compactMap { Double($0) } }
    let steps = try #require(
      elements.first { $0.name == "path" && $0.attributes["fill-opacity"] == "0.22" }?.attributes["d"])
    let foot = try #require(steps.split { "MLZ".contains($0) }.first?.split(separator: " ").last.flatMap { Double($0) })
    try #require(places.count == law.line.count)
    let highest = try #require(law.line.map(\.share).max())
    let top = try #require(places.map { $0[1] }.min())
    for (place, point) in zip(places, law.line) {
      // Numbers are written to a hundredth; the scale is that of the highest point.
      #expect(abs((foot - place[1]) - (foot - top) * point.share / highest) < 0.03)
    }
    let title = elements.first { $0.name == "title" && $0.around.last == "path" }?.text
    #expect(title == "Gaussian weights, gates of tanh; σ_w=1.5")
  }

  @Test("Values under the pointer say what the law expects, beside the axis too")
  func tips() throws {
    let figure = try TheoryFigureFixtures.three()
    let tips = try MarkupElement.elements(of: SVGFigure().text(of: figure)).filter {
      $0.name == "title" && $0.around.last == "rect"
    }.map(\.text)
    #expect(tips.contains("0\nrelu: 16 of 64 values, 25%, theory 25%"))
    // In the bin of σ = 1 there is the atom, and what a quarter circle that ends at 2e holds between 1 and 10^0.1.
    func below(_ sigma: Double) -> Double { SpectralCurve.quarterCircle(below: sigma / Foundation.exp(1)) }
    let share = 0.125 + 0.625 * (below(pow(10, 0.1)) - below(1))
    let tip = try #require(tips.first { $0.hasPrefix("log₁₀ σ from 0 to 0.100\n") })
    #expect(tip.contains("\nrelu: ") && tip.contains(", theory \(String(format: "%.0f", share * 100))%"), "\(tip)")
  }

  @Test("A specification of ridges has their laws, as the drawing does")
  func ridges() throws {
    let figure = try TheoryFigureFixtures.ridgesBesideTheAxis()
    guard case .ridgeline(let content) = figure.content else {
      Issue.record("no ridges")
      return
    }
    let ridges = try #require(content.panels.first?.ridges)
    let text = VegaLiteFigure().text(of: figure)
    #expect(try VegaLiteTests.schema.violations(in: Data(text.utf8)) == [])
    let document = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let data = try #require(document["datasets"] as? [String: [[String: Any]]])
    func numbers(_ name: String, _ field: String, ofLayer layer: Int) -> [Double] {
      (data[name] ?? []).filter { $0["layer"] as? Int == layer }.compactMap { ($0[field] as? NSNumber)?.doubleValue }
    }
    // Foundation's parser rounds more than once.
    func areClose(_ found: [Double], _ expected: [Double]) -> Bool {
      found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) <= 4 * .ulpOfOne * abs($1) }
    }
    for (row, ridge) in ridges.enumerated() {
      let law = try #require(ridge.theory)
      #expect(areClose(numbers("theory", "x", ofLayer: ridge.layer), law.line.map(\.x)))
      #expect(areClose(numbers("theory", "share", ofLayer: ridge.layer), law.line.map(\.share)))
      #expect(Set(numbers("theory", "row", ofLayer: ridge.layer)) == [Double(row)])
      #expect(numbers("atoms", "share", ofLayer: ridge.layer) == [0.125])
      #expect(areClose(numbers("bins", "expected", ofLayer: ridge.layer), law.expected.bins))
      #expect(numbers("places", "expected", ofLayer: ridge.layer) == [0.25])
    }
    // Lines, stems and dots, and strokes beside the axis rise from their ridges as areas do.
    for mark in ["line", "rule", "point", "tick"] { #expect(text.contains("\"type\": \"\(mark)\"")) }
    for field in ["share", "expected"] { #expect(text.contains("min(datum.\(field) / ")) }
    let elements = try MarkupElement.elements(of: SVGFigure().text(of: figure))
    #expect(elements.count { $0.attributes["class"] == "law" } == 2)
    #expect(elements.count { $0.attributes["class"] == "atom" } == 2)
  }

  @Test("Beside ridges a stroke says what the law expects, where no value was measured, too")
  func expectedBesideRidges() throws {
    let figure = try TheoryFigureFixtures.ridgesBesideTheAxis()
    let elements = try MarkupElement.elements(of: SVGFigure().text(of: figure))
    // As wide as a law's line, upright across the height of a bar. Numbers are written to a hundredth.
    let strokes = elements.filter { $0.name == "line" && $0.attributes["stroke-width"] == "1.4" }
    let ticks = strokes.filter {
      $0.number("x1") == $0.number("x2") && abs($0.number("y2") - $0.number("y1") - 11) < 0.02
    }
    #expect(ticks.count == 2)
    // The second one stands at the end of its bar: as many are zero as the law expects.
    let bar = try #require(elements.first { $0.name == "rect" && $0.attributes["height"] == "11" })
    #expect(abs(bar.number("x") + bar.number("width") - (try #require(ticks.last).number("x1"))) < 0.02)
    let tips = elements.filter { $0.name == "title" && $0.around.last == "rect" }.map(\.text)
    #expect(tips.contains { $0.contains("\n0: 0, 0%, theory 25%\n") })
    #expect(tips.contains { $0.contains("\n0: 16, 25%, theory 25%\n") })
  }

  @Test("Legend, notes and atoms are there with a law, and without one nothing is")
  func withAndWithout() throws {
    let figure = try TheoryFigureFixtures.three()
    #expect(figure.legend.theory == "theory" && figure.legend.entries.count == 3)
    #expect(figure.notes.contains("Theory (vanilla): Gaussian weights; KS distance 0.021, p = 0.44."))
    #expect(
      figure.notes.contains("No theory (post-ln): No law is known for stacks with a LayerNorm between their layers."))
    let elements = try MarkupElement.elements(of: SVGFigure().text(of: figure))
    #expect(elements.count { $0.attributes["class"] == "law" } == 2)
    #expect(elements.count { $0.attributes["class"] == "atom" } == 1)
    let without = try TheoryFigureFixtures.figure(TheoryFigureFixtures.samples("vanilla"), [])
    #expect(without.legend.theory == nil)
    for text in [
      SVGFigure().text(of: without), HTMLFigure().text(of: without), VegaLiteFigure().text(of: without),
    ] {
      #expect(!text.lowercased().contains("theory\""))
    }
  }

  @Test("Many laws have one sentence, and equal reasons, too")
  func manyNotes() throws {
    let names = (0..<9).map { "vanilla:\($0)" }
    let spectra = try names.flatMap { try TheoryFigureFixtures.samples($0) }
    let covered = try TheoryFigureFixtures.figure(
      spectra,
      names.enumerated().map {
        TheoryFigureFixtures.theory($1, .quarterCircle(), distance: 0.01 + 0.01 * Double($0))
      })
    #expect(covered.notes.contains("Theory covers 9 of 9 spectra; KS distances 0.010 to 0.090, smallest p = 0.44."))
    let none = try TheoryFigureFixtures.figure(
      spectra,
      names.map { TheoryRecord(panel: Panel(architecture: $0, depth: 4, layer: 4), reason: "No law is known.") })
    #expect(none.notes.contains("No theory (9 spectra): No law is known."))
  }

  @Test("Theory follows its spectra where runs are told apart by their names and blocks")
  func renamed() throws {
    var runs = try ["one", "two"].map {
      try FigureFixtures.run(TheoryFigureFixtures.samples("vanilla"), name: $0, bins: 40)
    }
    for index in runs.indices {
      runs[index].theory = [TheoryFigureFixtures.theory("vanilla", .quarterCircle())]
    }
    runs.append(try FigureFixtures.run([FigureFixtures.sample("vanilla", log10: [0, -1])], name: "three", bins: 40))
    var design = FigureDesign()
    design.kind = .histogram
    let content = try Figure(of: runs, design: design).histograms()
    #expect(content.panels.flatMap(\.series).map { $0.theory != nil } == [true, true, false])
  }

  @Test(
    "Laws with numbers that nobody has checked are drawn without a trap",
    arguments: [-Double.infinity, -1e308, -7, 0, 7, 1e308, .infinity, .nan])
  func hostile(_ number: Double) throws {
    for curve in SpectralCurve.hostile(number) {
      let figure = try TheoryFigureFixtures.figure(
        TheoryFigureFixtures.samples("vanilla"), [TheoryFigureFixtures.theory("vanilla", curve, distance: 0.5)])
      let drawing = SVGFigure().text(of: figure)
      #expect(try !MarkupElement.elements(of: drawing).isEmpty)
      #expect(!drawing.contains("\"nan") && !drawing.contains(" nan") && !drawing.contains("\"inf"))
      let specification = VegaLiteFigure().text(of: figure)
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(specification.utf8)) }
    }
  }
}
