import RealModule
public import SpectraAnalysis

/// What theory says by itself, as text, JSON or CSV.
public struct TheoryListingReport: Sendable {
  /// The width, the characters and the colours of the text.
  public let style: TextStyle

  /// A report in a style.
  public init(style: TextStyle = TextStyle()) { self.style = style }

  /// For the eye: mean field, the laws' numbers, a strip with the density of each law.
  public func text(of listing: TheoryListing) -> String {
    var canvas = Canvas()
    canvas.add(Self.title(listing.settings, hasFixedPoint: listing.reason == nil), style: style, ink: .title)
    if let reason = listing.reason { canvas.add(reason, style: style, ink: .warning) }
    for failure in listing.failures {
      canvas.add("No law of depth \(failure.depth): \(failure.reason)", style: style, ink: .warning)
    }
    if !listing.quantities.isEmpty {
      canvas.addBlankLine()
      drawQuantities(listing, on: &canvas)
    }
    for map in listing.maps {
      canvas.addBlankLine()
      draw(map, on: &canvas)
    }
    guard !listing.laws.isEmpty else { return canvas.rendered(colour: style.colour) }
    canvas.addBlankLine()
    drawNumbers(listing.laws, on: &canvas)
    canvas.addBlankLine()
    drawQuantiles(listing.laws, on: &canvas)
    canvas.addBlankLine()
    let height = canvas.height
    drawDensities(listing.laws, on: &canvas)
    if canvas.height > height { canvas.addBlankLine() }
    for source in listing.laws.map({ "\($0.prediction.law): \($0.prediction.source)" }).uniqued {
      canvas.add(source, style: style, ink: .faint)
    }
    return canvas.rendered(colour: style.colour)
  }

  /// As JSON, following `docs/spectra.theory.schema.json`.
  ///
  /// - Throws: `EncodingError` where a number is not finite.
  public func json(of listing: TheoryListing) throws -> String { try JSONValue(encoding: listing).pretty }

  /// As a tidy table: one row for each number, `x` the argument of those that are functions.
  public func csv(of listing: TheoryListing) -> String {
    var text = "depth,quantity,x,value\n"
    func row(_ depth: Int?, _ quantity: String, _ x: Double?, _ value: Double?) {
      text += "\(depth.map(String.init) ?? ""),\(quantity),\(CSVReport.field(x)),\(CSVReport.field(value))\n"
    }
    for quantity in listing.quantities { row(nil, quantity.name, nil, quantity.value) }
    for map in listing.maps {
      for (argument, value) in zip(map.arguments, map.values) { row(nil, "\(map.name)_map", argument, value) }
    }
    for law in listing.laws {
      let prediction = law.prediction
      for parameter in prediction.parameters { row(law.depth, parameter.name, nil, parameter.value) }
      row(law.depth, "log_mean_squared", nil, prediction.logMeanSquared)
      row(law.depth, "relative_variance", nil, law.relativeVariance)
      row(law.depth, "mean_log", nil, prediction.meanLog)
      row(law.depth, "variance_log", nil, prediction.varianceLog)
      row(law.depth, "log_lower_edge", nil, law.logLowerEdge)
      row(law.depth, "log_upper_edge", nil, prediction.logUpperEdge)
      for atom in prediction.curve.atoms { row(law.depth, "atom", atom.logSingularValue, atom.weight) }
      for (share, value) in zip(TheoryListing.Law.shares, law.quantiles) { row(law.depth, "quantile", share, value) }
      let curve = prediction.curve
      for (point, density) in zip(curve.logSingularValues, curve.density) { row(law.depth, "density", point, density) }
      for (point, mass) in zip(curve.logSingularValues, curve.cumulative) {
        row(law.depth, "cumulative", point, mass)
      }
    }
    for failure in listing.failures { row(failure.depth, "failed", nil, nil) }
    return text
  }

  // MARK: Parts

  private static func title(_ settings: TheoryListing.Settings, hasFixedPoint: Bool) -> String {
    guard let activation = settings.activation, let weights = settings.weights else {
      return "Residual stacks of small branches: ln σ in natural logarithms."
    }
    let numbers = [("σ_w", settings.sigmaW), ("σ_b", settings.sigmaB)].compactMap { name, value in
      value.map { "\(name) = \(NumberText.significant($0, digits: 8))" }
    }
    let start =
      settings.inputMeanSquare.map { "from an input of mean square \(NumberText.significant($0)) on" }
      ?? (hasFixedPoint ? "at the fixed point q* of the length map" : "layers without a fixed point of lengths")
    return "\(activation), \(weights) weights, \(numbers.joined(separator: ", ")), \(start)."
  }

  private func drawQuantities(_ listing: TheoryListing, on canvas: inout Canvas) {
    let quantities = listing.quantities
    let phase = listing.phase
    let symbols = quantities.map { style.characters($0.symbol) } + (phase == nil ? [] : ["phase"])
    let values =
      quantities.map { $0.value.map { NumberText.significant($0, digits: 10) } ?? "none" } + (phase.map { [$0] } ?? [])
    let width = (symbols.map(\.count).max() ?? 0, values.map(\.count).max() ?? 0)
    for (index, symbol) in symbols.enumerated() {
      let meaning = index < quantities.count ? style.characters(quantities[index].meaning) : ""
      let head = "  \(symbol.padded(to: width.0))  \(values[index].padded(to: width.1))  "
      let line = canvas.height
      canvas.put(head, line: line, column: 0)
      for (offset, text) in wrapped(meaning, width: max(style.width - head.count, 20)).enumerated() {
        canvas.put(text, line: line + offset, column: head.count, ink: .faint)
      }
    }
  }

  private func draw(_ map: TheoryListing.Map, on canvas: inout Canvas) {
    let name = map.name == "length" ? "length map, q to" : "correlation map at q*, c to"
    canvas.add("\(name)", style: style, ink: .faint)
    let room = max(style.width / 12, 3)
    // Every one, every second, …: what keeps the points equally spaced.
    let count = map.arguments.count
    let step = (1...max(count, 1)).first { (count - 1) % $0 == 0 && (count - 1) / $0 + 1 <= room } ?? count
    let indices = stride(from: 0, to: count, by: step)
    let cells = indices.map {
      (
        NumberText.significant(map.arguments[$0]),
        NumberText.significant(map.values[$0], digits: 6, rounding: map.name == "correlation" ? 1e-15 : 0)
      )
    }
    for (row, line) in [cells.map(\.0), cells.map(\.1)].enumerated() {
      let text = line.map { $0.padded(to: 10) }.joined(separator: "  ")
      canvas.put("  " + text, line: canvas.height, column: 0, ink: row == 0 ? .faint : .plain)
    }
  }

  private func drawNumbers(_ laws: [TheoryListing.Law], on canvas: inout Canvas) {
    func numbers(_ title: String, rank: Int, _ value: (TheoryListing.Law) -> String?) -> TextTable.Column {
      TextTable.Column(title: title, rank: rank, cells: laws.map { value($0) ?? "none" })
    }
    func number(_ value: Double?) -> String? { value.map { NumberText.significant($0, digits: 6) } }
    TextTable(columns: [
      names(laws),
      numbers("mean σ²", rank: 0) {
        $0.prediction.logMeanSquared.map { NumberText.significantExp($0, digits: 5) } ?? "0"
      },
      numbers("rel. var σ²", rank: 3) { number($0.relativeVariance) },
      numbers("mean ln σ", rank: 1) {
        $0.prediction.meanLog.map { NumberText.significant($0, digits: 6, rounding: 1e-14) }
      },
      numbers("var ln σ", rank: 0) { number($0.prediction.varianceLog) },
      numbers("ln σ_min", rank: 4) {
        number($0.logLowerEdge) ?? ($0.prediction.curve.logSingularValues.isEmpty ? nil : "-∞")
      },
      numbers("ln σ_max", rank: 0) { number($0.prediction.logUpperEdge) },
      numbers("zeros", rank: 2) { NumberText.percent($0.prediction.curve.zeroMass) },
    ]).draw(on: &canvas, line: canvas.height, style: style)
    // As a column they would take the room of others.
    let names = names(laws)
    for (name, law) in zip(names.cells, laws) {
      let atoms = Self.atoms(law.prediction.curve.atoms)
      guard !atoms.isEmpty else { continue }
      canvas.add("Equal values, \(names.title) \(name): \(atoms)", style: style, hanging: 2)
    }
  }

  /// `28% at ln σ = 0.41, 10% at ln σ = 1`: shares of values other than zeros that are equal.
  private static func atoms(_ atoms: [SpectralCurve.Atom]) -> String {
    atoms.compactMap { atom in
      atom.logSingularValue.map { "\(NumberText.percent(atom.weight)) at ln σ = \(NumberText.significant($0))" }
    }.joined(separator: ", ")
  }

  private func drawQuantiles(_ laws: [TheoryListing.Law], on canvas: inout Canvas) {
    canvas.add("Quantiles of ln σ over values other than zeros", style: style, ink: .faint)
    let ranks = [3, 2, 1, 0, 1, 2, 3]
    let columns = zip(TheoryListing.Law.shares, ranks).map { share, rank in
      TextTable.Column(
        title: NumberText.percent(share), rank: rank,
        cells: laws.map { $0.prediction.curve.quantile(share).map { NumberText.fixed($0, decimals: 4) } ?? "none" })
    }
    TextTable(columns: [names(laws)] + columns).draw(on: &canvas, line: canvas.height, style: style)
  }

  private func names(_ laws: [TheoryListing.Law]) -> TextTable.Column {
    laws.allSatisfy { $0.depth != nil }
      ? TextTable.Column(title: "depth", cells: laws.map { $0.depth.map(String.init) ?? "" })
      : TextTable.Column(
        title: "c",
        cells: laws.map { law in
          law.prediction.parameters.first { $0.name == "c" }.map { NumberText.significant($0.value, digits: 6) }
            ?? "none"
        })
  }

  /// The density of each law as a strip, all on one axis from the lowest 1 % quantile to the highest edge.
  private func drawDensities(_ laws: [TheoryListing.Law], on canvas: inout Canvas) {
    let curves = laws.map(\.prediction.curve)
    let lows = curves.compactMap { $0.quantile(0.01) }
    let highs = laws.compactMap(\.prediction.logUpperEdge)
    guard var low = lows.min(), var high = highs.max() else { return }
    // An atom alone has no extent: half a unit on either side shows where it is.
    if high - low < 1 { (low, high) = (low - 0.5, high + 0.5) }
    guard
      let axis = try? HistogramAxis(
        bins: max(min(style.width - 10, 100), 20), logBase: .e, range: .explicit(lower: low, upper: high))
    else { return }
    canvas.add("Density of ln σ, each law relative to its own highest column", style: style, ink: .faint)
    let levels: [Character] = style.unicode ? ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : [".", ":", "+", "#"]
    let labels = names(laws).cells
    let margin = (labels.map(\.count).max() ?? 0) + 2
    for (label, curve) in zip(labels, curves) {
      let shares = zip(axis.edges, axis.edges.dropFirst()).map { curve.share(from: $0, to: $1) }
      let highest = shares.max() ?? 0
      let strip = shares.map { share -> Character in
        guard share > 1e-9, highest > 0 else { return " " }
        return levels[min(Int((share / highest * Double(levels.count)).rounded(.up)), levels.count) - 1]
      }
      let line = canvas.height
      canvas.put(label, line: line, column: margin - 2 - label.count)
      canvas.put(String(strip.prefix(style.width - margin)), line: line, column: margin, ink: .bar)
    }
    let line = canvas.height
    for tick in axis.ticks(atMost: 6) {
      let column = margin + Int(((tick.value - axis.lower) / axis.binWidth).rounded(.down))
      guard column + tick.text.count <= style.width,
        canvas.isBlank(line: line, columns: column..<column + tick.text.count)
      else { continue }
      canvas.put(tick.text, line: line, column: column, ink: .faint)
    }
  }
}

extension String {
  /// With blanks after it up to a number of characters.
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}
