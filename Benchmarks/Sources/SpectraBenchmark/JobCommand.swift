import ArgumentParser
import Spectra

struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "Times one job and prints one line of JSON, as the programs in peers do.")

  @OptionGroup var job: JobOptions
  @OptionGroup var options: RunOptions

  /// Seconds of all samples together, one number for each repetition.
  private struct Line: Encodable {
    var secondsJacobian: [Double]
    var secondsForwardPass: [Double]
    var secondsSvd: [Double]
    var secondsTotal: [Double]
    var found: [Fingerprint]
    var plannedOperations: Double
    var peakMemoryBytes: Int
    var setting: String
    var version = SpectraVersion.current
    var backend = Backend.name
    var core = Backend.core
  }

  func run() throws {
    let measurement = try job.job.measure(repetitions: options.repetitions, threads: options.threads)
    let runs = measurement.runs
    print(
      try jsonLine(
        Line(
          secondsJacobian: runs.map(\.jacobian), secondsForwardPass: runs.map(\.forwardPass),
          secondsSvd: job.withSvd ? runs.map(\.singularValues) : [], secondsTotal: runs.map(\.total),
          found: measurement.found, plannedOperations: measurement.plannedOperations,
          peakMemoryBytes: measurement.peakMemory, setting: "\(options.threads) threads")))
  }
}
