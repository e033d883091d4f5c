import SpectraAnalysis

/// How the spectra of one stack change from layer to layer: a line for each layer, with its histogram seen from above.
struct LayersTable {
  /// From this number of layers on there is a table; with more than `most` of them, it stands instead of the panels of
  /// the inner ones.
  static let fewest = 3
  static let most = 4
  /// The most lines for one stack, in this table and in that of verdicts; files have all layers.
  static let longest = 40

  /// The layers that have lines: all, or some at equal distances, the first and the last among them.
  static func listed<Layer>(of layers: [Layer]) -> [Layer] { layers.evenly(atMost: longest) }

  /// One layer.
  struct Row {
    let layer: Int
    let histogram: Histogram
    /// ln σ of the live values of all samples.
    let logarithms: [Double]
  }

  let rows: [Row]
  /// Of all layers that were measured.
  let layers: Int
  let style: TextStyle

  /// The column titles are drawn from `line` on.
  func draw(on canvas: inout Canvas, line: Int) {
    guard let axis = rows.first?.histogram.axis else { return }
    // Ordinary columns take sixty; what the strip leaves of wide lines is better than a wider strip.
    let room = Swift.max(style.width - 60, 12)
    let binsPerColumn = Swift.max((axis.bins + room - 1) / room, 1)
    let shares = rows.map { Self.shares($0.histogram, binsPerColumn: binsPerColumn) }
    let highest = shares.joined().max() ?? 0
    let guide = Int(((0 - axis.lower) / (axis.binWidth * Double(binsPerColumn)) + 1e-6).rounded(.down))
    let strips = shares.map { strip($0, highest: highest, guide: guide) }

    let name = axis.logBase == .ten ? "log10 σ" : "ln σ"
    let ends = "\(NumberText.shortest(axis.lower)) to \(NumberText.shortest(axis.upper))"
    let title = ends.count <= (strips.first?.count ?? 0) ? ends : ""
    let quantiles = rows.map { Distribution($0.logarithms.map { $0 / axis.logBase.naturalLog }) }
    func column(_ title: String, rank: Int, _ value: (Distribution) -> Double?) -> TextTable.Column {
      TextTable.Column(
        title: title, rank: rank,
        cells: quantiles.map { value($0).map { NumberText.fixed($0, decimals: abs($0) < 10 ? 2 : 1) } ?? "none" })
    }
    let columns =
      [
        TextTable.Column(title: "layer", cells: rows.map { "\($0.layer)" }),
        TextTable.Column(
          title: title + String(repeating: " ", count: Swift.max((strips.first?.count ?? 0) - title.count, 0)),
          cells: strips, inks: rows.map { _ in .bar }),
        column("min", rank: 0, \.minimum), column("25%", rank: 3, \.lowerQuartile),
        column("median", rank: 0, \.median), column("75%", rank: 3, \.upperQuartile),
        column("max", rank: 0, \.maximum),
      ] + TextTable.Column.shares("0", rank: 1, of: rows.map(\.histogram), \.zeros)
      + TextTable.Column.shares("hidden", rank: 1, of: rows.map(\.histogram), \.unresolved)
    let which = rows.count == layers ? "each layer" : "\(rows.count) of \(layers) layers"
    canvas.put(style.characters("\(name) of all samples after \(which)"), line: line, column: 0, ink: .faint)
    TextTable(columns: columns).draw(on: &canvas, line: line + 1, style: style)
  }

  private func strip(_ shares: [Double], highest: Double, guide: Int) -> String {
    let levels: [Character] = style.unicode ? ["░", "▒", "▓", "█"] : [".", ":", "+", "#"]
    return shares.enumerated().reduce(into: "") { text, entry in
      if entry.element > 0, highest > 0 {
        // The root shows tails beside a first layer in which all values are close together.
        let level = ((entry.element / highest).squareRoot() * Double(levels.count)).rounded(.up)
        text.append(levels[Swift.min(Swift.max(Int(level), 1), levels.count) - 1])
      } else {
        text.append(entry.offset == guide ? (style.unicode ? "┊" : "|") : " ")
      }
    }
  }

  private static func shares(_ histogram: Histogram, binsPerColumn: Int) -> [Double] {
    let values = histogram.values
    return stride(from: 0, to: histogram.counts.count, by: binsPerColumn).map { first in
      let count = histogram.counts[first..<Swift.min(first + binsPerColumn, histogram.counts.count)].reduce(0, +)
      return values > 0 ? Double(count) / Double(values) : 0
    }
  }
}
