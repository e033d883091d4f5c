import Foundation
import TestSupport
import Testing

/// What the documents print is what the package has. (Their command lines are tests of the command line.)
@Suite("Documentation")
struct DocumentationTests {
  /// Everything written for people, as paths from the root: the front page, `docs` and the library's articles.
  static let documents: [String] =
    ["README.md", "CONTRIBUTING.md"] + files(in: "docs", ending: "md") + articles
  static let articles = files(in: "Sources/Spectra/Spectra.docc", ending: "md")

  static func files(in folder: String, ending: String) -> [String] {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: Project.root.appending(path: folder).path())) ?? []
    return names.filter { $0.hasSuffix(".\(ending)") }.sorted().map { "\(folder)/\($0)" }
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Project.root.appending(path: path), encoding: .utf8)
  }

  /// The fenced blocks of one language; others, whose fences open with another name, are passed over.
  private func blocks(_ language: String, in markdown: String) -> [String] {
    var (blocks, current): ([String], (language: Substring, lines: [Substring])?) = ([], nil)
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if let open = current {
        if line == "```" {
          if open.language == language { blocks.append(open.lines.joined(separator: "\n")) }
          current = nil
        } else {
          current?.lines.append(line)
        }
      } else if line.hasPrefix("```") {
        current = (line.dropFirst(3), [])
      }
    }
    return blocks
  }

  @Test("The documents are found")
  func found() {
    #expect(Self.documents.contains("docs/architecture.md") && Self.documents.contains("docs/questions.md"))
    #expect(Self.articles.count >= 6)
  }

  // MARK: Swift

  /// The lines of every compiled example.
  private static let examples: [[Substring]] = files(in: "Tests/SpectraTests/Examples", ending: "swift").compactMap {
    try? String(contentsOf: Project.root.appending(path: $0), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// Whether a block stands in a source line by line, further in by the same number of spaces or not at all.
  private func stands(_ block: [Substring], in source: [Substring]) -> Bool {
    guard let first = block.first, source.count >= block.count else { return false }
    return (0...(source.count - block.count)).contains { start in
      guard source[start].hasSuffix(first) else { return false }
      let indent = source[start].dropLast(first.count)
      guard indent.allSatisfy({ $0 == " " }) else { return false }
      return zip(block, source[start...]).allSatisfy { $0.isEmpty ? $1.isEmpty : indent + $0 == $1 }
    }
  }

  @Test("Every Swift block is part of a file that is compiled", arguments: documents)
  func swiftBlocks(document: String) throws {
    for block in blocks("swift", in: try text(document)) {
      let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
      let isCompiled = Self.examples.contains { stands(lines, in: $0) }
      #expect(
        isCompiled, "no file of Tests/SpectraTests/Examples has the block of \(document) that begins: \(lines[0])")
    }
  }

  @Test("The README's library example is whole")
  func readme() throws {
    let source = try text("Tests/SpectraTests/Examples/GatedBlockExample.swift")
    let parts = source.split(separator: "// README begins\n").dropFirst()
    let example = try #require(parts.first?.split(separator: "// README ends").first)
    #expect(blocks("swift", in: try text("README.md")).contains(example.trimmingCharacters(in: .newlines)))
  }

  // MARK: Links

  /// A heading as GitHub makes an anchor of it: lower case, no punctuation, hyphens for spaces.
  private func anchor(_ heading: Substring) -> String {
    heading.lowercased().filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
      .replacingOccurrences(of: " ", with: "-")
  }

  @Test("Files and headings that the documents link to exist", arguments: documents)
  func links(document: String) throws {
    let folder = Project.root.appending(path: document).deletingLastPathComponent()
    for match in try text(document).matches(of: /\]\(([^)#:\s]*)(?:#([^)\s]+))?\)/) {
      let target = match.1.isEmpty ? Project.root.appending(path: document) : folder.appending(path: String(match.1))
      let exists = FileManager.default.fileExists(atPath: target.path(percentEncoded: false))
      #expect(exists, "\(document) links to \(match.1)")
      guard exists, let wanted = match.2, target.pathExtension == "md" else { continue }
      let headings = try String(contentsOf: target, encoding: .utf8).matches(of: /(?m)^#+ +(.+)$/).map { anchor($0.1) }
      #expect(headings.contains(String(wanted)), "\(document) links to \(match.1)#\(wanted)")
    }
  }

  @Test("Articles that are linked to exist", arguments: articles)
  func articleLinks(article: String) throws {
    for name in try text(article).matches(of: /<doc:([A-Za-z]+)>/).map(\.output.1) {
      #expect(Self.articles.contains("Sources/Spectra/Spectra.docc/\(name).md"), "\(article) links to \(name)")
    }
  }

  // MARK: Make

  @Test("Targets of make that are named exist")
  func targets() throws {
    let makefile = try text("Makefile")
    let declared = Set(makefile.matches(of: /(?m)^([a-z][a-z0-9-]*):/).map(\.output.1))
    for document in Self.documents {
      for line in blocks("sh", in: try text(document)).joined(separator: "\n").split(separator: "\n") {
        guard let target = line.firstMatch(of: /^make ([a-z][a-z0-9-]*)/)?.1 else { continue }
        #expect(declared.contains(target), "\(document) names make \(target)")
      }
    }
  }
}
