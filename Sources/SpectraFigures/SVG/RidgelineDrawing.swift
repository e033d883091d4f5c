import SpectraAnalysis

/// One panel of ridges: the histograms of a stack's layers, the first on top.
struct RidgelineDrawing {
  private let content: RidgelineFigure
  private let inks: Inks

  init(_ content: RidgelineFigure, _ inks: Inks) { (self.content, self.inks) = (content, inks) }

  private static let scaleWidth = 34.0
  /// From one ridge's foot to the next.
  private static let step = 15.0
  /// How high the highest ridge is: ridges overlap, as mountains in the distance.
  private static let ridgeHeight = 34.0

  /// The height of a panel below its title.
  static func height(_ content: RidgelineFigure) -> Double {
    let most = content.panels.map(\.ridges.count).max() ?? 0
    return ridgeHeight + step * Double(max(most - 1, 0)) + HistogramDrawing.footHeight
  }

  func draw(_ panel: RidgelineFigure.Panel, in area: Area, on document: inout SVGDocument) {
    let slotWidth = min(46, (area.width - Self.scaleWidth) / 3 / Double(max(content.gutters.count, 1)))
    let places = GutterPlaces(
      content.gutters, width: slotWidth, from: area.x + Self.scaleWidth, to: area.right, gap: 8)
    let foot = area.y + Self.ridgeHeight + Self.step * Double(max(panel.ridges.count - 1, 0))
    let plot = Area(x: places.start, y: area.y, width: places.end - places.start, height: foot - area.y)
    if let reason = panel.emptyReason {
      AxisDrawing(inks).drawReason(reason, in: plot, on: &document)
      return
    }
    AxisDrawing(inks).drawLineOfOne(content.axis, in: plot, on: &document)
    for (index, ridge) in panel.ridges.enumerated() {
      let base = area.y + Self.ridgeHeight + Self.step * Double(index)
      draw(ridge, base: base, in: plot, on: &document)
      document.text(
        "\(ridge.layer)", x: area.x + Self.scaleWidth - 8, y: base, size: 10, fill: inks.faint, anchor: .end)
      for (gutter, x) in places.gutters {
        drawShare(gutter, ridge, x: x, base: base, width: slotWidth, on: &document)
      }
    }
    document.text(
      "layer", x: area.x + Self.scaleWidth - 8, y: area.y + Self.ridgeHeight - 16, size: 10, fill: inks.faint,
      anchor: .end)
    for (gutter, x) in places.gutters {
      document.text(
        gutter.label(content.axis), x: x + slotWidth / 2, y: plot.bottom + 14, size: 10, fill: inks.faint,
        anchor: .middle)
    }
    AxisDrawing(inks).drawLogarithms(content.axis, in: plot, on: &document)
  }

  private func draw(_ ridge: RidgelineFigure.Ridge, base: Double, in plot: Area, on document: inout SVGDocument) {
    let shares = ridge.histogram.shares
    document.line((plot.x, base), (plot.right, base), ["stroke": inks.grid, "stroke-width": "1"])
    let outlines = HistogramDrawing.outlines(of: shares, foot: base) { bin, share in
      (
        plot.x + plot.width * Double(bin) / Double(content.axis.bins),
        base - Self.ridgeHeight * min(share / content.fullShare, 1)
      )
    }
    for outline in outlines {
      let path = SVGDocument.path(outline, closed: true)
      // What is behind a ridge is hidden by it.
      document.add("path", ["d": path, "fill": inks.background, "fill-opacity": "0.8"])
      document.add(
        "path",
        [
          "d": path, "fill": inks.series[0].colour, "fill-opacity": "0.35", "stroke": inks.series[0].colour,
          "stroke-width": "1.1", "stroke-linejoin": "round",
        ])
    }
    if let theory = ridge.theory {
      let top = Area(x: plot.x, y: base - Self.ridgeHeight, width: plot.width, height: Self.ridgeHeight)
      laws.draw(theory, entry: 0, in: top, on: &document)
    }
    let logarithms = "layer \(ridge.layer): \(ridge.histogram.values) values"
    let beside = content.gutters.compactMap { gutter -> String? in
      let count = gutter.count(ridge.histogram)
      let expected = ridge.theory.map { gutter.expected($0) }
      guard count > 0 || expected ?? 0 >= TheoryDrawing.leastExpected else { return nil }
      return "\(gutter.label(content.axis)): \(count), \(NumberText.percent(ridge.histogram.share(of: count)))"
        + (expected.map { ", theory \(NumberText.percent($0))" } ?? "")
    }
    document.rectangle(
      Area(x: plot.x, y: base - Self.step, width: plot.width, height: Self.step),
      ["class": "tip", "fill-opacity": "0"],
      tip: ([logarithms] + beside + (ridge.theory.map { ["theory: \($0.name)"] } ?? [])).joined(separator: "\n"))
  }

  private var laws: TheoryDrawing {
    TheoryDrawing(axis: content.axis, fullShare: content.fullShare, inks: inks, width: 1.4)
  }

  /// A share as a bar to the right with its number, and a stroke across it where a law expects it to end: beside ridges no bar
  /// that stands has room.
  private func drawShare(
    _ gutter: HistogramFigure.Gutter, _ ridge: RidgelineFigure.Ridge, x: Double, base: Double, width: Double,
    on document: inout SVGDocument
  ) {
    let share = ridge.histogram.share(of: gutter.count(ridge.histogram))
    let whole = Area(x: x + 4, y: base - 11, width: width - 8, height: 11)
    if share > 0 {
      let bar = Area(x: whole.x, y: whole.y, width: max(whole.width * min(share, 1), 1), height: whole.height)
      document.rectangle(bar, ["fill": inks.series[0].colour, "fill-opacity": "0.35"])
      if gutter.isLost { document.rectangle(bar, ["fill": "url(#hatch)"]) }
    }
    if let theory = ridge.theory {
      laws.drawExpected(gutter.expected(theory), entry: 0, along: whole, on: &document)
    }
    guard share > 0 else { return }
    document.text(
      NumberText.percent(share), x: x + width / 2, y: base - 2, size: 9, fill: inks.text, anchor: .middle,
      halo: ridge.theory == nil ? nil : inks.background)
  }
}
