public import SpectraAnalysis

/// A run for the eye: a histogram with statistics and verdict for every panel, then one line for each.
///
/// All panels share one axis and one vertical scale. Values that have no place on the axis (zeros, values that rounding
/// hides, values outside an explicit range) stand as bars of their own beside it.
public struct TextReport: Report {
  public typealias Style = TextStyle

  /// The width, the characters and the colours.
  public let style: Style

  public init(style: Style = Style()) { self.style = style }

  public func text<Configuration>(of record: RunRecord<Configuration>) -> String {
    var canvas = Canvas()
    draw(record, on: &canvas)
    return canvas.rendered(colour: style.colour)
  }
}

// MARK: - Parts

extension TextReport {
  private func draw<Configuration>(_ record: RunRecord<Configuration>, on canvas: inout Canvas) {
    guard let axis = record.histograms.first?.histogram.axis else {
      canvas.put("The run has no spectra.", line: 0, column: 0)
      return
    }
    let samples = Dictionary(grouping: record.spectra, by: \.panel)
    let spectra = record.spectra.compactMap(\.spectrum)
    // Many layers of a stack are lines of one table; their last one has a panel.
    let stacks = Dictionary(grouping: record.summaries.map(\.panel)) { Stack($0) }
    let shown = record.summaries.indices.filter { index in
      let layers = stacks[Stack(record.summaries[index].panel), default: []]
      return layers.count <= LayersTable.most || record.summaries[index].panel == layers.last
    }
    let theory = (record.theory ?? []).byPanel
    let expected = theory.compactMapValues { theory in
      theory.prediction.map {
        ExpectedShares($0.curve, on: axis, beside: samples[theory.panel, default: []].compactMap(\.spectrum))
      }
    }
    let layout = PanelLayout(
      histograms: shown.map { record.histograms[$0].histogram },
      expected: shown.compactMap { expected[record.summaries[$0].panel] }, axis: axis,
      hasFloor: spectra.allSatisfy { $0.unresolved == 0 || $0.method == .product }, style: style)
    for index in shown {
      let (summary, histogram) = (record.summaries[index], record.histograms[index].histogram)
      let panel = summary.panel
      let twin = PanelNotes.twin(of: panel, among: samples.keys)
      let notes = PanelNotes(
        samples[panel] ?? [], axis: axis, saysMethod: spectra.contains { $0.method == .resolved },
        twin: twin.flatMap { samples[$0] })
      draw(
        summary, histogram, samples[panel] ?? [], notes, layout, theory: theory[panel], expected: expected[panel],
        on: &canvas)
      canvas.addBlankLine()
      let layers = stacks[Stack(panel), default: []]
      if layers.count >= LayersTable.fewest, panel == layers.last {
        let chosen = Set(LayersTable.listed(of: layers))
        let rows = zip(record.summaries, record.histograms).filter { chosen.contains($0.0.panel) }.map {
          LayersTable.Row(
            layer: $0.panel.layer, histogram: $1.histogram,
            logarithms: samples[$0.panel, default: []].compactMap(\.spectrum).flatMap(\.logSingularValues))
        }
        LayersTable(rows: rows, layers: layers.count, style: style).draw(on: &canvas, line: canvas.height)
        canvas.addBlankLine()
      }
    }
    drawLegend(record, layout, on: &canvas)
    if record.summaries.count > 1 {
      canvas.addBlankLine()
      drawTable(record, Set(stacks.values.flatMap { LayersTable.listed(of: $0) }), layout, on: &canvas)
    }
    if let published = record.published, !published.isEmpty {
      canvas.addBlankLine()
      draw(published, on: &canvas)
    }
  }

  /// What the panels of several layers have in common.
  private struct Stack: Hashable {
    let architecture: String
    let depth: Int
    init(_ panel: Panel) { (architecture, depth) = (panel.architecture, panel.depth) }
  }

  private func draw(
    _ summary: Summary, _ histogram: Histogram, _ samples: [SpectrumRecord], _ notes: PanelNotes,
    _ layout: PanelLayout, theory: TheoryRecord?, expected: ExpectedShares?, on canvas: inout Canvas
  ) {
    let spectra = samples.compactMap(\.spectrum)
    drawTitle(summary, samples, on: &canvas)
    if spectra.contains(where: { $0.count > 0 }) {
      let statistics = PanelStatistics(summary, size: spectra.first?.count)
      PanelDrawing(layout: layout, histogram: histogram, statistics: statistics, expected: expected)
        .draw(on: &canvas, line: canvas.height)
    }
    for line in notes.lines { canvas.add(line, style: style, indentation: 2, hanging: 4, ink: .faint) }
    let words = theory.map { TheoryNotes($0, histogram) }
    for (index, line) in (words?.lines ?? []).enumerated() {
      canvas.add(line, style: style, indentation: index == 0 ? 2 : 4, hanging: 4)
    }
    drawFailures(summary, samples, on: &canvas)
    drawVerdict(summary, on: &canvas)
  }

  private func drawFailures(_ summary: Summary, _ samples: [SpectrumRecord], on canvas: inout Canvas) {
    var kinds: [(text: String, samples: [Int])] = []
    for sample in samples where sample.status != .ok {
      let text = Self.verb(sample.status) + (sample.reason.map { ": \($0)" } ?? "")
      if let index = kinds.firstIndex(where: { $0.text == text }) {
        kinds[index].samples.append(sample.sample)
      } else {
        kinds.append((text, [sample.sample]))
      }
    }
    // The verdict itself tells the reason where there is only one.
    let isTold = summary.verdict == nil || summary.verdict == .overflow || summary.verdict == .underflow
    if kinds.count == 1, isTold { return }
    // Three of them show what is wrong.
    for kind in kinds.prefix(3) {
      let numbers = kind.samples.prefix(5).map(\.description).joined(separator: ", ")
      let more = kind.samples.count > 5 ? " and \(kind.samples.count - 5) more" : ""
      let subject = kind.samples.count == 1 ? "sample" : "samples"
      canvas.add("\(subject) \(numbers)\(more) \(kind.text)", style: style, indentation: 2, hanging: 4, ink: .warning)
    }
    if kinds.count > 3 {
      canvas.add("and \(kinds.count - 3) more reasons", style: style, indentation: 2, ink: .warning)
    }
  }

  private func drawTitle(_ summary: Summary, _ samples: [SpectrumRecord], on canvas: inout Canvas) {
    let panel = summary.panel
    let dot = style.unicode ? " · " : ", "
    var title = style.characters(panel.architecture) + "\(dot)depth \(panel.depth)"
    if panel.layer != panel.depth { title += "\(dot)after layer \(panel.layer)" }
    let good = summary.samples - summary.failed
    let of = summary.failed == 0 ? "" : "\(good) of "
    var facts = [of + (summary.samples == 1 ? "1 sample" : "\(summary.samples) samples")]
    if let spectrum = samples.lazy.compactMap(\.spectrum).first {
      facts.insert(style.characters("\(spectrum.rows) × \(spectrum.columns)"), at: 0)
    }
    if let block = samples.first?.block { facts.insert(block, at: 0) }
    // What the title leaves no room for stands under it.
    let room = style.width - title.count - 8
    var shown = facts
    while !shown.isEmpty, shown.joined(separator: dot).count > room { shown.removeFirst() }
    let rest = facts.dropLast(shown.count).joined(separator: dot)
    canvas.addTitle(title, facts: shown.joined(separator: dot), below: rest, style: style)
  }

  private func drawVerdict(_ summary: Summary, on canvas: inout Canvas) {
    let name = summary.verdict?.rawValue ?? "failed"
    let line = canvas.height
    canvas.add("\(name): \(summary.verdictReason)", style: style, indentation: 2, hanging: 4)
    canvas.put(name, line: line, column: 2, ink: Self.ink(summary.verdict))
  }

  private func drawLegend<Configuration>(
    _ record: RunRecord<Configuration>, _ layout: PanelLayout, on canvas: inout Canvas
  ) {
    guard record.summaries.contains(where: { $0.failed < $0.samples }) else { return }
    var parts = ["bars are shares of all singular values σ of all samples"]
    if record.histograms.contains(where: { layout.cutsOff($0.histogram) }) {
      parts[0] += ", ▲ where higher than the scale"
    }
    if (1..<layout.plotWidth).contains(layout.column(of: 0)) { parts.append("┊ marks σ = 1") }
    if record.theory?.contains(where: { $0.prediction != nil }) == true {
      parts.append(
        style.unicode
          ? "_ ─ ¯ mark the share that theory expects, △ where it is higher than the scale"
          : "- and = mark the share that theory expects, ^ where it is higher than the scale")
    }
    if record.theory?.contains(where: { $0.comparison != nil }) == true {
      parts.append(
        "KS: largest distance of the cumulative distributions, p: share of simulated sets at least as far off, z: in "
          + "standard errors")
    }
    if layout.left.contains(where: { $0.label == "0" }) { parts.append("0: exactly zero") }
    let hasResolved = record.spectra.contains { $0.spectrum?.method == .resolved }
    if let floor = layout.left.first(where: { $0.label.hasSuffix("floor") }) {
      parts.append("\(floor.label): lost to rounding, at or below max(m, n) · eps · σ₁")
      // Who asked for products need not know that there is another way.
      if !hasResolved, record.histograms.contains(where: { $0.histogram.unresolved > 0 }) {
        parts[parts.count - 1] += "; --method resolved finds these values"
      }
    }
    if layout.left.contains(where: { $0.label == "hidden" }) { parts.append("hidden: unresolved, lost to rounding") }
    if hasResolved { parts.append("±: estimated error of the least certain value") }
    parts.append("isometry: share of σ within a factor e of 1")
    if record.summaries.contains(where: { $0.samples > 1 }) {
      parts.append(
        "numbers are medians over samples\(layout.statisticsWide ? " [quartiles]" : ""), mean σ² their mean"
          + (layout.statisticsWide ? " ± standard error" : ""))
    }
    canvas.add(parts.joined(separator: "; ") + ".", style: style, ink: .faint)
  }

  private func drawTable<Configuration>(
    _ record: RunRecord<Configuration>, _ listed: Set<Panel>, _ layout: PanelLayout, on canvas: inout Canvas
  ) {
    let rows = record.summaries.indices.filter { listed.contains(record.summaries[$0].panel) }
    let summaries = rows.map { record.summaries[$0] }
    let histograms = rows.map { record.histograms[$0].histogram }
    func numbers(_ title: String, rank: Int, _ text: (Summary) -> String?) -> TextTable.Column {
      TextTable.Column(title: title, rank: rank, cells: summaries.map { text($0) ?? "none" })
    }
    var columns = [
      TextTable.Column(title: "architecture", isText: true, cells: summaries.map(\.panel.architecture)),
      numbers("depth", rank: 0) { "\($0.panel.depth)" },
    ]
    if summaries.contains(where: { $0.panel.layer != $0.panel.depth }) {
      columns.append(numbers("layer", rank: 0) { "\($0.panel.layer)" })
    }
    columns += [
      numbers("mean σ²", rank: 0) { $0[.meanSquared].mean.map { NumberText.significant($0) } },
      numbers("med. ln σ", rank: 0) { $0[.medianLog].median.map(PanelStatistics.logarithm) },
      numbers("std ln σ", rank: 3) { $0[.standardDeviationLog].median.map(PanelStatistics.logarithm) },
      numbers("condition", rank: 5) { $0[.logConditionNumber].median.map { NumberText.significantExp($0) } },
      numbers("isometry", rank: 1) { $0[.isometryFraction].median.map(NumberText.percent) },
      numbers("eff. rank", rank: 6) { $0[.effectiveRank].median.map { NumberText.fixed($0, decimals: 1) } },
    ]
    columns += TextTable.Column.shares("0", rank: 4, of: histograms, \.zeros)
    // Where values are lost, a median over those that are left means little without their share.
    columns += TextTable.Column.shares(layout.hiddenLabel, rank: 2, of: histograms, \.unresolved)
    let distances = (record.theory ?? []).byPanel.compactMapValues(\.comparison)
    if !distances.isEmpty {
      columns.append(
        numbers("KS", rank: 2) { distances[$0.panel].map { NumberText.significant($0.distance, digits: 2) } })
    }
    if distances.values.contains(where: { $0.pValue != nil }) {
      columns.append(
        numbers("p", rank: 3) { distances[$0.panel]?.pValue.map { NumberText.significant($0, digits: 2) } })
    }
    if summaries.contains(where: { $0.failed > 0 }) { columns.append(numbers("failed", rank: 0) { "\($0.failed)" }) }
    columns.append(
      TextTable.Column(
        title: "verdict", isText: true, cells: summaries.map { $0.verdict?.rawValue ?? "failed" },
        inks: summaries.map { Self.ink($0.verdict) }))
    TextTable(columns: columns).draw(on: &canvas, line: canvas.height, style: style)
  }

  private func draw(_ published: [Published], on canvas: inout Canvas) {
    let marks = published.map { style.unicode ? ($0.agrees ? "✓" : "✗") : ($0.agrees ? "yes" : "NO") }
    TextTable(columns: [
      TextTable.Column(title: "quantity", isText: true, cells: published.map(\.quantity)),
      TextTable.Column(title: "architecture", isText: true, cells: published.map(\.architecture)),
      TextTable.Column(title: "depth", cells: published.map { "\($0.depth)" }),
      TextTable.Column(title: "published", cells: published.map { Self.asPublished($0.published) }),
      TextTable.Column(title: "measured", cells: published.map { $0.measured.map(Self.asPublished) ?? "none" }),
      TextTable.Column(title: "agrees", isText: true, cells: marks, inks: published.map { $0.agrees ? .good : .bad }),
    ]).draw(on: &canvas, line: canvas.height, style: style)
  }

  // MARK: Words

  private static func verb(_ status: SpectrumRecord.Status) -> String {
    switch status {
    case .ok: "succeeded"
    case .overflow: "overflowed"
    case .underflow: "underflowed"
    case .failed: "failed"
    }
  }

  private static func ink(_ verdict: Verdict?) -> Ink {
    switch verdict {
    case .isometric, .nearIsometric: .good
    case .spread: .warning
    default: .bad
    }
  }

  /// Papers print three decimals, and a vanishing number as 0.000.
  private static func asPublished(_ value: Double) -> String {
    abs(value) < 1e6 ? NumberText.fixed(value, decimals: 3) : NumberText.significant(value, digits: 4)
  }
}
