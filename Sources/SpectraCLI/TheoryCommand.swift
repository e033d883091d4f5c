import ArgumentParser
import Spectra

struct TheoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "theory",
    abstract: "What theory says by itself: mean field, and the law of log sigma at some depths.",
    usage: "spectra theory <options>",
    discussion: """
      Of fully connected stacks x -> phi(W x + b) without skips: fixed points, susceptibility and depth scales of mean \
      field, and by free probability the law of log sigma of the Jacobian of wide networks: density, quantiles, edges, \
      moments, shares of equal values. With --residual the law of stacks of skips and small branches.

        spectra theory --activation tanh --sigma-b 0.2 --critical --depth 1,8,64
        spectra theory --activation hard-tanh --weights orthogonal --format json
        spectra theory --residual 0.05,0.5,4

      'spectra jacobian --theory' sets the law beside measured spectra.

      Exit codes: 0 done, 64 usage, 70 no law can be computed, 73 and 74 cannot write.
      """)

  enum Format: String, ResultFormat {
    case text, json, csv
  }

  @Option(
    help: ArgumentHelp(
      Names.functions.map(\.rawValue).joined(separator: ", ")
        + ", with settings as in leaky-relu:slope=0.2 (relu).", valueName: "name"),
    completion: .name(of: ActivationName.self))
  var activation: String?

  @Option(
    help: ArgumentHelp("Ensemble of the weights: gaussian or orthogonal (gaussian).", valueName: "name"),
    completion: .name(of: WeightEnsemble.self))
  var weights: String?

  @Option(
    name: .customLong("sigma-w"), parsing: .unconditional,
    help: ArgumentHelp("Weights have variance sigma_w^2/width (sqrt 2 for relu, else 1).", valueName: "x"))
  var sigmaW: Double?

  @Option(
    name: .customLong("sigma-b"), parsing: .unconditional,
    help: ArgumentHelp("Standard deviation of biases (0).", valueName: "x"))
  var sigmaB: Double?

  @Flag(help: "Take sigma_w from the critical line, where a layer's mean squared singular value is 1.")
  var critical = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Numbers of layers (1,4,16,64).", valueName: "n,m,..."))
  var depth: String?

  @Option(
    name: .customLong("input-mean-square"), parsing: .unconditional,
    help: ArgumentHelp(
      "Follow the length map from an input of this mean square on, as jacobian --theory does (every layer at its fixed point).",
      valueName: "x"))
  var inputMeanSquare: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Laws of residual stacks instead: the sum over branches of their mean squared singular values.",
      valueName: "x,y,..."))
  var residual: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Points of each density in files, about (512).", valueName: "n"))
  var points: Int?

  @OptionGroup var result: ResultOptions<Format>

  func run() throws {
    try Exit.mapping {
      try result.checkWritable()
      let listing = try listing(command: SpectraCommand.line)
      let report = TheoryListingReport(style: result.style)
      switch result.format {
      case .text: try result.write(report.text(of: listing))
      case .json: try result.write(report.json(of: listing))
      case .csv: try result.write(report.csv(of: listing))
      }
      if listing.laws.isEmpty, let failure = listing.failures.first {
        StandardError.write(error: "None of the depths has a law; depth \(failure.depth): \(failure.reason)")
        throw ExitCode(Exit.numericalFailure)
      }
    }
  }

  private func listing(command: [String]) throws -> TheoryListing {
    guard let strengths = try residualStrengths() else { return try TheoryListing(try question(), command: command) }
    return try TheoryListing(
      residualStrengths: strengths, points: points ?? TheoryQuestion().points, command: command)
  }

  /// The parameters of `--residual`; nil without it.
  func residualStrengths() throws -> [Double]? {
    guard let residual else { return nil }
    let others: [(option: String, isNamed: Bool)] = [
      ("activation", activation != nil), ("weights", weights != nil), ("sigma-w", sigmaW != nil),
      ("sigma-b", sigmaB != nil), ("critical", critical), ("depth", depth != nil),
      ("input-mean-square", inputMeanSquare != nil),
    ]
    if let other = others.first(where: \.isNamed) {
      throw UsageError("--\(other.option) does nothing beside --residual, whose law has one parameter; leave it out.")
    }
    return try Names.parseDecimals(residual, option: "residual")
  }

  /// What is asked of fully connected stacks.
  func question() throws -> TheoryQuestion {
    var question = TheoryQuestion()
    if let activation { question.activation = try Names.parseFunction(activation, option: "activation") }
    if let weights { question.weights = try Names.parse(weights, option: "weights") }
    question.sigmaW = sigmaW
    if let sigmaB { question.sigmaB = sigmaB }
    question.isCritical = critical
    if let depth { question.depths = try Names.parseNumbers(depth, option: "depth") }
    question.inputMeanSquare = inputMeanSquare
    if let points { question.points = points }
    return question
  }
}
