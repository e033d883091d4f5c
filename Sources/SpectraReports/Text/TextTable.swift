import SpectraAnalysis

/// A table that gives up its least important columns where it would be too wide.
struct TextTable {
  struct Column {
    var title: String
    /// Text stands left, numbers right.
    var isText = false
    /// Columns of rank 0 always stay; those of the highest rank go first.
    var rank = 0
    var cells: [String]
    var inks: [Ink]?
  }

  let columns: [Column]

  private static let gap = 2

  /// Draws the table from `line` of the canvas on; what stays too wide is cut in its longest text column.
  func draw(on canvas: inout Canvas, line: Int, style: TextStyle) {
    var columns = columns.map { column in
      var column = column
      column.title = style.characters(column.title)
      column.cells = column.cells.map(style.characters)
      return column
    }
    func width(_ column: Column) -> Int { (column.cells + [column.title]).map(\.count).max() ?? 0 }
    func total(_ columns: [Column]) -> Int { columns.reduce(-Self.gap) { $0 + width($1) + Self.gap } }
    func cut(_ columns: inout [Column], toAtLeast least: Int) {
      let excess = total(columns) - style.width
      guard excess > 0,
        let widest = columns.indices.filter({ columns[$0].isText }).max(by: { width(columns[$0]) < width(columns[$1]) })
      else { return }
      let room = Swift.max(width(columns[widest]) - excess, least)
      let ellipsis = style.characters("…")
      func shortened(_ text: String) -> String {
        text.count > room ? text.prefix(room - ellipsis.count) + ellipsis : text
      }
      columns[widest].title = shortened(columns[widest].title)
      columns[widest].cells = columns[widest].cells.map(shortened)
    }
    // Columns go where even names cut a little leave them no room; then names get back what room there is.
    var short = columns
    cut(&short, toAtLeast: 20)
    while total(short) > style.width, let rank = columns.map(\.rank).max(), rank > 0 {
      guard let index = columns.lastIndex(where: { $0.rank == rank }) else { break }
      columns.remove(at: index)
      short.remove(at: index)
    }
    cut(&columns, toAtLeast: 4)
    var left = 0
    for column in columns {
      let size = width(column)
      func put(_ text: String, _ offset: Int, _ ink: Ink) {
        let start = column.isText ? left : left + size - text.count
        canvas.put(text, line: line + offset, column: start, ink: ink)
      }
      put(column.title, 0, .title)
      put(String(repeating: style.unicode ? "─" : "-", count: size), 1, .faint)
      for (row, cell) in column.cells.enumerated() { put(cell, row + 2, column.inks?[row] ?? .plain) }
      left += size + Self.gap
    }
  }
}

extension TextTable.Column {
  /// The shares of all values that histograms count somewhere beside their bins; no column where none counts any.
  static func shares(
    _ title: String, rank: Int, of histograms: [Histogram], _ count: (Histogram) -> Int
  ) -> [Self] {
    guard histograms.contains(where: { count($0) > 0 }) else { return [] }
    let cells = histograms.map { histogram in
      let values = histogram.values
      return values > 0 ? NumberText.percent(Double(count(histogram)) / Double(values)) : "none"
    }
    return [Self(title: title, rank: rank, cells: cells)]
  }
}
