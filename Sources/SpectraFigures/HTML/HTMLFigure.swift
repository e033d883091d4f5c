import SpectraAnalysis

/// A figure as one HTML page that stands alone: the drawing with values under the pointer, the statistics of all panels, and
/// how the runs came about.
///
/// The page needs no network: it has no font, script, style sheet or picture from elsewhere, and a content security policy
/// that forbids them. It is well-formed XML, too. Without script everything can be read, and the palette chosen.
public struct HTMLFigure: Sendable {
  /// The size of the drawing, and the palette that is there first; the reader may choose another.
  public var style: FigureStyle

  /// - Parameter style: its size within what `FigureSize.problem` allows; beyond it the nearest that is.
  public init(style: FigureStyle = FigureStyle()) { self.style = style }

  /// The page.
  public func text(of figure: Figure) -> String {
    var page = HTMLDocument()
    page.append("<!DOCTYPE html>\n")
    page.element("html", ["lang": "en-GB"]) { page in
      page.element("head") { page in writeHead(of: figure, on: &page) }
      page.element("body") { page in writeBody(of: figure, on: &page) }
    }
    return page.body
  }

  private func writeHead(of figure: Figure, on page: inout HTMLDocument) {
    page.void("meta", ["charset": "utf-8"])
    page.void("meta", ["http-equiv": "Content-Security-Policy", "content": Self.policy])
    page.void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
    page.void("meta", ["name": "generator", "content": "spectra"])
    // Without one a browser asks the server of a page for its picture.
    page.void("link", ["rel": "icon", "href": "data:,"])
    page.element("title", text: Self.title(of: figure))
    page.append(
      "<style>\n\(HTMLStyles.palettes(first: style.palette.name, figure))\(HTMLStyles.sheet)</style>\n")
  }

  /// Nothing is loaded from anywhere.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

  private func writeBody(of figure: Figure, on page: inout HTMLDocument) {
    page.element("main") { page in
      page.element("header") { page in
        page.element("h1") { $0.breakable(Self.title(of: figure)) }
        if !figure.caption.isEmpty { page.element("p", ["class": "faint"], text: figure.caption) }
      }
      writeChooser(on: &page)
      page.element("figure") { page in
        writeLegend(of: figure, on: &page)
        writeDrawings(of: figure, on: &page)
        if !figure.notes.isEmpty {
          page.element("figcaption") { page in for note in figure.notes { page.element("p", text: note) } }
        }
      }
      if !figure.runs.isEmpty {
        HTMLStatistics(figure).write(on: &page)
        HTMLTheory(figure).write(on: &page)
        HTMLRuns(figure.runs).write(on: &page)
      }
    }
    page.void("div", ["id": "tooltip", "role": "status", "hidden": "hidden"])
    // As characters to XML, which knows no scripts.
    page.append("<script>/*<![CDATA[*/\n\(HTMLScript.text)/*]]>*/</script>\n")
  }

  private static func title(of figure: Figure) -> String { figure.title.isEmpty ? "Singular values" : figure.title }

  // MARK: The drawing

  /// From this width on a drawing has a second one beside it, for screens that it would be too small on.
  static let widestOnPhones = 480.0
  private static let phone = 360

  private func writeDrawings(of figure: Figure, on page: inout HTMLDocument) {
    let inks = Inks(variablesFor: figure)
    let wide = SVGDrawing(figure, size: style.size, inks: inks)
    let hasBoth = wide.layout.width > Self.widestOnPhones
    page.element("div", ["class": hasBoth ? "drawing wide" : "drawing", "style": Self.width(wide)]) {
      $0.append(wide.markup(ownBackground: false))
    }
    guard hasBoth else { return }
    // Panels one below the other, in letters as large as the page's. Names of patterns hold for the whole page.
    let narrow = SVGDrawing(figure, size: FigureSize(width: Self.phone), inks: inks)
    page.element("div", ["class": "drawing narrow", "style": Self.width(narrow)]) {
      $0.append(
        narrow.markup(ownBackground: false).replacing("url(#hatch)", with: "url(#hatch-narrow)")
          .replacing("id=\"hatch\"", with: "id=\"hatch-narrow\""))
    }
  }

  private static func width(_ drawing: SVGDrawing) -> String {
    "--width: \(SVGDocument.number(drawing.layout.width))px"
  }

  /// The series, as buttons that bring one of them out.
  private func writeLegend(of figure: Figure, on page: inout HTMLDocument) {
    let legend = figure.legend
    let hasSeries = legend.entries.count > 1 || !(legend.entries.first ?? "").isEmpty
    guard hasSeries || legend.theory != nil else { return }
    let inks = Inks(variablesFor: figure)
    page.element("ul", ["class": "legend", "aria-label": "Series"]) { page in
      for (entry, name) in legend.entries.enumerated() where hasSeries {
        let ink = inks.series[entry]
        page.element("li") { page in
          page.element("button", ["type": "button", "aria-pressed": "false", "data-series": "\(entry)"]) { page in
            page.append(
              """
              <svg width="22" height="10" aria-hidden="true"><rect width="22" height="10" fill="\(ink.colour)" \
              fill-opacity="0.22"/><line x1="0" y1="5" x2="22" y2="5" stroke="\(ink.colour)" stroke-width="2" \
              style="stroke-dasharray:\(ink.dashes)"/></svg>

              """)
            page.element("span") { $0.breakable(name) }
          }
        }
      }
      // Laws have the colours of their series: nothing to bring out.
      if let theory = legend.theory {
        page.element("li", ["class": "law"]) { page in
          page.append(
            "<svg width=\"22\" height=\"10\" aria-hidden=\"true\">\(TheoryDrawing.swatch(x: 0, y: 0, inks))</svg>\n")
          page.element("span", text: theory)
        }
      }
    }
  }

  private func writeChooser(on page: inout HTMLDocument) {
    page.element("fieldset", ["class": "palettes"]) { page in
      page.element("legend", text: "Colours")
      for choice in HTMLStyles.Choice.all {
        page.element("label") { page in
          let isFirst = choice == HTMLStyles.Choice.first(for: style.palette.name)
          page.void(
            "input",
            isFirst
              ? ["type": "radio", "name": "palette", "id": choice.id, "checked": "checked"]
              : ["type": "radio", "name": "palette", "id": choice.id])
          page.text(choice.title)
        }
      }
    }
  }
}
