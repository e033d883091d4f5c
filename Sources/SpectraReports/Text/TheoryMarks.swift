import SpectraAnalysis

/// What a law expects, over a panel's bars: a line at the height of each share.
///
/// Above a bar the line stands alone; where it crosses one, that cell is a gap with the line in it, so that the bar goes
/// on above. With colours the cell stays part of the bar.
struct TheoryMarks {
  let layout: PanelLayout
  let expected: ExpectedShares

  private var style: TextStyle { layout.style }

  /// Draws the marks over bars that stand on the canvas from `line` on.
  func draw(on canvas: inout Canvas, line: Int) {
    for (bar, share) in layout.shares(expected).enumerated() {
      mark(
        share, on: &canvas, line: line, column: layout.plotColumn + bar * layout.columnsPerBar,
        width: layout.columnsPerBar)
    }
  }

  /// Draws the mark of a place beside the axis.
  func draw(_ gutter: PanelLayout.Gutter, on canvas: inout Canvas, line: Int, column: Int, width: Int) {
    mark(gutter.expected(expected), on: &canvas, line: line, column: column, width: width)
  }

  private func mark(_ share: Double, on canvas: inout Canvas, line: Int, column: Int, width: Int) {
    let levels = Self.levels.count
    let height = Swift.min(share / layout.fullShare, 1) * Double(layout.height * levels)
    // What is lower than half of the lowest line would be one along the whole axis.
    guard height >= 0.5 else { return }
    let level = Swift.min(Int(height), layout.height * levels - 1)
    let row = line + layout.height - 1 - level / levels
    for column in column..<column + width {
      let below = canvas.cell(line: row, column: column)
      // A bar that goes on above the scale, too, has said so.
      if layout.isCut(share), below.character == Character(style.characters("▲")) { continue }
      let text = layout.isCut(share) ? style.characters("△") : glyph(level % levels, over: below.character)
      // The background of a bar that ends in this cell would be higher than the bar.
      canvas.put(text, line: row, column: column, ink: below.character == "█" ? .theoryOnBar : .theory)
    }
  }

  /// Lines at the foot, the middle and the top of a cell.
  private static let levels = ["_", "─", "¯"]

  private func glyph(_ level: Int, over character: Character) -> String {
    style.unicode ? Self.levels[level] : character == "#" ? "=" : "-"
  }
}
