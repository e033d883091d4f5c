import SpectraAnalysis
internal import SpectraReports

extension FigureAxis {
  /// The scale of a channel.
  var scale: JSONValue {
    [
      "type": isLogarithmic ? "log" : "linear", "domain": [JSONValue(lower), JSONValue(upper)], "nice": false,
      "zero": false,
    ]
  }

  /// The axis of a channel, with the ticks that other drawings of the figure have.
  ///
  /// - Parameter whole: whether only whole numbers are on it.
  func marks(atMost count: Int, whole: Bool = false) -> JSONValue {
    let all = ticks(atMost: count)
    let ticks = whole ? all.filter { $0.value >= 1 && $0.value == $0.value.rounded() } : all
    guard !ticks.isEmpty else { return [:] }
    let values = JSONValue.array(ticks.map { JSONValue($0.value) })
    // An expression finds the text of a tick by its number, which comes through unchanged.
    let texts = JSONValue.array(ticks.map { .string($0.text.replacing("-", with: "−")) })
    return ["values": values, "labelExpr": "\(texts.compact)[indexof(\(values.compact), datum.value)]"]
  }
}

extension HistogramAxis {
  /// A channel of a field on this axis.
  ///
  /// - Parameter isBinned: whether the field is the lower edge of a bin, beside another channel with the upper.
  func channel(_ field: String, isBinned: Bool = false, isTitled: Bool, palette: Palette) -> JSONValue {
    let channel: JSONValue = ["field": .string(field), "type": "quantitative"]
    return channel.with(isBinned ? ["bin": "binned"] : [:]).with(placement(isTitled: isTitled, palette: palette))
  }

  /// Scale and axis of a channel.
  func placement(isTitled: Bool, palette: Palette) -> JSONValue {
    let axis: JSONValue = [
      "title": isTitled ? .string(title) : nil, "values": .array(ticks(atMost: 7).map { JSONValue($0.value) }),
    ]
    return [
      "scale": ["domain": [JSONValue(lower), JSONValue(upper)], "nice": false, "zero": false],
      "axis": axis.with(.lineOfOne(palette)),
    ]
  }
}

/// The places beside the axis of log σ, as a channel of categories and rows of data.
struct VegaLiteGutters {
  let gutters: [HistogramFigure.Gutter]
  let axis: HistogramAxis
  /// The width of each, in pixels: room for its bars and its label.
  let step: Int
  /// Whether bars are few enough for texts on them.
  let hasLabels: Bool

  init(_ gutters: [HistogramFigure.Gutter], axis: HistogramAxis, bars: Int) {
    self.gutters = gutters
    self.axis = axis
    let longest = gutters.map { $0.label(axis).count }.max() ?? 0
    hasLabels = bars <= 6
    step = Swift.max(7 * longest + 6, (hasLabels ? 12 : 5) * bars + 8, 20)
  }

  var left: VegaLiteGutters? { side(gutters.filter(\.isLeft)) }
  var right: VegaLiteGutters? { side(gutters.filter { !$0.isLeft }) }
  var width: Int { gutters.count * step }

  /// A panel: its plot between the views of the gutters, the first of which has the axis of shares.
  func around(
    title: String, plotWidth: Int, places: (_ gutters: VegaLiteGutters, _ hasAxis: Bool) -> JSONValue,
    plot: (_ hasAxis: Bool) -> JSONValue
  ) -> JSONValue {
    let views = [left.map { places($0, true) }, plot(left == nil), right.map { places($0, false) }]
    return JSONValue.title(title, width: plotWidth + width).with([
      "hconcat": .array(views.compactMap { $0 }), "spacing": 4, "resolve": VegaLiteGrid.sharedLegend,
    ])
  }

  /// The channel of the field `place`.
  var channel: JSONValue {
    let labels = gutters.map { JSONValue.string($0.label(axis)) }
    return [
      "field": "place", "type": "nominal",
      "scale": ["domain": .array(labels)],
      "axis": [
        "title": nil, "labelAngle": 0, "ticks": false, "labelLimit": 0, "labelExpr": "replace(datum.label, '-', '−')",
      ],
    ]
  }

  /// The rows of these places only.
  var filter: JSONValue {
    ["filter": ["field": "place", "oneOf": .array(gutters.map { .string($0.label(axis)) })]]
  }

  /// Fainter where values are known by number only.
  static let opacity: JSONValue = [
    "condition": ["test": "datum.lost", "value": 0.25], "value": 0.55,
  ]

  private func side(_ gutters: [HistogramFigure.Gutter]) -> VegaLiteGutters? {
    gutters.isEmpty ? nil : VegaLiteGutters(gutters, of: self)
  }

  private init(_ gutters: [HistogramFigure.Gutter], of all: VegaLiteGutters) {
    self.gutters = gutters
    (axis, step, hasLabels) = (all.axis, all.step, all.hasLabels)
  }
}

extension JSONValue {
  /// A tooltip of some fields under their names; those that hold shares as percentages.
  static func tooltip(_ fields: [(field: String, title: String)]) -> JSONValue {
    .array(
      fields.map { field, title in
        let entry: JSONValue = ["field": .string(field), "title": .string(title)]
        return entry.with(["share", "expected"].contains(field) ? ["type": "quantitative", "format": ".3~%"] : [:])
      })
  }

  /// A text in lines, which Vega-Lite does not break itself: one string, or an array of them.
  static func lines(_ text: String, size: Double, width: Int) -> JSONValue {
    let lines = TextMetrics.wrapped(text, size: size, width: Double(width))
    return lines.count == 1 ? .string(lines[0]) : .array(lines.map(JSONValue.string))
  }

  /// The title of a panel; no field where it has none.
  static func title(_ title: String, width: Int) -> JSONValue {
    guard !title.isEmpty else { return [:] }
    return [
      "title": [
        "text": .lines(title, size: 12, width: width), "anchor": "start", "fontSize": 12, "fontWeight": "normal",
      ]
    ]
  }

  /// Fields of an axis: the grid's line where σ is 1 is dotted. On an axis of log σ that is 0.
  static func lineOfOne(_ palette: Palette, at value: Double = 0) -> JSONValue {
    let test = JSONValue.string("datum.value === \(NumberText.shortest(value))")
    return [
      "grid": true,
      "gridColor": [
        "condition": ["test": test, "value": .string(palette.faint.css)],
        "value": .string(palette.grid.css),
      ],
      "gridDash": ["condition": ["test": test, "value": [1, 3]], "value": []],
    ]
  }

  /// The rows of one panel.
  static func panel(_ title: String) -> JSONValue { ["filter": ["field": "panel", "equal": .string(title)]] }

  /// Turns bins into the corners of steps: `edge` has both ends of each bin and `height` the share there.
  ///
  /// Among empty bins there is no height, so that no outline runs along the foot; next to others it is 0.
  static let corners: [JSONValue] = [
    [
      "window": [
        ["op": "lag", "field": "share", "as": "before"], ["op": "lead", "field": "share", "as": "after"],
      ], "groupby": ["series"], "sort": [["field": "lower"]],
    ],
    ["fold": ["lower", "upper"], "as": ["end", "edge"]],
    [
      "calculate": "datum.share > 0 || (datum.end === 'lower' ? datum.before : datum.after) > 0 ? datum.share : null",
      "as": "height",
    ],
  ]

  /// The reason of an empty panel in its middle.
  static func reason(_ reason: String, x: JSONValue, y: JSONValue, width: Int, colour: Colour) -> JSONValue {
    [
      "data": ["values": [[:]]],
      "mark": [
        "type": "text", "color": .string(colour.css), "fontSize": 11, "lineHeight": 14,
        "text": .array(TextMetrics.wrapped(reason, size: 11, width: Double(width - 24)).map(JSONValue.string)),
      ],
      "encoding": ["x": x, "y": y],
    ]
  }
}
