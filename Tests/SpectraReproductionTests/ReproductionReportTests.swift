import Foundation
import Spectra
import TestSupport
import Testing

@testable import SpectraReproduction

/// Reports of a fixed list of results: no row is run for them. After a change that is meant, record them anew with
/// `SPECTRA_RECORD_SNAPSHOTS=1 swift test --filter ReproductionReportTests` and look at the difference.
@Suite("Reports of reproductions")
struct ReproductionReportTests {
  static let record: ReproductionRecord = {
    func line(
      _ id: String, _ quantity: String, _ published: PublishedValue, _ criterion: Criterion, settings: String = "N = 64"
    ) -> ReproductionLine {
      ReproductionLine(
        id, source: id.hasPrefix("C1.") ? "Somebody 2017, A title, arXiv 1111.00000, eq. 3" : "Another 2020",
        quantity: quantity, settings: settings, published: published, criterion: criterion)
    }
    let three = Criterion.standardErrors(3)
    return ReproductionRecord(
      version: "1.0", command: ["spectra", "reproduce"],
      environment: Environment(backend: "a library", core: "a core", threads: 2),
      results: [
        ReproductionResult(
          line("C1.printed", "mean σ²", .value(0.81, decimals: 3), .printedDigits), measurement: MeasuredValue(0.81047)),
        ReproductionResult(
          line("C1.finite", "variance of λ | L = 4", .value(8), three),
          measurement: MeasuredValue(8.21, uncertainty: 0.13, expected: 8.3)),
        ReproductionResult(
          line("C1.wrong", "largest |ln σ|", .value(0), .tolerance(1e-12, because: "rounded"), settings: "N = 128"),
          measurement: MeasuredValue(3e-11)),
        ReproductionResult(
          line("C2.failed", "KS distance", .interval(lower: nil, upper: 0.01), three), problem: "It broke."),
        ReproductionResult(
          line("C2.between", "‖x‖²/d", .interval(lower: 4, upper: 10), three),
          measurement: MeasuredValue(6.3412, uncertainty: 0.04)),
      ])
  }()

  @Test("Text", arguments: [60, 80, 120], [true, false])
  func text(width: Int, unicode: Bool) throws {
    let text = ReproductionReport(style: TextStyle(width: width, unicode: unicode)).text(of: Self.record)
    #expect(linesLonger(than: width, in: text) == [])
    if !unicode { #expect(text.allSatisfy { $0.isASCII && $0 != "?" }) }
    guard width == 80 else { return }
    try expectSnapshot(text, named: unicode ? "report.txt" : "report-ascii.txt")
  }

  @Test("The list, at three widths and in ASCII", arguments: [60, 80, 120])
  func list(width: Int) {
    let text = ReproductionReport(style: TextStyle(width: width, unicode: false)).list(of: Reproductions.lines)
    #expect(linesLonger(than: width, in: text) == [])
    #expect(text.allSatisfy { $0.isASCII && $0 != "?" })
    for line in Reproductions.lines { #expect(text.contains(line.id)) }
  }

  @Test("The page")
  func markdown() throws {
    try expectSnapshot(ReproductionMarkdown().text(of: Self.record), named: "report.md")
  }

  @Test("JSON, as the schema has it")
  func json() throws {
    let schema = try JSONSchema(ofCommand: "reproduce")
    let document = try Self.record.json()
    let violations = try schema.violations(in: Data(document.utf8))
    #expect(violations == [])
    try expectSnapshot(document, named: "report.json")
    // A field that the schema does not know is found.
    let found = try schema.violations(in: document, replacing: "\"agreeing\"", with: "\"aggreeing\"")
    #expect(!found.isEmpty)
  }

  @Test("A wrong published number is a disagreement, and a right one none")
  func disagreements() throws {
    #expect(Self.record.disagreements.map(\.line.id) == ["C1.wrong", "C2.failed"])
    var record = try Reproductions.run(["C14.map"], threads: 1)
    #expect(record.disagreements.isEmpty)
    var line = record.results[0].line
    line.published = .value(1)
    let measurement = try #require(record.results[0].measurement)
    record.results = [ReproductionResult(line, measurement: measurement)]
    #expect(record.disagreements.map(\.line.id) == ["C14.map"])
  }
}
