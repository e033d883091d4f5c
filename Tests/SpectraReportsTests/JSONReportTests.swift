import Foundation
import SpectraAnalysis
import TestSupport
import Testing

@testable import SpectraReports

@Suite struct JSONReportTests {
  static func record() throws -> RunRecord<Fixtures.Configuration> {
    try Fixtures.run(
      Fixtures.normal("post-ln", depth: 12, size: 8, samples: 2, level: -1, deviation: 0.6, zeros: 1, noise: 1)
        + Fixtures.normal("rezero", depth: 12, layer: 3, size: 4, samples: 1, level: 0, deviation: 0)
        + [
          Fixtures.one("zero \"quoted\"\n\u{1}", values: [0, 0]),
          Fixtures.failure("residual", sample: 0, .overflow, "The forward pass overflowed in layer 7."),
          SpectrumRecord(
            architecture: "deep", block: "transformer", depth: 9, sample: 0,
            spectrum: Spectrum(
              method: .resolved, precisionName: "double", rows: 4, columns: 6, logSingularValues: [-500, -900.5],
              zeros: 1, unresolved: 1, unresolvedBelow: -901, logError: 1e-9, lyapunovExponents: [-1.5, -2])),
        ],
      bins: 4,
      published: [
        Published(
          quantity: "mean_squared", architecture: "post-ln", depth: 12, published: 0.81, measured: nil, agrees: false)
      ])
  }

  static var schema: JSONSchema {
    get throws {
      try JSONSchema(ofCommand: "jacobian")
    }
  }

  @Test func wholeDocument() throws {
    try expectSnapshot(JSONReport().text(of: try Self.record()), named: "record.json")
  }

  @Test func followsTheSchema() throws {
    let text = try JSONReport().text(of: try Self.record())
    #expect(try Self.schema.violations(in: Data(text.utf8)) == [])
    var plain = try Self.record()
    plain.published = nil
    #expect(try Self.schema.violations(in: Data(JSONReport().text(of: plain).utf8)) == [])
  }

  @Test(arguments: [
    ("\"schema\": \"spectra.jacobian/1\"", "\"schema\": \"spectra.jacobian/2\"", "$.schema: const"),
    ("\"status\": \"ok\"", "\"status\": \"fine\"", "$.spectra[0].status: enum"),
    ("\"status\": \"overflow\"", "\"status\": \"ok\"", "$.spectra[4]: required"),
    ("\"zeros\": 1", "\"zeros\": -1", "$.spectra[0].zeros: minimum"),
    ("\"zeros\": 1", "\"zeros\": 1.5", "$.spectra[0].zeros: type"),
    ("\"zeros\": 1", "\"zeros\": true", "$.spectra[0].zeros: type"),
    ("\"layer\": 12,", "\"layer\": 12, \"extra\": 0,", "$.spectra[0].extra: additional"),
    // The resolved spectrum, which alone has an upper bound of −901.
    (
      "\"unresolved_below\": -901.0,\n      \"noise_floor\": null",
      "\"unresolved_below\": -901.0, \"noise_floor\": -40", "$.spectra[5].noise_floor: type"
    ),
    (
      "\"precision\": \"double\",\n      \"rows\": 4,\n      \"columns\": 6",
      "\"precision\": \"float\", \"rows\": 4, \"columns\": 6", "$.spectra[5].precision: const"
    ),
    (
      "\"unresolved_log_singular_values\": [],\n      \"zeros\": 1,\n      \"unresolved\": 1,\n      \"unresolved_below\": -901.0",
      "\"unresolved_log_singular_values\": [-950], \"zeros\": 1, \"unresolved\": 1, \"unresolved_below\": -901",
      "$.spectra[5].unresolved_log_singular_values: maxItems"
    ),
    ("\"lyapunov_exponents\": null", "\"lyapunov_exponents\": [0]", "$.spectra[0].lyapunov_exponents: type"),
    ("\"noise_floor\"", "\"noise\"", "$.spectra[0]: required"),
    ("\"log_base\": \"10\"", "\"log_base\": \"2\"", "$.histograms[0].log_base: enum"),
    ("\"agrees\": false", "\"agrees\": 0", "$.published[0].agrees: type"),
    ("\"verdict\": \"overflow\"", "\"verdict\": \"ok\"", "$.summaries[3].verdict: enum"),
    ("\"stable_rank\": {", "\"rank\": {", "$.summaries[0].statistics.rank: enum"),
  ])
  func schemaIsStrict(_ part: String, _ replacement: String, _ violation: String) throws {
    let text = try JSONReport().text(of: try Self.record())
    let violations = try Self.schema.violations(in: text, replacing: part, with: replacement)
    #expect(violations.contains(violation), "\(violations)")
  }

  @Test func readsBackBitForBit() throws {
    let record = try Self.record()
    let text = try JSONReport().text(of: record)
    let decoded = try JSONDecoder().decode(RunRecord<Fixtures.Configuration>.self, from: Data(text.utf8))
    #expect(decoded == record)
    #expect(try JSONReport().text(of: decoded) == text)
  }

  @Test func refusesAnotherSchemaWithASentence() throws {
    let text = try JSONReport().text(of: try Self.record())
      .replacingFirst("spectra.jacobian/1", with: "spectra.jacobian/9")
    let error = #expect(throws: RunRecordError.self) {
      try JSONDecoder().decode(RunRecord<Fixtures.Configuration>.self, from: Data(text.utf8))
    }
    #expect(
      error?.description
        == "The file has schema \"spectra.jacobian/9\", but this version of spectra reads only "
        + "\"spectra.jacobian/1\"; use the version that wrote it.")
  }

  @Test(arguments: [
    ("\"zeros\": 1", "\"zeros\": 3"), ("\"zeros\": 1", "\"zeros\": -1"),
    ("\"zeros\": 1", "\"zeros\": 9223372036854775807"),
    ("\"rows\": 8", "\"rows\": \"8\""), ("\"edges\": [", "\"edges\": [99, "), ("\"counts\": [", "\"counts\": [1, "),
    ("\"status\": \"ok\"", "\"status\": \"fine\""),
  ])
  func refusesInconsistentFiles(_ part: String, _ replacement: String) throws {
    let text = try JSONReport().text(of: try Self.record())
    let broken = try text.replacingFirst(part, with: replacement)
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(RunRecord<Fixtures.Configuration>.self, from: Data(broken.utf8))
    }
  }

  @Test func linesAreTheSpectraOfTheDocument() throws {
    let record = try Self.record()
    let lines = try JSONLinesReport().text(of: record).split(separator: "\n")
    #expect(lines.count == record.spectra.count)
    let decoded = try lines.map { try JSONDecoder().decode(SpectrumRecord.self, from: Data($0.utf8)) }
    #expect(decoded == record.spectra)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func refusesNumbersThatJSONCannotHold(_ number: Double) {
    #expect(throws: EncodingError.self) { try JSONValue(encoding: ["gain": number]) }
    #expect(throws: EncodingError.self) { try JSONValue(encoding: [number]) }
    #expect(throws: EncodingError.self) { try JSONValue(encoding: Float(number)) }
  }

  @Test func encodesLikeJSONEncoder() throws {
    struct Inner: Codable, Equatable {
      var optional: Int?
      var date: [String: Int8]
      var nested: [[UInt16]]
    }
    struct Outer: Codable, Equatable {
      var text: String
      var flags: [Bool]
      var numbers: [Double]
      var inner: Inner
      var empty: [String: String]
    }
    let value = Outer(
      text: "σ \\ \"\u{7F}\t/", flags: [true, false], numbers: [0, -0.0, 1e-7, .leastNonzeroMagnitude, 1e300],
      inner: Inner(optional: nil, date: ["a": -1], nested: [[], [1, 65535]]), empty: [:])
    let json = try JSONValue(encoding: value)
    for text in [json.compact, json.pretty] {
      #expect(try JSONDecoder().decode(Outer.self, from: Data(text.utf8)) == value)
    }
    let reference = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? NSDictionary
    #expect(try JSONSerialization.jsonObject(with: Data(json.compact.utf8)) as? NSDictionary == reference)
  }

  @Test func arraysOfNumbersAreOneLine() throws {
    let text = try JSONValue(encoding: ["a": (0..<200).map(Double.init)]).pretty
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test func tidyTable() throws {
    let text = CSVReport().text(of: try Self.record())
    try expectSnapshot(text, named: "record.csv")
    // Every sample has its twelve statistics and three counts; the quoted name holds a line break of its own.
    #expect(text.split(separator: "\n").filter { !$0.hasPrefix("\u{1}") && !$0.hasPrefix("\"") }.count == 1 + 5 * 15)
  }
}
