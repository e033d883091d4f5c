import Foundation
import Spectra
import SpectraReproduction
import TestSupport
import Testing

@testable import SpectraCLI

/// Command lines that the documents print are understood, and those of the guides are run.
@Suite("Documented commands", .timeLimit(.minutes(10)))
struct DocumentedCommandTests {
  static let articles = files(in: "Sources/Spectra/Spectra.docc")
  static let documents = ["README.md", "CONTRIBUTING.md"] + files(in: "docs") + articles
  /// Documents whose commands are small enough to be run by every test. Others, as the gallery's, take minutes.
  static let guides = (["docs/questions.md"] + articles).filter { document in
    blocks(of: document).contains { $0.commands.contains { $0.words.first == "spectra" } }
  }

  static func files(in folder: String) -> [String] {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: Project.root.appending(path: folder).path())) ?? []
    return names.filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
  }

  // MARK: Reading documents

  /// A line of a shell block, whole.
  struct Line: Sendable {
    var text: String
    /// The words of the first command of its pipe.
    var words: [String]

    /// What is said behind it: `# exits with 3`; 0 where nothing is.
    var exitCode: Int32 { text.firstMatch(of: /# exits with (\d+)/).flatMap { Int32($0.1) } ?? 0 }

    init(_ line: String) {
      text = line
      words = Self.words(of: line)
    }

    /// Words as a shell parts them, up to a pipe, a comment or the end; quotes of both kinds are taken off.
    private static func words(of line: String) -> [String] {
      var (words, word, quote): ([String], String?, Character?) = ([], nil, nil)
      for character in line {
        switch character {
        case quote: quote = nil
        case _ where quote != nil: word?.append(character)
        case "'", "\"": (quote, word) = (character, word ?? "")
        case "|", ";", "&": return words + (word.map { [$0] } ?? [])
        case "#" where word == nil: return words
        case " ":
          if let finished = word { words.append(finished) }
          word = nil
        default: word = (word ?? "") + String(character)
        }
      }
      return words + (word.map { [$0] } ?? [])
    }
  }

  /// A shell block, and the output that the document prints below it.
  struct Block: Sendable {
    var commands: [Line]
    var printed: [String] = []
  }

  static func blocks(of document: String) -> [Block] {
    let text = (try? String(contentsOf: Project.root.appending(path: document), encoding: .utf8)) ?? ""
    var (blocks, fence, lines): ([Block], String?, [String]) = ([], nil, [])
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if fence == nil, line.hasPrefix("```") {
        (fence, lines) = (line, [])
      } else if line == "```" {
        switch fence {
        case "```sh":
          let joined = lines.joined(separator: "\n").replacingOccurrences(of: "\\\n", with: "")
          blocks.append(Block(commands: joined.split(separator: "\n").map { Line(String($0)) }))
        case "```text" where !blocks.isEmpty: blocks[blocks.count - 1].printed += lines
        default: break
        }
        fence = nil
      } else {
        lines.append(line)
      }
    }
    return blocks
  }

  // MARK: Understanding them

  @Test("Every command line is understood", arguments: documents)
  func parsed(document: String) {
    for line in Self.blocks(of: document).flatMap(\.commands) {
      guard let program = line.words.first, program == "spectra" || program.hasSuffix("/spectra") else { continue }
      do {
        let command = try SpectraCommand.parseAsRoot(Array(line.words.dropFirst()))
        try validate(command)
      } catch {
        let isHelp = SpectraCommand.exitCode(for: error) == .success
        #expect(isHelp, "\(document): \(line.text)\n\(SpectraCommand.message(for: error))")
      }
    }
  }

  /// Checks names, settings and what fits together, as the command does before it computes.
  private func validate(_ command: Any) throws {
    switch command {
    // What a file of weights tells of its network is not known here.
    case let jacobian as JacobianCommand where jacobian.draws.weights == nil:
      try jacobian.configuration(nil).validate()
    case let plot as PlotCommand: _ = (try plot.figure.design(), try plot.figure.style())
    case let theory as TheoryCommand:
      if try theory.residualStrengths() == nil { try theory.question().validate() }
    case let phase as PhaseCommand: _ = (try phase.settings(), try phase.shownQuantity())
    case let propagate as PropagateCommand where propagate.draws.weights == nil: _ = try propagate.propagation(nil)
    case let reproduce as ReproduceCommand: _ = try Reproductions.lines(reproduce.names)
    default: break
    }
  }

  @Test(
    "A name that is none is found in every command",
    arguments: [
      "--arch post-nl", "theory --activation tanhh", "theory --residual x", "phase --quantity zeta",
      "phase --activation tanhh", "propagate --arch pre-lm", "reproduce C13",
    ])
  func misspelt(line: String) throws {
    let command = try SpectraCommand.parseAsRoot(line.split(separator: " ").map(String.init))
    #expect(throws: (any Error).self) { try validate(command) }
  }

  @Test("The documents have commands, and words are parted as a shell does")
  func reading() {
    let lines = Self.documents.flatMap(Self.blocks).flatMap(\.commands)
    #expect(lines.count { $0.words.first?.hasSuffix("spectra") == true } >= 40)
    #expect(Self.guides.count >= 5)
    let line = Line(#"spectra --title "a | b" --arch 'x' | jq '.a' # exits with 3"#)
    #expect(line.words == ["spectra", "--title", "a | b", "--arch", "x"])
    #expect(line.exitCode == 3 && Line("make test").exitCode == 0)
  }

  // MARK: Running them

  // Built without optimisation they take minutes.
  #if !DEBUG
    /// A state dict as PyTorch writes it, which the guides speak of: six Pre-LN layers of width 64, and no metadata.
    private func writeStateDict(to path: String) throws {
      let architecture = Architecture.transformer(.preLN, depth: 6, width: 64, tokens: 8, heads: 4)
      let parameters = Initializer(.xavierUniform).parameters(
        of: architecture, random: RandomKey(seed: 0, sample: 0, purpose: .weights))
      try SafetensorsFile(tensors: parameters.tensors.mapValues { .float64($0) }).write(to: path)
    }

    @Test("Commands of the guides run, and print the panels that are shown", arguments: guides)
    func run(document: String) throws {
      try withTemporaryFolder { folder in
        try FileManager.default.copyItem(
          at: Project.root.appending(path: "README.md"), to: URL(filePath: folder).appending(path: "README.md"))
        try writeStateDict(to: folder + "/encoder.safetensors")
        for block in Self.blocks(of: document) {
          var output = ""
          for line in block.commands where line.words.first == "spectra" {
            let command = try Command(shell: line.text, in: folder)
            #expect(command.status == line.exitCode, "\(document): \(line.text)\n\(command.error)")
            output += command.output
          }
          // Digits may differ on another processor; what is drawn, of which architecture, depth and size, may not.
          for title in block.printed where title.hasPrefix("── ") {
            #expect(output.contains(title), "\(document) prints a panel that its command does not: \(title)")
          }
        }
      }
    }
  #endif
}
