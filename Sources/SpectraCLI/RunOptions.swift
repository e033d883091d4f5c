import ArgumentParser
import Spectra

/// The form in which a run is written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json, jsonl, csv
}

/// Options of every command that computes.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Samples that run at once (the number of processors). Numbers do not depend on it.", valueName: "n"))
  var threads: Int?

  @Option(help: "How the result is written.")
  var format: OutputFormat = .text

  @Option(
    help: ArgumentHelp(
      "Write the result to a file, whole or not at all, instead of standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Also draw a figure there, ending in .svg, .png, .html or .vl.json; can be given several times ('spectra plot' has more "
        + "settings).", valueName: "figure"),
    completion: .file(extensions: FigureFormat.allCases.map(\.rawValue)))
  var plot: [String] = []

  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp("Exit with code 3 where a panel's verdict is one of these.", valueName: "verdict,..."),
    completion: .names(of: Verdict.self))
  var failOn: String?

  /// The verdicts of `--fail-on`.
  func failingVerdicts() throws -> Set<Verdict> {
    guard let failOn else { return [] }
    return Set(try Names.parseList(failOn, option: "fail-on", as: Verdict.self))
  }

  func checkedThreads() throws -> Int? {
    if let threads, threads < 1 {
      throw UsageError("--threads \(threads) is not positive; it must be 1 or more.")
    }
    return threads
  }
}

extension RunOptions {
  /// Runs and writes: output checked before the work, progress during it, exit code after it.
  ///
  /// - Parameter title: of the figures of `--plot`; by default what all spectra have in common.
  func run(
    title: String? = nil,
    _ body: (_ threads: Int?, _ command: [String], _ progress: @escaping @Sendable (Int, Int) -> Void) throws ->
      RunRecord<Configuration>
  ) throws {
    try Exit.mapping {
      let failing = try failingVerdicts()
      let threads = try checkedThreads()
      if let output { try AtomicFile.checkWritable(output) }
      let figures = try FigureFiles(plot, option: "plot", written: output.map { [$0] } ?? [])
      TemporaryFiles.removeOnInterrupt()
      let bar = ProgressBar()
      let record: RunRecord<Configuration>
      do {
        defer { bar.clear() }
        record = try body(threads, ["spectra"] + CommandLine.arguments.dropFirst()) { bar.update(done: $0, total: $1) }
      }
      try write(try report.text(of: record))
      var design = FigureDesign()
      design.title = title
      try figures.write(try Figure(of: [FigureRun(record)], design: design), style: FigureStyle())
      try Exit.judge(record, failingOn: failing)
    }
  }

  private var report: any Report {
    switch format {
    case .text: TextReport(style: output == nil ? .forStandardOutput() : .forFile())
    case .json: JSONReport()
    case .jsonl: JSONLinesReport()
    case .csv: CSVReport()
    }
  }

  private func write(_ text: String) throws {
    if let output { try AtomicFile.write(text, to: output) } else { try StandardOutput.write(text) }
  }
}

extension TextStyle {
  /// The style of a text file: the locale's characters, no colour, 80 columns.
  static func forFile() -> TextStyle {
    TextStyle(width: 80, unicode: TextStyle.forStandardOutput().unicode, colour: false)
  }
}
