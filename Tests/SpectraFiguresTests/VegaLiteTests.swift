import Foundation
import SpectraAnalysis
import TestSupport
import Testing

@testable import SpectraFigures

/// Specifications follow Vega-Lite's published schema; after a change record them anew with
/// `SPECTRA_RECORD_SNAPSHOTS=1 swift test --filter VegaLiteTests`, draw them with `make check-figures` and look at them.
@Suite struct VegaLiteTests {
  static var schema: JSONSchema {
    get throws {
      try JSONSchema(
        contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
          .appendingPathComponent("Schemas/vega-lite-v6.json"))
    }
  }

  @Test(arguments: VegaLiteExamples.all)
  func followsThePublishedSchema(_ example: VegaLiteExamples.Example) throws {
    #expect(try Self.schema.violations(in: Data(try example.text.utf8)) == [])
  }

  @Test(arguments: VegaLiteExamples.all)
  func isAsRecorded(_ example: VegaLiteExamples.Example) throws {
    try expectSnapshot(example.text, named: example.name + ".vl.json")
  }

  /// What the schema must refuse, each a replacement in a specification that it accepts.
  @Test(arguments: [
    ("\"type\": \"bar\"", "\"type\": \"barr\""),
    ("\"clip\": true", "\"clip\": \"yes\""),
    ("\"bin\": \"binned\"", "\"bin\": \"bined\""),
    ("\"strokeWidth\": 1.4", "\"strokeWidth\": [1.4]"),
    ("\"fillOpacity\": 0.22", "\"fillOpacity\": 22"),
    ("\"x2\": {\"field\": \"upper\"}", "\"x2\": {\"field\": \"upper\", \"extra\": 1}"),
    ("\"type\": \"quantitative\"", "\"type\": \"quantity\""),
    ("\"vconcat\"", "\"vconcatenate\""),
    ("\"fold\": [\"lower\", \"upper\"]", "\"fold\": \"lower\""),
    ("\"columns\": 1", "\"columns\": \"1\""),
  ])
  func schemaRefuses(_ part: String, _ replacement: String) throws {
    let text = try #require(VegaLiteExamples.all.first { $0.name == "histogram-one" }).text
    let range = try #require(text.range(of: part))
    let broken = text.replacingCharacters(in: range, with: replacement)
    #expect(try !Self.schema.violations(in: Data(broken.utf8)).isEmpty)
  }

  // MARK: - Data

  private static func document(_ name: String) throws -> [String: Any] {
    let example = try #require(VegaLiteExamples.all.first { $0.name == name })
    return try #require(JSONSerialization.jsonObject(with: Data(example.text.utf8)) as? [String: Any])
  }

  private static func rows(_ name: String, _ data: String) throws -> [[String: Any]] {
    try #require((try document(name)["datasets"] as? [String: Any])?[data] as? [[String: Any]])
  }

  /// Every value of a histogram stands in exactly one row.
  @Test(arguments: [("histogram", ["panel", "series"]), ("ridgeline", ["panel", "layer"])])
  func countsAddUp(_ name: String, _ key: [String]) throws {
    let rows = try Self.rows(name, "bins") + Self.rows(name, "places")
    let groups = Dictionary(grouping: rows) { row in key.map { "\(row[$0] ?? "")" }.joined(separator: "|") }
    #expect(groups.count > 4)
    for (series, rows) in groups where !series.hasPrefix("residual") {
      // Three samples of 32 values.
      #expect(rows.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == 96, "\(series)")
      // Each share is rounded once, and so is each of up to 16 sums.
      let sum = rows.reduce(0) { $0 + (($1["share"] as? NSNumber)?.doubleValue ?? 0) }
      #expect(abs(sum - 1) <= 32 * .ulpOfOne, "\(series)")
    }
  }

  /// What the scale of a channel names is what the data hold: another spelling would leave marks without colour.
  @Test(arguments: [("histogram", "bins", "series"), ("ridgeline", "bins", "layer"), ("statistic", "points", "series")])
  func coloursAreThoseOfTheData(_ name: String, _ data: String, _ field: String) throws {
    let found = Set(try Self.rows(name, data).compactMap { $0[field] as? NSObject })
    var domains: [Set<NSObject>] = []
    func visit(_ value: Any) {
      if let object = value as? [String: Any] {
        if let channel = object["color"] as? [String: Any], channel["field"] as? String == field {
          let scale = channel["scale"] as? [String: [NSObject]] ?? [:]
          #expect(scale["domain"]?.count == scale["range"]?.count)
          domains.append(Set(scale["domain"] ?? []))
        }
        object.values.forEach(visit)
      }
      (value as? [Any])?.forEach(visit)
    }
    visit(try Self.document(name)["vconcat"] as Any)
    #expect(!domains.isEmpty && domains.allSatisfy { $0 == found })
  }

  /// Each panel draws the rows of its own statistic only.
  @Test func statisticsStandApart() throws {
    let rows = try Self.rows("statistic", "points")
    let panels = Dictionary(grouping: rows) { $0["panel"] as? String }
    #expect(Set(panels.keys) == ["mean σ²", "std of ln σ"])
    for (panel, rows) in panels {
      // Two architectures at three depths, and one at a fourth.
      #expect(rows.count == 7)
      let text = try VegaLiteExamples.all.first { $0.name == "statistic" }?.text
      #expect(text?.contains("{\"field\": \"panel\", \"equal\": \"\(panel ?? "")\"}") == true)
    }
  }

  @Test func whatALogarithmicAxisLacksIsNull() throws {
    let rows = try Self.rows("statistic-log", "points")
    // The mean of ln σ is negative in Post-LN and positive in Pre-LN.
    for row in rows { #expect(row["median"] is NSNull == (row["series"] as? String == "post-ln")) }
    #expect(rows.count == 6)
  }

  @Test func aDepthWithoutNumbersStaysARow() throws {
    let row = try #require(try Self.rows("statistic", "points").first { $0["depth"] as? Int == 16 })
    #expect(row["count"] as? Int == 0)
    #expect(["low", "lower_quartile", "median", "upper_quartile", "high"].allSatisfy { row[$0] is NSNull })
  }

  @Test func anEmptyPanelSaysWhy() throws {
    let text = try VegaLiteExamples.all[0].text
    #expect(text.contains("\"text\": \"residual\""))
    #expect(text.contains("The forward pass overflowed"))
  }

  @Test func originIsInUsermeta() throws {
    let meta = try #require(try Self.document("quantiles")["usermeta"] as? [String: [[String: Any]]])
    let run = try #require(meta["runs"]?.first)
    #expect(run["version"] as? String == "0.1.0")
    #expect(run["command"] as? [String] == ["spectra", "jacobian", "--arch", "post-ln"])
    let config = try #require(run["config"] as? [String: Any])
    #expect(config["architectures"] as? [String] == ["post-ln"])
    #expect(config["norm"] is NSNull)
  }
}
