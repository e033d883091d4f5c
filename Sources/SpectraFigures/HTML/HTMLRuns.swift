import SpectraAnalysis
internal import SpectraReports

/// How the runs of a figure came about: command, environment, configuration, and published numbers where there are some.
struct HTMLRuns {
  private let runs: [FigureRun]

  init(_ runs: [FigureRun]) { self.runs = runs }

  func write(on page: inout HTMLDocument) {
    let published = runs.filter { !$0.published.isEmpty }
    if !published.isEmpty {
      section("Published numbers", id: "published", on: &page) { page in
        for run in published {
          writeName(run, on: &page)
          writePublished(run.published, on: &page)
        }
      }
    }
    section("How it was made", id: "made", on: &page) { page in
      for (index, run) in runs.enumerated() {
        writeName(run, on: &page)
        writeCommand(run, on: &page)
        writeTable(
          [
            ("spectra", run.version), ("backend", run.environment.backend), ("core", run.environment.core),
            ("threads", "\(run.environment.threads)"),
          ], title: "Computed with", id: "environment-\(index)", on: &page)
        writeTable(
          Self.settings(run.configuration), title: "Configuration", id: "configuration-\(index)", isLong: true,
          on: &page)
      }
    }
  }

  private func section(
    _ title: String, id: String, on page: inout HTMLDocument, _ content: (inout HTMLDocument) -> Void
  ) {
    page.element("section", ["aria-labelledby": id]) { page in
      page.element("h2", ["id": id], text: title)
      content(&page)
    }
  }

  /// What tells a run from others; nothing where there is only one without a name.
  private func writeName(_ run: FigureRun, on page: inout HTMLDocument) {
    if !run.name.isEmpty { page.element("h3") { $0.breakable(run.name) } }
  }

  private func writeCommand(_ run: FigureRun, on page: inout HTMLDocument) {
    guard !run.command.isEmpty else {
      page.element("p", text: "A program that uses the library made this run: there is no command.")
      return
    }
    page.element("div", ["class": "command"]) { page in
      page.element("pre", ["tabindex": "0", "aria-label": "Command"]) { page in
        page.element("code", text: run.command.map(Self.shellQuoted).joined(separator: " "))
      }
    }
  }

  /// Names and values.
  ///
  /// - Parameter isLong: whether the rows stand in several columns where the page has room.
  private func writeTable(
    _ rows: [(name: String, value: String)], title: String, id: String, isLong: Bool = false,
    on page: inout HTMLDocument
  ) {
    page.element("p", ["class": "faint", "id": id], text: title)
    page.element("div", ["class": isLong ? "columns" : "single"]) { page in
      page.element("table", ["class": "settings", "aria-labelledby": id]) { page in
        page.element("tbody") { page in
          for row in rows {
            page.element("tr") { page in
              page.element("th", ["scope": "row"]) { $0.breakable(row.name) }
              page.element("td") { $0.breakable(row.value) }
            }
          }
        }
      }
    }
  }

  private func writePublished(_ numbers: [Published], on page: inout HTMLDocument) {
    let titles = ["architecture", "depth", "quantity", "published", "measured", "agrees"]
    page.element("div", ["class": "scroll", "role": "region", "tabindex": "0", "aria-labelledby": "published"]) {
      page in
      page.element("table", ["class": "sortable"]) { page in
        page.element("thead") { page in
          page.element("tr") { page in
            for title in titles {
              let isText = ["architecture", "quantity", "agrees"].contains(title)
              page.element("th", ["scope": "col", "class": isText ? "short" : "number"], text: title)
            }
          }
        }
        page.element("tbody") { page in
          for number in numbers {
            page.element("tr") { page in
              page.element("th", ["scope": "row", "class": "short"]) { $0.breakable(number.architecture) }
              page.element("td", ["class": "number"], text: "\(number.depth)")
              page.element("td", ["class": "short"], text: number.quantity)
              page.element("td", ["class": "number"], text: Self.asPublished(number.published))
              page.element("td", ["class": "number"], text: number.measured.map(Self.asPublished) ?? "none")
              page.element("td", ["class": "short"], text: number.agrees ? "yes" : "no")
            }
          }
        }
      }
    }
  }

  // MARK: Words

  /// Papers print three decimals, and a vanishing number as 0.000.
  private static func asPublished(_ value: Double) -> String {
    abs(value) < 1e6 ? NumberText.fixed(value, decimals: 3) : NumberText.significant(value, digits: 4)
  }

  /// The settings by name, each as a person writes it.
  private static func settings(_ configuration: JSONValue) -> [(name: String, value: String)] {
    guard case .object(let fields) = configuration else { return [("configuration", written(configuration))] }
    // Equal names keep their order: a file may hold a name twice.
    return fields.enumerated()
      .sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }
      .map { ($0.element.name, written($0.element.value)) }
  }

  private static func written(_ value: JSONValue) -> String {
    switch value {
    case .null: "not set"
    case .bool(let value): value ? "yes" : "no"
    case .number(let digits): digits
    case .string(let text): text
    case .array(let items): items.map(written).joined(separator: ", ")
    case .object: value.compact
    }
  }

  /// An argument as a shell takes it: bare where it has nothing that a shell understands, else in quotation marks.
  static func shellQuoted(_ argument: String) -> String {
    let bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,/:@%"
    if !argument.isEmpty, argument.allSatisfy(bare.contains) { return argument }
    guard argument.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      return "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
    // Control characters by their numbers, which pages and terminals leave alone (POSIX.1-2024, 2.2.4).
    return "$'"
      + argument.unicodeScalars.map { scalar in
        switch scalar {
        case "'", "\\": "\\\(scalar)"
        case let control where control.value < 0x20 || control.value == 0x7F:
          "\\" + String(repeating: "0", count: 3 - String(control.value, radix: 8).count)
            + String(control.value, radix: 8)
        default: String(scalar)
        }
      }.joined() + "'"
  }
}
