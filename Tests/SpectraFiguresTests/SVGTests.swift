import Foundation
import SpectraAnalysis
import Testing

@testable import SpectraFigures

@Suite("SVG")
struct SVGTests {
  /// Figures of every kind.
  static let kinds: [(name: String, make: @Sendable () throws -> Figure)] = [
    ("histogram", { try figure(FigureFixtures.comparison(), .histogram) }),
    (
      "noise",
      {
        try figure(
          [
            FigureFixtures.sample("post-ln", log10: [0, -1], unresolved: 2, method: .product, noise: [-2.5, -2.9])
          ], .histogram
        ) { $0.showsNoise = true }
      }
    ),
    ("ridgeline", { try figure(FigureFixtures.layers(), .ridgeline) }),
    ("quantiles", { try figure(FigureFixtures.layers() + FigureFixtures.layers("pre-ln"), .quantiles) }),
    (
      "statistic",
      { try figure(FigureFixtures.comparison(), .statistic) { $0.statistics = [.meanSquared, .medianLog] } }
    ),
    ("failure", { try figure([FigureFixtures.failed("vanilla", "The forward pass overflows.")], .histogram) }),
  ]

  static func figure(
    _ spectra: [SpectrumRecord], _ kind: FigureDesign.Kind, _ change: (inout FigureDesign) -> Void = { _ in }
  ) throws -> Figure {
    var design = FigureDesign()
    design.kind = kind
    change(&design)
    return try Figure(of: [FigureFixtures.run(spectra)], design: design)
  }

  @Test("Every kind is well-formed, stands alone, and is the same each time", arguments: kinds.indices)
  func document(index: Int) throws {
    let figure = try Self.kinds[index].make()
    for palette in Palette.Name.allCases {
      let text = SVGFigure(palette: Palette(palette)).text(of: figure)
      let root = try #require(try MarkupElement.elements(of: text).first)
      #expect(root.name == "svg")
      #expect(text == SVGFigure(palette: Palette(palette)).text(of: figure))
      // Nothing from elsewhere, and no number that is none.
      let body = text.replacing("http://www.w3.org/2000/svg", with: "")
      for word in ["http", "href", "<script", "<style", "@import", "nan", "inf\"", "var("] {
        #expect(!body.contains(word), "\(word) in \(Self.kinds[index].name)")
      }
      let extent = SVGFigure(palette: Palette(palette)).extent(of: figure)
      #expect(root.attributes["width"] == "\(extent.width)")
      #expect(root.attributes["height"] == "\(extent.height)")
    }
  }

  @Test("Every mark lies within the picture", arguments: kinds.indices)
  func extent(index: Int) throws {
    let figure = try Self.kinds[index].make()
    for width in [240, 640, 2000] {
      let drawing = SVGFigure(size: FigureSize(width: width))
      let (right, bottom) = drawing.extent(of: figure)
      let elements = try MarkupElement.elements(of: drawing.text(of: figure))
      let marks = elements.filter { ["rect", "line"].contains($0.name) && $0.around.last != "pattern" }
      #expect(!marks.isEmpty)
      for element in marks {
        func number(_ name: String) -> Double { element.number(name) }
        let isLine = element.name == "line"
        let xs = isLine ? [number("x1"), number("x2")] : [number("x"), number("x") + number("width")]
        let ys = isLine ? [number("y1"), number("y2")] : [number("y"), number("y") + number("height")]
        // Numbers are written to a hundredth.
        #expect(xs.allSatisfy { $0 >= -0.02 && $0 <= Double(right) + 0.02 }, "\(xs)")
        #expect(ys.allSatisfy { $0 >= -0.02 && $0 <= Double(bottom) + 0.02 }, "\(ys)")
      }
    }
  }

  @Test("Sizes that no drawing can have, and columns without room, give the nearest that can be")
  func sizes() throws {
    let spectra = try (0..<12).map {
      try FigureFixtures.sample("a\($0)", log10: [-9, -1, 0, 9], zeros: 1, unresolved: 1)
    }
    let figure = try Self.figure(spectra, .histogram)
    for width in [nil, Int.min, 0, 240, 700, Int.max] {
      for columns in [nil, Int.min, 0, 1, 12, Int.max] {
        let drawing = SVGFigure(size: FigureSize(width: width, columns: columns))
        let extent = drawing.extent(of: figure)
        #expect(FigureSize.widths.contains(extent.width))
        let elements = try MarkupElement.elements(of: drawing.text(of: figure))
        let axes = elements.filter { $0.name == "line" && $0.attributes["y1"] == $0.attributes["y2"] }
        #expect(!axes.isEmpty)
        for axis in axes { #expect(axis.number("x1") < axis.number("x2"), "\(width ?? -1), \(columns ?? -1)") }
        for mark in elements where mark.name == "rect" { #expect(mark.number("width") > 0) }
      }
    }
  }

  @Test("A band whose lower edge a logarithmic axis lacks reaches to the end of the axis")
  func bandsToTheEnd() throws {
    let spectra = try [2, 4].flatMap { depth in
      // ln σ on both sides of 0.
      try [-1.0, 1, 2].enumerated().map {
        try FigureFixtures.sample("a", depth: depth, sample: $0.offset, log10: [$0.element])
      }
    }
    let figure = try Self.figure(spectra, .statistic) { ($0.statistics, $0.scale) = ([.medianLog], .log) }
    let elements = try MarkupElement.elements(of: SVGFigure().text(of: figure))
    let foot = try #require(elements.filter { $0.name == "line" && $0.attributes["y1"] == $0.attributes["y2"] }.last)
    let bands = elements.filter { $0.name == "path" && $0.attributes["fill-opacity"] != nil }
    // Of smallest to largest, and of the quartiles, which are 0 (the lower) and 1.5 decades.
    #expect(bands.count == 2)
    for band in bands.prefix(1) {
      #expect(band.attributes["d"]?.contains(" \(SVGDocument.number(foot.number("y1")))") == true)
    }
  }

  @Test("Where a narrow panel has no room for the numbers of places beside its axis, their signs stand alone")
  func longLabels() throws {
    let spectra = try [FigureFixtures.sample("a", log10: [-9, -1, 0, 9], zeros: 1, unresolved: 1)]
    let figure = try Self.figure(spectra, .histogram) { $0.range = .explicit(lower: -1.2345678, upper: 1.2345678) }
    for (width, expected) in [
      (240, ["0", "hidden", "<", ">"]), (1200, ["0", "hidden", "< -1.2345678", "> 1.2345678"]),
    ] {
      let drawing = SVGFigure(size: FigureSize(width: width)).text(of: figure)
      let words = Set(try MarkupElement.elements(of: drawing).filter { $0.name == "text" }.map(\.text))
      #expect(words.isSuperset(of: expected), "\(width)")
    }
  }

  @Test("The outline of a histogram is as high as its shares say")
  func heights() throws {
    let figure = try Self.kinds[0].make()
    let content = try figure.histograms()
    let outlines = try MarkupElement.elements(of: SVGFigure().text(of: figure)).filter {
      $0.name == "path" && $0.attributes["fill"] == "none"
    }.compactMap { $0.attributes["d"] }
    var runs: [[Double]] = []
    for series in content.panels.flatMap(\.series) {
      for run in HistogramDrawing.runs(series.histogram.shares) { runs.append(Array(series.histogram.shares[run])) }
    }
    try #require(outlines.count == runs.count)
    var scales: [Double] = []
    for (outline, shares) in zip(outlines, runs) {
      let heights = outline.split { "ML".contains($0) }.map { $0.split(separator: " ").compactMap { Double($0) } }
      // From the foot over two points a bin back to the foot.
      try #require(heights.count == 2 * shares.count + 2)
      let foot = heights[0][1]
      for (bin, share) in shares.enumerated() {
        scales.append((foot - heights[2 * bin + 1][1]) / share)
        #expect(heights[2 * bin + 1][1] == heights[2 * bin + 2][1])
      }
    }
    // One scale for all panels: heights of 16 units and more, written to a hundredth.
    let scale = try #require(scales.first)
    for other in scales { #expect(abs(other / scale - 1) < 0.02 / 16) }
  }

  @Test("A curve ends exactly where it leaves its axis, and an area is cut off there")
  func curves() {
    func text(_ places: [Curve.Place]) -> String { places.map { "\($0.x),\($0.y)" }.joined(separator: " ") }
    // Up through the whole axis and half-way back: it leaves at 1 after a third of the way from -1 to 2 twice.
    let curve = Curve([(0, -1), (3, 2), (6, 0.5)])
    #expect(curve.visible.map(text) == ["1.0,0.0 2.0,1.0", "5.0,1.0 6.0,0.5"])
    #expect(text(curve.clamped) == "0.0,0.0 1.0,0.0 2.0,1.0 3.0,1.0 5.0,1.0 6.0,0.5")
    #expect(Curve([(0, 2), (1, 3)]).visible.isEmpty)
    #expect(Curve([(0, 0.5)]).visible.map(text) == ["0.0,0.5"])
    #expect(Curve([(0, 0), (1, 1)]).visible.map(text) == ["0.0,0.0 1.0,1.0"])
    #expect(Curve([]).visible.isEmpty && Curve([]).clamped.isEmpty)
    let huge = Curve([(0, -.greatestFiniteMagnitude), (2, .greatestFiniteMagnitude)]).visible
    #expect(huge.map(text) == ["1.0,0.0 1.0,1.0"])
  }

  @Test("Text is text: titles, legend, axes and notes can be found in it")
  func words() throws {
    let figure = try Self.kinds[0].make()
    let elements = try MarkupElement.elements(of: SVGFigure().text(of: figure))
    let words = elements.filter { $0.name == "text" }.map(\.text)
    for word in [
      "post-ln", "rezero", "4 layers", "12 layers", "log₁₀ σ", "share of all σ", "hidden", "< -3", figure.caption,
    ] {
      #expect(words.contains(word), "\(word)")
    }
    let tips = elements.filter { $0.name == "title" && $0.around.last == "rect" }.map(\.text)
    #expect(tips.contains("log₁₀ σ from -2.00 to -1.00\n4 layers: 2 of 8 values, 25%\n12 layers: 1 of 8 values, 12%"))
    #expect(tips.contains("< -3\n12 layers: 1 of 8 values, 12%"))
  }

  @Test("What a file or a user says is text and no markup")
  func escaping() throws {
    let name = "a<b>&\"'\u{1B}]0;\u{0}:x"
    let figure = try Self.figure(
      [FigureFixtures.sample(name, log10: [0]), FigureFixtures.failed(name + "2", "<script>alert(1)</script>")],
      .histogram
    ) {
      $0.title = "</title><script>"
    }
    let text = SVGFigure().text(of: figure)
    #expect(!text.contains("<script") && !text.contains("\u{1B}"))
    let words = try MarkupElement.elements(of: text).filter { $0.name == "text" }.map(\.text)
    #expect(words.contains("</title><script>"))
    #expect(words.contains { $0.hasPrefix("a<b>&\"'\u{FFFD}]0;\u{FFFD}:x") })
  }

  @Test("Long labels break after colons and none is wider than its place")
  func wrapping() {
    let label = "post-ln:norm=rmsnorm:feed-forward=swiglu:attention=shaped:positions=rotary"
    for width in [60.0, 120, 200, 400, 1000] {
      let lines = TextMetrics.wrapped(label, size: 12, width: width, isBold: true)
      #expect(lines.joined() == label)
      for line in lines { #expect(TextMetrics.width(line, size: 12, isBold: true) <= width || line.count == 1) }
      if width >= 200 { #expect(lines.dropLast().allSatisfy { $0.hasSuffix(":") }) }
    }
    #expect(TextMetrics.wrapped("", size: 10, width: 100) == [])
    // Pieces join as long as they fit, and blanks at the ends of lines are none.
    #expect(TextMetrics.wrapped("  ab cd  ef gh  ", size: 10, width: 36) == ["ab cd", "ef gh"])
    #expect(TextMetrics.wrapped("aaaaa b", size: 10, width: 23) == ["aaa", "aa b"])
    #expect(TextMetrics.wrapped("one two", size: 10, width: 1).joined() == "onetwo")
  }

  @Test("Labels of any length are wrapped in time that grows like the length", .timeLimit(.minutes(10)))
  func longText() {
    // Before it was their cube: three thousand characters took minutes, so that these would take days.
    for text in [String(repeating: "x", count: 30_000), String(repeating: "x ", count: 15_000)] {
      let lines = TextMetrics.wrapped(text, size: 10, width: 300)
      #expect(lines.joined().count { $0 == "x" } == text.count { $0 == "x" } && lines.count > 100)
    }
  }

  @Test("Nothing has changed unnoticed", arguments: kinds.indices)
  func snapshot(index: Int) throws {
    let (name, make) = Self.kinds[index]
    try expectSnapshot(SVGFigure().text(of: try make()), named: "\(name).svg")
  }
}
