import ArgumentParser
import Spectra

/// The form in which a run is written.
enum OutputFormat: String, ResultFormat {
  case text, json, jsonl, csv
}

/// Options of every command that computes.
struct RunOptions: ParsableArguments {
  @OptionGroup var work: WorkOptions
  @OptionGroup var result: ResultOptions<OutputFormat>

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
      try result.checkWritable()
      let figures = try FigureFiles(plot, option: "plot", written: result.output)
      let record = try work.run { threads, progress in try body(threads, SpectraCommand.line, progress) }
      try result.write(try report.text(of: record))
      var design = FigureDesign()
      design.title = title
      try figures.write(try Figure(of: [FigureRun(record)], design: design), style: FigureStyle())
      try Exit.judge(record, failingOn: failing)
    }
  }

  private var report: any Report {
    switch result.format {
    case .text: TextReport(style: result.style)
    case .json: JSONReport()
    case .jsonl: JSONLinesReport()
    case .csv: CSVReport()
    }
  }
}
