internal import SpectraReports

/// Medians with bands around them, and below them the shares of zeros and of values lost to rounding.
///
/// Data: `points` with a row for each depth or layer of each series, `shares` with two.
struct VegaLiteBands {
  let figure: BandFigure
  let inks: VegaLiteInks

  var grid: VegaLiteGrid {
    let layout = VegaLiteGrid.Layout(panels: figure.panels.count)
    let cells = figure.panels.enumerated().map { index, panel in cell(panel, at: index, layout: layout) }
    var data = [JSONValue.Field("points", .array(pointRows))]
    if mostLost > 0 { data.append(.init("shares", .array(shareRows))) }
    return VegaLiteGrid(cells, layout: layout, data: data, panelWidth: layout.width + 80)
  }
}

// MARK: - Data

extension VegaLiteBands {
  private var pointRows: [JSONValue] {
    rows { panel, series, point in
      // A logarithmic axis has no place for 0 and below.
      func drawn(_ value: Double?) -> JSONValue {
        JSONValue(value.flatMap { panel.y.position($0) == nil ? nil : $0 })
      }
      return [
        [
          "panel": .string(panel.name), "series": .string(inks.name(series.entry)), figure.x.name: JSONValue(point.x),
          "count": JSONValue(point.count), "low": drawn(point.low), "lower_quartile": drawn(point.lowerQuartile),
          "median": drawn(point.median), "upper_quartile": drawn(point.upperQuartile), "high": drawn(point.high),
        ]
      ]
    }
  }

  private var shareRows: [JSONValue] {
    rows { panel, series, point in
      [("zero", point.zeros), ("lost to rounding", point.unresolved)].map { kind, share in
        [
          "panel": .string(panel.name), "series": .string(inks.name(series.entry)), figure.x.name: JSONValue(point.x),
          "kind": .string(kind), "share": JSONValue(share),
        ]
      }
    }
  }

  private func rows(
    _ row: (BandFigure.Panel, BandFigure.Series, BandFigure.Point) -> [JSONValue]
  ) -> [JSONValue] {
    figure.panels.flatMap { panel in
      panel.series.flatMap { series in series.points.flatMap { row(panel, series, $0) } }
    }
  }

  /// The largest share of values that have no place in the bands.
  private var mostLost: Double {
    figure.panels.flatMap(\.series).flatMap(\.points).map { ($0.zeros ?? 0) + ($0.unresolved ?? 0) }.max() ?? 0
  }
}

// MARK: - Views

extension VegaLiteBands {
  private func cell(_ panel: BandFigure.Panel, at index: Int, layout: VegaLiteGrid.Layout) -> JSONValue {
    let isTitled = layout.isLowest(index, of: figure.panels.count)
    let hasShares = mostLost > 0
    var views = [bands(panel, layout: layout, isTitled: isTitled && !hasShares)]
    if hasShares { views.append(shares(panel, layout: layout, isTitled: isTitled)) }
    return JSONValue.title(panel.title, width: layout.width).with([
      "vconcat": .array(views), "spacing": 8, "resolve": VegaLiteGrid.sharedLegend,
    ])
  }

  private func bands(_ panel: BandFigure.Panel, layout: VegaLiteGrid.Layout, isTitled: Bool) -> JSONValue {
    let size: JSONValue = ["width": JSONValue(layout.width), "height": JSONValue(layout.height)]
    if let reason = panel.emptyReason {
      let x: JSONValue = ["datum": JSONValue(middle(figure.x)), "type": "quantitative"]
      let y: JSONValue = ["datum": JSONValue(middle(panel.y)), "type": "quantitative"]
      return size.with(
        .reason(
          reason, x: x.with(places(isTitled: isTitled)), y: y.with(values(panel)), width: layout.width,
          colour: inks.palette.faint))
    }
    func area(_ low: String, _ high: String, opacity: Double) -> JSONValue {
      // What lies below a logarithmic axis reaches to its end.
      let end = JSONValue(panel.y.lower).compact
      let transform: JSONValue =
        panel.y.isLogarithmic
        ? ["transform": [["calculate": "isValid(datum.\(low)) ? datum.\(low) : \(end)", "as": .string(low)]]] : [:]
      return transform.with([
        "mark": ["type": "area", "clip": true, "orient": "vertical", "fillOpacity": JSONValue(opacity)],
        "encoding": ["y": value(high, panel), "y2": ["field": .string(low)]],
      ])
    }
    var line: JSONValue = ["y": value("median", panel)]
    if let dashes = inks.dashes(symbol: "stroke") { line = line.with(["strokeDash": dashes]) }
    let isSparse = panel.series.allSatisfy { $0.points.count <= 24 }
    line = line.with([
      "tooltip": .tooltip(
        (inks.indices.count > 1 ? [("series", "spectrum")] : []) + [
          (figure.x.name, figure.x.name), ("median", "median"), ("lower_quartile", "lower quartile"),
          ("upper_quartile", "upper quartile"), ("low", figure.outer == 0...1 ? "smallest" : "5 %"),
          ("high", figure.outer == 0...1 ? "largest" : "95 %"), ("count", "numbers"),
        ])
    ])
    let x: JSONValue = ["field": .string(figure.x.name), "type": "quantitative"]
    return size.with([
      "data": ["name": "points"], "transform": [.panel(panel.name)],
      "encoding": ["x": x.with(places(isTitled: isTitled)), "color": inks.colour(symbol: "stroke")],
      "layer": [
        area("low", "high", opacity: 0.14),
        area("lower_quartile", "upper_quartile", opacity: 0.24),
        [
          "mark": [
            "type": "line", "clip": true, "strokeWidth": 1.8,
            "point": isSparse ? ["size": 28, "filled": true] : ["size": 28, "opacity": 0],
          ],
          "encoding": line,
        ],
      ],
    ])
  }

  /// Zeros and values lost to rounding, one upon the other.
  private func shares(_ panel: BandFigure.Panel, layout: VegaLiteGrid.Layout, isTitled: Bool) -> JSONValue {
    let x: JSONValue = ["field": .string(figure.x.name), "type": "quantitative"]
    return [
      "width": JSONValue(layout.width), "height": 48,
      "data": ["name": "shares"], "transform": [.panel(panel.name)],
      "mark": ["type": "area", "color": .string(inks.palette.text.css)],
      "encoding": [
        "x": x.with(places(isTitled: isTitled)),
        "y": [
          "field": "share", "type": "quantitative", "stack": "zero",
          "scale": ["domain": [0, 1]],
          "axis": ["title": "share", "format": "%", "values": [0, 1]],
        ],
        "opacity": [
          "field": "kind", "type": "nominal",
          "scale": ["domain": ["zero", "lost to rounding"], "range": [0.7, 0.3]], "legend": ["title": nil],
        ],
        "tooltip": .tooltip([(figure.x.name, figure.x.name), ("kind", "σ"), ("share", "share of all")]),
      ],
    ]
  }

  private func middle(_ axis: FigureAxis) -> Double {
    axis.isLogarithmic ? (axis.lower.squareRoot() * axis.upper.squareRoot()) : axis.lower / 2 + axis.upper / 2
  }

  private func value(_ field: String, _ panel: BandFigure.Panel) -> JSONValue {
    let channel: JSONValue = ["field": .string(field), "type": "quantitative"]
    return channel.with(values(panel))
  }

  /// Scale and axis of the channel of values.
  private func values(_ panel: BandFigure.Panel) -> JSONValue {
    // A panel of a statistic has its name above it.
    let axis: JSONValue = ["title": panel.y.name == panel.title ? nil : .string(panel.y.name)]
    // A line of the grid, which every such axis that spans it has there.
    let one: JSONValue = panel.unchanged.map { .lineOfOne(inks.palette, at: $0) } ?? [:]
    return ["scale": panel.y.scale, "axis": axis.with(panel.y.marks(atMost: 6)).with(one)]
  }

  /// Scale and axis of the channel of depths or layers, with ticks at these themselves where they are few.
  private func places(isTitled: Bool) -> JSONValue {
    let axis: JSONValue = ["title": isTitled ? .string(figure.x.name) : nil, "grid": false]
    let found = Set(figure.panels.flatMap(\.series).flatMap(\.points).map(\.x)).sorted()
    let ticks: JSONValue =
      found.count <= 10
      ? ["values": .array(found.map { JSONValue($0) }), "format": "d"] : figure.x.marks(atMost: 8, whole: true)
    return ["scale": figure.x.scale, "axis": axis.with(ticks)]
  }
}
