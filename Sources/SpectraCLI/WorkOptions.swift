import ArgumentParser
import Spectra

/// Options of every command that works for a while.
struct WorkOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Samples that run at once (the number of processors). Numbers do not depend on it.", valueName: "n"))
  var threads: Int?

  func checkedThreads() throws -> Int? {
    if let threads, threads < 1 {
      throw UsageError("--threads \(threads) is not positive; it must be 1 or more.")
    }
    return threads
  }

  /// Does the work under a progress bar; an interrupt leaves no temporary file behind.
  ///
  /// - Parameter unit: what the bar counts.
  func run<Result>(
    unit: String = "samples",
    _ body: (_ threads: Int?, _ progress: @escaping @Sendable (Int, Int) -> Void) throws -> Result
  ) throws -> Result {
    let threads = try checkedThreads()
    TemporaryFiles.removeOnInterrupt()
    let bar = ProgressBar(unit: unit)
    defer { bar.clear() }
    return try body(threads) { bar.update(done: $0, total: $1) }
  }
}

extension SpectraCommand {
  /// The command line as records keep it.
  static var line: [String] { ["spectra"] + CommandLine.arguments.dropFirst() }
}
