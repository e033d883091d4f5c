import SpectraAnalysis

/// One panel of overlaid step histograms.
struct HistogramDrawing {
  private let content: HistogramFigure
  private let legend: Figure.Legend
  private let inks: Inks
  private let y: FigureAxis

  init(_ content: HistogramFigure, _ legend: Figure.Legend, _ inks: Inks) {
    (self.content, self.legend, self.inks) = (content, legend, inks)
    y = FigureAxis(name: "share of all σ", lower: 0, upper: content.fullShare * 100, isLogarithmic: false)
  }

  static let footHeight = 34.0
  private static let scaleWidth = 48.0

  /// The height of a panel below its title.
  static func height(width: Double) -> Double { min(max(width * 0.5, 140), 260) + footHeight }

  /// - Parameter isFirst: whether the panel stands at the left edge, where the scale has its name.
  func draw(_ panel: HistogramFigure.Panel, in area: Area, isFirst: Bool, on document: inout SVGDocument) {
    let places = Places(content, series: panel.series.count, in: area)
    if isFirst {
      document.text(
        y.name, x: area.x + 10, y: places.plot.y + places.plot.height / 2, size: 11, fill: inks.text, anchor: .middle,
        rotated: true)
    }
    drawScales(places, on: &document)
    if let reason = panel.emptyReason {
      AxisDrawing(inks).drawReason(reason, in: places.plot, on: &document)
      return
    }
    for series in panel.series { drawSteps(series, places, on: &document) }
    for (gutter, slot) in places.gutters { drawGutter(gutter, panel, slot, places, on: &document) }
    // Laws over everything: smooth lines leave the steps to be seen.
    let laws = TheoryDrawing(axis: content.axis, fullShare: content.fullShare, inks: inks)
    for series in panel.series {
      if let theory = series.theory { laws.draw(theory, entry: series.entry, in: places.plot, on: &document) }
    }
    drawArrows(panel, places, on: &document)
    drawTips(panel, places, on: &document)
  }

  /// Where things stand in a panel.
  private struct Places {
    let plot: Area
    let gutters: [(gutter: HistogramFigure.Gutter, slot: Area)]
    private let axis: HistogramAxis

    init(_ content: HistogramFigure, series: Int, in area: Area) {
      axis = content.axis
      let height = area.height - HistogramDrawing.footHeight
      // A third of the panel at most goes to what has no place on the axis.
      let count = Double(max(content.gutters.count, 1))
      let label = content.gutters.map { TextMetrics.width($0.label(content.axis), size: 10) }.max() ?? 0
      let wanted = max(label + 8, 14 + 9 * Double(series))
      let room = area.width - HistogramDrawing.scaleWidth
      // Half of it where labels need that; long ones touch in a narrow panel.
      let width = min(wanted, max(room / 3 / count, min(label + 2, room / 2 / count)))
      // The gap has room for half of a tick's label at the end of the axis.
      let places = GutterPlaces(
        content.gutters, width: width, from: area.x + HistogramDrawing.scaleWidth, to: area.right, gap: 16)
      plot = Area(x: places.start, y: area.y, width: places.end - places.start, height: height)
      gutters = places.gutters.map { ($0, Area(x: $1, y: area.y, width: width, height: height)) }
    }

    func x(ofBin bin: Int) -> Double { plot.x + plot.width * Double(bin) / Double(axis.bins) }
  }

  private func top(of share: Double, in area: Area) -> Double {
    area.bottom - area.height * min(share / content.fullShare, 1)
  }

  // MARK: Scales

  private func drawScales(_ places: Places, on document: inout SVGDocument) {
    let plot = places.plot
    let areas = [plot] + places.gutters.map(\.slot)
    let left = areas.map(\.x).min() ?? plot.x
    for tick in y.ticks(atMost: 4) {
      let height = plot.bottom - plot.height * (y.position(tick.value) ?? 0)
      if tick.value > 0 {
        for area in areas {
          document.line((area.x, height), (area.right, height), ["stroke": inks.grid, "stroke-width": "1"])
        }
      }
      document.text(tick.text + "%", x: left - 5, y: height + 3.5, size: 10, fill: inks.faint, anchor: .end)
    }
    AxisDrawing(inks).drawLineOfOne(content.axis, in: plot, on: &document)
    for area in areas {
      document.line((area.x, area.bottom), (area.right, area.bottom), ["stroke": inks.faint, "stroke-width": "1"])
    }
    AxisDrawing(inks).drawLogarithms(content.axis, in: plot, on: &document)
    for (gutter, slot) in places.gutters {
      let label = gutter.label(content.axis)
      let isLong = TextMetrics.width(label, size: 10) > slot.width + 12
      document.text(
        // The end of the axis, which has its number, is next to it.
        isLong && !gutter.isLost ? String(label.prefix(1)) : label, x: slot.x + slot.width / 2, y: slot.bottom + 14,
        size: 10, fill: inks.faint,
        anchor: .middle)
    }
  }

  // MARK: Marks

  private func drawSteps(_ series: HistogramFigure.Series, _ places: Places, on document: inout SVGDocument) {
    let ink = inks.series[series.entry]
    for outline in outlines(of: series.histogram.shares, places) {
      document.add("path", ["d": SVGDocument.path(outline, closed: true), "fill": ink.colour, "fill-opacity": "0.22"])
      document.add(
        "path",
        [
          "d": SVGDocument.path(outline), "fill": "none", "stroke": ink.colour, "stroke-width": "1.5",
          "stroke-linejoin": "round", "style": "stroke-dasharray:\(ink.dashes)",
        ])
    }
    for outline in outlines(of: (series.noise ?? []).map(series.histogram.share), places) {
      document.add(
        "path",
        [
          "d": SVGDocument.path(outline), "fill": "none", "stroke": ink.colour, "stroke-width": "1.2",
          "stroke-dasharray": "1 2.5", "stroke-linecap": "round",
        ])
    }
  }

  private func outlines(of shares: [Double], _ places: Places) -> [[(x: Double, y: Double)]] {
    Self.outlines(of: shares, foot: places.plot.bottom) { (places.x(ofBin: $0), top(of: $1, in: places.plot)) }
  }

  /// The steps of each stretch of bins that are not empty, from the foot to the foot.
  static func outlines(
    of shares: [Double], foot: Double, _ point: (Int, Double) -> (x: Double, y: Double)
  ) -> [[(x: Double, y: Double)]] {
    runs(shares).map { run in
      let steps = run.flatMap { [point($0, shares[$0]), point($0 + 1, shares[$0])] }
      return [(point(run.lowerBound, 0).x, foot)] + steps + [(point(run.upperBound, 0).x, foot)]
    }
  }

  /// The stretches of bins that are not empty.
  static func runs(_ shares: [Double]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for bin in shares.indices where shares[bin] > 0 {
      if let last = runs.last, last.upperBound == bin {
        runs[runs.count - 1] = last.lowerBound..<bin + 1
      } else {
        runs.append(bin..<bin + 1)
      }
    }
    return runs
  }

  /// What has no place on the axis: a bar for each series, hatched where its values are not known.
  private func drawGutter(
    _ gutter: HistogramFigure.Gutter, _ panel: HistogramFigure.Panel, _ slot: Area, _ places: Places,
    on document: inout SVGDocument
  ) {
    let room = slot.width - 6
    let width = min(room / Double(max(panel.series.count, 1)), 18)
    let start = slot.x + (slot.width - width * Double(panel.series.count)) / 2
    let shares = panel.series.map { $0.histogram.share(of: gutter.count($0.histogram)) }
    let highest = shares.max() ?? 0
    var last = ""
    let laws = TheoryDrawing(axis: content.axis, fullShare: content.fullShare, inks: inks)
    defer {
      for (place, series) in panel.series.enumerated() {
        let bar = Area(x: start + Double(place) * width, y: slot.y, width: width, height: slot.height)
        if let share = series.theory.map(gutter.expected) {
          laws.drawExpected(share, entry: series.entry, across: bar, on: &document)
        }
      }
    }
    for (place, (series, share)) in zip(panel.series, shares).enumerated() where share > 0 {
      let ink = inks.series[series.entry]
      let height = top(of: share, in: slot)
      let bar = Area(
        x: start + Double(place) * width + 0.75, y: height, width: max(width - 1.5, 1), height: slot.bottom - height)
      document.rectangle(
        bar,
        [
          "fill": ink.colour, "fill-opacity": "0.45", "stroke": ink.colour, "stroke-width": "1",
          "style": "stroke-dasharray:\(ink.dashes)",
        ])
      if gutter.isLost { document.rectangle(bar, ["fill": "url(#hatch)"]) }
      // Above the bar where there is room, else in it.
      if content.isCut(share) { drawArrow(at: bar.x + bar.width / 2, top: slot.y, ink.colour, on: &document) }
      let text = NumberText.percent(share)
      // Narrow bars of one height say it once; of bars narrower than a line of text only the highest one does.
      if width < 6 ? share < highest || !last.isEmpty : width < 11 && text == last { continue }
      last = text
      let length = TextMetrics.width(text, size: 9)
      let isAbove = bar.y - length - 4 > slot.y
      document.text(
        text, x: bar.x + bar.width / 2 + 3.2, y: isAbove ? bar.y - 3 : bar.bottom - 4, size: 9, fill: inks.text,
        rotated: true, halo: isAbove ? nil : inks.background)
    }
  }

  /// Arrows with the share where a step is cut off.
  private func drawArrows(_ panel: HistogramFigure.Panel, _ places: Places, on document: inout SVGDocument) {
    var taken: [(from: Double, to: Double)] = []
    for series in panel.series {
      let shares = series.histogram.shares
      let highest = shares.indices.max { shares[$0] < shares[$1] || (shares[$0] == shares[$1] && $0 > $1) }
      for (bin, share) in shares.enumerated() where content.isCut(share) {
        let x = (places.x(ofBin: bin) + places.x(ofBin: bin + 1)) / 2
        let ink = inks.series[series.entry]
        let top = places.plot.y
        drawArrow(at: x, top: top, ink.colour, on: &document)
        // One number a series: that of its highest step.
        guard bin == highest else { continue }
        let text = NumberText.percent(share)
        // A small arrow in the colour of the series says whose share it is.
        let width = TextMetrics.width(text, size: 9) + 10
        let isRight = x + 7 + width < places.plot.right
        let from = isRight ? x + 7 : x - 7 - width
        // Below the labels that are there already.
        let row = taken.count { $0.from < from + width && from < $0.to }
        taken.append((from, from + width))
        let base = top + 8 + Double(row) * 11
        drawArrow(at: from + 4, top: base - 1.5, ink.colour, on: &document)
        document.text(text, x: from + 10, y: base, size: 9, fill: inks.text, halo: inks.background)
      }
    }
  }

  private func drawArrow(at x: Double, top: Double, _ colour: String, on document: inout SVGDocument) {
    let corners = [(x: x - 4, y: top + 1), (x: x, y: top - 6), (x: x + 4, y: top + 1)]
    document.add("path", ["d": SVGDocument.path(corners, closed: true), "fill": colour])
  }

  // MARK: Under the pointer

  private func drawTips(_ panel: HistogramFigure.Panel, _ places: Places, on document: inout SVGDocument) {
    func lines(
      _ count: (HistogramFigure.Series) -> Int, expected: (FigureTheory) -> Double
    ) -> [String] {
      panel.series.compactMap { series in
        let values = count(series)
        let law = series.theory.map { expected($0) } ?? 0
        guard values > 0 || law >= TheoryDrawing.leastExpected else { return nil }
        let name = legend.entries[series.entry]
        return (name.isEmpty ? "" : name + ": ") + "\(values) of \(series.histogram.values) values, "
          + NumberText.percent(series.histogram.share(of: values))
          + (series.theory == nil ? "" : ", theory \(NumberText.percent(law))")
      }
    }
    let axis = content.axis
    // What is narrower than this no pointer finds.
    let isWide = places.plot.width / Double(axis.bins) >= 1
    for bin in 0..<axis.bins where isWide {
      let found = lines {
        $0.histogram.counts[bin]
      } expected: {
        $0.expected.bins[bin]
      }
      guard !found.isEmpty else { continue }
      let (low, high) = (NumberText.significant(axis.edges[bin]), NumberText.significant(axis.edges[bin + 1]))
      let from = places.x(ofBin: bin)
      document.rectangle(
        Area(x: from, y: places.plot.y, width: places.x(ofBin: bin + 1) - from, height: places.plot.height),
        ["class": "tip", "fill-opacity": "0"],
        tip: (["\(axis.title) from \(low) to \(high)"] + found).joined(separator: "\n")
      )
    }
    for (gutter, slot) in places.gutters {
      let found = lines {
        gutter.count($0.histogram)
      } expected: {
        gutter.expected($0)
      }
      guard !found.isEmpty else { continue }
      document.rectangle(
        slot, ["class": "tip", "fill-opacity": "0"],
        tip: ([gutter.label(axis)] + found).joined(separator: "\n"))
    }
  }
}
