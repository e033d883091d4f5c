internal import SpectraReports

/// Laws over histograms: their lines, atoms as stems with a dot, and strokes across the bars beside the axis.
struct VegaLiteTheory {
  let figure: HistogramFigure
  let inks: VegaLiteInks

  var isThere: Bool { figure.panels.contains { $0.series.contains { $0.theory != nil } } }
  private var hasAtoms: Bool { figure.panels.contains { $0.series.contains { $0.theory?.atoms.isEmpty == false } } }

  /// `theory` with a row for each point of each line, `atoms`.
  var data: [JSONValue.Field] {
    var data: [JSONValue.Field] = []
    if isThere { data.append(.init("theory", .array(rows(\.line)))) }
    if hasAtoms { data.append(.init("atoms", .array(rows(\.atoms)))) }
    return data
  }

  /// The field `expected` of a row; none in a figure without laws.
  func expected(_ series: HistogramFigure.Series, _ share: (FigureTheory) -> Double) -> JSONValue {
    isThere ? ["expected": JSONValue(series.theory.map(share))] : [:]
  }

  var tips: [(field: String, title: String)] { isThere ? [("expected", "theory")] : [] }

  private func rows(_ points: (FigureTheory) -> [FigureTheory.Point]) -> [JSONValue] {
    figure.panels.flatMap { panel in
      panel.series.flatMap { series in
        (series.theory.map(points) ?? []).enumerated().map { order, point in
          [
            "panel": .string(panel.title), "series": .string(inks.name(series.entry)),
            "law": .string(series.theory?.name ?? ""), "order": JSONValue(order), "x": JSONValue(point.x),
            "share": JSONValue(point.share),
          ]
        }
      }
    }
  }

  // MARK: Views

  /// The layers of a panel.
  ///
  /// - Parameters:
  ///   - x: the channel of the field `x`.
  ///   - y: the channel of the field `share`.
  func layers(_ panel: HistogramFigure.Panel, x: JSONValue, y: JSONValue) -> [JSONValue] {
    guard panel.series.contains(where: { $0.theory != nil }) else { return [] }
    let places: JSONValue = ["x": x, "y": y, "order": ["field": "order", "type": "quantitative"]]
    func line(_ width: Double, _ mark: JSONValue, _ encoding: JSONValue) -> JSONValue {
      let basic: JSONValue = [
        "type": "line", "clip": true, "interpolate": "linear", "strokeJoin": "round", "strokeWidth": JSONValue(width),
      ]
      return [
        "data": ["name": "theory"], "transform": [.panel(panel.title), ["calculate": "'theory'", "as": "name"]],
        "mark": basic.with(mark),
        "encoding": places.with(encoding),
      ]
    }
    // The name of all lines in the legend: a scale of one width.
    let named: JSONValue = [
      "strokeWidth": [
        "field": "name", "type": "nominal", "scale": ["domain": ["theory"], "range": [2]],
        "legend": ["title": nil, "symbolType": "stroke", "symbolSize": 100],
      ]
    ]
    let ink: JSONValue = isAlone ? ["color": ["value": .string(inks.palette.text.css)]] : ["color": inks.colour()]
    let dashes: JSONValue = inks.dashes(symbol: "square").map { isAlone ? [:] : ["strokeDash": $0] } ?? [:]
    var layers = [
      line(
        4, ["opacity": 0.75],
        [
          "color": ["value": .string(inks.palette.background.css)], "detail": ["field": "series", "type": "nominal"],
        ]),
      line(
        2, [:], ink.with(dashes).with(named).with(["tooltip": .tooltip([("series", "spectrum"), ("law", "theory")])])),
    ]
    if panel.series.contains(where: { $0.theory?.atoms.isEmpty == false }) {
      let atoms: JSONValue = ["data": ["name": "atoms"], "transform": [.panel(panel.title)]]
      let tip: JSONValue = [
        "tooltip": .tooltip([("law", "theory"), ("x", figure.axis.title), ("share", "share of all")])
      ]
      let stem: JSONValue = ["x": x, "y": y, "y2": ["datum": 0]]
      let dot: JSONValue = ["x": x, "y": y]
      layers += [
        atoms.with(["mark": ["type": "rule", "clip": true, "strokeWidth": 2], "encoding": stem.with(ink)]),
        atoms.with([
          "mark": ["type": "point", "clip": true, "filled": true, "opacity": 1, "size": 44],
          "encoding": dot.with(ink).with(tip),
        ]),
      ]
    }
    return layers
  }

  /// A stroke across each bar of a place beside the axis, at the height that a law expects.
  func stroke(y: JSONValue) -> JSONValue {
    [
      "transform": [["filter": "datum.expected > 0.0005"]],
      "mark": ["type": "tick", "clip": true, "orient": "horizontal", "thickness": 2, "opacity": 1],
      "encoding": [
        "y": y, "color": isAlone ? ["value": .string(inks.palette.text.css)] : inks.colour(),
      ],
    ]
  }

  /// Whether there is one series: its law is in the colour of text.
  private var isAlone: Bool { inks.indices.count <= 1 }
}
