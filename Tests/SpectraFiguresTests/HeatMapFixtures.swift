import RealModule

@testable import SpectraFigures

/// Heat maps written by hand.
enum HeatMapFixtures {
  /// x²/(1 + y) over unequally spaced axes, one cell without a number, the line where it is 1, and three marks.
  static func phases(columns: Int = 24, rows: Int = 16) throws -> HeatMap {
    let x = (0..<columns).map { 0.5 + 2 * .pow(Double($0) / Double(columns - 1), 1.5) }
    let y = (0..<rows).map { 2 * Double($0) / Double(rows - 1) }
    var cells: [[Double?]] = y.map { y in x.map { $0 * $0 / (1 + y) } }
    cells[rows - 1][0] = nil
    let line = (0..<80).map { HeatMap.Point(x: (1 + 0.05 * Double($0)).squareRoot(), y: 0.05 * Double($0)) }
    return try HeatMap(
      x: .init(name: "σ_w", values: x), y: .init(name: "σ_b", values: y), quantity: "χ₁", cells: cells,
      scale: .diverging(about: 1, isLogarithmic: true),
      lines: [
        .init(name: "critical line", points: line),
        .init(name: "σ_w = 2", points: [.init(x: 2, y: -1), .init(x: 2, y: 5)]),
      ],
      marks: [
        .init(at: .init(x: 1, y: 0.5), value: 0.7, note: "10 samples"), .init(at: .init(x: 2.2, y: 0.3), value: 3.5),
        .init(at: .init(x: 1.6, y: 1.5), value: nil),
      ], markName: "measured")
  }

  /// The same plane on a scale of one direction.
  static func sequential(columns: Int, rows: Int) throws -> HeatMap {
    let map = try phases(columns: columns, rows: rows)
    return try HeatMap(
      x: map.x, y: map.y, quantity: "ξ", cells: map.cells.map { $0.map { $0.map { .exp($0) } } }, scale: .logarithmic,
      lines: [map.lines[0]])
  }
}
