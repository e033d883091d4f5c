import Foundation
import Spectra
import TestSupport
import Testing

/// The published schema of `spectra theory`, beside that of runs with theory.
@Suite struct TheorySchemaTests {
  private static func definitions(_ name: String) throws -> [String: Any] {
    let url = Project.root.appendingPathComponent("docs/spectra.\(name).schema.json")
    let schema = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    return try #require(schema?["$defs"] as? [String: Any])
  }

  @Test("A prediction is the same thing in both schemas", arguments: ["prediction", "optionalNumber"])
  func sharedDefinitions(name: String) throws {
    let (theory, jacobian) = (try Self.definitions("theory"), try Self.definitions("jacobian"))
    let (one, other) = (try #require(theory[name] as? NSDictionary), try #require(jacobian[name] as? NSDictionary))
    #expect(one == other)
  }

  /// Two layers of orthogonal weights and relu, whose shut gates are an atom of zeros.
  private static func document() throws -> String {
    var question = TheoryQuestion()
    (question.activation, question.weights, question.depths) = (Variant(.relu), .orthogonal, [2])
    question.points = 16
    return try TheoryListingReport(style: TextStyle(width: 80)).json(of: try TheoryListing(question, command: []))
  }

  @Test(
    "A document with a strange part is none",
    arguments: [
      ("\"schema\": \"spectra.theory/1\"", "\"schema\": \"spectra.theory/2\"", "$.schema: const"),
      ("\"weights\": \"orthogonal\"", "\"weights\": \"haar\"", "$.config.weights: enum"),
      ("\"mean_field\": {", "\"mean_field\": {\"zeta\": 1, ", "$.mean_field.zeta: additional"),
      ("\"chi\": ", "\"chi\": -", "$.mean_field.chi: minimum"),
      ("\"phase\": \"", "\"phase\": \"un", "$.phase: enum"), ("\"maps\": [", "\"maps\": [1, ", "$.maps[0]: type"),
      ("\"name\": \"length\"", "\"name\": \"width\"", "$.maps[0].name: enum"),
      ("\"depth\": 2", "\"depth\": 0", "$.laws[0].depth: minimum"),
      ("\"share\": 0.01", "\"share\": 1.01", "$.laws[0].quantiles[0].share: maximum"),
      ("\"source\": ", "\"sources\": ", "$.laws[0].prediction: required"),
      ("\"density\": [", "\"density\": [-1, ", "$.laws[0].prediction.curve.density[0]: minimum"),
      ("\"cumulative\": [", "\"cumulative\": [-1, ", "$.laws[0].prediction.curve.cumulative[0]: minimum"),
      ("\"weight\": 0.5", "\"weight\": 1.5", "$.laws[0].prediction.curve.atoms[0].weight: maximum"),
      ("\"variance_log\": ", "\"variance_log\": -", "$.laws[0].prediction.variance_log: minimum"),
    ])
  func isStrict(part: String, replacement: String, violation: String) throws {
    let (schema, text) = (try JSONSchema(ofCommand: "theory"), try Self.document())
    #expect(try schema.violations(in: Data(text.utf8)) == [])
    let violations = try schema.violations(in: text, replacing: part, with: replacement)
    #expect(violations.contains(violation), "\(violations)")
  }
}
