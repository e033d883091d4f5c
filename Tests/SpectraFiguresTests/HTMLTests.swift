import Foundation
import SpectraAnalysis
import Testing

@testable import SpectraFigures

@Suite("HTML")
struct HTMLTests {
  @Test("Every kind is well-formed, stands alone, and is the same each time", arguments: SVGTests.kinds.indices)
  func page(index: Int) throws {
    let figure = try SVGTests.kinds[index].make()
    for palette in Palette.Name.allCases {
      let text = Self.page(figure, palette)
      #expect(text == Self.page(figure, palette))
      #expect(text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en-GB\">"))
      // The name of a format is no address, and a pattern of the page is none either.
      let body = Self.withoutScript(text).replacing("http://www.w3.org/2000/svg", with: "")
        .replacing("url(#hatch", with: "")
      for word in ["http:", "https:", "//", "@import", "url(", "src=", "nan", "inf\""] {
        let isThere = body.contains(word)
        #expect(!isThere, "\(word) in \(SVGTests.kinds[index].name)")
      }
      let elements = try MarkupElement.elements(of: text)
      #expect(elements.first?.name == "html")
      #expect(elements.count { $0.name == "script" } == 1)
      let policy = elements.first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
      #expect(policy?.attributes["content"]?.hasPrefix("default-src 'none';") == true)
      #expect(elements.contains { $0.name == "meta" && $0.attributes["name"] == "viewport" })
    }
  }

  @Test("The script asks for nothing, makes no markup of text, and is short")
  func script() {
    for word in [
      "http", "fetch", "import", "XMLHttpRequest", "innerHTML", "insertAdjacent", "eval", "Function(", "]]>",
    ] {
      #expect(!HTMLScript.text.contains(word), "\(word)")
    }
    #expect(HTMLScript.text.split(separator: "\n", omittingEmptySubsequences: false).count <= 150)
  }

  @Test("Headings descend one level at a time, header cells say what they head, names are unique")
  func structure() throws {
    for kind in SVGTests.kinds {
      let elements = try Self.elements(try kind.make())
      let levels = elements.compactMap { ["h1": 1, "h2": 2, "h3": 3][$0.name] }
      #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
      #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })
      #expect(elements.filter { $0.name == "th" }.allSatisfy { ["row", "col"].contains($0.attributes["scope"]) })
      let names = elements.compactMap { $0.attributes["id"] }
      #expect(Set(names).count == names.count)
      let references = elements.compactMap { $0.attributes["aria-labelledby"] }
      #expect(Set(references).isSubset(of: names))
      // A picture to those who do not see it.
      let drawings = elements.filter { $0.name == "svg" && $0.attributes["role"] == "img" }
      #expect(!drawings.isEmpty)
    }
  }

  @Test("All colours and dashes have a value in every palette", arguments: Palette.Name.allCases)
  func variables(palette: Palette.Name) throws {
    for kind in SVGTests.kinds {
      let figure = try kind.make()
      let text = Self.page(figure, palette)
      let used = Set(text.matches(of: /var\((--[a-z0-9-]+)\)/).map { String($0.output.1) }).subtracting(["--width"])
      for entry in figure.legend.entries.indices where figure.legend.entries.count > 1 {
        #expect(used.contains("--series-\(entry)"))
      }
      for choice in Palette.Name.allCases {
        let rule = try #require(
          text.firstMatch(of: try Regex(":root:has\\(#palette-\(choice.rawValue):checked\\) \\{[^}]*")))
        for name in used { #expect(rule.output[0].substring?.contains("\(name): ") == true, "\(name) in \(choice)") }
      }
      #expect(used.allSatisfy { text.contains(":root { color-scheme: light; ") && text.contains("\($0): ") })
    }
  }

  @Test("The figure's palette is chosen first", arguments: Palette.Name.allCases)
  func chosen(palette: Palette.Name) throws {
    let buttons = try MarkupElement.elements(of: Self.page(try Self.comparison(), palette)).filter {
      $0.attributes["type"] == "radio"
    }
    #expect(buttons.count == 1 + Palette.Name.allCases.count)
    let checked = buttons.filter { $0.attributes["checked"] != nil }.compactMap { $0.attributes["id"] }
    #expect(checked == [palette == .light ? "palette-system" : "palette-\(palette.rawValue)"])
  }

  @Test("Every summary has a row with its numbers")
  func rows() throws {
    let figure = try Self.comparison()
    let page = Self.page(figure, .light)
    let rows = page.split(separator: "<tr>").dropFirst()
    #expect(try Self.elements(figure).filter { $0.name == "tr" && $0.around.last == "tbody" }.count >= 4)
    // Of eight values one is zero and one lost: 12.5 %; three of the six others lie within a factor e of 1.
    let row = try #require(rows.first { $0.contains("post-ln</th>") && $0.contains(">12</td>") })
    let zero = NumberText.percent(1.0 / 8)
    #expect(row.matches(of: /data-order="0\.125000"/).count == 2 && row.contains(zero))
    #expect(row.contains("<td class=\"number\" data-order=\"1\">1</td>"))
    // ln of 10^7.5, the condition number.
    #expect(row.contains("10<sup>7.5</sup>"))
    #expect(row.contains(" / 8"))
    for summary in figure.summaries {
      #expect(
        rows.contains { row in
          let text = row.replacing("<wbr/>", with: "")
          return text.contains("\(summary.panel.architecture)</th>") && text.contains(summary.verdictReason)
        })
    }
  }

  @Test("Samples without a spectrum have a row that says why, and no numbers")
  func failures() throws {
    let figure = try SVGTests.figure(
      [
        FigureFixtures.failed("vanilla", "The forward pass overflows."),
        FigureFixtures.sample("rezero", log10: [0, 0]),
      ],
      .histogram)
    let row = try #require(Self.page(figure, .light).split(separator: "<tr>").first { $0.contains("vanilla</th>") })
    #expect(row.contains("1 failed") && row.contains("overflow") && row.contains("The forward pass overflows"))
    #expect(row.contains("<td class=\"number\" data-order=\"\">none</td>") && !row.contains("nan"))
  }

  @Test("Text from files stays text, wherever it stands")
  func escaping() throws {
    let text = "</title></script><script>alert(1)</script>]]>\"&'<b>"
    func hostile(_ place: String) -> String { place + text }
    let spectra = [
      try FigureFixtures.sample(hostile("arch"), log10: [0, -1], zeros: 1),
      SpectrumRecord(
        architecture: "failing", block: hostile("block"), depth: 4, sample: 0, failure: .overflow,
        reason: hostile("reason")
      ),
    ]
    let record = try RunRecord(
      version: hostile("version"), command: ["spectra", hostile("argument")],
      environment: Environment(backend: hostile("backend"), core: hostile("core"), threads: 1),
      configuration: [hostile("key"): hostile("value")], spectra: spectra,
      published: [
        Published(
          quantity: hostile("quantity"), architecture: hostile("published"), depth: 4, published: 1, measured: nil,
          agrees: false)
      ])
    var design = FigureDesign()
    design.title = hostile("title")
    let page = Self.page(try Figure(of: [FigureRun(record, name: hostile("name"))], design: design), .light)
    let elements = try MarkupElement.elements(of: page)
    #expect(elements.count { $0.name == "script" } == 1 && !elements.contains { $0.name == "b" })
    #expect(!page.contains("<script>alert"))
    // Each is there as it was, in an element of its own, or within a sentence.
    let texts = elements.map(\.text)
    for place in ["arch", "version", "backend", "core", "key", "value", "quantity", "published", "title", "name"] {
      #expect(texts.contains { $0.contains(hostile(place)) }, "\(place)")
    }
    #expect(texts.contains { $0.contains("reason</title>") })
    #expect(elements.contains { $0.name == "title" && $0.around.last == "head" && $0.text == hostile("title") })
    let command = try #require(elements.first { $0.name == "code" })
    #expect(command.text == "spectra " + HTMLRuns.shellQuoted(hostile("argument")))
  }

  @Test(
    "Commands are quoted as a shell takes them",
    arguments: [
      ("--arch", "--arch"), ("post-ln:norm=rmsnorm,rezero", "post-ln:norm=rmsnorm,rezero"), ("", "''"),
      ("two words", "'two words'"), ("it's", "'it'\\''s'"), ("$(reboot)", "'$(reboot)'"), ("~", "'~'"), ("*", "'*'"),
      ("a\nb", "$'a\\012b'"), ("it's\u{1B}\\", "$'it\\'s\\033\\\\'"), ("σ", "'σ'"),
    ])
  func quoting(argument: String, quoted: String) throws {
    #expect(HTMLRuns.shellQuoted(argument) == quoted)
  }

  @Test("A shell reads quoted arguments as they were")
  func shell() throws {
    let arguments = ["it's", "a\"b", "$HOME `x`", "two  blanks", "\\", "-n", "", "é", "a'b''"]
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "printf '%s\\n' " + arguments.map(HTMLRuns.shellQuoted).joined(separator: " ")]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(output == arguments.map { $0 + "\n" }.joined())
  }

  @Test("Small drawings are there once, wide ones twice, with patterns of their own")
  func phones() throws {
    let figure = try Self.comparison()
    func drawings(_ width: Int?) throws -> [MarkupElement] {
      var style = FigureStyle()
      style.size.width = width
      return try MarkupElement.elements(of: HTMLFigure(style: style).text(of: figure)).filter {
        $0.name == "svg" && $0.attributes["role"] == "img"
      }
    }
    #expect(try drawings(Int(HTMLFigure.widestOnPhones)).count == 1)
    let both = try drawings(nil)
    // 360 is what a phone of 400 has within the page's margins.
    #expect(both.count == 2 && both[1].number("width") == 360)
    for drawing in both {
      // The view ends where the panels end; the whole is kept.
      let (view, whole) = (Self.box(drawing.attributes["viewBox"]), Self.box(drawing.attributes["data-whole"]))
      #expect(view.count == 4 && whole.count == 4 && whole[0...1] == [0, 0])
      #expect(view[1] > 0 && view[1] + view[3] <= whole[3] && view[2] == whole[2])
    }
  }

  @Test("A table of more than sixty rows scrolls within the page", arguments: [(60, false), (61, true)])
  func longTables(layers: Int, isLong: Bool) throws {
    let figure = try SVGTests.figure(
      (1...layers).map { try FigureFixtures.sample("rezero", depth: layers, layer: $0, log10: [0]) }, .quantiles)
    let scrolls = try Self.elements(figure).contains { $0.attributes["class"] == "scroll long" }
    #expect(scrolls == isLong)
  }

  @Test("Published numbers stand beside measured ones, commands and settings below")
  func runs() throws {
    let published = Published(
      quantity: "mean_squared", architecture: "post-ln", depth: 12, published: 0.81, measured: 0.8104, agrees: true)
    func page(_ published: [Published]?, command: [String]) throws -> String {
      let record = try RunRecord(
        version: "0.1.0", command: command, environment: Environment(backend: "OpenBLAS", core: "Zen", threads: 2),
        configuration: ["width": 16, "depth": 4], spectra: [FigureFixtures.sample("post-ln", log10: [0, -1])],
        published: published)
      return Self.page(try Figure(of: [FigureRun(record)]), .light)
    }
    let with = try page([published], command: ["spectra", "figure5"])
    #expect(with.contains("Published numbers") && with.contains(">0.810</td>") && with.contains(">yes</td>"))
    #expect(with.contains("<code>spectra figure5</code>"))
    let settings = try #require(with.range(of: "id=\"configuration-0\""))
    let rows = with[settings.upperBound...].matches(of: /<th scope="row">([a-z]+)<\/th>/).map { String($0.output.1) }
    #expect(rows == ["depth", "width"])
    let without = try page(nil, command: [])
    #expect(!without.contains("Published numbers") && !without.contains("<code>"))
    #expect(without.contains("there is no command"))
  }

  @Test("A page of two architectures is as it was")
  func snapshot() throws {
    // Without the style sheet and the script, which are the same on every page.
    let text = Self.page(try Self.comparison(), .light)
      .replacing(/(<style>)[^<]*/) { $0.output.1 }.replacing(/(<script>)[\s\S]*(<\/script>)/) {
        $0.output.1 + $0.output.2
      }
    try expectSnapshot(text, named: "page.html")
  }

  // MARK: Pages

  static func page(_ figure: Figure, _ palette: Palette.Name) -> String {
    var style = FigureStyle()
    style.palette = Palette(palette)
    return HTMLFigure(style: style).text(of: figure)
  }

  private static func withoutScript(_ page: String) -> String { page.replacing(HTMLScript.text, with: "") }

  private static func elements(_ figure: Figure) throws -> [MarkupElement] {
    try MarkupElement.elements(of: page(figure, .light))
  }

  private static func comparison() throws -> Figure {
    try SVGTests.figure(FigureFixtures.comparison(), .histogram)
  }

  private static func box(_ text: String?) -> [Double] {
    (text ?? "").split(separator: " ").compactMap { Double($0) }
  }
}
