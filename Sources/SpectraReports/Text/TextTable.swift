import SpectraAnalysis

/// A table that gives up its least important columns where it would be too wide.
package struct TextTable {
  package struct Column {
    let title: String
    /// Text stands left, numbers right.
    let isText: Bool
    /// Columns of rank 0 always stay; those of the highest rank go first.
    let rank: Int
    let cells: [String]
    let inks: [Ink]?

    init(title: String, isText: Bool = false, rank: Int = 0, cells: [String], inks: [Ink]?) {
      (self.title, self.isText, self.rank, self.cells, self.inks) = (title, isText, rank, cells, inks)
    }

    package init(title: String, isText: Bool = false, rank: Int = 0, cells: [String]) {
      self.init(title: title, isText: isText, rank: rank, cells: cells, inks: nil)
    }
  }

  private let columns: [Column]

  package init(columns: [Column]) { self.columns = columns }

  /// The table by itself, within a style's width.
  package func text(style: TextStyle) -> String {
    var canvas = Canvas()
    draw(on: &canvas, line: 0, style: style)
    return canvas.rendered(colour: style.colour)
  }

  private static let gap = 2

  /// Draws the table from `line` of the canvas on; what stays too wide is broken in its longest text column.
  ///
  /// - Returns: the titles of the columns that are drawn.
  @discardableResult
  func draw(on canvas: inout Canvas, line: Int, style: TextStyle) -> [String] {
    var columns = columns.map { Laid($0, style: style) }
    func total(_ columns: [Laid]) -> Int { columns.reduce(-Self.gap) { $0 + $1.width + Self.gap } }
    func fit(_ columns: inout [Laid], toAtLeast least: (Laid) -> Int) {
      let excess = total(columns) - style.width
      guard excess > 0,
        let widest = columns.indices.filter({ columns[$0].column.isText })
          .max(by: { columns[$0].width < columns[$1].width })
      else { return }
      columns[widest].wrap(Swift.max(columns[widest].width - excess, least(columns[widest])))
    }
    // Columns go where even names broken at their colons leave them no room; then names get back what room there is.
    var short = columns
    fit(&short) { Swift.min(Swift.max($0.longestPart, 20), 32) }
    while total(short) > style.width, let rank = columns.map(\.column.rank).max(), rank > 0 {
      guard let index = columns.lastIndex(where: { $0.column.rank == rank }) else { break }
      columns.remove(at: index)
      short.remove(at: index)
    }
    fit(&columns) { _ in 4 }

    let rows = columns.map(\.cells.count).max() ?? 0
    let titleHeight = columns.map(\.title.count).max() ?? 0
    let heights = (0..<rows).map { row in columns.map { Swift.max($0.cells[row].count, 1) }.max() ?? 1 }
    var left = 0
    for laid in columns {
      func put(_ lines: [String], _ first: Int, _ ink: Ink) {
        for (offset, text) in lines.enumerated() {
          let start = laid.column.isText ? left : left + laid.width - text.count
          canvas.put(text, line: first + offset, column: start, ink: ink)
        }
      }
      put(laid.title, line + titleHeight - laid.title.count, .title)
      var next = line + titleHeight
      put([String(repeating: style.unicode ? "─" : "-", count: laid.width)], next, .faint)
      next += 1
      for row in 0..<rows {
        put(laid.cells[row], next, laid.column.inks?[row] ?? .plain)
        next += heights[row]
      }
      left += laid.width + Self.gap
    }
    return columns.map(\.column.title)
  }

  /// A column with its texts in lines.
  private struct Laid {
    let column: Column
    private(set) var title: [String]
    private(set) var cells: [[String]]

    init(_ column: Column, style: TextStyle) {
      self.column = column
      title = [style.characters(column.title)]
      cells = column.cells.map { [style.characters($0)] }
    }

    var width: Int { (cells.joined() + title).map(\.count).max() ?? 0 }

    /// How wide it must be for the parts of its cells to stand whole, each on a line of its own.
    var longestPart: Int {
      let lines = cells.joined().flatMap { cell in
        let parts = cell.split(separator: ":", omittingEmptySubsequences: false)
        return parts.indices.map {
          parts[$0].count + ($0 < parts.count - 1 ? 1 : 0) + ($0 > 0 ? Self.indentation : 0)
        }
      }
      return lines.max() ?? 0
    }

    /// Breaks what is longer than `room`; the lines after a cell's first are indented, so that rows stay apart.
    mutating func wrap(_ room: Int) {
      title = title.flatMap { wrapped($0, width: room) }
      let indentation = room >= 12 ? Self.indentation : 0
      cells = cells.map { cell in
        wrapped(cell.joined(separator: " "), width: room, later: room - indentation).enumerated()
          .map { $0 == 0 ? $1 : String(repeating: " ", count: indentation) + $1 }
      }
    }

    private static let indentation = 2
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
