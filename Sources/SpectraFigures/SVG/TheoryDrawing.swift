import SpectraAnalysis

/// Laws over histograms: a smooth line with an outline in the colour of the background, atoms as stems with a dot, and strokes
/// across the bars beside the axis.
///
/// Steps have corners and lines have none, so that the two are told apart in every palette. Where there is one series the line is
/// in the colour of text, else in that of its series.
struct TheoryDrawing {
  let axis: HistogramAxis
  /// The share at full height.
  let fullShare: Double
  let inks: Inks
  /// Of the lines.
  var width = 2.0

  private func ink(_ entry: Int) -> (colour: String, dashes: String) {
    inks.series.count > 1 ? inks.series[entry] : (inks.text, "none")
  }

  /// Draws a law over a plot.
  func draw(_ theory: FigureTheory, entry: Int, in plot: Area, on document: inout SVGDocument) {
    let ink = ink(entry)
    func x(_ value: Double) -> Double { plot.x + plot.width * (value - axis.lower) / (axis.upper - axis.lower) }
    let places = theory.line.map { (x: x($0.x), y: $0.share / fullShare) }
    for part in Curve(places).visible {
      let path = SVGDocument.path(part.map { ($0.x, plot.bottom - plot.height * $0.y) })
      document.add(
        "path",
        [
          "d": path, "fill": "none", "stroke": inks.background, "stroke-opacity": "0.75",
          "stroke-width": SVGDocument.number(width + 2), "stroke-linejoin": "round",
        ])
      document.add(
        "path",
        [
          "class": "law", "d": path, "fill": "none", "stroke": ink.colour, "stroke-width": SVGDocument.number(width),
          "stroke-linejoin": "round", "style": "stroke-dasharray:\(ink.dashes)",
        ], tip: theory.name)
    }
    for atom in theory.atoms { drawAtom(at: x(atom.x), atom.share, ink.colour, in: plot, on: &document) }
  }

  /// A stem as high as its share, with a dot; above the scale the dot is hollow.
  private func drawAtom(
    at x: Double, _ share: Double, _ colour: String, in plot: Area, on document: inout SVGDocument
  ) {
    let isCut = share > cutOff(ofFullShare: fullShare)
    let top = plot.bottom - plot.height * max(0, min(share / fullShare, 1))
    for (stroke, width) in [(inks.background, width + 2), (colour, width)] {
      document.line(
        (x, plot.bottom), (x, top), ["stroke": stroke, "stroke-width": SVGDocument.number(width)])
    }
    document.add(
      "circle",
      [
        "class": "atom", "cx": SVGDocument.number(x), "cy": SVGDocument.number(top), "r": "3.4",
        "fill": isCut ? inks.background : colour, "stroke": isCut ? colour : inks.background, "stroke-width": "1.2",
      ])
  }

  /// A stroke at the height of an expected share, across a bar beside the axis.
  func drawExpected(_ share: Double, entry: Int, across bar: Area, on document: inout SVGDocument) {
    guard share >= Self.leastExpected else { return }
    let height = bar.bottom - bar.height * min(share / fullShare, 1)
    drawStroke((bar.x, height), (bar.right, height), entry: entry, on: &document)
  }

  /// The same across a bar that lies and is as long as the room for it where its share is 1.
  func drawExpected(_ share: Double, entry: Int, along room: Area, on document: inout SVGDocument) {
    guard share >= Self.leastExpected else { return }
    let x = room.x + room.width * min(share, 1)
    drawStroke((x, room.y), (x, room.bottom), entry: entry, on: &document)
  }

  /// Below it an expected share is as good as none.
  static let leastExpected = 5e-4

  private func drawStroke(
    _ start: (Double, Double), _ end: (Double, Double), entry: Int, on document: inout SVGDocument
  ) {
    for (stroke, width) in [(inks.background, width + 2), (ink(entry).colour, width)] {
      document.line(start, end, ["stroke": stroke, "stroke-width": SVGDocument.number(width)])
    }
  }

  /// A hill that stands for all of them in a legend, 22 wide and 10 high.
  static func swatch(x: Double, y: Double, _ inks: Inks) -> String {
    let (left, foot) = (SVGDocument.number(x), SVGDocument.number(y + 9))
    let (top, end) = (SVGDocument.number(y + 1), SVGDocument.number(x + 22))
    func at(_ offset: Double) -> String { SVGDocument.number(x + offset) }
    return
      "<path d=\"M\(left) \(foot)C\(at(8)) \(foot) \(at(8)) \(top) \(at(11)) \(top)S\(at(14)) \(foot) \(end) \(foot)\" "
      + "fill=\"none\" stroke=\"\(inks.text)\" stroke-width=\"2\"/>\n"
  }
}
