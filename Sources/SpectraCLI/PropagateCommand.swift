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

  enum Format: String, ResultFormat {
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

  @OptionGroup var work: WorkOptions
  @OptionGroup var result: ResultOptions<Format>

  func run() throws {
    try Exit.mapping {
      try result.checkWritable()
      let weights = try draws.weights.map { try WeightsFile($0) }
      let propagation = try self.propagation(weights)
      let record = try work.run { threads, progress in
        try propagation.run(threads: threads, command: SpectraCommand.line, progress: progress)
      }
      try result.write(try report.text(of: record))
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
    switch result.format {
    case .text: PropagationTextReport(style: result.style)
    case .json: PropagationJSONReport()
    case .csv: PropagationCSVReport()
    }
  }
}
