/// How the cells of a table's column are set.
enum HTMLColumnKind: String {
  case number
  /// Words that are broken into lines, and words that are not.
  case sentence, short
}

extension HTMLDocument {
  /// From this number of rows on a table scrolls within the page.
  static let mostRows = 60

  /// A section: a heading, a table that readers sort, and paragraphs that say what its numbers are.
  ///
  /// - Parameters:
  ///   - name: the identifier of the heading.
  ///   - write: writes the element of one row.
  mutating func table<Row>(
    _ name: String, title: String, columns: [(title: String, kind: HTMLColumnKind)], rows: [Row], notes: [String],
    _ write: (Row, inout HTMLDocument) -> Void
  ) {
    element("section", ["aria-labelledby": name]) { page in
      page.element("h2", ["id": name], text: title)
      page.element(
        "div",
        [
          "class": rows.count > Self.mostRows ? "scroll long" : "scroll", "role": "region", "tabindex": "0",
          "aria-labelledby": name,
        ]
      ) { page in
        page.element("table", ["class": "sortable"]) { page in
          page.element("thead") { page in
            page.element("tr") { page in
              for column in columns {
                page.element("th", ["scope": "col", "class": column.kind.rawValue], text: column.title)
              }
            }
          }
          page.element("tbody") { page in for row in rows { write(row, &page) } }
        }
      }
      for note in notes { page.element("p", ["class": "faint"], text: note) }
    }
  }
}
