import Foundation
import TestSupport
import Testing

/// `spectra plot` and `--plot` as users run them.
@Suite("Figures of the command line", .timeLimit(.minutes(10)))
struct PlotCommandTests {
  /// A run that takes no time: ReZero at α = 0 and a stack of its layers.
  static let small = [
    "--arch", "rezero,rezero:alpha=0.5", "--width", "4", "--tokens", "2", "--heads", "2", "--depth", "2,3", "--samples",
    "2",
  ]

  private func withRun<Result>(_ body: (String) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let run = try Command(Self.small + ["--format", "json", "--output", "run.json"], in: folder)
      try #require(run.status == 0, "\(run.error)")
      return try body(folder)
    }
  }

  @Test("A figure of the command that computes is the figure of its JSON, in every format but pixels")
  func sameFigure() throws {
    try withTemporaryFolder { folder in
      let endings = ["svg", "vl.json"]
      let plots = endings.flatMap { ["--plot", "a.\($0)"] }
      let run = try Command(Self.small + ["--format", "json", "--output", "run.json"] + plots, in: folder)
      #expect(run.status == 0 && run.error.isEmpty && run.output.isEmpty, "\(run.error)")
      let plot = try Command(["plot", "run.json"] + endings.flatMap { ["-o", "b.\($0)"] }, in: folder)
      #expect(plot.status == 0 && plot.error.isEmpty && plot.output.isEmpty, "\(plot.error)")
      #expect(try text(ofFile: folder + "/a.svg") == text(ofFile: folder + "/b.svg"))
      // The configuration's fields come in the order of the file there, by name here.
      for name in ["a.vl.json", "b.vl.json"] {
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
        #expect((object as? [String: Any])?["$schema"] != nil)
      }
      #expect(try contents(of: folder) == ["a.svg", "a.vl.json", "b.svg", "b.vl.json", "run.json"])
    }
  }

  @Test("Standard input is a run, standard output a figure's place")
  func pipes() throws {
    try withRun { folder in
      let piped = try Command(shell: "spectra plot - -o x.svg < run.json && cat x.svg | head -c 5", in: folder)
      #expect(piped.status == 0 && piped.output == "<?xml")
      #expect(try text(ofFile: folder + "/x.svg").contains("rezero"))
    }
  }

  @Test("A file larger than the shell allows is an error, and nothing is left of it")
  func fileSizeLimit() throws {
    try withRun { folder in
      // Blocks of 512 or 1024 bytes; the page has some 30 kB.
      let plot = try Command(shell: "ulimit -f 8 && exec spectra plot run.json -o x.html", in: folder)
      #expect(plot.status == 74 && !plot.endedBySignal && plot.errorLines.count == 1, "\(plot.error)")
      #expect(plot.error.hasPrefix("Error: x.html: writing it failed (file too large)"), "\(plot.error)")
      #expect(try contents(of: folder) == ["run.json"])
    }
  }

  @Test("Values beyond every axis are refused where one is to be made for them")
  func valuesBeyondEveryAxis() throws {
    try withRun { folder in
      let run = try text(ofFile: folder + "/run.json")
      // Live values alone stand in lists of this name.
      let far = run.replacing(/"log_singular_values": \[[^\]]*\]/) { match in
        let count = match.output.split(separator: ",").count
        return "\"log_singular_values\": [" + [String](repeating: "1e300", count: count).joined(separator: ",") + "]"
      }
      try Data(far.utf8).write(to: URL(fileURLWithPath: folder + "/far.json"))
      let plot = try Command(["plot", "far.json", "-o", "x.svg", "--range", "auto"], in: folder)
      #expect(plot.status == 64 && plot.errorLines.count == 1 && plot.error.contains("is no axis"), "\(plot.error)")
    }
  }

  @Test("Kinds, facets, palettes and sizes make different figures of one run")
  func options() throws {
    try withRun { folder in
      var found: Set<String> = []
      let options: [[String]] = [
        [], ["--facet", "depth"], ["--facet", "none"], ["--palette", "dark"], ["--palette", "print"],
        ["--width", "1200"],
        ["--columns", "1"], ["--title", "-x-"], ["--bins", "7"], ["--range", "-1,1"], ["--log-base", "e"],
        ["--kind", "statistic"], ["--statistic", "std_log,mean_squared"], ["--kind", "statistic", "--scale", "log"],
      ]
      for option in options {
        let plot = try Command(["plot", "run.json", "-o", "x.svg"] + option, in: folder)
        #expect(plot.status == 0 && plot.error.isEmpty, "\(option): \(plot.error)")
        #expect(found.insert(try text(ofFile: folder + "/x.svg")).inserted, "\(option) changes nothing")
      }
    }
  }

  static let refusals: [(arguments: [String], status: Int32, error: String)] = [
    (["--output", "x.svg", "--plot", "./x.svg"], 64, "--plot './x.svg' is written to already; name another file."),
    (
      ["plot", "run.vl.json", "-o", "./run.vl.json"], 64,
      "--output './run.vl.json' is a run that is read; name another file."
    ),
    (["plot", "run.json"], 64, "--output is missing; name the figure, such as -o run.svg."),
    (
      ["plot", "run.json", "-o", "x.pdf"], 64,
      "--output 'x.pdf' has an ending of no figure; name a file that ends in .svg, .png, .html or .vl.json."
    ),
    (
      ["--plot", "x"], 64,
      "--plot 'x' has an ending of no figure; name a file that ends in .svg, .png, .html or .vl.json."
    ),
    (
      ["plot", "run.json", "-o", "no/x.svg"], 73,
      "no/x.svg: it cannot be written: there is no folder 'no'; create it first."
    ),
    (["--plot", "no/x.svg"], 73, "no/x.svg: it cannot be written: there is no folder 'no'; create it first."),
    (
      ["plot", "run.json", "-o", "."], 64,
      "--output '.' has an ending of no figure; name a file that ends in .svg, .png, .html or .vl.json."
    ),
    (
      ["plot", "none.json", "-o", "x.svg"], 65,
      "none.json: it cannot be read (no such file or directory); check the path and its permissions."
    ),
    (
      ["plot", "run.json", "run.json", "-o", "x.svg"], 64,
      "'run.json' is there twice, with rezero at depth 2 in both; name each run once."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--kind", "quantiles"], 64,
      "A figure of kind quantiles needs spectra after several layers of a stack; make the run with --layers all, or draw another kind."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--kind", "pie"], 64,
      "--kind 'pie' is unknown: it is one of histogram, ridgeline, quantiles, statistic."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--width", "100000"], 64,
      "A figure cannot be 100000 wide; choose from 240 to 20000."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--width", "-1"], 64, "A figure cannot be -1 wide; choose from 240 to 20000."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--columns", "0"], 64, "A figure cannot have 0 columns; choose from 1 to 100."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--pixels", "nan"], 64,
      "A picture cannot have nan pixels a unit; choose from 0.1 to 20.0."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--bins", "0"], 64, "A histogram cannot have 0 bins; choose from 1 to 10000."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--range", "1,0"], 64,
      "The range 1.0,0.0 of a histogram has its ends swapped; write 0.0,1.0."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "-o", "x.svg"], 64,
      "--output 'x.svg' is written to already; name another file."
    ),
    (["--output", "x.svg", "--plot", "x.svg"], 64, "--plot 'x.svg' is written to already; name another file."),
    (
      ["plot", "run.json", "-o", "x.svg", "--pixels", "3"], 64,
      "--pixels does nothing in the files named; leave it out or name one that ends in .png."
    ),
    (
      ["plot", "run.json", "-o", "x.vl.json", "--width", "500"], 64,
      "--width does nothing in the files named; leave it out or name one that ends in .svg, .png, .html."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--scale", "log"], 64,
      "--scale does nothing in a figure of kind histogram; leave it out or name --kind statistic."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--statistic", "std_log", "--noise"], 64,
      "--noise does nothing in a figure of kind statistic; leave it out or name --kind histogram."
    ),
    (
      ["plot", "run.json", "-o", "x.svg", "--statistic", "std_log", "--kind", "histogram"], 64,
      "--statistic does nothing in a figure of kind histogram; leave it out or name --kind statistic."
    ),
  ]

  @Test("What cannot be drawn is refused in one sentence, and nothing is left", arguments: refusals.indices)
  func refused(index: Int) throws {
    let (arguments, status, error) = Self.refusals[index]
    try withRun { folder in
      let command = try Command(arguments, in: folder)
      #expect(command.status == status && command.output.isEmpty)
      #expect(command.error == "Error: \(error)\n")
      #expect(try contents(of: folder) == ["run.json"])
    }
  }

  @Test("Files that are no runs are refused, also beside good ones")
  func badFiles() throws {
    try withRun { folder in
      let good = try text(ofFile: folder + "/run.json")
      let bad: [(name: String, text: String, problem: String)] = [
        ("empty", "", "it is empty"), ("half", String(good.prefix(good.count / 2)), "it is no JSON document"),
        (
          "future", good.replacing("spectra.jacobian/1", with: "spectra.jacobian/7"),
          "it has schema \"spectra.jacobian/7\""
        ),
      ]
      for (name, text, problem) in bad {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).json"))
        for runs in [["\(name).json"], ["run.json", "\(name).json"]] {
          let plot = try Command(["plot"] + runs + ["-o", "x.svg"], in: folder)
          #expect(plot.status == 65 && plot.errorLines.count == 1, "\(plot.error)")
          #expect(plot.error.hasPrefix("Error: \(name).json: \(problem)"))
          #expect(!FileManager.default.fileExists(atPath: folder + "/x.svg"))
        }
      }
    }
  }

  @Test("PNG without a renderer is refused before any work; with one it is a PNG")
  func png() throws {
    try withRun { folder in
      let without = try Command(["plot", "run.json", "-o", "x.png"], in: folder, environment: ["PATH": "/nowhere"])
      #expect(without.status == 73 && without.error.contains("librsvg2-bin"))
      let long = try Command(
        ["--depth", "10000", "--width", "256", "--plot", "x.png"], in: folder, environment: ["PATH": "/nowhere"])
      #expect(long.status == 73 && long.error == without.error)
      guard FileManager.default.isExecutableFile(atPath: "/usr/bin/rsvg-convert") else { return }
      let with = try Command(["plot", "run.json", "-o", "x.png", "--width", "500", "--pixels", "1.5"], in: folder)
      #expect(with.status == 0, "\(with.error)")
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/x.png"))
      // Signature, and the width in the header (PNG specification, 5.2 and 11.2.2).
      #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      #expect(bytes[16..<20].reduce(0) { $0 << 8 | Int($1) } == 750)
    }
  }

  @Test("A file that was there stays as it was where drawing fails")
  func kept() throws {
    try withRun { folder in
      try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/x.svg"))
      let plot = try Command(["plot", "run.json", "-o", "x.svg", "--kind", "ridgeline"], in: folder)
      #expect(plot.status == 64)
      #expect(try text(ofFile: folder + "/x.svg") == "mine")
    }
  }

  @Test("Where every sample fails the figure says why, and the exit code is that of the run")
  func failedRun() throws {
    try withTemporaryFolder { folder in
      let run = try Command(
        [
          "--block", "fc", "--arch", "vanilla", "--width", "4", "--depth", "200", "--init", "gaussian", "--sigma-w",
          "1e3",
          "--activation", "linear", "--samples", "1", "--plot", "x.svg",
        ], in: folder)
      #expect(run.status == 70)
      #expect(try text(ofFile: folder + "/x.svg").contains("no spectrum: The forward pass overflows"))
    }
  }
}
