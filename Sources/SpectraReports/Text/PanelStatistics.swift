import SpectraAnalysis

/// The numbers beside a histogram.
struct PanelStatistics {
  /// One number: its name, its value, and its spread over the samples where there are several.
  struct Entry {
    let name: String
    let value: String
    let spread: String
  }

  let entries: [Entry]

  /// The widest entry without and with its spread; layouts reserve them whatever the numbers are.
  static let narrowWidth = 21
  static let wideWidth = 40
  static let nameWidth = 11
  static let valueWidth = 10

  init(_ summary: Summary, size: Int?) {
    func entry(
      _ name: String, _ statistic: Statistic, suffix: String = "", _ text: (Double) -> String
    ) -> Entry {
      let distribution = summary[statistic]
      let value = statistic == .meanSquared ? distribution.mean : distribution.median
      var spread = ""
      if distribution.count > 1 {
        if statistic == .meanSquared {
          spread = distribution.standardError.map { "± \(NumberText.significant($0, digits: 2))" } ?? ""
        } else if let lower = distribution.lowerQuartile, let upper = distribution.upperQuartile {
          spread = "[\(text(lower)), \(text(upper))]"
        }
      }
      return Entry(name: name, value: value.map { text($0) + suffix } ?? "none", spread: spread)
    }
    entries = [
      entry("mean σ²", .meanSquared) { NumberText.significant($0) },
      entry("median ln σ", .medianLog, Self.logarithm),
      entry("std ln σ", .standardDeviationLog, Self.logarithm),
      entry("condition", .logConditionNumber) { NumberText.significantExp($0) },
      entry("isometry", .isometryFraction, NumberText.percent),
      entry("eff. rank", .effectiveRank, suffix: size.map { "/\($0)" } ?? "") {
        NumberText.fixed($0, decimals: $0 < 1000 ? 1 : 0)
      },
    ]
  }

  /// A logarithm or a difference of logarithms, to three decimals: finer is below what a histogram shows.
  static func logarithm(_ value: Double) -> String { NumberText.fixed(value, decimals: abs(value) < 10 ? 3 : 2) }

  /// Draws the entries one below the other, from a line and a column on.
  func draw(on canvas: inout Canvas, line: Int, column: Int, wide: Bool, style: TextStyle) {
    for (row, entry) in entries.enumerated() {
      draw(entry, on: &canvas, line: line + row, column: column, style: style)
      if wide {
        let spreadColumn = column + Self.narrowWidth + 1
        canvas.put(style.characters(entry.spread), line: line + row, column: spreadColumn, ink: .faint)
      }
    }
  }

  /// Draws the entries side by side in as many columns as the width has room for; returns the number of lines.
  func drawGrid(on canvas: inout Canvas, line: Int, column: Int, style: TextStyle) -> Int {
    let gap = 3
    let across = Swift.max((style.width - column + gap) / (Self.narrowWidth + gap), 1)
    let rows = (entries.count + across - 1) / across
    for (index, entry) in entries.enumerated() {
      // Down first, so that what belongs together stands together.
      let left = column + index / rows * (Self.narrowWidth + gap)
      draw(entry, on: &canvas, line: line + index % rows, column: left, style: style)
    }
    return rows
  }

  private func draw(_ entry: Entry, on canvas: inout Canvas, line: Int, column: Int, style: TextStyle) {
    canvas.put(style.characters(entry.name), line: line, column: column, ink: .faint)
    let value = style.characters(entry.value)
    canvas.put(value, line: line, column: column + Self.narrowWidth - value.count)
  }
}
