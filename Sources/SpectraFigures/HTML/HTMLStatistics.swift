import RealModule
import SpectraAnalysis

/// The table of statistics: a row for each panel of the runs.
struct HTMLStatistics {
  private let rows: [Row]
  private let columns: [Column]

  /// What the samples of one panel say.
  private struct Row {
    let summary: Summary
    let spectra: [Spectrum]

    /// A number of values as a share of those of all samples.
    func share(_ count: (Spectrum) -> Int) -> Double {
      let all = spectra.reduce(0) { $0 + $1.count }
      return all > 0 ? Double(spectra.reduce(0) { $0 + count($1) }) / Double(all) : 0
    }
  }

  /// A column.
  private struct Column {
    let title: String
    var kind = HTMLColumnKind.number
    let cell: (Row) -> Cell
  }

  /// What stands in a cell, as markup.
  private struct Cell {
    /// The main number or word.
    var main: String
    /// What stands below it in faint letters.
    var beside = ""
    /// What rows are sorted by; empty for what is not there, nil for the main text.
    var order: String?
  }

  init(_ figure: Figure) {
    let measured = PanelSamples(figure.runs.flatMap(\.spectra))
    rows = figure.summaries.map { summary in
      Row(summary: summary, spectra: measured[summary.panel].compactMap(\.spectrum))
    }
    columns = Self.columns(rows)
  }

  /// Writes heading, table and what its numbers are.
  func write(on page: inout HTMLDocument) {
    page.table(
      "statistics", title: "Statistics", columns: columns.map { ($0.title, $0.kind) }, rows: rows,
      notes: [
        """
        Mean σ² is the mean over samples ± its standard error; the other numbers are medians over samples, with quartiles \
        in brackets. All but mean σ² and isometry speak of values that are neither zero nor lost to rounding.
        """
      ], write)
  }

  private func write(_ row: Row, _ page: inout HTMLDocument) {
    page.element("tr") { page in
      for (index, column) in columns.enumerated() {
        let cell = column.cell(row)
        let kind = column.kind.rawValue
        let content = cell.main + (cell.beside.isEmpty ? "" : "<span class=\"beside\">\(cell.beside)</span>")
        if index == 0 {
          page.element("th", ["scope": "row", "class": kind]) { $0.append(content) }
        } else if let order = cell.order {
          page.element("td", ["class": kind, "data-order": order]) { $0.append(content) }
        } else {
          page.element("td", ["class": kind]) { $0.append(content) }
        }
      }
    }
  }
}

// MARK: - Columns

extension HTMLStatistics {
  /// All columns that some row has something for.
  private static func columns(_ rows: [Row]) -> [Column] {
    var columns = [Column(title: "architecture", kind: .short) { Cell(main: breakable($0.summary.panel.architecture)) }]
    columns.append(Column(title: "depth") { whole($0.summary.panel.depth) })
    if rows.contains(where: { $0.summary.panel.layer != $0.summary.panel.depth }) {
      columns.append(Column(title: "layer") { whole($0.summary.panel.layer) })
    }
    columns += [
      Column(title: "samples") { row in
        let failed = row.summary.failed
        return Cell(
          main: "\(row.summary.samples)", beside: failed > 0 ? "\(failed) failed" : "", order: "\(row.summary.samples)")
      },
      Column(title: "verdict", kind: .sentence) { row in
        Cell(
          main: row.summary.verdict?.rawValue ?? "none", beside: breakable(row.summary.verdictReason),
          order: row.summary.verdict?.rawValue ?? "")
      },
      Column(title: "mean σ²") { row in
        let distribution = row.summary[.meanSquared]
        let error = distribution.count > 1 ? distribution.standardError : nil
        return Cell(
          main: distribution.mean.map { NumberText.significant($0) } ?? "none",
          beside: error.map { "± \(NumberText.significant($0, digits: 2))" } ?? "", order: order(distribution.mean))
      },
      statistic("median ln σ", .medianLog, logarithm), statistic("std ln σ", .standardDeviationLog, logarithm),
      statistic("condition", .logConditionNumber, power), statistic("isometry", .isometryFraction, percent),
      Column(title: "effective rank") { row in
        let sizes = Set(row.spectra.map(\.count))
        let size = sizes.count == 1 ? sizes.first.map { " / \($0)" } ?? "" : ""
        return cell(row.summary[.effectiveRank], suffix: size) {
          NumberText.fixed($0, decimals: $0 < 1000 ? 1 : 0)
        }
      },
    ]
    for (title, count) in [("zero", \Spectrum.zeros), ("lost to rounding", \Spectrum.unresolved)]
    where rows.contains(where: { $0.share { $0[keyPath: count] } > 0 }) {
      columns.append(
        Column(title: title) { row in
          let share = row.share { $0[keyPath: count] }
          return row.spectra.isEmpty ? Cell(main: "none", order: "") : Cell(main: percent(share), order: order(share))
        })
    }
    columns.append(Column(title: "method", kind: .short, cell: method))
    return columns
  }

  /// A column of medians with quartiles.
  private static func statistic(
    _ title: String, _ statistic: Statistic, _ text: @escaping (Double) -> String
  ) -> Column {
    Column(title: title) { cell($0.summary[statistic], text) }
  }

  private static func cell(_ distribution: Distribution, suffix: String = "", _ text: (Double) -> String) -> Cell {
    guard let median = distribution.median else { return Cell(main: "none", order: "") }
    var spread = ""
    // Quartiles that read like the median say nothing.
    if distribution.count > 1, let lower = distribution.lowerQuartile, let upper = distribution.upperQuartile,
      Set([lower, median, upper].map(text)).count > 1
    {
      spread = "[\(text(lower)), \(text(upper))]"
    }
    return Cell(main: text(median) + suffix, beside: spread, order: order(median))
  }

  /// How the values were found, and the error of the least certain one of all samples.
  private static func method(_ row: Row) -> Cell {
    guard !row.spectra.isEmpty else { return Cell(main: "none", order: "") }
    let resolved = row.spectra.count { $0.method == .resolved }
    let name =
      resolved == 0
      ? "product" : resolved == row.spectra.count ? "resolved" : "\(resolved) of \(row.spectra.count) resolved"
    guard let error = row.spectra.compactMap(\.logError).max() else { return Cell(main: name, order: name) }
    // An estimate of the first order says no more than that.
    let text = error > 1 ? "above 1" : NumberText.significant(error, digits: 2)
    return Cell(main: name, beside: error > 1 ? "ln σ uncertain: error \(text)" : "ln σ ± \(text)", order: name)
  }

  // MARK: Words and numbers, as markup

  private static func whole(_ number: Int) -> Cell { Cell(main: "\(number)") }

  private static func order(_ value: Double?) -> String { value.map { NumberText.significant($0, digits: 6) } ?? "" }

  private static func breakable(_ text: String) -> String {
    var document = HTMLDocument()
    document.breakable(text)
    return document.body
  }

  /// To three decimals: finer is below what a histogram shows.
  private static func logarithm(_ value: Double) -> String {
    NumberText.fixed(value, decimals: abs(value) < 10 ? 3 : 2)
  }

  private static func percent(_ share: Double) -> String { SVGDocument.escaped(NumberText.percent(share)) }

  /// exp(`logarithm`), from 10⁴ on as a power of ten: condition numbers have any exponent.
  private static func power(_ logarithm: Double) -> String {
    let exponent = logarithm / .log(10)
    return exponent < 4
      ? NumberText.significant(.exp(logarithm)) : "10<sup>\(NumberText.fixed(exponent, decimals: 1))</sup>"
  }
}
