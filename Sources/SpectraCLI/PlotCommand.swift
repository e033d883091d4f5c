import ArgumentParser
import Spectra

struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Figures of runs: SVG, PNG, HTML or Vega-Lite from their JSON.",
    discussion: """
      Reads what --format json wrote, one run or several, and draws them in one figure. The ending of the output tells \
      what is written: .svg, .png (needs rsvg-convert or another renderer), .html (one page with values under the pointer, \
      statistics and the command that made the run) or .vl.json (a Vega-Lite specification).

        spectra --arch post-ln,pre-ln --depth 4,12,64 --format json --output run.json
        spectra plot run.json -o run.svg -o run.html
        spectra plot run.json -o growth.svg --statistic mean_squared,std_log

      The commands that compute draw by themselves with --plot FIGURE.
      """)

  @Argument(
    help: ArgumentHelp("Runs as JSON; - is standard input.", valueName: "run.json"),
    completion: .file(extensions: ["json"]))
  var runs: [String]

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Where the figure goes; can be given several times.", valueName: "figure"),
    completion: .file(extensions: FigureFormat.allCases.map(\.rawValue)))
  var output: [String] = []

  @OptionGroup(title: "Figure") var figure: FigureOptions

  func run() throws {
    try Exit.mapping {
      guard !output.isEmpty else {
        throw UsageError("--output is missing; name the figure, such as -o \(Self.suggestion(runs)).")
      }
      let (design, style) = (try figure.design(), try figure.style())
      let files = try FigureFiles(output, option: "output", read: runs)
      try figure.refuseUnread(files.formats)
      TemporaryFiles.removeOnInterrupt()
      let names = Self.names(runs)
      let found = try zip(runs, names).map { try FigureRun(contentsOf: $0, name: $1) }
      for (path, run) in zip(runs, found) where run.spectra.isEmpty {
        throw FileError(.badData, path: path, problem: "it holds no spectra; name a run of one sample or more")
      }
      let figure = try Figure(of: found, design: design)
      if let kind = figure.kind { try self.figure.refuseUnread(kind) }
      try files.write(figure, style: style)
    }
  }

  /// A name for each run: its file's, or the whole path where two files have the same.
  static func names(_ paths: [String]) -> [String] {
    let short = paths.map { path in
      let name = path.split(separator: "/").last.map(String.init) ?? path
      return path == "-" ? "standard input" : name.hasSuffix(".json") ? String(name.dropLast(5)) : name
    }
    return zip(paths, short).map { path, name in short.count { $0 == name } > 1 ? path : name }
  }

  private static func suggestion(_ paths: [String]) -> String {
    (names(Array(paths.prefix(1))).first ?? "figure") + ".svg"
  }
}
