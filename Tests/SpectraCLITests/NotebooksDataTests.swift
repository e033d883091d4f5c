import Foundation
import Spectra
import TestSupport
import Testing

@testable import SpectraCLI

/// What is committed in `notebooks-data` follows its manifest and today's command line. Numbers are not compared: another
/// processor rounds differently, and `make notebooks-data` executes the notebooks, which compare them with what was published.
@Suite("notebooks-data")
struct NotebooksDataTests {
  @Test("The manifest tells every folder, and what a table of figures needs")
  func manifest() throws {
    let names = Self.figures.map(\.id)
    #expect(names.count >= 5 && Set(names).count == names.count)
    let folder = Project.root.appendingPathComponent("notebooks-data")
    let folders = try contents(of: folder.path).filter { name in
      // What Jupyter and Python leave there is hidden or no figure.
      !name.hasPrefix(".") && !["tools", "figures.json"].contains(name)
        && (try? contents(of: folder.appendingPathComponent(name).path)) != nil
    }
    #expect(folders == names.sorted())
    let readme = try text(ofFile: folder.appendingPathComponent("README.md").path).replacing(" \\\n  ", with: " ")
    for figure in Self.figures {
      #expect(!figure.title.isEmpty && !figure.published.isEmpty && !figure.source.authors.isEmpty, "\(figure.id)")
      #expect((figure.source.arxiv == nil) == (figure.source.journal != nil), "\(figure.id)")
      // The page shows its command, its source, its picture and its notebook.
      #expect(readme.contains(figure.shellLine), "\(figure.shellLine)")
      #expect(readme.contains("(\(figure.id)/\(figure.id).svg)](\(figure.id)/\(figure.id).ipynb)"), "\(figure.id)")
      if let arxiv = figure.source.arxiv { #expect(readme.contains("arxiv.org/abs/\(arxiv)"), "\(figure.id)") }
    }
  }

  @Test("JSON: the manifest's command and the configuration that it means today", arguments: figures)
  func json(_ figure: Figure) throws {
    let record = try figure.record()
    #expect(record.command == figure.command(format: "json"))
    #expect(try Self.written(record.configuration) == Self.written(figure.configuration()))
    // Today's program reads it and writes the same: it is no older form. Its schema is checked with the tests of the reports.
    #expect(try JSONReport().text(of: record) == figure.file("json"))
    let wanted = record.configuration.samples * record.summaries.count
    #expect(record.spectra.count == wanted && record.histograms.count == record.summaries.count)
    #expect(record.spectra.allSatisfy { $0.spectrum != nil })
  }

  @Test("CSV: the rows of the JSON", arguments: figures)
  func csv(_ figure: Figure) throws {
    #expect(try CSVReport().text(of: figure.record()) == figure.file("csv"))
  }

  /// Places are not compared: they follow from numbers.
  @Test(
    "The picture has the words and marks of what today's program draws by the manifest's options", arguments: figures)
  func picture(_ figure: Figure) throws {
    func words(_ svg: String) -> [Substring] {
      svg.split(separator: "\n").filter { $0.hasPrefix("<text") }.map { $0.drop { $0 != ">" } }
    }
    func marks(_ svg: String) -> [Int] {
      ["<path", "<line", "<rect", "<circle"].map { svg.components(separatedBy: $0).count }
    }
    try withTemporaryFolder { folder in
      let run = Project.root.appendingPathComponent("notebooks-data/\(figure.id)/\(figure.id).json").path
      let plot = try Command(["plot", run, "-o", "now.svg"] + figure.plot, in: folder)
      #expect(plot.status == 0 && plot.error.isEmpty, "\(plot.error)")
      let (now, committed) = (try text(ofFile: folder + "/now.svg"), try figure.file("svg"))
      #expect(words(now) == words(committed), "make notebooks-data draws it again")
      #expect(marks(now) == marks(committed), "make notebooks-data draws it again")
    }
  }

  @Test("The notebook is one, was executed to its end, and reads its own files", arguments: figures)
  func notebook(_ figure: Figure) throws {
    let notebook = try JSONDecoder().decode(Notebook.self, from: Data(figure.file("ipynb").utf8))
    #expect(notebook.format == 4 && notebook.minor >= 5)
    #expect((5...16).contains(notebook.cells.count))
    #expect(notebook.cells.compactMap(\.id) == notebook.cells.indices.map { "cell-\($0 + 1)" })
    #expect(notebook.cells.first?.kind == "markdown")
    if let arxiv = figure.source.arxiv {
      #expect(notebook.cells[0].text.contains("arxiv.org/abs/\(arxiv)"))
    }
    let code = notebook.cells.filter { $0.kind == "code" }
    #expect(code.compactMap(\.count) == Array(1...code.count))
    let source = code.map(\.text).joined(separator: "\n")
    #expect(source.contains("\"\(figure.id).json\"") && source.contains("\"\(figure.id).csv\""))
    #expect(source.contains("assert "))
    let outputs = code.flatMap { $0.outputs ?? [] }
    #expect(outputs.allSatisfy { ["stream", "display_data", "execute_result"].contains($0.kind) })
    #expect(outputs.allSatisfy { $0.name != "stderr" })
    #expect(outputs.contains { $0.data?["image/png"] != nil })
    // It printed the command of the data that is committed beside it.
    let printed = outputs.first { $0.kind == "stream" }?.text?.joined() ?? ""
    #expect(printed.hasPrefix(figure.command(format: "json").joined(separator: " ") + "\n"))
  }

  @Test("What a clone carries for one figure is not large, and the picture is one", arguments: figures)
  func size(_ figure: Figure) throws {
    let endings = ["json", "csv", "ipynb", "svg"]
    let bytes = try endings.map { try figure.file($0).utf8.count }
    #expect(bytes.allSatisfy { $0 > 0 } && bytes.reduce(0, +) < 1_000_000)
    #expect(try figure.file("svg").contains("<svg"))
  }
}

// MARK: - Manifest and notebooks

extension NotebooksDataTests {
  /// The manifest; where it cannot be read, `manifest()` says that it has no figures.
  static let figures: [Figure] = {
    struct Manifest: Decodable { var figures: [Figure] }
    let data = try? Data(contentsOf: Project.root.appendingPathComponent("notebooks-data/figures.json"))
    return data.flatMap { try? JSONDecoder().decode(Manifest.self, from: $0) }?.figures ?? []
  }()

  /// An entry of the manifest, whose files are all named after it.
  struct Figure: Decodable, CustomTestStringConvertible {
    struct Source: Decodable { var authors: String, title: String, place: String, arxiv: String?, journal: String? }
    var id: String
    var title: String
    var source: Source
    var published: String
    var arguments: [String]
    var plot: [String]

    var testDescription: String { id }

    /// The command line that wrote a file, typed in the root.
    func command(format: String) -> [String] {
      ["spectra"] + arguments + ["--format", format, "--output", "notebooks-data/\(id)/\(id).\(format)"]
    }

    /// The arguments as a shell takes them: none of them needs quotes.
    var shellLine: String { "spectra " + arguments.joined(separator: " ") }

    func file(_ ending: String) throws -> String {
      try text(ofFile: Project.root.appendingPathComponent("notebooks-data/\(id)/\(id).\(ending)").path)
    }

    func record() throws -> RunRecord<Configuration> {
      try JSONDecoder().decode(RunRecord<Configuration>.self, from: Data(file("json").utf8))
    }

    /// What the arguments mean to the program as it is now.
    func configuration() throws -> Configuration {
      switch try SpectraCommand.parseAsRoot(Array(command(format: "json").dropFirst())) {
      case let command as JacobianCommand: try command.configuration(nil)
      case let command as Figure5Command: try command.figure().recordedConfiguration
      case let other: throw UnknownCommand(type: "\(type(of: other))")
      }
    }
  }

  struct UnknownCommand: Error { var type: String }

  /// A configuration as JSON holds it, with what is left to defaults filled in.
  static func written(_ configuration: Configuration) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return String(decoding: try encoder.encode(configuration), as: UTF8.self)
  }

  /// What the tests read of a notebook in format 4.
  struct Notebook: Decodable {
    var cells: [Cell]
    var format: Int
    var minor: Int

    struct Cell: Decodable {
      var id: String?
      var kind: String
      var source: [String]
      var outputs: [Output]?
      var count: Int?
      var text: String { source.joined() }
      enum CodingKeys: String, CodingKey {
        case id, source, outputs
        case kind = "cell_type"
        case count = "execution_count"
      }
    }

    struct Output: Decodable {
      var kind: String
      var name: String?
      var text: [String]?
      var data: [String: Content]?
      enum CodingKeys: String, CodingKey {
        case name, text, data
        case kind = "output_type"
      }
    }

    /// What an output holds is of no interest here, but that it is there.
    struct Content: Decodable { init(from decoder: any Decoder) throws {} }

    enum CodingKeys: String, CodingKey {
      case cells
      case format = "nbformat"
      case minor = "nbformat_minor"
    }
  }
}
