import Foundation
import Spectra
import TestSupport
import Testing

@Suite("Output", .timeLimit(.minutes(10)))
struct OutputTests {
  static let tiny = ["--arch", "post-ln,rezero", "--depth", "1,2", "--samples", "2", "--width", "4", "--heads", "2"]

  static func record(_ json: String) throws -> RunRecord<Configuration> {
    try JSONDecoder().decode(RunRecord<Configuration>.self, from: Data(json.utf8))
  }

  @Test("JSON decodes as the record of the run that the library makes")
  func json() throws {
    let command = try Command(Self.tiny + ["--format", "json"])
    #expect(command.status == 0 && command.error.isEmpty)
    let record = try Self.record(command.output)
    #expect(record.command == ["spectra"] + Self.tiny + ["--format", "json"])
    #expect(record.version == SpectraVersion.current)
    var configuration = Configuration()
    (configuration.architectures, configuration.depths, configuration.samples) = ([.postLN, .rezero], [1, 2], 2)
    (configuration.width, configuration.heads) = (4, 2)
    #expect(record.configuration.cases == configuration.cases)
    #expect(record.spectra.map(\.panel.depth) == [1, 1, 2, 2, 1, 1, 2, 2])
    // Nothing is lost by reading: the same bytes are written again.
    #expect(try JSONReport().text(of: record) == command.output)
    // This process may run other kernels than the command, so that the library's numbers are close and not equal:
    // ε · σ₁ of a product of two layers is far below 1e-9 of the live values of these stacks.
    let own = try Experiment(configuration).run(threads: 1)
    for (left, right) in zip(record.spectra, own.spectra) {
      let (left, right) = (left.spectrum?.logSingularValues ?? [], right.spectrum?.logSingularValues ?? [])
      #expect(left.count == right.count && !left.isEmpty)
      #expect(zip(left, right).allSatisfy { abs($0 - $1) < 1e-9 })
    }
  }

  @Test("JSON Lines are the spectra of the JSON; CSV has a row for each number")
  func lines() throws {
    let record = try Self.record(Command(Self.tiny + ["--format", "json"]).output)
    let lines = try Command(Self.tiny + ["--format", "jsonl"]).output.split(separator: "\n")
    let spectra = try lines.map { try JSONDecoder().decode(SpectrumRecord.self, from: Data($0.utf8)) }
    #expect(spectra == record.spectra)
    let rows = try Command(Self.tiny + ["--format", "csv"]).output.split(separator: "\n")
    #expect(rows[0] == "architecture,depth,layer,sample,statistic,value,method")
    #expect(rows.count == 1 + 8 * 15)
    #expect(rows.allSatisfy { $0.count(where: { $0 == "," }) == 6 })
    let mean = try #require(record.spectra[3].statistics?.meanSquared)
    #expect(rows.contains("post-ln,2,2,1,mean_squared,\(mean),resolved"))
  }

  @Test("Each spectrum says which method found it, in every format")
  func methods() throws {
    let pair = ["--arch", "post-ln,rezero", "--depth", "2", "--samples", "1"]
    for (method, expected) in [
      ("product", ["product", "product"]), ("resolved", ["resolved", "resolved"]), ("auto", ["resolved", "product"]),
    ] {
      let arguments = pair + ["--method", method]
      let record = try Self.record(Command(arguments + ["--format", "json"]).output)
      #expect(record.spectra.map { $0.spectrum?.method.rawValue } == expected)
      #expect(record.configuration.method.rawValue == method)
      let rows = try Command(arguments + ["--format", "csv"]).output.split(separator: "\n").dropFirst()
      #expect(rows.prefix(15).allSatisfy { $0.hasSuffix(",\(expected[0])") })
      #expect(rows.suffix(15).allSatisfy { $0.hasSuffix(",\(expected[1])") })
      let text = try Command(arguments).output
      #expect(text.contains("\n  resolved, ln σ ±") == expected.contains("resolved"))
      #expect(text.contains("\n  product, ln σ ±") == (Set(expected).count == 2))
    }
    #expect(try Command(pair + ["--format", "json"]).output.contains("\"method\": \"auto\""))
  }

  @Test("figure5 shows panel (a) both ways")
  func figure5() throws {
    let lines = try Command(["figure5", "--rng", "spectra", "--samples", "1"]).output.split(separator: "\n")
    let titles = lines.filter { $0.hasPrefix("── ") }.map { $0.split(separator: " ")[1] }
    #expect(titles.prefix(4) == ["post-ln", "post-ln:method=resolved", "post-ln", "post-ln:method=resolved"])
    #expect(lines.count { $0.hasPrefix("  the peak at the floor is rounding noise") } == 3)
    #expect(lines.count { $0.hasPrefix("  what the product loses: 4 zeros and ") } == 3)
  }

  @Test("Many layers are lines of one table, with a histogram of the last")
  func manyLayers() throws {
    for (depth, panels) in [(4, 4), (5, 1)] {
      let lines = try Command(
        ["--arch", "post-ln", "--depth", "\(depth)", "--layers", "all", "--samples", "1", "--method", "resolved"]
      ).output.split(separator: "\n")
      #expect(lines.count { $0.hasPrefix("── ") } == panels)
      let start = try #require(lines.firstIndex { $0.hasPrefix("log10 σ of all samples after each layer") })
      let layers = lines[(start + 3)...].prefix(depth).map { $0.split(separator: " ").first.map(String.init) }
      #expect(layers == (1...depth).map(String.init))
    }
  }

  @Test("--output writes what standard output would get, and nothing beside it", arguments: ["text", "csv", "jsonl"])
  func file(format: String) throws {
    try withTemporaryFolder { folder in
      let arguments = Self.tiny + ["--format", format]
      let printed = try Command(arguments, in: folder)
      let written = try Command(arguments + ["--output", "out"], in: folder)
      #expect(written.status == 0 && written.output.isEmpty && written.error.isEmpty)
      #expect(try text(ofFile: folder + "/out") == printed.output)
      #expect(try contents(of: folder) == ["out"])
      // A second run replaces it.
      #expect(try Command(["--depth", "1", "--samples", "1", "--output", "out"], in: folder).status == 0)
      #expect(try text(ofFile: folder + "/out") != printed.output)
      #expect(try contents(of: folder) == ["out"])
      #expect(try Command(arguments + ["--output", "/dev/stdout"], in: folder).output == printed.output)
    }
  }

  @Test("The spectra do not depend on --threads")
  func threads() throws {
    let outputs = try ["1", "2", "3"].map { try Command(Self.tiny + ["--format", "jsonl", "--threads", $0]).output }
    #expect(Set(outputs).count == 1)
  }

  @Test("Values that begin with a minus sign are values")
  func negativeValues() throws {
    for arguments in [
      ["--range", "-11,4", "--alpha", "-0.5", "--gain", "-1"], ["--range=-11,4", "--alpha=-0.5", "--gain=-1"],
    ] {
      let command = try Command(
        ["--arch", "rezero", "--depth", "1", "--samples", "1", "--format", "json"] + arguments)
      #expect(command.status == 0, "\(command.error)")
      let configuration = try Self.record(command.output).configuration
      #expect(configuration.range == .explicit(lower: -11, upper: 4))
      #expect(configuration.alpha == -0.5 && configuration.gain == -1)
    }
    let gaussian = try Command(
      [
        "--init", "gaussian", "--sigma-w", "1.5", "--sigma-b", "0.25", "--depth", "1", "--samples", "1", "--format",
        "json",
      ])
    let configuration = try Self.record(gaussian.output).configuration
    #expect(configuration.sigmaW == 1.5 && configuration.sigmaB == 0.25)
  }

  // MARK: Exit codes

  @Test("--fail-on: exit code 3, with the report all the same")
  func failOn() throws {
    let identity = ["--arch", "rezero", "--depth", "2", "--samples", "1"]
    let failing = try Command(identity + ["--fail-on", "vanishing,isometric"])
    #expect(failing.status == 3 && failing.error.isEmpty)
    #expect(failing.output == (try Command(identity).output))
    #expect(try Command(identity + ["--fail-on", "vanishing,exploding,spread"]).status == 0)
  }

  @Test("Exit code 70 where no sample has a spectrum, with the report")
  func allFail() throws {
    let command = try Command(["--gain", "1e200", "--samples", "2", "--depth", "3"])
    #expect(command.status == 70)
    #expect(command.errorLines.count == 1)
    #expect(command.error.hasPrefix("Error: No sample has a spectrum: The forward pass overflows"))
    #expect(command.output.contains("overflow: 2 of 2 samples overflowed"))
    // A verdict that was asked for comes first.
    #expect(
      try Command(["--gain", "1e200", "--samples", "1", "--depth", "1", "--fail-on", "overflow"]).status == 3)
  }

  @Test("Some samples that fail are no failure of the command")
  func someFail() throws {
    try withTemporaryFolder { folder in
      let elements = [Double](repeating: 1e308, count: 16) + [Double](repeating: 1, count: 16)
      try NumpyFile.write(Tensor(shape: [2, 1, 16], elements: elements), to: folder + "/inputs.npy")
      let command = try Command(
        [
          "--block", "fc", "--arch", "vanilla", "--activation", "linear", "--depth", "2", "--gain", "100", "--samples",
          "2", "--input", "inputs.npy",
        ], in: folder)
      #expect(command.status == 0 && command.error.isEmpty)
      #expect(command.output.contains("1 of 2 samples overflowed; sample 0: The forward pass"))
    }
  }

  // MARK: Streams

  @Test("A full disk is exit code 74 and one sentence")
  func fullDisk() throws {
    let command = try Command(shell: "spectra --depth 1 --samples 1 > /dev/full")
    #expect(command.status == 74)
    #expect(command.errorLines.count == 1)
    #expect(command.error.hasPrefix("Error: standard output: writing it failed"))
  }

  @Test("A reader that goes away ends the command quietly")
  func closedPipe() throws {
    // More than a pipe holds, so that the write is cut off.
    let spectra = "spectra --depth 1 --samples 200 --format jsonl"
    let piped = try Command(shell: "\(spectra) | head -1")
    #expect(piped.error.isEmpty)
    #expect(piped.output.hasPrefix("{\"architecture\""))
    #expect(piped.output.split(separator: "\n").count == 1)
    // Where the signal is ignored, the failed write is said in one sentence.
    let ignored = try Command(shell: "trap '' PIPE; { \(spectra); echo $? >&2; } | head -1")
    #expect(ignored.errorLines.count == 2 && ignored.errorLines.last == "74", "\(ignored.error)")
    #expect(ignored.error.hasPrefix("Error: standard output: writing it failed"))
  }

  @Test("No escape codes where output is no terminal; nothing on standard error")
  func noColour() throws {
    for (environment, samples) in [
      // Long enough that a terminal would see a progress bar.
      ([:], "60"), (["NO_COLOR": "1"], "1"), (["TERM": "xterm-256color", "CLICOLOR_FORCE": "1"], "1"),
    ] {
      let command = try Command(["--depth", "40", "--samples", samples], environment: environment)
      #expect(command.status == 0 && command.error.isEmpty)
      #expect(!command.output.contains("\u{1B}"))
      #expect(command.output.contains("█"))
    }
  }

  static let asciiRuns = [
    ["--arch", "post-ln,rezero", "--depth", "2", "--samples", "2"],
    ["--arch", "post-ln", "--precision", "float", "--depth", "8", "--samples", "2", "--layers", "all"],
    ["--block", "fc", "--arch", "vanilla", "--width", "2", "--depth", "20", "--samples", "2"],
    ["--gain", "1e200", "--samples", "1", "--depth", "1"],
    ["figure5", "--rng", "spectra", "--samples", "1"], ["architectures"], ["--layers", "99"],
    ["--activation", "relu:transform=tat"],
    ["--width", "1000000", "--depth", "1"],
  ]

  @Test("ASCII where the locale is C", arguments: asciiRuns)
  func ascii(arguments: [String]) throws {
    let command = try Command(arguments, environment: ["LC_ALL": "C"])
    let text = command.output + command.error
    #expect(!text.isEmpty && text.utf8.allSatisfy { $0 < 128 })
    // Every character of ours has a spelling in ASCII.
    #expect(!text.contains("?"), "\(text)")
    let unicode = try Command(arguments)
    #expect((unicode.output + unicode.error).utf8.contains { $0 >= 128 })
    #expect(unicode.status == command.status)
  }

  @Test("JSON, JSON Lines and CSV do not depend on the locale", arguments: ["json", "jsonl", "csv"])
  func locale(format: String) throws {
    let outputs = try ["C", "C.UTF-8"].map {
      try Command(Self.tiny + ["--format", format], environment: ["LC_ALL": $0]).output
    }
    #expect(outputs[0] == outputs[1])
  }

  // MARK: Environment

  #if arch(x86_64)
    @Test("A core type that the user chose is kept")
    func coreType() throws {
      let command = try Command(Self.tiny + ["--format", "json"], environment: ["OPENBLAS_CORETYPE": "Nehalem"])
      let environment = try Self.record(command.output).environment
      #expect(environment.core == "Nehalem")
      #expect(environment.backend.contains("OpenBLAS"))
    }
  #endif

  @Test("SIGINT and SIGTERM end the command as they would any other, and leave no file", arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let work = folder + "/work"
      try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
      let arguments = ["--samples", "20000", "--depth", "4", "--output", "out.json", "--export", "new/export"]
      let running = try Running(Command.path, arguments, in: work, outputs: folder)
      // Until it is in the midst of writing.
      let start = ContinuousClock.now
      while running.process.isRunning, ((try? contents(of: work + "/new/export")) ?? []).count < 4,
        ContinuousClock.now - start < .seconds(60)
      { Thread.sleep(forTimeInterval: 0.01) }
      #expect(try contents(of: work + "/new/export").allSatisfy { $0.hasPrefix(".") })
      #expect(kill(running.process.processIdentifier, signal) == 0)
      let command = try running.ended()
      #expect(command.endedBySignal && command.status == signal)
      #expect(command.output.isEmpty && command.error.isEmpty)
      #expect(try contents(of: work).isEmpty)
    }
  }
}
