import SpectraAnalysis
internal import SpectraReports

/// Overlaid step histograms, and beside each panel the places off its axis, on one scale of shares.
///
/// Data: `bins` with a row for each bin of each series, `places` with a row for each place beside the axis, and `noise` like
/// `bins` where it is shown; where there are laws `theory` with the points of their lines and `atoms`.
struct VegaLiteHistograms {
  let figure: HistogramFigure
  let inks: VegaLiteInks

  var grid: VegaLiteGrid {
    let layout = VegaLiteGrid.Layout(panels: figure.panels.count)
    let gutters = VegaLiteGutters(figure.gutters, axis: figure.axis, bars: inks.indices.count)
    let cells = figure.panels.enumerated().map { index, panel in
      cell(panel, at: index, layout: layout, gutters: gutters)
    }
    let panelWidth = layout.width(bins: figure.axis.bins) + gutters.width + 80
    return VegaLiteGrid(cells, layout: layout, data: data, panelWidth: panelWidth)
  }
}

// MARK: - Data

extension VegaLiteHistograms {
  private var data: [JSONValue.Field] {
    var data = [JSONValue.Field("bins", .array(rows { $0.histogram.counts }))]
    if !figure.gutters.isEmpty { data.append(.init("places", .array(placeRows))) }
    if hasNoise { data.append(.init("noise", .array(rows { $0.noise }))) }
    return data + theory.data
  }

  private var theory: VegaLiteTheory {
    let laws = figure.panels.flatMap { panel in
      panel.series.compactMap { series in
        series.theory.map {
          VegaLiteTheory.Law(panel: panel.title, fields: fields(of: series, in: panel), theory: $0)
        }
      }
    }
    return VegaLiteTheory(
      laws: laws, axisTitle: figure.axis.title, inks: inks, isPlain: inks.indices.count <= 1,
      key: ("series", "spectrum"))
  }

  /// What every row says of its series.
  private func fields(of series: HistogramFigure.Series, in panel: HistogramFigure.Panel) -> JSONValue {
    ["panel": .string(panel.title), "series": .string(inks.name(series.entry))]
  }

  private var hasNoise: Bool { figure.panels.contains { $0.series.contains { $0.noise != nil } } }

  private func rows(_ counts: (HistogramFigure.Series) -> [Int]?) -> [JSONValue] {
    let (edges, theory) = (figure.axis.edges, theory)
    return figure.panels.flatMap { panel in
      panel.series.flatMap { series in
        (counts(series) ?? []).enumerated().map { bin, count in
          let row = fields(of: series, in: panel).with([
            "lower": JSONValue(edges[bin]), "upper": JSONValue(edges[bin + 1]),
            "share": JSONValue(series.histogram.share(of: count)), "count": JSONValue(count),
          ])
          return row.with(theory.expected(series.theory) { $0.expected.bins[bin] })
        }
      }
    }
  }

  private var placeRows: [JSONValue] {
    let theory = theory
    return figure.panels.flatMap { panel in
      panel.series.flatMap { series in
        figure.gutters.map { gutter in
          let count = gutter.count(series.histogram)
          let row = fields(of: series, in: panel).with([
            "place": .string(gutter.label(figure.axis)), "lost": .bool(gutter.isLost),
            "share": JSONValue(series.histogram.share(of: count)), "count": JSONValue(count),
            "label": .string(NumberText.percent(series.histogram.share(of: count))),
          ])
          return row.with(theory.expected(series.theory) { gutter.expected($0) })
        }
      }
    }
  }
}

// MARK: - Views

extension VegaLiteHistograms {
  private func cell(
    _ panel: HistogramFigure.Panel, at index: Int, layout: VegaLiteGrid.Layout, gutters: VegaLiteGutters
  ) -> JSONValue {
    gutters.around(title: panel.title, plotWidth: layout.width(bins: figure.axis.bins)) {
      places($0, of: panel, height: layout.height, hasAxis: $1)
    } plot: {
      steps(panel, layout: layout, hasAxis: $0, isTitled: layout.isLowest(index, of: figure.panels.count))
    }
  }

  /// The histograms of a panel, or the reason why there are none.
  private func steps(
    _ panel: HistogramFigure.Panel, layout: VegaLiteGrid.Layout, hasAxis: Bool, isTitled: Bool
  ) -> JSONValue {
    let axis = figure.axis
    let width = layout.width(bins: axis.bins)
    let size: JSONValue = ["width": JSONValue(width), "height": JSONValue(layout.height)]
    if let reason = panel.emptyReason {
      let x: JSONValue = ["datum": JSONValue(axis.lower / 2 + axis.upper / 2), "type": "quantitative"]
      let y: JSONValue = ["datum": JSONValue(figure.fullShare / 2), "type": "quantitative"]
      return size.with(
        .reason(
          reason, x: x.with(axis.placement(isTitled: isTitled, palette: inks.palette)),
          y: y.with(scale(hasAxis: hasAxis)), width: width, colour: inks.palette.faint))
    }
    func x(_ field: String, isBinned: Bool = false) -> JSONValue {
      axis.channel(field, isBinned: isBinned, isTitled: isTitled, palette: inks.palette)
    }
    let edge: JSONValue = ["x": x("edge"), "y": share("height", hasAxis: hasAxis)]
    let fill: JSONValue = [
      "transform": .array(JSONValue.corners),
      "mark": ["type": "area", "clip": true, "orient": "vertical", "fillOpacity": 0.22], "encoding": edge,
    ]
    let outline: JSONValue = [
      "transform": .array(JSONValue.corners),
      "mark": ["type": "line", "clip": true, "strokeWidth": 1.4, "strokeJoin": "miter"],
      "encoding": edge.with(inks.dashes(symbol: "square").map { ["strokeDash": $0] } ?? [:]),
    ]
    // An area has one tooltip for all of its bins; unseen bars have one for each.
    let tips: JSONValue = [
      "mark": ["type": "bar", "clip": true, "binSpacing": 0, "opacity": 0],
      "encoding": [
        "x": x("lower", isBinned: true), "x2": ["field": "upper"], "y": share(hasAxis: hasAxis),
        "tooltip": .tooltip(
          [
            ("series", "spectrum"), ("lower", "\(axis.title) from"), ("upper", "to"), ("count", "values"),
            ("share", "share of all"),
          ] + theory.tips),
      ],
    ]
    var layers = [fill, outline, tips]
    if hasNoise {
      layers.append([
        "data": ["name": "noise"], "transform": .array([.panel(panel.title)] + JSONValue.corners),
        "mark": ["type": "line", "clip": true, "strokeWidth": 1.2, "strokeDash": [1, 2.5], "strokeCap": "round"],
        "encoding": edge,
      ])
    }
    layers += theory.layers(panel.title, x: x("x"), y: share(hasAxis: hasAxis))
    layers += cuts(in: panel, x: x("middle"), hasAxis: hasAxis)
    return size.with([
      "data": ["name": "bins"], "transform": [.panel(panel.title)], "encoding": ["color": inks.colour()],
      "layer": .array(layers),
    ])
  }

  /// Arrows where steps go on above the scale, and beside them how far each series does, one below the other.
  private func cuts(in panel: HistogramFigure.Panel, x: JSONValue, hasAxis: Bool) -> [JSONValue] {
    let cut = panel.series.map { series in
      let shares = series.histogram.shares
      return (series: series, most: shares.max() ?? 0, bins: shares.indices.filter { figure.isCut(shares[$0]) })
    }.filter { !$0.bins.isEmpty }
    let bins = cut.flatMap(\.bins)
    guard let first = bins.min(), let last = bins.max() else { return [] }
    let edges = figure.axis.edges
    let arrows = cut.flatMap { series, _, bins in
      bins.map { bin -> JSONValue in
        ["series": .string(inks.name(series.entry)), "middle": JSONValue(edges[bin] / 2 + edges[bin + 1] / 2)]
      }
    }
    // On the side that has more room.
    let isLeft = first > figure.axis.bins - 1 - last
    let labels = cut.prefix(10).enumerated().map { row, cut -> JSONValue in
      let name = inks.indices.count > 1 ? inks.name(cut.series.entry) + ": " : ""
      return [
        "middle": JSONValue(isLeft ? edges[first] : edges[last + 1]),
        "place": JSONValue(figure.fullShare * (0.96 - 0.08 * Double(row))),
        "label": .string(name + NumberText.percent(cut.most)),
      ]
    }
    return [
      ["data": ["values": .array(arrows)], "mark": Self.arrow, "encoding": ["x": x, "y": ["value": 5]]],
      [
        "data": ["values": .array(labels)],
        "mark": ["type": "text", "align": isLeft ? "right" : "left", "dx": isLeft ? -4 : 4, "fontSize": 9],
        "encoding": [
          "x": x, "y": share("place", hasAxis: hasAxis), "color": ["value": .string(inks.palette.text.css)],
          "text": ["field": "label"],
        ],
      ],
    ]
  }

  /// The bars of places beside the axis, series side by side, with their shares.
  private func places(
    _ gutters: VegaLiteGutters, of panel: HistogramFigure.Panel, height: Int, hasAxis: Bool
  ) -> JSONValue {
    let offset: JSONValue = ["field": "series", "type": "nominal", "scale": ["domain": inks.domain]]
    let full = JSONValue(figure.fullShare).compact
    var layers: [JSONValue] = [
      [
        "mark": ["type": "bar", "clip": true],
        "encoding": [
          "y": share(hasAxis: hasAxis), "color": inks.colour(), "fillOpacity": VegaLiteGutters.opacity,
          "tooltip": .tooltip(
            [
              ("series", "spectrum"), ("place", figure.axis.title), ("count", "values"), ("share", "share of all"),
            ] + theory.tips),
        ],
      ]
    ]
    if theory.isThere { layers.append(theory.stroke(y: share("expected", hasAxis: hasAxis))) }
    if gutters.hasLabels {
      layers.append([
        "transform": [
          ["filter": "datum.share > 0"],
          // Above the bar where there is room, else in it.
          ["calculate": "datum.share < 0.75 * \(full) ? datum.share : 0", "as": "foot"],
        ],
        "mark": ["type": "text", "angle": 270, "align": "left", "dx": 3, "fontSize": 9],
        "encoding": [
          "y": share("foot", hasAxis: hasAxis), "color": ["value": .string(inks.palette.text.css)],
          "text": ["field": "label"],
        ],
      ])
    }
    let shares = panel.series.flatMap { series in
      gutters.gutters.map { series.histogram.share(of: $0.count(series.histogram)) }
    }
    if shares.contains(where: figure.isCut) {
      let above: JSONValue = ["filter": ["field": "share", "gt": JSONValue(cutOff(ofFullShare: figure.fullShare))]]
      layers.append([
        "transform": [above], "mark": Self.arrow, "encoding": ["y": ["value": 5], "color": inks.colour()],
      ])
    }
    return [
      "width": JSONValue(gutters.width), "height": JSONValue(height),
      "data": ["name": "places"], "transform": [.panel(panel.title), gutters.filter],
      "encoding": ["x": gutters.channel, "xOffset": offset], "layer": .array(layers),
    ]
  }

  private static let arrow: JSONValue = [
    "type": "point", "shape": "triangle-up", "filled": true, "opacity": 1, "size": 36,
  ]

  /// The channel of a share.
  private func share(_ field: String = "share", hasAxis: Bool) -> JSONValue {
    let channel: JSONValue = ["field": .string(field), "type": "quantitative", "stack": nil]
    return channel.with(scale(hasAxis: hasAxis))
  }

  /// Scale and axis of a share.
  private func scale(hasAxis: Bool) -> JSONValue {
    let axis: JSONValue =
      hasAxis
      ? ["title": "share of all σ", "format": "%", "tickCount": 5]
      : ["title": nil, "labels": false, "ticks": false, "domain": false, "tickCount": 5]
    return ["scale": ["domain": [0, JSONValue(figure.fullShare)], "nice": false], "axis": axis]
  }
}
