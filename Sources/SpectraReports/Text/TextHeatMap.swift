import RealModule
import SpectraAnalysis

/// A quantity over a plane as a field of characters, with axes, a line of marks and a legend.
package struct TextHeatMap {
  /// What one cell shows.
  package enum Cell: Equatable {
    /// A number, shown by the step it falls into.
    case number(Double)
    /// One of a few kinds, by its place in `kinds`.
    case kind(Int)
    /// Nothing.
    case none
  }

  /// One side of the plane: its name, and the middles of its cells, ascending.
  package typealias Axis = (name: String, values: [Double])

  private let x, y: Axis
  private let cells: [[Cell]]
  private let kinds: [String]
  private let isLogarithmic: Bool
  private let line: [(x: Double, y: Double)]
  private let lineName: String

  /// A field of characters.
  ///
  /// - Parameters:
  ///   - x: to the right.
  ///   - y: upwards.
  ///   - cells: a row for each value of `y`, the lowest first.
  ///   - kinds: what the kinds are called, at most three.
  ///   - isLogarithmic: whether the steps of numbers are equal ratios.
  ///   - line: points that are marked over the cells.
  ///   - lineName: what the line is called.
  package init(
    x: Axis, y: Axis, cells: [[Cell]], kinds: [String] = [], isLogarithmic: Bool = false,
    line: [(x: Double, y: Double)] = [], lineName: String = ""
  ) {
    (self.x, self.y, self.cells, self.kinds) = (x, y, cells, kinds)
    (self.isLogarithmic, self.line, self.lineName) = (isLogarithmic, line, lineName)
  }

  /// The field, as wide as the style and its cells allow.
  package func text(style: TextStyle) -> String {
    var canvas = Canvas()
    draw(on: &canvas, style: style)
    return canvas.rendered(colour: style.colour)
  }

  private static let scaleWidth = 9

  private func draw(on canvas: inout Canvas, style: TextStyle) {
    guard !x.values.isEmpty, !y.values.isEmpty else { return }
    let room = style.width - Self.scaleWidth - 3
    // Whole characters for each cell, or some cells left out where there are more of them than characters.
    let columns = x.values.count > room ? room : x.values.count * Swift.max(1, Swift.min(room / x.values.count, 3))
    let rows = Swift.min(y.values.count, 60)
    let glyphs = Glyphs(style)
    let steps = Steps(
      cells.joined().compactMap { if case .number(let value) = $0 { value } else { nil } }, isLogarithmic)
    let plot = Self.scaleWidth + 1
    canvas.put(style.characters(y.name), line: 0, column: 1, ink: .faint)
    for row in 0..<rows {
      let values = cells[(rows - 1 - row) * y.values.count / rows]
      for column in 0..<columns {
        let text: (String, Ink) =
          switch values[column * x.values.count / columns] {
          case .number(let value): (glyphs.steps[steps.index(of: value)], .bar)
          case .kind(let kind): (glyphs.kinds[kind], kind == kinds.count - 1 ? .lost : .bar)
          case .none: (" ", .plain)
          }
        canvas.put(text.0, line: 1 + row, column: plot + column, ink: text.1)
      }
      canvas.put(glyphs.side, line: 1 + row, column: plot - 1, ink: .faint)
    }
    drawLine(on: &canvas, plot: plot, columns: columns, rows: rows, glyphs)
    drawAxes(on: &canvas, plot: plot, columns: columns, rows: rows, glyphs, style)
    var legend = steps.names.enumerated().map { "\(glyphs.steps[$0]) \($1)" }
    let shown = Set(cells.joined().compactMap { if case .kind(let kind) = $0 { kind } else { nil } })
    legend += kinds.indices.filter(shown.contains).map { "\(glyphs.kinds[$0]) \(kinds[$0])" }
    if !line.isEmpty { legend.append("\(glyphs.mark) \(lineName)") }
    var text = ""
    for entry in legend {
      let entry = style.characters(entry)
      if !text.isEmpty, text.count + 3 + entry.count > style.width - plot {
        canvas.put(text, line: canvas.height, column: plot)
        text = ""
      }
      text += (text.isEmpty ? "" : "   ") + entry
    }
    canvas.put(text, line: canvas.height, column: plot)
  }

  private func drawLine(on canvas: inout Canvas, plot: Int, columns: Int, rows: Int, _ glyphs: Glyphs) {
    for point in line {
      guard let column = Self.place(point.x, in: x.values, of: columns),
        let row = Self.place(point.y, in: y.values, of: rows)
      else { continue }
      canvas.put(glyphs.mark, line: 1 + rows - 1 - row, column: plot + column, ink: .title)
    }
  }

  private func drawAxes(
    on canvas: inout Canvas, plot: Int, columns: Int, rows: Int, _ glyphs: Glyphs, _ style: TextStyle
  ) {
    for (row, label) in Self.ticks(y.values, of: rows, distance: 4) {
      canvas.put(label, line: rows - row, column: plot - 2 - label.count, ink: .faint)
      canvas.put(glyphs.tick.left, line: rows - row, column: plot - 1, ink: .faint)
    }
    let foot = rows + 1
    canvas.put(
      glyphs.corner + String(repeating: glyphs.foot, count: columns), line: foot, column: plot - 1, ink: .faint)
    for (column, label) in Self.ticks(x.values, of: columns, distance: 10) {
      canvas.put(glyphs.tick.foot, line: foot, column: plot + column, ink: .faint)
      let start = Swift.min(plot + column, style.width - label.count)
      if canvas.isBlank(line: foot + 1, columns: start..<start + label.count) {
        canvas.put(label, line: foot + 1, column: start, ink: .faint)
      }
    }
    let name = style.characters(x.name)
    canvas.put(name, line: foot + 2, column: plot + Swift.max(0, columns - name.count) / 2, ink: .faint)
  }

  /// Where an axis of cells has ticks, and what they say: round numbers next to where they are, about so many characters apart, or
  /// the cells' own numbers where these are few, so that the nearest one is far off.
  private static func ticks(_ values: [Double], of count: Int, distance: Int) -> [(place: Int, label: String)] {
    if values.count >= 12, let axis = try? HistogramAxis(lower: values[0], upper: values[values.count - 1], bins: 1) {
      let ticks = axis.ticks(atMost: Swift.max(count / distance + 2, 2))
      return ticks.compactMap { tick in place(tick.value, in: values, of: count).map { ($0, tick.text) } }
    }
    return stride(from: 0, to: count, by: distance).map {
      ($0, NumberText.significant(values[$0 * values.count / count]))
    }
  }

  /// The character at which a number stands on an axis of cells; nil beyond its ends.
  private static func place(_ value: Double, in values: [Double], of count: Int) -> Int? {
    guard let first = values.first, let last = values.last, value >= first, value <= last else { return nil }
    let cell = values.indices.min { abs(values[$0] - value) < abs(values[$1] - value) } ?? 0
    guard values.count > 1, count > values.count else { return cell * count / values.count }
    // Several characters a cell: the nearest of all.
    let share = (value - first) / (last - first)
    let width = count / values.count
    return Swift.min(Int((share * Double(count - width)).rounded()) + width / 2, count - 1)
  }

  private struct Glyphs {
    let steps, kinds: [String]
    let mark, side, corner, foot: String
    let tick: (left: String, foot: String)

    init(_ style: TextStyle) {
      steps = style.unicode ? ["·", "░", "▒", "▓", "█"] : [".", ":", "+", "%", "@"]
      kinds = style.unicode ? ["░", "▓", "×"] : [":", "%", "x"]
      mark = style.unicode ? "●" : "O"
      (side, corner, foot) = style.unicode ? ("│", "└", "─") : ("|", "+", "-")
      tick = style.unicode ? ("┤", "┬") : ("+", "+")
    }
  }

  /// Five steps between the least and the largest of the numbers.
  private struct Steps {
    private let edges: [Double]

    init(_ values: [Double], _ isLogarithmic: Bool) {
      let used = isLogarithmic ? values.filter { $0 > 0 } : values
      guard let least = used.min(), let most = used.max() else {
        edges = values.first.map { [$0, $0] } ?? []
        return
      }
      guard least < most else {
        edges = [least, most]
        return
      }
      edges = (0...5).map { step in
        let share = Double(step) / 5
        return isLogarithmic
          ? .exp(.log(least) * (1 - share) + .log(most) * share) : least * (1 - share) + most * share
      }
    }

    func index(of value: Double) -> Int {
      edges.dropFirst().dropLast().count { $0 <= value }
    }

    var names: [String] {
      guard edges.count > 2 else { return edges.first.map { [NumberText.significant($0)] } ?? [] }
      return zip(edges, edges.dropFirst()).map { "\(NumberText.significant($0))–\(NumberText.significant($1))" }
    }
  }
}
