import SpectraAnalysis

/// One panel on a canvas: the histogram in the manner of Figure 5 of the ReZero paper, numbers and verdict.
struct PanelDrawing {
  let layout: PanelLayout
  let histogram: Histogram
  let statistics: PanelStatistics
  /// What a law expects; nil without one.
  var expected: ExpectedShares?

  private var style: TextStyle { layout.style }

  /// Draws the panel without its title from `line` of the canvas on.
  func draw(on canvas: inout Canvas, line: Int) {
    drawScale(on: &canvas, line: line)
    var column = PanelLayout.scaleWidth
    for gutter in layout.left {
      draw(gutter, on: &canvas, line: line, column: column)
      column += gutter.width
    }
    drawBars(on: &canvas, line: line)
    for (offset, gutter) in layout.right.enumerated() {
      let before = layout.right[..<offset].reduce(0) { $0 + $1.width }
      draw(gutter, on: &canvas, line: line, column: layout.plotColumn + layout.plotWidth + 1 + before)
    }
    drawAxis(on: &canvas, line: line + layout.height)
    if layout.statisticsBeside {
      statistics.draw(
        on: &canvas, line: line, column: layout.statisticsColumn, wide: layout.statisticsWide, style: style)
    } else {
      _ = statistics.drawGrid(on: &canvas, line: canvas.height, column: 2, style: style)
    }
  }

  // MARK: Parts

  private func drawScale(on canvas: inout Canvas, line: Int) {
    let label = NumberText.percent(layout.fullShare)
    canvas.put(label, line: line, column: 4 - label.count, ink: .faint)
    for row in 0..<layout.height {
      canvas.put(row == 0 ? glyph("┤", "+") : glyph("│", "|"), line: line + row, column: 4, ink: .faint)
    }
    let corner = layout.left.isEmpty ? glyph("├", "+") : glyph("└", "+")
    canvas.put(corner, line: line + layout.height, column: 4, ink: .faint)
  }

  private func drawBars(on canvas: inout Canvas, line: Int) {
    let guide = layout.column(of: 0)
    if guide > 0, guide < layout.plotWidth {
      for row in 0..<layout.height {
        canvas.put(glyph("┊", "|"), line: line + row, column: layout.plotColumn + guide, ink: .faint)
      }
    }
    let shares = layout.shares(histogram)
    for (bar, share) in shares.enumerated() where share > 0 {
      drawBar(
        share, on: &canvas, line: line, column: layout.plotColumn + bar * layout.columnsPerBar,
        width: layout.columnsPerBar, ink: .bar)
    }
    if let expected { TheoryMarks(layout: layout, expected: expected).draw(on: &canvas, line: line) }
    // How high the highest bar is that the common scale cuts off.
    if let peak = shares.max(), layout.isCut(peak), let bar = shares.firstIndex(of: peak) {
      let label = NumberText.percent(peak)
      let columns = 0...Swift.max(layout.plotWidth - label.count, 0)
      let near = columns.sorted { abs($0 - bar * layout.columnsPerBar) < abs($1 - bar * layout.columnsPerBar) }
      if let column = near.map({ layout.plotColumn + $0 }).first(where: {
        canvas.isBlank(line: line, columns: $0..<$0 + label.count)
      }) {
        canvas.put(label, line: line, column: column)
      }
    }
  }

  private func draw(_ gutter: PanelLayout.Gutter, on canvas: inout Canvas, line: Int, column: Int) {
    let count = gutter.count(histogram)
    let share = histogram.values > 0 ? Double(count) / Double(histogram.values) : 0
    func centered(_ size: Int) -> Int { column + (gutter.width - size + 1) / 2 }
    if share > 0 { drawBar(share, on: &canvas, line: line, column: centered(3), width: 3, ink: gutter.ink) }
    if let expected {
      TheoryMarks(layout: layout, expected: expected)
        .draw(gutter, on: &canvas, line: line, column: centered(3), width: 3)
    }
    let foot = line + layout.height
    let rule = String(repeating: glyph("─", "-"), count: gutter.width)
    canvas.put(rule, line: foot, column: column, ink: .faint)
    canvas.put(gutter.label, line: foot + 1, column: centered(gutter.label.count), ink: .faint)
    let percent = NumberText.percent(share)
    canvas.put(percent, line: foot + 2, column: centered(percent.count), ink: share > 0 ? gutter.ink : .faint)
  }

  private func drawAxis(on canvas: inout Canvas, line: Int) {
    let origin = layout.plotColumn
    canvas.put(
      String(repeating: glyph("─", "-"), count: layout.plotWidth + 1), line: line, column: origin, ink: .faint)
    let widest = layout.axis.ticks(atMost: 8).map(\.text.count).max() ?? 1
    for tick in layout.axis.ticks(atMost: Swift.max(layout.plotWidth / (widest + 3), 2)) {
      let column = origin + layout.column(of: tick.value)
      canvas.put(glyph("┬", "+"), line: line, column: column, ink: .faint)
      // Under its tick where there is room, else from there on.
      let size = tick.text.count
      if let first = [column - size / 2, column].first(where: {
        $0 + size <= style.width && canvas.isBlank(line: line + 1, columns: $0..<$0 + size)
      }) {
        canvas.put(tick.text, line: line + 1, column: first)
      }
    }
    let name = style.characters(layout.axis.logBase == .ten ? "log10 σ" : "ln σ")
    canvas.put(
      name, line: line + 2, column: origin + (layout.plotWidth - name.count) / 2, ink: .faint)
  }

  /// A bar of a share's height, at least a trace so that no value is invisible, at most the full height, with an arrow
  /// where it would be higher.
  private func drawBar(_ share: Double, on canvas: inout Canvas, line: Int, column: Int, width: Int, ink: Ink) {
    let levels: [String] =
      style.unicode ? ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : [".", ":", "#"]
    let height = Swift.min(share / layout.fullShare, 1) * Double(layout.height * levels.count)
    let filled = Swift.max(Int(height.rounded()), 1)
    for row in 0..<layout.height {
      let level = Swift.min(filled - row * levels.count, levels.count)
      guard level > 0 else { break }
      let isArrow = row == layout.height - 1 && layout.isCut(share)
      let character = isArrow ? style.characters("▲") : levels[level - 1]
      canvas.put(
        String(repeating: character, count: width), line: line + layout.height - 1 - row, column: column, ink: ink)
    }
  }

  private func glyph(_ unicode: String, _ ascii: String) -> String { style.unicode ? unicode : ascii }
}
