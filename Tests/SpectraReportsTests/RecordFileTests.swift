import Foundation
import SpectraAnalysis
import SpectraReports
import TestSupport
import Testing

@Suite("Records from files")
struct RecordFileTests {
  private func reading<Result>(
    _ bytes: some Sequence<UInt8>, _ body: (String) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { folder in
      let path = folder + "/record.json"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      return try body(path)
    }
  }

  private func record() throws -> RunRecord<Fixtures.Configuration> {
    try Fixtures.run(
      Fixtures.normal("post-ln", depth: 4, size: 8, samples: 2, level: -1, deviation: 0.5, zeros: 1)
        + [Fixtures.failure("vanilla", sample: 0, .overflow, "The forward pass overflows at layer 3.")])
  }

  @Test("What was written is read back, with whatever configuration")
  func roundTrip() throws {
    let record = try record()
    let text = try JSONReport().text(of: record)
    try reading(text.utf8) { path in
      #expect(try RunRecord<Fixtures.Configuration>(contentsOf: path) == record)
      let other = try RunRecord<JSONValue>(contentsOf: path)
      #expect(other.spectra == record.spectra)
      // Fields come in the order of their names.
      #expect(
        other.configuration.compact == #"{"arch":["post-ln"],"final_norm":false,"gain":1.0,"width":16}"#
          || other.configuration.compact == #"{"arch":["post-ln"],"final_norm":false,"gain":1,"width":16}"#)
    }
  }

  static let broken: [(name: String, change: @Sendable (String) -> String, problem: String)] = [
    ("empty", { _ in "" }, "it is empty; write it again with --format json --output"),
    ("blank", { _ in " \n\t" }, "it is empty; write it again with --format json --output"),
    (
      "truncated", { String($0.prefix($0.count / 2)) },
      "it is no JSON document, or not the whole of one; write it again with --format json --output"
    ),
    (
      "text", { _ in "post-ln 64\n" },
      "it is no JSON document, or not the whole of one; write it again with --format json --output"
    ),
    (
      "other object", { _ in #"{"a": 1}"# },
      "it has no field 'schema', so it is no record of a run; name a file that --format json wrote"
    ),
    ("array", { _ in "[1, 2]" }, "it is no record of a run; name a file that --format json wrote"),
    (
      "future schema", { $0.replacing("spectra.jacobian/1", with: "spectra.jacobian/2") },
      "it has schema \"spectra.jacobian/2\", but this version of spectra reads only \"spectra.jacobian/1\"; use the version that wrote it"
    ),
    (
      "another command's", { $0.replacing("spectra.jacobian/1", with: "spectra.phase/1") },
      "it holds what 'spectra phase' wrote, but only runs of jacobian and figure5 are read here; 'spectra phase --plot' draws its own figures"
    ),
    (
      "wrong type", { $0.replacing(#""rows": 8"#, with: #""rows": "eight""#) },
      "its field 'spectra[0].rows' is not what a record holds there; write it again with --format json"
    ),
    (
      "missing field", { $0.replacing(#""rows": 8,"#, with: "") },
      "its field 'spectra[0].rows' is missing; write it again with --format json"
    ),
    (
      "absurd size", { $0.replacing(#""rows": 8"#, with: #""rows": 9223372036854775807"#) },
      "its field 'spectra[0].rows' is not what a record holds there; write it again with --format json"
    ),
    (
      "negative count", { $0.replacing(#""underflow": "#, with: #""underflow": -7"#) },
      "its field 'histograms[0].counts' is not what a record holds there; write it again with --format json"
    ),
    (
      "contradiction", { $0.replacing(#""zeros": 1,"#, with: #""zeros": 7,"#) },
      "a 8 × 8 Jacobian has 8 singular values, which 7 live, 7 zero and 0 unresolved ones are not"
    ),
  ]

  @Test("What is no whole record is refused in one sentence", arguments: broken.indices)
  func refused(index: Int) throws {
    let example = Self.broken[index]
    let text = example.change(try JSONReport().text(of: try record()))
    try reading(text.utf8) { path in
      let error = #expect(throws: FileError.self) { try RunRecord<JSONValue>(contentsOf: path) }
      #expect(error?.kind == .badData && error?.path == path)
      #expect(error?.problem == example.problem, "\(example.name)")
    }
  }

  @Test("JSON Lines are named as such, other bytes and no file are refused")
  func otherFiles() throws {
    let lines = try JSONLinesReport().text(of: try record())
    try reading(lines.utf8) { path in
      let error = #expect(throws: FileError.self) { try RunRecord<JSONValue>(contentsOf: path) }
      #expect(error?.problem.hasPrefix("it is JSON Lines") == true)
    }
    _ = try reading([0xFF, 0xFE, 0x00, 0x7B]) { path in
      #expect(throws: FileError.self) { try RunRecord<JSONValue>(contentsOf: path) }
    }
    let error = #expect(throws: FileError.self) { try RunRecord<JSONValue>(contentsOf: "/nowhere/run.json") }
    #expect(error?.kind == .cannotRead)
  }
}
