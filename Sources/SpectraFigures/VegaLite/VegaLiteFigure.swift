internal import SpectraReports

/// A figure as a specification of Vega-Lite: a JSON file that its tools draw, and that can be edited and built upon.
///
/// The numbers are in it, already binned and summarised, in tidy named data sets: what is drawn can be read out of the file
/// without spectra. `usermeta` says where they come from. The text is the same for equal figures.
///
/// Language: Satyanarayan et al. 2017, *Vega-Lite: A Grammar of Interactive Graphics*; version 6.
public struct VegaLiteFigure: Sendable {
  /// The colours, which are fixed in the file.
  public let palette: Palette

  public init(palette: Palette = Palette(.light)) { self.palette = palette }

  /// The specification of a figure, a JSON document that ends in a newline.
  public func text(of figure: Figure) -> String { specification(of: figure).pretty }

  static let schema = "https://vega.github.io/schema/vega-lite/v6.json"

  func specification(of figure: Figure) -> JSONValue {
    let inks = VegaLiteInks(figure, palette)
    let grid =
      switch figure.content {
      case .histograms(let content): VegaLiteHistograms(figure: content, inks: inks).grid
      case .ridgeline(let content): VegaLiteRidgeline(figure: content, inks: inks).grid
      case .bands(let content): VegaLiteBands(figure: content, inks: inks).grid
      case .heatMap(let content): VegaLiteHeatMap(map: content, palette: palette).grid
      }
    var views = [grid.view]
    if let notes = notes(figure.notes, width: grid.width) { views.append(notes) }
    let specification: JSONValue = [
      "$schema": .string(Self.schema),
      "usermeta": ["runs": .array(figure.runs.map(origin))],
      "config": configuration,
      "background": .string(palette.background.css),
      "padding": 12,
    ]
    return specification.with(title(figure, width: grid.width)).with([
      "datasets": .object(grid.data),
      "vconcat": .array(views),
      "spacing": 8,
      "resolve": VegaLiteGrid.sharedLegend,
    ])
  }

  /// Where the numbers of a run come from.
  private func origin(_ run: FigureRun) -> JSONValue {
    [
      "name": .string(run.name), "version": .string(run.version),
      "command": .array(run.command.map(JSONValue.string)), "config": run.configuration,
    ]
  }

  private func title(_ figure: Figure, width: Int) -> JSONValue {
    let lines = [figure.title, figure.caption].filter { !$0.isEmpty }
    guard let first = lines.first else { return [:] }
    var title: JSONValue = ["text": .lines(first, size: 14, width: width)]
    if lines.count > 1 { title = title.with(["subtitle": .lines(lines[1], size: 11, width: width)]) }
    return ["title": title.with(["anchor": "start", "offset": 14])]
  }

  /// The notes below the panels.
  private func notes(_ notes: [String], width: Int) -> JSONValue? {
    guard !notes.isEmpty else { return nil }
    let lines = TextMetrics.wrapped(notes.joined(separator: " "), size: 11, width: Double(width))
    return [
      "data": ["values": [[:]]],
      // The text goes beyond its view, which so adds nothing to the width of the panels.
      "width": 20, "height": JSONValue(14 * lines.count),
      "view": ["stroke": nil],
      "mark": [
        "type": "text", "align": "left", "baseline": "top", "fontSize": 11, "color": .string(palette.faint.css),
        "lineHeight": 14, "text": .array(lines.map(JSONValue.string)),
      ],
      "encoding": ["x": ["value": 0], "y": ["value": 0]],
    ]
  }

  private var configuration: JSONValue {
    let (text, faint, grid) = (palette.text.css, palette.faint.css, palette.grid.css)
    return [
      "font": "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif",
      "axis": [
        "labelColor": .string(text), "titleColor": .string(text), "tickColor": .string(faint),
        "domainColor": .string(faint), "gridColor": .string(grid), "labelFontSize": 11, "titleFontSize": 12,
        "titleFontWeight": "normal", "labelOverlap": true,
      ],
      "legend": [
        "labelColor": .string(text), "titleColor": .string(text), "labelFontSize": 12, "labelLimit": 0,
        "titleFontWeight": "normal", "titleLimit": 320,
      ],
      "title": [
        "color": .string(text), "subtitleColor": .string(faint), "fontSize": 14, "subtitleFontSize": 11, "limit": 0,
      ],
      "view": ["stroke": .string(grid)],
    ]
  }
}

/// The panels of a figure, side by side and one below the other.
struct VegaLiteGrid {
  let view: JSONValue
  /// The named data sets that it refers to.
  let data: [JSONValue.Field]
  /// About what it takes up, in pixels.
  let width: Int

  /// One legend for all panels; their axes are the same by their domains.
  static let sharedLegend: JSONValue = ["scale": ["color": "shared", "strokeDash": "shared", "opacity": "shared"]]

  /// How many panels stand side by side, and the size of each, in pixels.
  struct Layout {
    let columns, width, height: Int

    init(panels: Int) {
      columns = panels <= 1 ? 1 : panels <= 4 ? 2 : 3
      (width, height) = panels <= 1 ? (480, 260) : columns == 2 ? (320, 180) : (240, 150)
    }

    /// A width near that of the layout, with a whole number of pixels to a bin: no seams between bars.
    func width(bins: Int) -> Int { bins > width ? width : (width + bins / 2) / bins * bins }

    /// Whether nothing stands below a panel.
    func isLowest(_ index: Int, of panels: Int) -> Bool { index + columns >= panels }
    func isFirst(_ index: Int) -> Bool { index % columns == 0 }
  }

  /// - Parameter besides: the width of what stands beside a panel of the layout's size: axes, gutters.
  init(_ panels: [JSONValue], layout: Layout, data: [JSONValue.Field], panelWidth: Int) {
    view = [
      "columns": JSONValue(layout.columns), "spacing": ["row": 24, "column": 28], "align": "each",
      "resolve": Self.sharedLegend, "concat": .array(panels),
    ]
    self.data = data
    width = Swift.min(panels.count, layout.columns) * panelWidth
  }
}

/// The colours of a figure's series as scales.
struct VegaLiteInks {
  let palette: Palette
  private let legend: Figure.Legend
  private let isShown: Bool

  /// Layers have places of their own on an axis: they need colours and no legend.
  init(_ figure: Figure, _ palette: Palette) {
    self.palette = palette
    switch figure.content {
    case .ridgeline(let ridgeline):
      let layers = Set(ridgeline.panels.flatMap { $0.ridges.map(\.layer) }).sorted()
      legend = Figure.Legend(entries: layers.map(String.init), isOrdered: true)
      domain = .array(layers.map { JSONValue($0) })
      isShown = false
    case .histograms, .bands, .heatMap:
      legend = figure.legend
      domain = .array(legend.entries.map(JSONValue.string))
      isShown = legend.entries.count > 1
    }
  }

  var indices: Range<Int> { legend.entries.indices }
  func name(_ entry: Int) -> String { legend.entries.indices.contains(entry) ? legend.entries[entry] : "" }

  /// The values of the field `series`, or, of ridges, of the field `layer`.
  let domain: JSONValue

  /// The channel of colours by the field `series` or another.
  ///
  /// - Parameter symbol: what stands in the legend.
  func colour(by field: String = "series", symbol: String = "square") -> JSONValue {
    let range = indices.map { JSONValue.string(palette.colour(ofSeries: $0, in: legend).css) }
    return channel(field, range: range, symbol: symbol)
  }

  /// The channel of dashes; nil where all lines are whole.
  func dashes(symbol: String) -> JSONValue? {
    let dashes = indices.map { palette.dashes(ofSeries: $0, in: legend) }
    guard dashes.contains(where: { !$0.isEmpty }) else { return nil }
    let range = dashes.map { JSONValue.array(($0.isEmpty ? [1, 0] : $0).map { JSONValue($0) }) }
    return channel("series", range: range, symbol: symbol)
  }

  /// Beside the panels, or below them where names are long.
  private var place: JSONValue {
    let longest = legend.entries.map { TextMetrics.width($0, size: 12) }.max() ?? 0
    return longest > 200 ? ["orient": "bottom", "direction": "vertical", "columns": 1] : ["orient": "right"]
  }

  private func channel(_ field: String, range: [JSONValue], symbol: String) -> JSONValue {
    [
      "field": .string(field), "type": "nominal", "scale": ["domain": domain, "range": .array(range)],
      "legend": isShown
        ? place.with(["title": nil, "symbolType": .string(symbol), "symbolSize": symbol == "stroke" ? 400 : 100]) : nil,
    ]
  }
}
