import Foundation
import TestSupport
import Testing

@testable import Spectra

/// `docs/gallery.md` shows what there is, and what its commands say.
@Suite("Gallery")
struct GalleryTests {
  /// A command of the page and the output printed after it.
  struct Entry: CustomTestStringConvertible, Sendable {
    var words: [String]
    var output: String
    var testDescription: String { labels.joined(separator: ",") }

    func value(_ option: String) -> String? { words.firstIndex(of: option).map { words[$0 + 1] } }
    var labels: [String] { value("--arch")?.split(separator: ",").map(String.init) ?? [] }
  }

  static let entries: [Entry] = {
    let page = Project.root.appending(path: "docs/gallery.md")
    let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    return text.components(separatedBy: "```sh\n").dropFirst().map { part in
      let blocks = part.components(separatedBy: "```")
      let command = blocks[0].replacingOccurrences(of: "\\\n", with: "")
      return Entry(
        words: command.split(whereSeparator: \.isWhitespace).map(String.init),
        output: blocks.count > 2 ? blocks[2] : "")
    }
  }()

  @Test("Every panel is one of its command's, and every architecture has one", arguments: entries)
  func panels(entry: Entry) throws {
    #expect(!entry.labels.isEmpty && entry.value("--depth") == "64")
    let headings = entry.output.split(separator: "\n").filter { $0.hasPrefix("── ") }
    let shown = headings.map { $0.dropFirst(3).prefix { $0 != " " } }.map(String.init)
    #expect(shown == entry.labels, "run `make gallery`")
    for label in entry.labels {
      let specification = try ArchitectureSpecification(text: label)
      #expect(specification.description == label)
    }
  }

  @Test("Every name of the catalogue is shown")
  func complete() {
    let catalogue = Catalogue()
    let words = Set(
      Self.entries.flatMap(\.words).flatMap { $0.split { ",:=".contains($0) }.map(String.init) })
    let parts = [
      catalogue.architectures, catalogue.norms, catalogue.attentions, catalogue.feedForwards, catalogue.initializers,
      catalogue.activations, catalogue.positions,
    ]
    for entry in parts.joined() { #expect(words.contains(entry.name), "\(entry.name) has no panel") }
    #expect(words.isSuperset(of: ["dks", "tat", "causal", "ngram", "kv-heads"]))
  }
}
