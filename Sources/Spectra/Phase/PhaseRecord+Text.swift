extension PhaseRecord {
  /// The diagram for the eye: a field of characters with the critical line upon it, points of that line, and a table of what was
  /// measured.
  public func text(_ quantity: PhaseQuantity = .chi, style: TextStyle = TextStyle()) -> String {
    var parts = [
      style.paragraph("\(settings.activation.description): \(quantity.meaning)") + "\n",
      heatMap(quantity).text(style: style), style.paragraph(Self.convention) + "\n",
    ]
    if !diagram.criticalLine.isEmpty { parts.append(criticalTable(style)) }
    if !measurements.isEmpty { parts.append(measuredTable(style)) }
    return parts.joined(separator: "\n")
  }

  private static let convention =
    "Weights have the variance σ_w²/N and biases σ_b², both axes are standard deviations; ξ is in layers, logarithms are natural. "
    + "Theory: Poole et al. 2016, Schoenholz et al. 2017."

  private func heatMap(_ quantity: PhaseQuantity) -> TextHeatMap {
    let unbounded = TextHeatMap.Cell.kind(2)
    let cells = diagram.cells.map { cell -> TextHeatMap.Cell in
      if cell.phase == .unbounded { return unbounded }
      if quantity == .phase { return cell.phase == .chaotic ? .kind(1) : cell.phase == .ordered ? .kind(0) : .none }
      return cell[quantity].map { .number($0) } ?? .none
    }
    let columns = diagram.sigmaW.count
    return TextHeatMap(
      x: ("σ_w", diagram.sigmaW), y: ("σ_b", diagram.sigmaB),
      cells: diagram.sigmaB.indices.map { Array(cells[$0 * columns..<($0 + 1) * columns]) },
      kinds: ["ordered", "chaotic", "unbounded: variances grow for ever"],
      isLogarithmic: ![.c, .phase].contains(quantity),
      line: diagram.criticalLine.map { ($0.sigmaW, $0.sigmaB) }, lineName: "critical: χ₁ = 1")
  }

  /// Some points of the critical line, with the squares that papers give.
  private func criticalTable(_ style: TextStyle) -> String {
    let points = diagram.criticalLine.evenly(atMost: 8)
    func numbers(_ title: String, _ value: (PhaseDiagram.CriticalPoint) -> Double) -> TextTable.Column {
      TextTable.Column(title: title, cells: points.map { NumberText.significant(value($0), digits: 5) })
    }
    return TextTable(columns: [
      numbers("critical σ_w", \.sigmaW), numbers("σ_b", \.sigmaB), numbers("σ_w²") { $0.sigmaW * $0.sigmaW },
      numbers("σ_b²") { $0.sigmaB * $0.sigmaB },
    ]).text(style: style)
  }

  private func measuredTable(_ style: TextStyle) -> String {
    func numbers(
      _ title: String, rank: Int = 0, _ value: (PhaseMeasurement) -> Double?,
      text: (Double) -> String = { NumberText.significant($0, digits: 4) }
    ) -> TextTable.Column {
      TextTable.Column(title: title, rank: rank, cells: measurements.map { value($0).map(text) ?? "none" })
    }
    let head =
      "Measured: \(settings.samples) \(settings.samples == 1 ? "network" : "networks") of \(settings.depth) \(settings.depth == 1 ? "layer" : "layers") × \(settings.width) "
      + "at each point, inputs N(0, 1); χ = (mean σ²)^(1/\(settings.depth)), theory its value over these layers at infinite width."
    let table = TextTable(columns: [
      numbers("σ_w", \.sigmaW), numbers("σ_b", \.sigmaB), numbers("theory χ", \.predictedChi),
      numbers("measured χ", \.chi),
      numbers("± s.e.", rank: 2, \.chiStandardError) { NumberText.significant($0, digits: 2) },
      numbers("med. ln σ", rank: 3, \.medianLog) { NumberText.fixed($0, decimals: 2) },
      TextTable.Column(
        title: "verdict", isText: true, rank: 1, cells: measurements.map { $0.verdict?.rawValue ?? "failed" }),
    ]).text(style: style)
    return style.paragraph(head) + "\n\n" + table
  }

  /// The diagram as a tidy table: a row for each point and quantity, an empty field where there is no number; `kind` is theory,
  /// critical or measured.
  public func csv() -> String {
    var text = "kind,sigma_w,sigma_b,quantity,value\n"
    func add(_ kind: String, _ sigmaW: Double, _ sigmaB: Double, _ quantity: String, _ value: String?) {
      text += "\(kind),\(CSVReport.field(sigmaW)),\(CSVReport.field(sigmaB)),\(quantity),\(value ?? "")\n"
    }
    for cell in diagram.cells {
      add("theory", cell.sigmaW, cell.sigmaB, "phase", cell.phase.rawValue)
      for quantity in PhaseQuantity.allCases where quantity != .phase {
        let value = quantity == .gradientDepth ? cell.point?.gradientDepth : cell[quantity]
        add("theory", cell.sigmaW, cell.sigmaB, quantity.rawValue, CSVReport.field(value))
      }
    }
    for point in diagram.criticalLine { add("critical", point.sigmaW, point.sigmaB, "chi", "1.0") }
    for point in measurements {
      let numbers = [
        ("predicted_chi", point.predictedChi), ("chi", point.chi), ("chi_standard_error", point.chiStandardError),
        ("median_log", point.medianLog),
      ]
      for (name, value) in numbers { add("measured", point.sigmaW, point.sigmaB, name, CSVReport.field(value)) }
      add("measured", point.sigmaW, point.sigmaB, "verdict", point.verdict?.rawValue)
    }
    return text
  }

  /// The diagram as a picture; the quantity `phase` is drawn as χ₁.
  ///
  /// - Throws: `HeatMapError` where the grid is none.
  public func figure(_ quantity: PhaseQuantity = .chi, title: String? = nil) throws -> Figure {
    let shown = quantity == .phase ? PhaseQuantity.chi : quantity
    let columns = diagram.sigmaW.count
    let line = diagram.criticalLine.map { HeatMap.Point(x: $0.sigmaW, y: $0.sigmaB) }
    let map = try HeatMap(
      x: .init(name: "σ_w", values: diagram.sigmaW), y: .init(name: "σ_b", values: diagram.sigmaB),
      quantity: shown.symbol,
      cells: diagram.sigmaB.indices.map { row in (0..<columns).map { diagram.cells[row * columns + $0][shown] } },
      scale: shown == .chi ? .diverging(about: 1, isLogarithmic: true) : shown == .c ? .linear : .logarithmic,
      lines: line.isEmpty ? [] : [.init(name: "critical: χ₁ = 1", points: line)],
      marks: shown == .chi
        ? measurements.map {
          HeatMap.Mark(at: .init(x: $0.sigmaW, y: $0.sigmaB), value: $0.chi, note: $0.verdict?.rawValue ?? "failed")
        } : [],
      markName: "measured, \(settings.depth) layers × \(settings.width)")
    return Figure(
      of: map, title: title ?? "Phases of \(settings.activation.description)",
      caption: "Colour: \(shown.meaning). Weights have the variance σ_w²/N, biases σ_b².")
  }
}
