import RealModule
internal import SpectraReports

/// Cells as rectangles, lines and points upon them, on axes of numbers.
///
/// Data: `cells` with a row for each cell, `lines` with one for each point of each line, `marks`.
struct VegaLiteHeatMap {
  let map: HeatMap
  let palette: Palette

  private static let (width, height) = (440, 360)

  var grid: VegaLiteGrid {
    let layout = VegaLiteGrid.Layout(panels: 1)
    var data = [JSONValue.Field("cells", .array(cellRows))]
    if !map.lines.isEmpty { data.append(.init("lines", .array(lineRows))) }
    if !map.marks.isEmpty { data.append(.init("marks", .array(markRows))) }
    return VegaLiteGrid([view], layout: layout, data: data, panelWidth: Self.width + 120)
  }

  // MARK: Data

  private var cellRows: [JSONValue] {
    let (columns, rows) = (map.x.edges, map.y.edges)
    return map.cells.enumerated().flatMap { row, cells in
      cells.enumerated().map { column, value in
        [
          "x": JSONValue(map.x.values[column]), "left": JSONValue(columns[column]),
          "right": JSONValue(columns[column + 1]),
          "y": JSONValue(map.y.values[row]), "lower": JSONValue(rows[row]), "upper": JSONValue(rows[row + 1]),
          "value": JSONValue(value),
        ]
      }
    }
  }

  private var lineRows: [JSONValue] {
    map.lines.flatMap { line in
      line.points.enumerated().map { order, point in
        ["line": .string(line.name), "order": JSONValue(order), "x": JSONValue(point.x), "y": JSONValue(point.y)]
      }
    }
  }

  private var markRows: [JSONValue] {
    map.marks.map { mark in
      [
        "x": JSONValue(mark.place.x), "y": JSONValue(mark.place.y), "value": JSONValue(mark.value),
        "note": .string(mark.note),
      ]
    }
  }

  // MARK: Views

  private var view: JSONValue {
    var layers = [cells]
    if !map.lines.isEmpty { layers += lines }
    if !map.marks.isEmpty { layers += marks }
    return ["width": JSONValue(Self.width), "height": JSONValue(Self.height), "layer": .array(layers)]
  }

  private func channel(_ field: String, _ axis: HeatMap.Axis) -> JSONValue {
    [
      "field": .string(field), "type": "quantitative", "scale": axis.axis.scale,
      "axis": ["title": .string(axis.name), "grid": false],
    ]
  }

  /// Colours piece by piece, on the scale of the numbers.
  private var colour: JSONValue {
    let (axis, stops) = (map.colours, palette.colours(of: map.ramp))
    let numbers = stops.indices.map { index -> JSONValue in
      let share = Double(index) / Double(stops.count - 1)
      return JSONValue(
        axis.isLogarithmic
          ? .exp(.log(axis.lower) * (1 - share) + .log(axis.upper) * share)
          : axis.lower * (1 - share) + axis.upper * share)
    }
    return [
      "field": "value", "type": "quantitative",
      "scale": [
        "type": axis.isLogarithmic ? "log" : "linear", "domain": .array(numbers),
        "range": .array(stops.map { .string($0.css) }), "clamp": true,
      ],
      "legend": ["title": .string(map.quantity), "gradientLength": 240],
    ]
  }

  private func tooltip(_ more: [(field: String, title: String)] = []) -> JSONValue {
    .tooltip([("x", map.x.name), ("y", map.y.name), ("value", map.quantity)] + more)
  }

  private static let isNumber: JSONValue = ["filter": "isValid(datum.value)"]

  private var cells: JSONValue {
    [
      "data": ["name": "cells"], "transform": [Self.isNumber],
      "mark": ["type": "rect", "clip": true],
      "encoding": [
        "x": channel("left", map.x), "x2": ["field": "right"], "y": channel("lower", map.y), "y2": ["field": "upper"],
        "color": colour, "tooltip": tooltip(),
      ],
    ]
  }

  /// Each line twice, the wider one in the colour of the background: so it differs from any cell.
  private var lines: [JSONValue] {
    let names = map.lines.map { JSONValue.string($0.name) }
    let places: JSONValue = [
      "x": channel("x", map.x), "y": channel("y", map.y), "order": ["field": "order", "type": "quantitative"],
    ]
    let dashes: JSONValue = [
      "strokeDash": [
        "field": "line", "type": "nominal",
        "scale": [
          "domain": .array(names),
          "range": .array(
            map.lines.indices.map { index in
              let dashes = HeatMapDrawing.dashes(index).split(separator: " ").compactMap { Double($0) }
              return .array((dashes.isEmpty ? [1, 0] : dashes).map { JSONValue($0) })
            }),
        ],
        "legend": ["title": nil, "symbolType": "stroke", "symbolSize": 400],
      ]
    ]
    func line(_ colour: Colour, width: Double, _ more: JSONValue) -> JSONValue {
      [
        "data": ["name": "lines"],
        "mark": [
          "type": "line", "clip": true, "strokeWidth": JSONValue(width), "color": .string(colour.css),
          "strokeJoin": "round",
        ],
        "encoding": places.with(more),
      ]
    }
    return [
      line(palette.background, width: 5, ["detail": ["field": "line", "type": "nominal"]]),
      line(palette.text, width: 2.2, dashes),
    ]
  }

  private var marks: [JSONValue] {
    let places: JSONValue = ["x": channel("x", map.x), "y": channel("y", map.y)]
    let tips: JSONValue = ["tooltip": tooltip([("note", map.markName)])]
    return [
      [
        "data": ["name": "marks"], "transform": [Self.isNumber],
        "mark": [
          "type": "point", "clip": true, "filled": true, "size": 90, "opacity": 1, "stroke": .string(palette.text.css),
          "strokeWidth": 1.4,
        ],
        "encoding": places.with(["color": colour]).with(tips),
      ],
      [
        "data": ["name": "marks"], "transform": [["filter": "!isValid(datum.value)"]],
        "mark": [
          "type": "point", "clip": true, "shape": "cross", "size": 60, "filled": true,
          "color": .string(palette.text.css),
          "angle": 45,
        ],
        "encoding": places.with(tips),
      ],
    ]
  }
}
