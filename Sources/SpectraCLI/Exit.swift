import ArgumentParser
import Spectra
import SpectraReproduction

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A command line that cannot be run: a sentence for the user, exit code 64.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Exit codes, after `sysexits.h`.
enum Exit {
  static let verdict: Int32 = 3
  static let usage: Int32 = 64
  static let badData: Int32 = 65
  static let numericalFailure: Int32 = 70

  /// Runs a command's body; an error becomes one sentence on standard error and its exit code.
  static func mapping(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ExitCode {
      throw error
    } catch {
      StandardError.write(error: "\(error)")
      throw ExitCode(code(of: error))
    }
  }

  private static func code(of error: any Error) -> Int32 {
    switch error {
    case let error as FileError: error.exitCode == 66 ? badData : error.exitCode
    case let error as SVGRasterizerError: error.exitCode
    case is UsageError, is ConfigurationError, is HistogramError, is FigureError, is ReproductionError: usage
    case is ParameterError: badData
    default: numericalFailure
    }
  }

  /// Ends with code 3 where a verdict is among those named, with 70 where no sample has a spectrum.
  static func judge<C>(_ record: RunRecord<C>, failingOn verdicts: Set<Verdict>) throws {
    if record.summaries.contains(where: { $0.verdict.map(verdicts.contains) ?? false }) {
      throw ExitCode(verdict)
    }
    if !record.spectra.isEmpty, record.spectra.allSatisfy({ $0.spectrum == nil }) {
      let reason = record.spectra.first?.reason ?? ""
      StandardError.write(error: "No sample has a spectrum: \(reason)")
      throw ExitCode(numericalFailure)
    }
  }
}

/// Standard output, where a full disk or a closed pipe is an error and not a silence.
enum StandardOutput {
  static func write(_ text: String) throws(FileError) {
    do throws(FileError) { try AtomicFile.write(text, to: "/dev/stdout") } catch {
      throw FileError(error.kind, path: "standard output", problem: error.problem)
    }
  }
}

enum StandardError {
  /// An error's sentence in the locale's characters.
  static func write(error: String) { write(TextStyle.forStandardOutput().rendered("Error: \(error)\n")) }

  /// What cannot be said on standard error cannot be said anywhere.
  static func write(_ text: String) { try? AtomicFile.write(text, to: "/dev/stderr") }

  /// Whether it is a terminal on which a line can be written over: a dumb one, as in an editor, shows escape sequences.
  static var isTerminal: Bool {
    isatty(STDERR_FILENO) != 0 && getenv("TERM").map { String(cString: $0) } != "dumb"
  }
}
