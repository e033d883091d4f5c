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

  enum Format: String, ResultFormat {
    case text, json, markdown
  }

  @Argument(
    help: ArgumentHelp("Rows (C10) or lines (C10.relu-gaussian-16); all where none is named.", valueName: "ID"),
    completion: .list(Reproductions.names))
  var names: [String] = []

  @Flag(help: "Print what can be reproduced, and run nothing.")
  var list = false

  @OptionGroup var work: WorkOptions
  @OptionGroup var result: ResultOptions<Format>

  func run() throws {
    try Exit.mapping {
      if list, result.format != .text {
        throw UsageError("--list is text, not \(result.format.rawValue); leave out one of --list and --format.")
      }
      let lines = try Reproductions.lines(names)
      try result.checkWritable()
      let report = ReproductionReport(style: result.style)
      if list { return try result.write(report.list(of: lines)) }
      let record = try work.run(unit: "quantities") { threads, progress in
        try Reproductions.run(names, threads: threads, command: SpectraCommand.line, progress: progress)
      }
      switch result.format {
      case .text: try result.write(report.text(of: record))
      case .json: try result.write(record.json())
      case .markdown: try result.write(ReproductionMarkdown().text(of: record))
      }
      try Exit.judge(record)
    }
  }
}

extension Exit {
  /// Ends with code 3 where a measured number does not agree with the published one.
  static func judge(_ record: ReproductionRecord) throws {
    if !record.disagreements.isEmpty { throw ExitCode(verdict) }
  }
}
