import SpectraAnalysis
internal import SpectraReports

/// Step histograms of a stack's layers, one below the other in one view: the vertical axis counts ridges from 0 downwards,
/// and a ridge rises from its number by its share.
///
/// Rows of views would be the other way; they cannot overlap without hiding one another's axes.
///
/// Data: `bins` with a row for each bin of each layer, `places` with a row for each place beside the axis; where there are laws
/// `theory` with the points of their lines and `atoms`.
struct VegaLiteRidgeline {
  let figure: RidgelineFigure
  let inks: VegaLiteInks

  /// The height of a full ridge in distances between ridges.
  private static let overlap = 1.8

  var grid: VegaLiteGrid {
    let layout = VegaLiteGrid.Layout(panels: figure.panels.count)
    let gutters = VegaLiteGutters(figure.gutters, axis: figure.axis, bars: 1)
    let cells = figure.panels.enumerated().map { index, panel in
      cell(panel, at: index, layout: layout, gutters: gutters)
    }
    let panelWidth = layout.width(bins: figure.axis.bins) + gutters.width + 60
    return VegaLiteGrid(cells, layout: layout, data: data, panelWidth: panelWidth)
  }
}

// MARK: - Data

extension VegaLiteRidgeline {
  private var data: [JSONValue.Field] {
    var data = [JSONValue.Field("bins", .array(binRows))]
    if !figure.gutters.isEmpty { data.append(.init("places", .array(placeRows))) }
    return data + theory.data
  }

  /// As in a drawing: thinner than over a single histogram, in the colour of text.
  private var theory: VegaLiteTheory {
    let laws = figure.panels.flatMap { panel in
      panel.ridges.enumerated().compactMap { row, ridge in
        ridge.theory.map {
          VegaLiteTheory.Law(panel: panel.title, fields: fields(of: ridge, at: row, in: panel), theory: $0)
        }
      }
    }
    return VegaLiteTheory(
      laws: laws, axisTitle: figure.axis.title, inks: inks, isPlain: true, key: ("layer", "layer"), width: 1.4,
      transform: [rise()], foot: ["field": "row"])
  }

  /// What every row says of its ridge.
  private func fields(
    of ridge: RidgelineFigure.Ridge, at row: Int, in panel: RidgelineFigure.Panel
  ) -> JSONValue {
    ["panel": .string(panel.title), "layer": JSONValue(ridge.layer), "row": JSONValue(row)]
  }

  private var binRows: [JSONValue] {
    let (edges, theory) = (figure.axis.edges, theory)
    return rows { panel, row, ridge in
      ridge.histogram.counts.enumerated().map { bin, count in
        fields(of: ridge, at: row, in: panel).with([
          "lower": JSONValue(edges[bin]), "upper": JSONValue(edges[bin + 1]),
          "share": JSONValue(ridge.histogram.share(of: count)),
          "count": JSONValue(count),
        ]).with(theory.expected(ridge.theory) { $0.expected.bins[bin] })
      }
    }
  }

  private var placeRows: [JSONValue] {
    let theory = theory
    return rows { panel, row, ridge in
      figure.gutters.map { gutter in
        let count = gutter.count(ridge.histogram)
        return fields(of: ridge, at: row, in: panel).with([
          "place": .string(gutter.label(figure.axis)), "lost": .bool(gutter.isLost),
          "share": JSONValue(ridge.histogram.share(of: count)), "count": JSONValue(count),
        ]).with(theory.expected(ridge.theory) { gutter.expected($0) })
      }
    }
  }

  private func rows(
    _ row: (RidgelineFigure.Panel, Int, RidgelineFigure.Ridge) -> [JSONValue]
  ) -> [JSONValue] {
    figure.panels.flatMap { panel in panel.ridges.enumerated().flatMap { row(panel, $0, $1) } }
  }
}

// MARK: - Views

extension VegaLiteRidgeline {
  private func cell(
    _ panel: RidgelineFigure.Panel, at index: Int, layout: VegaLiteGrid.Layout, gutters: VegaLiteGutters
  ) -> JSONValue {
    gutters.around(title: panel.title, plotWidth: layout.width(bins: figure.axis.bins)) {
      places($0, of: panel, layout: layout, hasAxis: $1)
    } plot: {
      ridges(panel, layout: layout, hasAxis: $0, isTitled: layout.isLowest(index, of: figure.panels.count))
    }
  }

  /// The most ridges of a panel: all panels have places for as many.
  private var most: Int { figure.panels.map(\.ridges.count).max() ?? 1 }

  private func height(_ layout: VegaLiteGrid.Layout) -> Int { Swift.max(layout.height, 14 * most + 26) }

  private func ridges(
    _ panel: RidgelineFigure.Panel, layout: VegaLiteGrid.Layout, hasAxis: Bool, isTitled: Bool
  ) -> JSONValue {
    let width = layout.width(bins: figure.axis.bins)
    let size: JSONValue = ["width": JSONValue(width), "height": JSONValue(height(layout))]
    if let reason = panel.emptyReason {
      let x: JSONValue = ["datum": JSONValue(figure.axis.lower / 2 + figure.axis.upper / 2), "type": "quantitative"]
      let y: JSONValue = ["datum": JSONValue(Double(most - 1) / 2), "type": "quantitative"]
      return size.with(
        .reason(
          reason, x: x.with(figure.axis.placement(isTitled: isTitled, palette: inks.palette)),
          y: y.with(rows(panel, hasAxis: hasAxis)),
          width: width, colour: inks.palette.faint))
    }
    let foot: JSONValue = ["y2": ["field": "row"]]
    func x(_ field: String, isBinned: Bool = false) -> JSONValue {
      figure.axis.channel(field, isBinned: isBinned, isTitled: isTitled, palette: inks.palette)
    }
    let theory = theory
    let y = top(panel, hasAxis: hasAxis)
    let areas: [JSONValue] = [
      [
        "transform": [["fold": ["lower", "upper"], "as": ["end", "edge"]]],
        "mark": [
          "type": "area", "clip": true, "orient": "vertical", "fillOpacity": 0.55,
          "line": ["strokeWidth": 1.2, "strokeJoin": "miter"],
        ],
        "encoding": foot.with(["x": x("edge"), "color": inks.colour(by: "layer")]),
      ],
      // Areas have one tooltip for all of their bins; unseen rectangles have one for each.
      [
        "mark": ["type": "rect", "clip": true, "opacity": 0],
        "encoding": foot.with([
          "x": x("lower", isBinned: true), "x2": ["field": "upper"],
          "tooltip": .tooltip(
            [
              ("layer", "layer"), ("lower", "\(figure.axis.title) from"), ("upper", "to"), ("count", "values"),
              ("share", "share of all"),
            ] + theory.tips),
        ]),
      ],
    ]
    return size.with([
      "data": ["name": "bins"], "transform": [.panel(panel.title), rise()], "encoding": ["y": y],
      "layer": .array(areas + theory.layers(panel.title, x: x("x"), y: y)),
    ])
  }

  private func places(
    _ gutters: VegaLiteGutters, of panel: RidgelineFigure.Panel, layout: VegaLiteGrid.Layout, hasAxis: Bool
  ) -> JSONValue {
    let theory = theory
    let y = top(panel, hasAxis: hasAxis)
    var layers: [JSONValue] = [
      [
        "mark": ["type": "bar", "clip": true, "width": ["band": 0.7]],
        "encoding": [
          "y2": ["field": "row"], "color": inks.colour(by: "layer"), "fillOpacity": VegaLiteGutters.opacity,
          "tooltip": .tooltip(
            [
              ("layer", "layer"), ("place", figure.axis.title), ("count", "values"), ("share", "share of all"),
            ] + theory.tips),
        ],
      ]
    ]
    if theory.isThere { layers.append(theory.stroke(y: y, transform: [rise("expected")])) }
    return [
      "width": JSONValue(gutters.width), "height": JSONValue(height(layout)),
      "data": ["name": "places"], "transform": [.panel(panel.title), gutters.filter, rise()],
      "encoding": ["x": gutters.channel, "y": y], "layer": .array(layers),
    ]
  }

  /// The field `top`: where a share ends on the axis of ridges.
  private func rise(_ field: String = "share") -> JSONValue {
    let full = JSONValue(figure.fullShare).compact
    return ["calculate": "datum.row - \(Self.overlap) * min(datum.\(field) / \(full), 1)", "as": "top"]
  }

  /// The channel of the field `top`.
  private func top(_ panel: RidgelineFigure.Panel, hasAxis: Bool) -> JSONValue {
    let channel: JSONValue = ["field": "top", "type": "quantitative"]
    return channel.with(rows(panel, hasAxis: hasAxis))
  }

  /// Scale and axis of the channel of ridges.
  private func rows(_ panel: RidgelineFigure.Panel, hasAxis: Bool) -> JSONValue {
    let layers = panel.ridges.map { JSONValue(Double($0.layer)) }
    let numbers = JSONValue.array(panel.ridges.map { JSONValue($0.layer) })
    let axis: JSONValue = [
      "title": hasAxis ? "layer" : nil, "values": .array(layers.indices.map { JSONValue($0) }),
      "labelExpr": "\(numbers.compact)[datum.value]", "labels": .bool(hasAxis), "ticks": false, "domain": false,
    ]
    return [
      "scale": ["domain": [JSONValue(Double(most) - 0.9), JSONValue(-Self.overlap)], "nice": false, "zero": false],
      "axis": axis,
    ]
  }
}
