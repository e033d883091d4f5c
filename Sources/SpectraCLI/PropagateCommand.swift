import ArgumentParser
import Spectra

struct PropagateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "propagate",
    abstract: "Signals and gradients layer by layer, beside the recursion of infinite width.",
    discussion: """
      After every layer: the mean square q of the state, how much alike its tokens are (p/q, mean cosine, distance from \
      rank one), how evenly attention spreads, and the growth of the Jacobian. Of a fully connected stack two inputs \
      of a known correlation go through the same weights.

      Where theory covers the stack its numbers stand beside: the length and correlation maps of mean field theory \
      (fc), or the recursion of uniform attention (transformer), with the stack's own gains, from each sample's own \
      input. Then the exponents: lambda_a, at which the angle between tokens converges, and lambda_g = (1/L) ln m_1, \
      at which squared gradients grow; natural logarithms, per layer.

      Exit codes: 0 done, 64 usage, 65 bad data, 70 every forward pass left the range of its precision, 73 and 74 \
      cannot write.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, csv
  }

  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Weights and input") var draws: DrawOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("With --block fc: the correlation of the two inputs, from -1 to 1 (0.5).", valueName: "x"))
  var correlation: Double?

  @Option(
    help: ArgumentHelp("double or float (double).", valueName: "name"), completion: .name(of: Precision.self))
  var precision: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Samples that run at once (the number of processors). Numbers do not depend on it.", valueName: "n"))
  var threads: Int?

  @Option(help: "How the result is written.")
  var format: Format = .text

  @Option(
    help: ArgumentHelp(
      "Write the result to a file, whole or not at all, instead of standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  func run() throws {
    try Exit.mapping {
      if let threads, threads < 1 {
        throw UsageError("--threads \(threads) is not positive; it must be 1 or more.")
      }
      if let output { try AtomicFile.checkWritable(output) }
      let weights = try draws.weights.map { try WeightsFile($0) }
      let propagation = try self.propagation(weights)
      TemporaryFiles.removeOnInterrupt()
      let bar = ProgressBar()
      let record: PropagationRecord<Configuration>
      do {
        defer { bar.clear() }
        record = try propagation.run(threads: threads, command: ["spectra"] + CommandLine.arguments.dropFirst()) {
          bar.update(done: $0, total: $1)
        }
      }
      let text = try report.text(of: record)
      if let output { try AtomicFile.write(text, to: output) } else { try StandardOutput.write(text) }
      if record.stacks.allSatisfy({ $0.failures.count == $0.samples }) {
        StandardError.write(
          error: "No forward pass reached the last layer: \(record.stacks.first?.failures.first?.reason ?? "")")
        throw ExitCode(Exit.numericalFailure)
      }
    }
  }

  /// What the options say, over what the weights file says, over the defaults.
  func propagation(_ weights: WeightsFile?) throws -> Propagation {
    // Networks are named as for `jacobian`, and refused for the same reasons; its other options stay as they are by default.
    var command = JacobianCommand()
    command.network = network
    command.draws = draws
    command.numbers = try NumberOptions.parse([])
    var configuration = try command.configuration(weights)
    if let precision { configuration.precision = try Names.parse(precision, option: "precision") }
    if correlation != nil, configuration.block != .fc {
      throw UsageError(
        "--correlation is about the two inputs of --block fc; the tokens of a transformer have their own.")
    }
    return try Propagation(configuration, correlation: correlation ?? 0.5, weights: weights)
  }

  private var report: any PropagationReport {
    switch format {
    case .text: PropagationTextReport(style: output == nil ? .forStandardOutput() : .forFile())
    case .json: PropagationJSONReport()
    case .csv: PropagationCSVReport()
    }
  }
}
