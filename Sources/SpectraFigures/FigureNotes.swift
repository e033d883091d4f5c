import SpectraAnalysis

extension Figure.Content {
  /// Sentences that explain the marks that are there.
  ///
  /// - Parameters:
  ///   - theory: what laws say of the panels.
  ///   - leftOut: how many of how many layers are drawn, where that is not all.
  ///   - series: the number of series that are names and not depths or layers.
  func notes(
    of measured: PanelSamples, _ theory: [Panel: TheoryRecord], leftOut: (drawn: Int, of: Int)?, series: Int
  ) -> [String] {
    var notes: [String] = []
    switch self {
    case .histograms(let figure):
      notes += Self.notes(of: figure.gutters, on: figure.axis, measured)
      let shares = figure.panels.flatMap { panel in
        panel.series.flatMap { series in
          series.histogram.shares + figure.gutters.map { series.histogram.share(of: $0.count(series.histogram)) }
        }
      }
      if shares.contains(where: figure.isCut) { notes.append("▲ goes on above the scale.") }
      let noise = figure.panels.flatMap(\.series).compactMap(\.noise)
      let values = measured.panels.flatMap { measured[$0] }.compactMap(\.spectrum).reduce(0) {
        $0 + $1.unresolvedLogSingularValues.count
      }
      if !noise.isEmpty, values > 0 {
        let beyond = values - noise.joined().reduce(0, +)
        let missing = beyond > 0 ? " (\(beyond) of \(values) are beyond the axis)" : ""
        notes.append("Dotted: where the dense Jacobian puts values that rounding hides, noise\(missing).")
      }
      if let leftOut { notes.append("\(leftOut.drawn) of \(leftOut.of) layers are drawn.") }
    case .ridgeline(let figure):
      notes += Self.notes(of: figure.gutters, on: figure.axis, measured)
      if figure.panels.flatMap(\.ridges).flatMap(\.histogram.shares).contains(where: figure.isCut) {
        notes.append("Ridges are cut off at \(NumberText.percent(figure.fullShare)).")
      }
      if let panel = figure.panels.first(where: { $0.ridges.count < $0.layers }) {
        notes.append("\(panel.ridges.count) of \(panel.layers) layers are drawn.")
      }
    case .bands(let figure):
      let wide = figure.outer == 0...1 ? "smallest to largest sample" : "5 % to 95 %"
      let line = figure.outer == 0...1 ? "median over samples" : "median of live values"
      let hasBands = figure.panels.contains { $0.series.contains { $0.points.contains { $0.count > 1 } } }
      notes.append("Line: \(line)\(hasBands ? "; bands: quartiles and \(wide)" : "").")
      let points = figure.panels.flatMap(\.series).flatMap(\.points)
      if points.contains(where: { ($0.zeros ?? 0) + ($0.unresolved ?? 0) > 0 }) {
        notes.append("Below: the shares of all σ that are zero and that are lost to rounding.")
      }
      notes += figure.limits
    case .heatMap(let map): notes += map.notes
    }
    if series > Palette.mostSeries {
      notes.append("Some of \(series) series look alike; another facet, or fewer of them, tells them apart.")
    }
    return notes + Self.notes(of: theory, measured.panels) + Self.failures(in: measured)
  }

  /// From this number of laws on their distances are given together.
  private static let mostLaws = 6

  /// The laws with their distances, and why there is none; nothing where theory was not asked.
  private static func notes(of theory: [Panel: TheoryRecord], _ panels: [Panel]) -> [String] {
    let records = panels.compactMap { theory[$0] }
    let isOne = panels.count == 1
    func name(_ panel: Panel) -> String {
      let same = panels.filter { $0.architecture == panel.architecture }
      var parts = [panel.architecture]
      if Set(same.map(\.depth)).count > 1 { parts.append("depth \(panel.depth)") }
      if Set(same.map(\.layer)).count > 1, panel.layer != panel.depth { parts.append("layer \(panel.layer)") }
      return parts.joined(separator: ", ")
    }
    let laws = records.compactMap { record in record.prediction.map { (record: record, law: $0) } }
    var notes: [String] = []
    if laws.count > mostLaws {
      let found = laws.compactMap(\.record.comparison)
      let (distances, values) = (found.map(\.distance), found.compactMap(\.pValue))
      var text = "Theory covers \(laws.count) of \(panels.count) spectra"
      if let least = distances.min(), let most = distances.max() {
        text +=
          "; KS distances \(NumberText.significant(least, digits: 2)) to \(NumberText.significant(most, digits: 2))"
      }
      if let least = values.min() { text += ", smallest p = \(NumberText.significant(least, digits: 2))" }
      notes.append(text + ".")
    } else {
      notes += laws.map { record, law in
        let distance = record.comparison.map { "; \($0.summary)" } ?? ""
        return "Theory\(isOne ? "" : " (\(name(record.panel)))"): \(law.name)\(distance)."
          + (law.fitted.map { " \($0)" } ?? "")
      }
    }
    // One sentence for all panels that have the same reason.
    let without = records.filter { $0.prediction == nil && $0.reason != nil }
    for reason in without.compactMap(\.reason).uniqued {
      let names = without.filter { $0.reason == reason }.map { name($0.panel) }
      let few = names.count > 4 ? "\(names.count) spectra" : names.joined(separator: "; ")
      notes.append("No theory\(isOne ? "" : " (\(few))"): \(reason)")
    }
    return notes
  }

  /// How many samples are missing, and why the first one is; nothing where no sample has a spectrum, which panels say.
  private static func failures(in measured: PanelSamples) -> [String] {
    let records = measured.panels.flatMap { measured[$0] }
    let failed = records.filter { $0.spectrum == nil }
    guard !failed.isEmpty, failed.count < records.count else { return [] }
    let reason = failed.lazy.compactMap(\.reason).first
    return ["No spectrum in \(failed.count) of \(records.count) samples\(reason.map { ": \($0)" } ?? ".")"]
  }

  private static func notes(
    of gutters: [HistogramFigure.Gutter], on axis: HistogramAxis, _ measured: PanelSamples
  ) -> [String] {
    let spectra = measured.panels.flatMap { measured[$0] }.compactMap(\.spectrum)
    return gutters.compactMap { gutter in
      switch gutter {
      case .zeros: "0: exactly zero."
      case .floor: "≤ floor: lost to the rounding of a dense Jacobian."
      case .hidden: "hidden: lost to rounding."
      case .underflow:
        spectra.compactMap(\.logSingularValues.last).min().map {
          "\(gutter.label(axis)): σ down to \(NumberText.significantExp($0))."
        }
      case .overflow:
        spectra.compactMap(\.logSingularValues.first).max().map {
          "\(gutter.label(axis)): σ up to \(NumberText.significantExp($0))."
        }
      }
    }
  }
}

extension BandFigure {
  /// What the scales have no room for.
  fileprivate var limits: [String] {
    var (isCut, isMissing) = (false, false)
    for panel in panels {
      for point in panel.series.flatMap(\.points) {
        for value in [point.low, point.high].compactMap({ $0 }) {
          if let place = panel.y.position(value) {
            isCut = isCut || !(-1e-9...1 + 1e-9).contains(place)
          } else {
            isMissing = true
          }
        }
      }
    }
    return [
      isCut ? "Lines and bands go on beyond the scale where they reach its ends." : nil,
      isMissing ? "Numbers of 0 and below have no place on a logarithmic scale." : nil,
    ].compactMap { $0 }
  }
}
