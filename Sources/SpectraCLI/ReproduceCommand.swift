import ArgumentParser
import Spectra
import SpectraReproduction

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Results of papers measured again: published beside measured, and whether they agree.",
    usage: "spectra reproduce [<ID> ...] <options>",
    discussion: """
      Each row is a result of a paper that needs no training; its lines are the quantities. Without names all are measured, \
      which takes minutes. Settings are the papers', and the seed is 0: a run repeats.

        spectra reproduce --list
        spectra reproduce C1 C10.relu-gaussian-16

      Exit code 3 says that a measured number does not agree with the published one by the criterion that stands beside it.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, markdown
  }

  @Argument(
    help: ArgumentHelp("Rows (C10) or lines (C10.relu-gaussian-16); all where none is named.", valueName: "ID"),
    completion: .list(Reproductions.names))
  var names: [String] = []

  @Flag(help: "Print what can be reproduced, and run nothing.")
  var list = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Networks that are computed at once (the number of processors). Numbers do not depend on it.", valueName: "n"))
  var threads: Int?

  @Option(help: "How the result is written.")
  var format: Format = .text

  @Option(
    help: ArgumentHelp(
      "Write the result to a file, whole or not at all, instead of standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  func run() throws {
    try Exit.mapping {
      if let threads, threads < 1 {
        throw UsageError("--threads \(threads) is not positive; it must be 1 or more.")
      }
      if list, format != .text {
        throw UsageError("--list is text, not \(format.rawValue); leave out one of --list and --format.")
      }
      let lines = try Reproductions.lines(names)
      if let output { try AtomicFile.checkWritable(output) }
      TemporaryFiles.removeOnInterrupt()
      if list { return try write(report.list(of: lines)) }
      let record = try measured()
      switch format {
      case .text: try write(report.text(of: record))
      case .json: try write(record.json())
      case .markdown: try write(ReproductionMarkdown().text(of: record))
      }
      try Exit.judge(record)
    }
  }

  private func measured() throws -> ReproductionRecord {
    let bar = ProgressBar(unit: "quantities")
    defer { bar.clear() }
    return try Reproductions.run(
      names, threads: threads, command: ["spectra"] + CommandLine.arguments.dropFirst()
    ) { bar.update(done: $0, total: $1) }
  }

  private var report: ReproductionReport {
    ReproductionReport(style: output == nil ? .forStandardOutput() : .forFile())
  }

  private func write(_ text: String) throws {
    if let output { try AtomicFile.write(text, to: output) } else { try StandardOutput.write(text) }
  }
}

extension Exit {
  /// Ends with code 3 where a measured number does not agree with the published one.
  static func judge(_ record: ReproductionRecord) throws {
    if !record.disagreements.isEmpty { throw ExitCode(verdict) }
  }
}
