internal import SpectraReports

/// Laws over histograms: their lines, atoms as stems with a dot, and strokes across the bars beside the axis.
struct VegaLiteTheory {
  /// A law and the fields that its rows share with those of its histogram.
  struct Law {
    let panel: String
    let fields: JSONValue
    let theory: FigureTheory
  }

  let laws: [Law]
  let axisTitle: String
  let inks: VegaLiteInks
  /// Whether lines are in the colour of text: there is one series, or series are no colours.
  let isPlain: Bool
  /// What tells histograms apart: the field with its name.
  let key: (field: String, title: String)
  /// Of the lines.
  var width = 2.0
  /// What makes the field of the channel y out of the field `share`.
  var transform: [JSONValue] = []
  /// Where stems stand.
  var foot: JSONValue = ["datum": 0]

  var isThere: Bool { !laws.isEmpty }

  /// `theory` with a row for each point of each line, `atoms`.
  var data: [JSONValue.Field] {
    var data: [JSONValue.Field] = []
    if isThere { data.append(.init("theory", .array(rows(\.line)))) }
    if laws.contains(where: { !$0.theory.atoms.isEmpty }) { data.append(.init("atoms", .array(rows(\.atoms)))) }
    return data
  }

  /// The field `expected` of a row; none in a figure without laws.
  func expected(_ theory: FigureTheory?, _ share: (FigureTheory) -> Double) -> JSONValue {
    isThere ? ["expected": JSONValue(theory.map(share))] : [:]
  }

  var tips: [(field: String, title: String)] { isThere ? [("expected", "theory")] : [] }

  private func rows(_ points: (FigureTheory) -> [FigureTheory.Point]) -> [JSONValue] {
    laws.flatMap { law in
      points(law.theory).enumerated().map { order, point in
        law.fields.with([
          "law": .string(law.theory.name), "order": JSONValue(order), "x": JSONValue(point.x),
          "share": JSONValue(point.share),
        ])
      }
    }
  }

  // MARK: Views

  /// The layers of a panel.
  ///
  /// - Parameters:
  ///   - x: the channel of the field `x`.
  ///   - y: the channel of the field `share`, or of what `transform` makes of it.
  func layers(_ panel: String, x: JSONValue, y: JSONValue) -> [JSONValue] {
    let own = laws.filter { $0.panel == panel }
    guard !own.isEmpty else { return [] }
    let places: JSONValue = ["x": x, "y": y, "order": ["field": "order", "type": "quantitative"]]
    func line(_ width: Double, _ mark: JSONValue, _ encoding: JSONValue) -> JSONValue {
      let basic: JSONValue = [
        "type": "line", "clip": true, "interpolate": "linear", "strokeJoin": "round", "strokeWidth": JSONValue(width),
      ]
      return [
        "data": ["name": "theory"],
        "transform": .array([.panel(panel), ["calculate": "'theory'", "as": "name"]] + transform),
        "mark": basic.with(mark),
        "encoding": places.with(encoding),
      ]
    }
    // The name of all lines in the legend: a scale of one width. Its range has two ends: in the middle between them the one
    // name stands, and a range of one end has no middle.
    let named: JSONValue = [
      "strokeWidth": [
        "field": "name", "type": "nominal",
        "scale": ["domain": ["theory"], "range": [JSONValue(width), JSONValue(width)]],
        "legend": ["title": nil, "symbolType": "stroke", "symbolSize": 100],
      ]
    ]
    let detail: JSONValue = ["detail": ["field": .string(key.field), "type": "nominal"]]
    // Colours tell lines apart as well.
    let ink: JSONValue = isPlain ? ["color": textColour] : ["color": inks.colour(by: key.field)]
    let parted = isPlain && inks.indices.count > 1 ? detail : [:]
    let dashes: JSONValue = inks.dashes(symbol: "square").map { isPlain ? [:] : ["strokeDash": $0] } ?? [:]
    let tip: JSONValue = ["tooltip": .tooltip([key, ("law", "theory")])]
    let background: JSONValue = ["color": ["value": .string(inks.palette.background.css)]]
    var layers = [
      line(width + 2, ["opacity": 0.75], background.with(detail)),
      line(width, [:], ink.with(parted).with(dashes).with(named).with(tip)),
    ]
    if own.contains(where: { !$0.theory.atoms.isEmpty }) {
      let atoms: JSONValue = [
        "data": ["name": "atoms"], "transform": .array([.panel(panel)] + transform),
      ]
      let tip: JSONValue = [
        "tooltip": .tooltip([("law", "theory"), ("x", axisTitle), ("share", "share of all")])
      ]
      let stem: JSONValue = ["x": x, "y": y, "y2": foot]
      let dot: JSONValue = ["x": x, "y": y]
      layers += [
        atoms.with([
          "mark": ["type": "rule", "clip": true, "strokeWidth": JSONValue(width)], "encoding": stem.with(ink),
        ]),
        atoms.with([
          "mark": ["type": "point", "clip": true, "filled": true, "opacity": 1, "size": 44],
          "encoding": dot.with(ink).with(tip),
        ]),
      ]
    }
    return layers
  }

  /// A stroke across each bar of a place beside the axis, at the height that a law expects.
  ///
  /// - Parameter y: the channel of the field `expected`, or of what `transform` makes of it.
  func stroke(y: JSONValue, transform: [JSONValue] = []) -> JSONValue {
    [
      "transform": .array([["filter": "datum.expected > 0.0005"]] + transform),
      "mark": ["type": "tick", "clip": true, "orient": "horizontal", "thickness": 2, "opacity": 1],
      "encoding": ["y": y, "color": isPlain ? textColour : inks.colour(by: key.field)],
    ]
  }

  private var textColour: JSONValue { ["value": .string(inks.palette.text.css)] }
}
