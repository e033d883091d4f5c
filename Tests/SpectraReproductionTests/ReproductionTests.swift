import Foundation
import Spectra
import TestSupport
import Testing

@testable import SpectraReproduction

@Suite("Reproductions")
struct ReproductionTests {
  @Test("Every line has an identifier of its own, and says all that a reader needs")
  func lines() {
    let lines = Reproductions.lines
    #expect(Set(lines.map(\.id)).count == lines.count)
    for line in lines {
      #expect(line.id.wholeMatch(of: /C[0-9]+\.[a-z0-9.-]+/) != nil, "\(line.id)")
      for text in [line.source, line.quantity, line.settings, line.criterion.text] {
        #expect(!text.isEmpty && !text.hasSuffix("."), "\(line.id): \(text)")
      }
    }
    let rows = [1, 2, 3, 4, 5] + Array(9...12) + Array(14...24)
    #expect(lines.map(\.row).uniqued == rows.map { "C\($0)" })
  }

  /// Rows of a second or less, without optimisation of a few. C4, which takes 40 there, is tested in release alone.
  static let cheap: [String] = {
    var rows = ["C5", "C12", "C14", "C16", "C17", "C18", "C23", "C24"]
    #if !DEBUG
      rows.append("C4")
    #endif
    return rows
  }()

  @Test("Cheap rows agree", arguments: cheap)
  func agrees(row: String) throws {
    let record = try Reproductions.run([row], threads: 2)
    #expect(!record.results.isEmpty && record.results.allSatisfy { $0.line.row == row })
    #expect(record.disagreements.map(ReproductionReport.numbers) == [])
  }

  @Test("Names are rows or lines, in either case, each line once and in the order of the list")
  func selection() throws {
    let all = try Reproductions.lines([])
    #expect(all == Reproductions.lines)
    let found = try Reproductions.lines(["c14", "C5.layernorm-4", "C14.map"]).map(\.id)
    #expect(found == ["C5.layernorm-4", "C14.map", "C14.jacobian", "C14.jacobian-attached"])
  }

  @Test(
    "An unknown name is met with the nearest known one",
    arguments: [("C13", "C1"), ("C14.maps", "C14.map"), ("c20.varaince", "C20.variance"), ("zzzzzzzzzzzzzzzz", nil)])
  func unknown(name: String, nearest: String?) {
    #expect(throws: ReproductionError.unknown(name, nearest: nearest)) { try Reproductions.lines([name]) }
  }

  @Test("Numbers do not depend on threads")
  func threads() throws {
    let one = try Reproductions.run(["C24", "C15"], threads: 1)
    let three = try Reproductions.run(["C24", "C15"], threads: 3)
    #expect(one.results == three.results)
  }

  @Test("Progress counts lines to their number")
  func progress() throws {
    let lines = try Reproductions.lines(["C14", "C18"]).count
    nonisolated(unsafe) var seen: [Int] = []
    _ = try Reproductions.run(["C14", "C18"], threads: 1) { done, total in
      #expect(total == lines)
      seen.append(done)
    }
    #expect(seen.first == 0 && seen.last == lines && seen == seen.sorted())
  }
}

@Suite("Judgement of measured numbers")
struct CriterionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var criterion: Criterion
    var published: PublishedValue
    var measurement: MeasuredValue
    var agrees: Bool
    var testDescription: String { "\(criterion.text), \(published.text), \(measurement.value)" }
  }

  static let cases: [Case] = [
    Case(
      criterion: .printedDigits, published: .value(0.81, decimals: 3), measurement: MeasuredValue(0.8104), agrees: true),
    Case(
      criterion: .printedDigits, published: .value(0.81, decimals: 3), measurement: MeasuredValue(0.8106), agrees: false
    ),
    Case(
      criterion: .printedDigits, published: .value(0, decimals: 3), measurement: MeasuredValue(1.2e-4), agrees: true),
    Case(
      criterion: .standardErrors(3), published: .value(10), measurement: MeasuredValue(10.29, uncertainty: 0.1),
      agrees: true),
    Case(
      criterion: .standardErrors(3), published: .value(10), measurement: MeasuredValue(10.31, uncertainty: 0.1),
      agrees: false),
    // Without an uncertainty there is nothing to judge by.
    Case(criterion: .standardErrors(3), published: .value(10), measurement: MeasuredValue(10), agrees: false),
    // The limit's value at the size of the measurement counts, not the limit.
    Case(
      criterion: .standardErrors(3), published: .value(10),
      measurement: MeasuredValue(11, uncertainty: 0.1, expected: 11.2), agrees: true),
    Case(
      criterion: .standardErrors(3), published: .interval(lower: 4, upper: 10),
      measurement: MeasuredValue(3.8, uncertainty: 0.1), agrees: true),
    Case(
      criterion: .standardErrors(3), published: .interval(lower: 4, upper: 10),
      measurement: MeasuredValue(10.4, uncertainty: 0.1), agrees: false),
    Case(
      criterion: .tolerance(1e-8, because: "rounding"), published: .value(1), measurement: MeasuredValue(1 + 2e-8),
      agrees: false),
    Case(
      criterion: .bounds("not negative"), published: .interval(lower: 0, upper: nil), measurement: MeasuredValue(0),
      agrees: true),
    Case(
      criterion: .bounds("a share"), published: .interval(lower: nil, upper: 0.01), measurement: MeasuredValue(0.011),
      agrees: false),
  ]

  @Test("Criteria", arguments: cases)
  func criterion(row: Case) {
    let line = ReproductionLine(
      "C0.test", source: "s", quantity: "q", settings: "t", published: row.published, criterion: row.criterion)
    #expect(ReproductionResult(line, measurement: row.measurement).agrees == row.agrees)
  }

  @Test("What is not finite is no measurement")
  func notFinite() {
    let line = ReproductionLine(
      "C0.test", source: "s", quantity: "q", settings: "t", published: .interval(lower: nil, upper: nil),
      criterion: .bounds("any"))
    for value in [Double.nan, .infinity] {
      let result = ReproductionResult(line, measurement: MeasuredValue(value))
      #expect(!result.agrees && result.measurement == nil && result.problem != nil)
    }
  }
}
