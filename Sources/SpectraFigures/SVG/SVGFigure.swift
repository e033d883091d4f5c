import SpectraAnalysis

/// A figure as an SVG document.
///
/// The document stands alone: no style sheet, script, font or picture from elsewhere. Text is text, which can be selected,
/// searched and edited. Marks have titles, which most viewers show under the pointer.
public struct SVGFigure: Sendable {
  public var size: FigureSize
  public var palette: Palette

  /// - Parameter size: within what `FigureSize.problem` allows; beyond it the nearest that is.
  public init(size: FigureSize = FigureSize(), palette: Palette = Palette(.light)) {
    self.size = size
    self.palette = palette
  }

  /// The document.
  public func text(of figure: Figure) -> String { drawing(of: figure).document }

  /// The extent of the document in SVG units.
  public func extent(of figure: Figure) -> (width: Int, height: Int) { drawing(of: figure).extent }

  /// The figure laid out, for both.
  func drawing(of figure: Figure) -> SVGDrawing {
    SVGDrawing(figure, size: size, inks: Inks(palette, figure))
  }
}

/// A figure laid out, for a file of its own or for a page.
struct SVGDrawing {
  let figure: Figure
  let layout: FigureLayout
  let inks: Inks

  init(_ figure: Figure, size: FigureSize, inks: Inks) {
    self.figure = figure
    self.inks = inks
    layout = FigureLayout(figure, size: size) { width in
      switch figure.content {
      case .histograms: HistogramDrawing.height(width: width)
      case .ridgeline(let content): RidgelineDrawing.height(content)
      case .bands(let content): BandDrawing.height(content, width: width)
      case .heatMap(let content): HeatMapDrawing.height(content, width: width)
      }
    }
  }

  /// A document that stands alone.
  var document: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + markup(ownBackground: true) }

  /// In SVG units.
  var extent: (width: Int, height: Int) { (Int(layout.width), Int(layout.height)) }

  /// The `<svg>` element.
  ///
  /// - Parameter ownBackground: whether it stands alone. A page has a background, a title, a legend and notes of its own: there
  ///   the view is of the panels only, `data-whole` keeps the view of everything, and what is beside the panels has the class
  ///   `beside`.
  func markup(ownBackground: Bool) -> String {
    var document = SVGDocument()
    let about = ([figure.title, figure.caption] + figure.summaries.map(Self.spoken)).filter { !$0.isEmpty }
    document.append("<title>\(SVGDocument.escaped(figure.title.isEmpty ? "Singular values" : figure.title))</title>\n")
    document.append("<desc>\(SVGDocument.escaped(about.joined(separator: "\n")))</desc>\n")
    if ownBackground {
      document.rectangle(Area(x: 0, y: 0, width: layout.width, height: layout.height), ["fill": inks.background])
    }
    document.append(hatch)
    func drawBeside(_ draw: (inout SVGDocument) -> Void) {
      if ownBackground { draw(&document) } else { document.group(["class": "beside"], draw) }
    }
    drawBeside { document in
      for line in layout.title {
        document.text(
          line.text, x: line.x, y: line.y, size: line.size, fill: line.isBold ? inks.text : inks.faint,
          isBold: line.isBold)
      }
      drawLegend(on: &document)
    }
    for index in layout.panels.indices { drawPanel(index, on: &document) }
    drawBeside { document in
      for line in layout.notes { document.text(line.text, x: line.x, y: line.y, size: line.size, fill: inks.faint) }
    }
    let whole = Area(x: 0, y: 0, width: layout.width, height: layout.height)
    let view = ownBackground ? view(whole) : view(panelsAlone) + " data-whole=\"\(box(whole))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg"\(view) \
      role="img" font-family="Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif">
      \(document.body)</svg>

      """
  }

  /// Where the panels are, with the arrows that stand above them.
  private var panelsAlone: Area {
    let top = (layout.panels.first?.y ?? 6) - 6
    return Area(x: 0, y: top, width: layout.width, height: (layout.panels.last?.bottom ?? layout.height) + 4 - top)
  }

  private func view(_ area: Area) -> String {
    " width=\"\(SVGDocument.number(area.width))\" height=\"\(SVGDocument.number(area.height))\" viewBox=\"\(box(area))\""
  }

  private func box(_ area: Area) -> String {
    [area.x, area.y, area.width, area.height].map(SVGDocument.number).joined(separator: " ")
  }

  /// The pattern of what is lost: it is no measured size.
  private var hatch: String {
    """
    <defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
    <line x1="0" y1="0" x2="0" y2="4" stroke="\(inks.background)" stroke-width="2.4"/></pattern></defs>

    """
  }

  /// A panel's verdict in words.
  private static func spoken(_ summary: Summary) -> String {
    let panel = summary.panel
    let layer = panel.layer == panel.depth ? "" : ", layer \(panel.layer)"
    let verdict = summary.verdict.map { "\($0.rawValue), " } ?? ""
    return "\(panel.architecture), depth \(panel.depth)\(layer): \(verdict)\(summary.verdictReason)"
  }

  private func drawLegend(on document: inout SVGDocument) {
    for item in layout.legend {
      let swatch = Area(x: item.x, y: item.y - 5, width: FigureLayout.swatch, height: 10)
      if let ink = item.entry.map({ inks.series[$0] }) {
        document.rectangle(swatch, ["fill": ink.colour, "fill-opacity": "0.22"])
        document.line(
          (swatch.x, item.y), (swatch.right, item.y),
          ["stroke": ink.colour, "stroke-width": "2", "style": "stroke-dasharray:\(ink.dashes)"])
      } else {
        document.append(TheoryDrawing.swatch(x: swatch.x, y: swatch.y, inks))
      }
      for (index, line) in item.lines.enumerated() {
        document.text(
          line, x: swatch.right + 6, y: item.y + 4 + Double(index) * FigureLayout.legendLine,
          size: FigureLayout.legendSize, fill: inks.text)
      }
    }
  }

  private func drawPanel(_ index: Int, on document: inout SVGDocument) {
    let area = layout.panels[index]
    let titles = figure.content.panelTitles
    let lines = TextMetrics.wrapped(
      titles[index], size: FigureLayout.titleSize, width: area.width, isBold: true)
    for (line, text) in lines.enumerated() {
      document.text(
        text, x: area.x, y: area.y + FigureLayout.titleSize * (1 + 1.25 * Double(line)), size: FigureLayout.titleSize,
        fill: inks.text, isBold: true)
    }
    let top = FigureLayout.titleHeight(titles, width: area.width)
    let inner = Area(x: area.x, y: area.y + top, width: area.width, height: area.height - top)
    switch figure.content {
    case .histograms(let content):
      HistogramDrawing(content, figure.legend, inks).draw(
        content.panels[index], in: inner, isFirst: index % layout.columns == 0, on: &document)
    case .ridgeline(let content):
      RidgelineDrawing(content, inks).draw(content.panels[index], in: inner, on: &document)
    case .bands(let content):
      BandDrawing(content, figure.legend, inks).draw(content.panels[index], in: inner, on: &document)
    case .heatMap(let content): HeatMapDrawing(content, inks).draw(in: inner, on: &document)
    }
  }
}
