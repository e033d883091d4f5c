import SpectraAnalysis

/// One panel of medians with bands around them.
struct BandDrawing {
  private let content: BandFigure
  private let legend: Figure.Legend
  private let inks: Inks

  init(_ content: BandFigure, _ legend: Figure.Legend, _ inks: Inks) {
    (self.content, self.legend, self.inks) = (content, legend, inks)
  }

  private static let scaleWidth = 52.0
  private static let stripHeight = 34.0

  /// The height of a panel below its title.
  static func height(_ content: BandFigure, width: Double) -> Double {
    min(max(width * 0.55, 160), 300) + HistogramDrawing.footHeight + (hasStrip(content) ? stripHeight + 8 : 0)
  }

  /// Whether some values have no place on the axis.
  private static func hasStrip(_ content: BandFigure) -> Bool {
    content.panels.contains { panel in
      panel.series.contains { $0.points.contains { ($0.zeros ?? 0) + ($0.unresolved ?? 0) > 0 } }
    }
  }

  func draw(_ panel: BandFigure.Panel, in area: Area, on document: inout SVGDocument) {
    let strip = Self.hasStrip(content) ? Self.stripHeight + 8 : 0
    let plot = Area(
      x: area.x + Self.scaleWidth, y: area.y, width: area.width - Self.scaleWidth - 6,
      height: area.height - HistogramDrawing.footHeight - strip)
    let foot = Area(x: plot.x, y: plot.bottom + 8, width: plot.width, height: strip - 8)
    drawScale(panel.y, unchanged: panel.unchanged, in: plot, on: &document)
    if let reason = panel.emptyReason {
      AxisDrawing(inks).drawReason(reason, in: plot, on: &document)
    } else {
      // Bands under all lines.
      for series in panel.series { drawBands(series, panel.y, in: plot, on: &document) }
      for series in panel.series { drawLine(series, panel.y, in: plot, on: &document) }
      if strip > 0 { for series in panel.series { drawShares(series, in: foot, on: &document) } }
      drawTips(panel, in: plot, on: &document)
    }
    let lowest = strip > 0 ? foot : plot
    AxisDrawing(inks).draw(
      ticks(in: plot), below: Area(x: plot.x, y: plot.y, width: plot.width, height: lowest.bottom - plot.y),
      name: content.x.name, on: &document)
  }

  // MARK: Scales

  private func drawScale(_ y: FigureAxis, unchanged: Double?, in plot: Area, on document: inout SVGDocument) {
    for tick in y.ticks(atMost: max(Int(plot.height / 32), 2)) {
      guard let place = y.position(tick.value), (0...1).contains(place) else { continue }
      let height = plot.bottom - plot.height * place
      document.line((plot.x, height), (plot.right, height), ["stroke": inks.grid, "stroke-width": "1"])
      document.text(tick.text, x: plot.x - 5, y: height + 3.5, size: 10, fill: inks.faint, anchor: .end)
    }
    if let place = unchanged.flatMap(y.position), (0...1).contains(place) {
      let height = plot.bottom - plot.height * place
      document.line(
        (plot.x, height), (plot.right, height),
        ["stroke": inks.faint, "stroke-width": "1", "stroke-dasharray": "1 3"])
    }
    document.line((plot.x, plot.bottom), (plot.right, plot.bottom), ["stroke": inks.faint, "stroke-width": "1"])
    document.text(
      y.name, x: plot.x - Self.scaleWidth + 12, y: plot.y + plot.height / 2, size: 11, fill: inks.text, anchor: .middle,
      rotated: true)
  }

  /// Ticks at the depths or layers themselves where these are few, else at round numbers.
  private func ticks(in plot: Area) -> [(place: Double, text: String)] {
    let found = Set(content.panels.flatMap(\.series).flatMap(\.points).map(\.x)).sorted()
    let numbers = found.count <= 10 ? found.map { (Double($0), "\($0)") } : content.x.ticks(atMost: 8)
    return numbers.compactMap { value, text in
      // There is no layer 0 and none between two.
      guard value >= 1, value == value.rounded(), let place = content.x.position(value), (0...1).contains(place) else {
        return nil
      }
      return (plot.x + plot.width * place, text)
    }
  }

  // MARK: Marks

  private func x(_ point: BandFigure.Point, in plot: Area) -> Double {
    plot.x + plot.width * (content.x.position(Double(point.x)) ?? 0)
  }

  /// The stretches of a series in which all of some places, on the axis or beyond its ends, are there.
  private func runs(
    _ series: BandFigure.Series, in plot: Area, _ places: [(BandFigure.Point) -> Double?]
  ) -> [[(x: Double, places: [Double])]] {
    let found = series.points.map { point -> (x: Double, places: [Double])? in
      let found = places.compactMap { $0(point) }
      return found.count == places.count ? (x(point, in: plot), found) : nil
    }
    return found.split { $0 == nil }.map { $0.compactMap { $0 } }
  }

  private func drawn(_ place: Curve.Place, in plot: Area) -> Curve.Place {
    (place.x, plot.bottom - plot.height * place.y)
  }

  private func drawBands(
    _ series: BandFigure.Series, _ y: FigureAxis, in plot: Area, on document: inout SVGDocument
  ) {
    let colour = inks.series[series.entry].colour
    let bands: [(low: (BandFigure.Point) -> Double?, high: (BandFigure.Point) -> Double?, opacity: String)] = [
      (\.low, \.high, "0.13"), (\.lowerQuartile, \.upperQuartile, "0.25"),
    ]
    for band in bands {
      // What lies below a logarithmic axis reaches to its end.
      let low = { band.low($0).map { y.position($0) ?? 0 } }
      for run in runs(series, in: plot, [low, { band.high($0).flatMap(y.position) }]) {
        let low = Curve(run.map { ($0.x, $0.places[0]) }).clamped.map { drawn($0, in: plot) }
        let high = Curve(run.map { ($0.x, $0.places[1]) }).clamped.map { drawn($0, in: plot) }
        if run.count == 1 {
          // One depth alone has no width: a stroke.
          document.line(
            low[0], high[0], ["stroke": colour, "stroke-opacity": band.opacity, "stroke-width": "8"])
        }
        document.add(
          "path",
          ["d": SVGDocument.path(high + low.reversed(), closed: true), "fill": colour, "fill-opacity": band.opacity])
      }
    }
  }

  private func drawLine(
    _ series: BandFigure.Series, _ y: FigureAxis, in plot: Area, on document: inout SVGDocument
  ) {
    let ink = inks.series[series.entry]
    let runs = runs(series, in: plot, [{ $0.median.flatMap(y.position) }]).map { $0.map { (x: $0.x, y: $0.places[0]) } }
    for part in runs.flatMap({ Curve($0).visible }) {
      document.add(
        "path",
        [
          "d": SVGDocument.path(part.map { drawn($0, in: plot) }), "fill": "none", "stroke": ink.colour,
          "stroke-width": "1.8",
          "stroke-linejoin": "round", "style": "stroke-dasharray:\(ink.dashes)",
        ])
    }
    // Points where there are few: between them nothing was measured.
    guard series.points.count <= 16 else { return }
    for place in runs.joined().filter({ (0...1).contains($0.y) }).map({ drawn($0, in: plot) }) {
      document.add(
        "circle",
        ["cx": SVGDocument.number(place.x), "cy": SVGDocument.number(place.y), "r": "2.6", "fill": ink.colour])
    }
  }

  /// Shares of zeros and, on top, of lost values, below a plot.
  private func drawShares(_ series: BandFigure.Series, in strip: Area, on document: inout SVGDocument) {
    let colour = inks.series[series.entry].colour
    document.line((strip.x, strip.bottom), (strip.right, strip.bottom), ["stroke": inks.faint, "stroke-width": "1"])
    for (text, share) in [("100%", 1.0), ("0", 0.0)] {
      document.text(
        text, x: strip.x - 5, y: strip.bottom - strip.height * share + 3.5, size: 9, fill: inks.faint, anchor: .end)
    }
    let parts: [(lower: (BandFigure.Point) -> Double, upper: (BandFigure.Point) -> Double, isHatched: Bool)] = [
      ({ _ in 0 }, { $0.zeros ?? 0 }, false),
      ({ $0.zeros ?? 0 }, { ($0.zeros ?? 0) + ($0.unresolved ?? 0) }, true),
    ]
    for part in parts where series.points.contains(where: { part.upper($0) > part.lower($0) }) {
      func y(_ share: Double) -> Double { strip.bottom - strip.height * share }
      let outline =
        series.points.map { (x: x($0, in: strip), y: y(part.upper($0))) }
        + series.points.reversed().map { (x: x($0, in: strip), y: y(part.lower($0))) }
      let path = SVGDocument.path(outline, closed: true)
      document.add("path", ["d": path, "fill": colour, "fill-opacity": part.isHatched ? "0.35" : "0.7"])
      if part.isHatched { document.add("path", ["d": path, "fill": "url(#hatch)"]) }
    }
    let (zeros, lost) = (series.points.last?.zeros ?? 0, series.points.last?.unresolved ?? 0)
    let words = [
      zeros > 0 ? "zero \(NumberText.percent(zeros))" : nil, lost > 0 ? "lost \(NumberText.percent(lost))" : nil,
    ]
    document.text(
      words.compactMap { $0 }.joined(separator: ", "), x: strip.right - 2, y: strip.y + 8, size: 9, fill: inks.text,
      anchor: .end)
  }

  // MARK: Under the pointer

  private func drawTips(_ panel: BandFigure.Panel, in plot: Area, on document: inout SVGDocument) {
    let found = Set(panel.series.flatMap(\.points).map(\.x)).sorted()
    let places = found.map { plot.x + plot.width * (content.x.position(Double($0)) ?? 0) }
    for (index, number) in found.enumerated() {
      // Each takes the pointer half-way to its neighbours.
      let from = index == 0 ? plot.x : (places[index - 1] + places[index]) / 2
      let to = index == found.count - 1 ? plot.right : (places[index] + places[index + 1]) / 2
      let lines = panel.series.flatMap { series in
        series.points.filter { $0.x == number }.map { describe($0, legend.entries[series.entry]) }
      }
      document.rectangle(
        Area(x: from, y: plot.y, width: max(to - from, 0), height: plot.height),
        ["class": "tip", "fill-opacity": "0"],
        tip: (["\(content.x.name) \(number), \(panel.y.name)"] + lines).joined(separator: "\n"))
    }
  }

  private func describe(_ point: BandFigure.Point, _ name: String) -> String {
    func text(_ value: Double?) -> String { value.map { NumberText.significant($0, digits: 4) } ?? "none" }
    var parts = [
      "median \(text(point.median))", "quartiles \(text(point.lowerQuartile)) to \(text(point.upperQuartile))",
      "smallest \(text(point.minimum)), largest \(text(point.maximum))",
    ]
    if let zeros = point.zeros, zeros > 0 { parts.append("zero \(NumberText.percent(zeros))") }
    if let lost = point.unresolved, lost > 0 { parts.append("lost \(NumberText.percent(lost))") }
    return (name.isEmpty ? "" : name + ": ") + parts.joined(separator: ", ")
  }
}
