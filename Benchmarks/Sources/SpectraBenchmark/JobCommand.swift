import ArgumentParser
import Foundation
import Spectra

struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "Times one job and prints one line of JSON, as the programs in peers do.")

  @OptionGroup var job: JobOptions
  @OptionGroup var options: RunOptions

  /// Seconds of all samples together, one number for each repetition.
  private struct Line: Encodable {
    var secondsJacobian: [Double]
    var secondsSvd: [Double]
    var secondsTotal: [Double]
    var peakMemoryBytes: Int
    var version = SpectraVersion.current
    var backend = Backend.name
    var core = Backend.core
  }

  func run() throws {
    let durations = try job.job.measure(repetitions: options.repetitions, threads: options.threads)
    let line = Line(
      secondsJacobian: durations.map(\.jacobian), secondsSvd: job.withSvd ? durations.map(\.singularValues) : [],
      secondsTotal: durations.map(\.total), peakMemoryBytes: peakMemory)
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(line), as: UTF8.self))
  }
}

/// The most memory that this process held so far, in bytes.
var peakMemory: Int {
  var usage = rusage()
  #if os(Linux)
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss * 1024  // kibibytes there, bytes elsewhere
  #else
    guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
    return usage.ru_maxrss
  #endif
}
