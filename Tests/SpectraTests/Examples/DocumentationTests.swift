import Foundation
import Testing

/// What the README prints is what the package has.
@Suite("README")
struct DocumentationTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
  }

  /// The fenced blocks of one language; others, whose fences open with another name, are passed over.
  private func blocks(_ language: String, in markdown: String) -> [String] {
    var (blocks, current): ([String], [Substring]?) = ([], nil)
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if let open = current {
        if line == "```" {
          blocks.append(open.joined(separator: "\n"))
          current = nil
        } else {
          current = open + [line]
        }
      } else if line == "```\(language)" {
        current = []
      }
    }
    return blocks
  }

  /// `--first-sample` as the property that declares it: `firstSample`.
  private func property(_ option: Substring) -> String {
    let words = option.split(separator: "-")
    return words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
  }

  @Test("Its library example is the one that is compiled")
  func snippet() throws {
    let source = try text("Tests/SpectraTests/Examples/GatedBlockExample.swift")
    let parts = source.split(separator: "// README begins\n").dropFirst()
    let example = try #require(parts.first?.split(separator: "// README ends").first)
    let snippets = blocks("swift", in: try text("README.md"))
    #expect(snippets.contains(example.trimmingCharacters(in: .newlines)))
  }

  @Test("Every option that it names exists")
  func options() throws {
    let folder = Self.root.appending(path: "Sources/SpectraCLI")
    let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    let shell = blocks("sh", in: try text("README.md")).joined(separator: "\n")
    let lines = shell.split(separator: "\n").filter { $0.contains("spectra ") }
    #expect(lines.count >= 5, "the README lost its examples, or this test its way to them")
    let options = Set(lines.joined(separator: " ").matches(of: /--([a-z][a-z-]*)/).map(\.output.1))
    for option in options {
      let isDeclared =
        sources.contains(".customLong(\"\(option)\")") || sources.contains("var \(property(option)):")
        || sources.contains("var \(property(option)) =")
      #expect(isDeclared, "--\(option) is no option of the command line")
    }
  }

  @Test("Every subcommand that it names exists")
  func subcommands() throws {
    let folder = Self.root.appending(path: "Sources/SpectraCLI")
    let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    let shell = blocks("sh", in: try text("README.md")).joined(separator: "\n")
    for name in shell.matches(of: /release\/spectra ([a-z][a-z0-9]*)/).map(\.output.1) {
      #expect(sources.contains("commandName: \"\(name)\""), "\(name) is no subcommand")
    }
  }

  @Test(
    "Files that the documents link to exist",
    arguments: ["README.md", "docs/architecture.md", "docs/json.md", "docs/gallery.md"])
  func links(document: String) throws {
    let folder = Self.root.appending(path: document).deletingLastPathComponent()
    for link in try text(document).matches(of: /\]\(([^)#:]+)\)/).map(\.output.1) {
      let path = folder.appending(path: String(link)).path(percentEncoded: false)
      #expect(FileManager.default.fileExists(atPath: path), "\(document) links to \(link)")
    }
  }
}
