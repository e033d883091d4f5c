import SpectraAnalysis
import TestSupport
import Testing

@testable import SpectraReports

@Suite struct TextStyleTests {
  @Test(
    arguments: [
      ([:], false), (["LANG": "C.UTF-8"], true), (["LANG": "de_DE.utf8"], true), (["LANG": "C"], false),
      (["LC_ALL": "C", "LANG": "en_US.UTF-8"], false), (["LC_ALL": "", "LC_CTYPE": "en_US.UTF-8", "LANG": "C"], true),
      (["LC_CTYPE": "POSIX", "LANG": "en_US.UTF-8"], false), (["LANG": "ja_JP.eucJP"], false),
    ] as [([String: String], Bool)])
  func localeDecidesTheCharacters(_ environment: [String: String], _ unicode: Bool) {
    #expect(TextStyle(environment: environment, isTerminal: false).unicode == unicode)
  }

  @Test(
    arguments: [
      ([:], true, true), ([:], false, false), (["NO_COLOR": "1"], true, false), (["NO_COLOR": ""], true, true),
      (["TERM": "dumb"], true, false), (["TERM": "xterm"], false, false),
    ] as [([String: String], Bool, Bool)])
  func terminalDecidesTheColour(_ environment: [String: String], _ isTerminal: Bool, _ colour: Bool) {
    #expect(TextStyle(environment: environment, isTerminal: isTerminal).colour == colour)
  }

  @Test func widthIsBounded() {
    #expect(TextStyle(width: 10).width == 60 && TextStyle(width: 1000).width == 200)
    #expect(TextStyle(environment: [:], isTerminal: true, terminalColumns: 132).width == 132)
    #expect(TextStyle(environment: ["COLUMNS": "100"], isTerminal: true, terminalColumns: 132).width == 100)
    #expect(TextStyle(environment: ["COLUMNS": "x"], isTerminal: true, terminalColumns: 132).width == 132)
    #expect(TextStyle(environment: ["COLUMNS": "100"], isTerminal: false, terminalColumns: nil).width == 80)
  }

  /// Every scene at many widths: no line is too long, ASCII is ASCII, and colours change nothing but colours.
  @Test(arguments: TextReportTests.Scene.allCases)
  func keepsItsPromises(_ scene: TextReportTests.Scene) throws {
    let record = try scene.record()
    for width in [60, 67, 80, 93, 120, 200] {
      for unicode in [true, false] {
        let text = TextReport(style: TextStyle(width: width, unicode: unicode)).text(of: record)
        #expect(linesLonger(than: width, in: text) == [])
        if !unicode { #expect(!text.contains { !$0.isASCII }) }
        let coloured = TextReport(style: TextStyle(width: width, unicode: unicode, colour: true)).text(of: record)
        #expect(coloured.contains("\u{1B}[") && coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == text)
      }
    }
  }

  @Test func longNamesAreBroken() throws {
    let name = "a-very-long-name-of-an-architecture-that-somebody-has-made-up-for-a-test-of-the-layout"
    let records = try Fixtures.normal(name, depth: 123_456, layer: 12, size: 1024, samples: 1, level: 0, deviation: 1)
    let report = TextReport(style: TextStyle(width: 60))
    let text = report.text(
      of: try Fixtures.run(
        records + [Fixtures.failure(name, sample: 123, .failed, String(repeating: "unbroken", count: 20))]))
    #expect(linesLonger(than: 60, in: text) == [])
    try expectSnapshot(text, named: "long-names.60.txt")
  }

  @Test func noSpectraAtAll() throws {
    #expect(TextReport().text(of: try Fixtures.run([])) == "The run has no spectra.\n")
  }

  /// After a colon, which ends a setting; else after an equals sign; else after a hyphen or an underscore; only else within
  /// a word.
  @Test(
    arguments: [
      ("a:beta=2:gamma=3", 10, ["a:beta=2:", "gamma=3"]), ("a:beta=2:gamma=3", 9, ["a:beta=2:", "gamma=3"]),
      ("a:beta=2:gamma=3", 8, ["a:", "beta=2:", "gamma=3"]), ("feed-forward=swiglu", 15, ["feed-forward=", "swiglu"]),
      ("attention=e-spa:gamma=0.2", 15, ["attention=", "e-spa:gamma=0.2"]), ("mean_squared", 10, ["mean_", "squared"]),
      ("rank-deficient", 8, ["rank-", "deficien", "t"]),
      ("of pre-ln:mask=causal, depth", 9, ["of", "pre-ln:", "mask=", "causal,", "depth"]),
    ] as [(String, Int, [String])])
  func longWordsAreBrokenWhereTheyHaveParts(_ text: String, _ width: Int, _ lines: [String]) {
    #expect(wrapped(text, width: width) == lines)
  }

  /// Rows of a table can be told apart at any width.
  @Test(arguments: [60, 80, 120])
  func tablesShowLabelsWhole(_ width: Int) throws {
    let record = try TextReportTests.Scene.longLabels.record()
    let text = TextReport(style: TextStyle(width: width)).text(of: record)
    let table = text.split(separator: "\n").drop { !$0.hasPrefix("architecture") }
    let labels = table.map { $0.prefix { $0 != "─" }.drop { $0 == " " }.prefix { $0 != " " } }.joined()
    for panel in record.summaries.map(\.panel) { #expect(labels.contains(panel.architecture)) }
  }
}
