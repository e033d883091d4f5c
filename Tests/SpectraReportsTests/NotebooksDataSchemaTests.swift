import Foundation
import TestSupport
import Testing

/// The documents committed in `notebooks-data`, against the published schema. That they are what today's command line means
/// is tested with the command line.
@Suite("Schema of notebooks-data")
struct NotebooksDataSchemaTests {
  @Test("Every document of the manifest follows the schema")
  func documents() throws {
    let folder = Project.root.appendingPathComponent("notebooks-data")
    let manifest = try Data(contentsOf: folder.appendingPathComponent("figures.json"))
    let names = try JSONDecoder().decode(Manifest.self, from: manifest).figures.map(\.id)
    #expect(!names.isEmpty)
    let schema = try JSONReportTests.schema
    for name in names {
      let document = try Data(contentsOf: folder.appendingPathComponent("\(name)/\(name).json"))
      #expect(try schema.violations(in: document) == [], "\(name)")
    }
  }

  private struct Manifest: Decodable {
    struct Figure: Decodable { var id: String }
    var figures: [Figure]
  }
}
