import Foundation
import Spectra
import Testing

/// What `architectures` lists is what the parser takes.
@Suite("Names", .timeLimit(.minutes(10)))
struct NamesTests {
  static let tiny = ["--depth", "1", "--samples", "1", "--width", "4", "--format", "csv"]

  @Test("The list as JSON is the library's catalogue")
  func catalogue() throws {
    let command = try Command(["architectures", "--format", "json"])
    #expect(command.status == 0 && command.error.isEmpty)
    #expect(try JSONDecoder().decode(Catalogue.self, from: Data(command.output.utf8)) == Catalogue())
    let text = try Command(["architectures"]).output
    let all = Catalogue()
    for entry in all.architectures + all.blocks + all.initializers + all.activations + all.masks {
      #expect(text.contains("  \(entry.name) ") && text.contains(entry.equation))
      #expect(!entry.equation.isEmpty)
    }
  }

  @Test("Every name in the list runs")
  func everyName() throws {
    let listed = try Command(["architectures", "--format", "json"]).output
    let catalogue = try JSONDecoder().decode(Catalogue.self, from: Data(listed.utf8))
    #expect(catalogue.architectures.count == 6 && catalogue.blocks.count == 2)
    #expect(catalogue.activations.count == 11 && catalogue.initializers.count == 13 && catalogue.masks.count == 3)
    let architectures = catalogue.architectures.map(\.name)
    for block in catalogue.blocks.map(\.name) {
      let command = try Command(Self.tiny + ["--block", block, "--arch", architectures.joined(separator: ",")])
      #expect(command.status == 0, "\(command.error)")
      for name in architectures { #expect(command.output.contains("\n\(name),1,1,0,mean_squared,")) }
      for initializer in catalogue.initializers.map(\.name) {
        let command = try Command(Self.tiny + ["--block", block, "--init", initializer])
        let isOfTransformers = ["gpt2", "fairseq", "rezero-notebook"].contains(initializer)
        #expect(command.status == (block == "fc" && isOfTransformers ? 64 : 0), "\(command.error)")
      }
    }
    for activation in catalogue.activations.map(\.name) {
      #expect(try Command(Self.tiny + ["--activation", activation]).status == 0)
    }
    for mask in catalogue.masks.map(\.name) {
      // N stands for a number.
      let named = mask.hasSuffix(":N") ? mask.dropLast() + "2" : mask
      #expect(try Command(Self.tiny + ["--mask", named]).status == 0)
    }
  }

  @Test("The help names every value that an option takes")
  func help() throws {
    let help = try Command(["jacobian", "--help"]).output
    // Names may be broken over lines at their hyphens only by layout: compare without white space.
    let text = help.filter { !$0.isWhitespace }
    let all = Catalogue()
    for entries in [all.architectures, all.initializers, all.activations] {
      #expect(text.contains(entries.map(\.name).joined(separator: ",")), "\(help)")
    }
  }
}
