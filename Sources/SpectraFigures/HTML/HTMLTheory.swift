import SpectraAnalysis
internal import SpectraReports

/// The table of laws: a row for each panel that theory was asked of.
struct HTMLTheory {
  private let records: [TheoryRecord]
  private let depthsVary, layersVary: Bool

  init(_ figure: Figure) {
    let theory = figure.runs.flatMap(\.theory).byPanel
    records = figure.summaries.compactMap { theory[$0.panel] }
    depthsVary = Set(records.map(\.panel.depth)).count > 1
    layersVary = records.contains { $0.panel.layer != $0.panel.depth }
  }

  /// A column: its title, whether it holds numbers, and what stands in a row of it.
  private typealias Column = (title: String, isNumber: Bool, cell: (TheoryRecord) -> String?)

  private var columns: [Column] {
    var columns: [Column] = [("architecture", false, { $0.panel.architecture })]
    if depthsVary { columns.append(("depth", true, { "\($0.panel.depth)" })) }
    if layersVary { columns.append(("layer", true, { "\($0.panel.layer)" })) }
    columns += [
      ("theory", false, { $0.prediction?.name ?? $0.reason }),
      ("KS distance", true, { $0.comparison.map { Self.number($0.distance) } }),
      ("p", true, { $0.comparison?.pValue.map { NumberText.significant($0, digits: 2) } }),
      ("mean σ²", true, { $0.comparison?.meanSquared.map(Self.number) }),
      (
        "theory", true,
        { $0.prediction.map { $0.logMeanSquared.map { NumberText.significantExp($0, digits: 3) } ?? "0" } }
      ),
      ("z", true, { $0.comparison?.zScore.map { NumberText.significant($0, digits: 2) } }),
      ("variance of ln σ", true, { $0.comparison?.varianceLog.map(Self.number) }),
      ("theory", true, { $0.prediction?.varianceLog.map(Self.number) }),
      ("largest ln σ", true, { $0.comparison?.logUpperEdge.map(Self.number) }),
      ("theory", true, { $0.prediction?.logUpperEdge.map(Self.number) }),
      ("zeros in theory", true, { $0.prediction.map { NumberText.percent(min($0.curve.zeroMass, 1)) } }),
    ]
    return columns
  }

  private static func number(_ value: Double) -> String { NumberText.significant(value) }

  /// Writes heading, table and what its numbers are; nothing where theory was not asked.
  func write(on page: inout HTMLDocument) {
    guard !records.isEmpty else { return }
    page.table(
      "theory", title: "Theory beside measurement",
      columns: columns.map { ($0.title, $0.isNumber ? .number : .sentence) }, rows: records,
      notes: [
        """
        KS distance: the largest distance of the cumulative distributions of ln σ, all samples together. p: the share of \
        simulated sets of the law's own matrices that are at least as far from it. z: the distance of the means of σ² in \
        standard errors. Logarithms are natural.
        """
      ] + sources, write)
  }

  private func write(_ record: TheoryRecord, _ page: inout HTMLDocument) {
    page.element("tr") { page in
      for (index, column) in columns.enumerated() {
        let kind = column.isNumber ? "number" : "sentence"
        let text = column.cell(record)
        if index == 0 {
          page.element("th", ["scope": "row", "class": "short"]) { $0.breakable(text ?? "") }
        } else if let text {
          page.element("td", ["class": kind]) { $0.breakable(text) }
        } else {
          page.element("td", ["class": kind, "data-order": ""], text: "none")
        }
      }
    }
  }

  /// Where the laws come from, and which of their numbers were fitted.
  private var sources: [String] {
    records.compactMap(\.prediction).flatMap { law in
      ["\(law.law): \(law.source)"] + (law.fitted.map { ["\(law.law): \($0)"] } ?? [])
    }.uniqued
  }
}
