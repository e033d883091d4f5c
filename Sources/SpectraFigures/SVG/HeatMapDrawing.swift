import SpectraAnalysis

/// A heat map: cells, lines and points, with a bar of the colours beside them.
struct HeatMapDrawing {
  private let map: HeatMap
  private let inks: Inks
  private let colours: FigureAxis

  init(_ map: HeatMap, _ inks: Inks) {
    (self.map, self.inks) = (map, inks)
    colours = map.colours
  }

  private static let scaleWidth = 48.0
  private static let barWidth = 14.0
  /// From the plot to the end of the numbers of the bar.
  private static let barRoom = 76.0
  private static let keyHeight = 18.0
  private static let swatch = 26.0

  /// The height of a panel below its title.
  static func height(_ map: HeatMap, width: Double) -> Double {
    min(max((width - scaleWidth - barRoom) * 0.8, 160), 460) + HistogramDrawing.footHeight + 6
      + Double(keys(map, width: width).last.map { $0.row + 1 } ?? 0) * keyHeight
  }

  func draw(in area: Area, on document: inout SVGDocument) {
    let keys = Self.keys(map, width: area.width)
    let top = 6 + Double(keys.last.map { $0.row + 1 } ?? 0) * Self.keyHeight
    let plot = Area(
      x: area.x + Self.scaleWidth, y: area.y + top, width: area.width - Self.scaleWidth - Self.barRoom,
      height: area.height - top - HistogramDrawing.footHeight)
    let grid = Grid(map, in: plot)
    for key in keys { draw(key, in: area, on: &document) }
    drawCells(grid, on: &document)
    drawScales(grid, on: &document)
    drawBar(beside: plot, on: &document)
    for (index, line) in map.lines.enumerated() { draw(line, at: index, grid, on: &document) }
    for mark in map.marks { draw(mark, grid, on: &document) }
    drawTips(grid, on: &document)
  }

  /// Where cells and points stand in the picture.
  private struct Grid {
    let plot: Area
    let x, y: FigureAxis
    /// The edges of cells, in whole units: between them no background shines through.
    private let columns, rows: [Double]

    init(_ map: HeatMap, in plot: Area) {
      self.plot = plot
      let (x, y) = (map.x.axis, map.y.axis)
      (self.x, self.y) = (x, y)
      columns = map.x.edges.map { (plot.x + plot.width * (x.position($0) ?? 0)).rounded() }
      rows = map.y.edges.map { (plot.bottom - plot.height * (y.position($0) ?? 0)).rounded() }
    }

    /// All cells.
    var whole: Area { area(rows: 0..<rows.count - 1, columns: 0..<columns.count - 1) }

    func area(row: Int, columns: Range<Int>) -> Area { area(rows: row..<row + 1, columns: columns) }

    private func area(rows range: Range<Int>, columns: Range<Int>) -> Area {
      let (left, right) = (self.columns[columns.lowerBound], self.columns[columns.upperBound])
      let (foot, top) = (rows[range.lowerBound], rows[range.upperBound])
      return Area(x: left, y: top, width: right - left, height: foot - top)
    }

    /// Where a point stands; nil outside of the plot.
    func place(_ point: HeatMap.Point) -> (x: Double, y: Double)? {
      guard let x = x.position(point.x), let y = y.position(point.y) else { return nil }
      let place = (plot.x + plot.width * x, plot.bottom - plot.height * y)
      return plot.contains(place) ? place : nil
    }
  }

  // MARK: Names of lines and marks

  private struct Key {
    /// The line's place in the map; nil for the marks.
    let line: Int?
    let text: String
    let row: Int
    let x: Double
  }

  private static func keys(_ map: HeatMap, width: Double) -> [Key] {
    var keys: [Key] = []
    var (row, x) = (0, 0.0)
    let names = map.lines.indices.map { (line: Optional($0), text: map.lines[$0].name) }
    for (line, text) in names + (map.marks.isEmpty ? [] : [(line: nil, text: map.markName)]) {
      let taken = swatch + 6 + TextMetrics.width(text, size: 11) + FigureLayout.gap
      if x > 0, x + taken > width { (row, x) = (row + 1, 0) }
      keys.append(Key(line: line, text: text, row: row, x: x))
      x += taken
    }
    return keys
  }

  private func draw(_ key: Key, in area: Area, on document: inout SVGDocument) {
    let (x, y) = (area.x + key.x, area.y + Self.keyHeight * (Double(key.row) + 0.5))
    if let line = key.line {
      document.line(
        (x, y), (x + Self.swatch, y),
        ["stroke": inks.text, "stroke-width": "2", "stroke-dasharray": Self.dashes(line)])
    } else {
      drawDot(at: (x + Self.swatch / 2, y), fill: inks.background, on: &document)
    }
    document.text(key.text, x: x + Self.swatch + 6, y: y + 4, size: 11, fill: inks.text)
  }

  static func dashes(_ line: Int) -> String {
    ["none", "7 4", "2 3", "9 3 2 3"][line % 4]
  }

  // MARK: Cells

  private func drawCells(_ grid: Grid, on document: inout SVGDocument) {
    for fill in [inks.faint, "url(#hatch)"] { document.rectangle(grid.whole, ["fill": fill]) }
    for (row, cells) in map.cells.enumerated() {
      let steps = cells.map { $0.map { map.step(of: $0, on: colours) } }
      var first = 0
      // Neighbours of one colour are one rectangle.
      while first < steps.count {
        let end = steps[first...].firstIndex { $0 != steps[first] } ?? steps.count
        if let step = steps[first] {
          document.rectangle(
            grid.area(row: row, columns: first..<end), ["fill": inks.ramp[step], "shape-rendering": "crispEdges"])
        }
        first = end
      }
    }
  }

  private func drawScales(_ grid: Grid, on document: inout SVGDocument) {
    let (plot, x, y) = (grid.plot, grid.x, grid.y)
    for tick in y.ticks(atMost: max(Int(plot.height / 34), 2)) {
      guard let place = y.position(tick.value), (0...1).contains(place) else { continue }
      let height = plot.bottom - plot.height * place
      document.line((plot.x - 4, height), (plot.x, height), ["stroke": inks.faint])
      document.text(tick.text, x: plot.x - 7, y: height + 3.5, size: 10, fill: inks.faint, anchor: .end)
    }
    document.text(
      y.name, x: plot.x - Self.scaleWidth + 12, y: plot.y + plot.height / 2, size: 11, fill: inks.text, anchor: .middle,
      rotated: true)
    let ticks = x.ticks(atMost: max(Int(plot.width / 48), 2)).compactMap { tick in
      x.position(tick.value).map { (place: plot.x + plot.width * $0, text: tick.text) }
    }
    AxisDrawing(inks).draw(ticks, below: plot, name: x.name, on: &document)
    document.rectangle(plot, ["fill": "none", "stroke": inks.faint, "stroke-width": "1"])
  }

  /// The colours with their numbers, the largest on top.
  private func drawBar(beside plot: Area, on document: inout SVGDocument) {
    let bar = Area(x: plot.right + 16, y: plot.y + 16, width: Self.barWidth, height: plot.height - 16)
    for (step, colour) in inks.ramp.enumerated() {
      let (low, high) = (Double(step) / Double(inks.ramp.count), Double(step + 1) / Double(inks.ramp.count))
      let (top, foot) = ((bar.bottom - bar.height * high).rounded(), (bar.bottom - bar.height * low).rounded())
      document.rectangle(
        Area(x: bar.x, y: top, width: bar.width, height: max(foot - top, 0)),
        ["fill": colour, "shape-rendering": "crispEdges"])
    }
    document.rectangle(bar, ["fill": "none", "stroke": inks.faint, "stroke-width": "1"])
    for tick in colours.ticks(atMost: max(Int(bar.height / 26), 2)) {
      guard let place = colours.position(tick.value), (0...1).contains(place) else { continue }
      let height = bar.bottom - bar.height * place
      document.line((bar.right, height), (bar.right + 4, height), ["stroke": inks.faint])
      document.text(tick.text, x: bar.right + 7, y: height + 3.5, size: 10, fill: inks.faint)
    }
    document.text(map.quantity, x: bar.x, y: plot.y + 9, size: 11, fill: inks.text)
  }

  // MARK: On the cells

  /// A line in the colour of text with an outline in that of the background: one of the two differs from any cell.
  private func draw(_ line: HeatMap.Line, at index: Int, _ grid: Grid, on document: inout SVGDocument) {
    let plot = grid.plot
    for part in ClippedLine(line.points, x: grid.x, y: grid.y).parts {
      let path = SVGDocument.path(part.map { (plot.x + plot.width * $0.x, plot.bottom - plot.height * $0.y) })
      document.add(
        "path",
        [
          "d": path, "fill": "none", "stroke": inks.background, "stroke-width": "5", "stroke-linejoin": "round",
          "stroke-linecap": "round",
        ])
      document.add(
        "path",
        [
          "d": path, "fill": "none", "stroke": inks.text, "stroke-width": "2.2", "stroke-linejoin": "round",
          "stroke-dasharray": Self.dashes(index),
        ], tip: line.name)
    }
  }

  private func draw(_ mark: HeatMap.Mark, _ grid: Grid, on document: inout SVGDocument) {
    guard let place = grid.place(mark.place) else { return }
    if let value = mark.value {
      drawDot(at: place, fill: inks.ramp[map.step(of: value, on: colours)], on: &document)
    } else {
      for (width, ink) in [("4", inks.background), ("1.6", inks.text)] {
        for side in [-4.0, 4] {
          document.line(
            (place.x - 4, place.y - side), (place.x + 4, place.y + side), ["stroke": ink, "stroke-width": width])
        }
      }
    }
  }

  private func drawDot(at place: (x: Double, y: Double), fill: String, on document: inout SVGDocument) {
    let middle = (SVGDocument.number(place.x), SVGDocument.number(place.y))
    document.add("circle", ["cx": middle.0, "cy": middle.1, "r": "7", "fill": inks.background])
    document.add(
      "circle",
      ["cx": middle.0, "cy": middle.1, "r": "5", "fill": fill, "stroke": inks.text, "stroke-width": "1.4"])
  }

  // MARK: Under the pointer

  /// With more cells than this a pointer finds none of them.
  private static let mostTips = 10_000

  private func drawTips(_ grid: Grid, on document: inout SVGDocument) {
    func text(_ value: Double?) -> String { value.map { NumberText.significant($0, digits: 4) } ?? "none" }
    func placeText(_ x: Double, _ y: Double) -> String {
      "\(map.x.name) \(text(x)), \(map.y.name) \(text(y))"
    }
    if map.x.values.count * map.y.values.count <= Self.mostTips {
      for (row, cells) in map.cells.enumerated() {
        for (column, value) in cells.enumerated() {
          document.rectangle(
            grid.area(row: row, columns: column..<column + 1), ["class": "tip", "fill-opacity": "0"],
            tip: "\(placeText(map.x.values[column], map.y.values[row]))\n\(map.quantity): \(text(value))")
        }
      }
    }
    for mark in map.marks {
      guard let place = grid.place(mark.place) else { continue }
      let lines = [
        placeText(mark.place.x, mark.place.y), "\(map.markName): \(map.quantity) \(text(mark.value))", mark.note,
      ]
      document.rectangle(
        Area(x: place.x - 7, y: place.y - 7, width: 14, height: 14), ["class": "tip", "fill-opacity": "0"],
        tip: lines.filter { !$0.isEmpty }.joined(separator: "\n"))
    }
  }
}

extension Area {
  fileprivate func contains(_ place: (x: Double, y: Double)) -> Bool {
    (x...right).contains(place.x) && (y...bottom).contains(place.y)
  }
}
