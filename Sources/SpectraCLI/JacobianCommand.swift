import ArgumentParser
import Spectra

struct JacobianCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jacobian",
    abstract: "Spectra of randomly initialised (or loaded) stacks.",
    discussion: """
      Compares all named architectures at all named depths. Of each panel the histogram of log singular values of the \
      input-output Jacobian is shown, with zeros and values lost to rounding beside it, statistics and a verdict. More \
      than four layers of a stack (--layers) are lines of one table, with a histogram of the last.

      Exit codes: 0 done, 3 a verdict of --fail-on, 64 usage, 65 bad data, 70 no sample has a spectrum, 73 and 74 \
      cannot write.
      """)

  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Weights and input") var draws: DrawOptions
  @OptionGroup(title: "Numbers and histogram") var numbers: NumberOptions
  @OptionGroup(title: "Output") var output: RunOptions

  @Option(
    help: ArgumentHelp("Write weights and signals of every sample there as safetensors.", valueName: "folder"),
    completion: .directory)
  var export: String?

  @Flag(
    help: """
      Draw what theory predicts through each histogram, and say how far the spectra are from it: the distance with a p-value, \
      the mean of sigma squared, variance and edge of log sigma.
      """)
  var theory = false

  @Option(
    name: .customLong("theory-draws"), parsing: .unconditional,
    help: ArgumentHelp(
      "Sets of random matrices that the p-value is taken from; 0 for none (19 to 199, as take about as long as the spectra).",
      valueName: "n"))
  var theoryDraws: Int?

  func run() throws {
    try output.run { threads, command, progress in
      let sets = try checkedDraws()
      let weights = try draws.weights.map { try WeightsFile($0) }
      let experiment = try Experiment(try configuration(weights), weights: weights)
      if let weights, weights.configuration == nil { noteAssumptions(experiment.configuration, of: weights) }
      let exporter = try export.map { try Exporter($0) }
      var record = try experiment.run(
        threads: threads, command: command, progress: progress, export: exporter?.write)
      try exporter?.commit()
      if theory {
        record.theory = experiment.theory(of: record.spectra, draws: sets, threads: threads, progress: progress)
      }
      return record
    }
  }

  private func checkedDraws() throws(UsageError) -> Experiment.TheoryDraws {
    guard let theoryDraws else { return .automatic }
    guard theory else { throw UsageError("--theory-draws \(theoryDraws) does nothing without --theory; name both.") }
    guard 0...1_000_000 ~= theoryDraws else {
      throw UsageError("--theory-draws \(theoryDraws) is out of range; name 0 to 1000000 sets of random matrices.")
    }
    return .count(theoryDraws)
  }

  /// What the options say, over what the weights file says, over the defaults.
  func configuration(_ weights: WeightsFile?) throws -> Configuration {
    var configuration = Configuration()
    if let weights { try configuration.adopt(weights) }
    try network.apply(to: &configuration)
    try draws.apply(to: &configuration)
    try numbers.apply(to: &configuration)
    try refuseUnread(network.named + draws.named, configuration.architectures)
    if weights != nil { try refuseInitial(configuration) }
    return configuration
  }

  /// Refuses settings that say what weights are at initialisation beside given weights. What the file's own name of its
  /// architecture says of that is how its weights came about.
  private func refuseInitial(_ configuration: Configuration) throws(UsageError) {
    let ofArchitecture = network.arch == nil ? nil : configuration.architectures.lazy.compactMap(\.initialSetting).first
    let ofAttention = network.attention == nil ? nil : configuration.attention.initialSetting
    guard let setting = ofArchitecture ?? ofAttention else { return }
    throw UsageError(
      "'\(setting)' is about weights at initialisation, but --weights gives them; leave one of both out.")
  }

  /// Refuses an option beside architectures that all have one of their own, which would do nothing.
  private func refuseUnread(
    _ named: [NetworkOption], _ architectures: [ArchitectureSpecification]
  ) throws(UsageError) {
    for option in named
    where architectures.allSatisfy({ $0.options.contains { $0.option == option } }) {
      throw UsageError(
        "--\(option.rawValue) does nothing beside --arch \(architectures.map(\.description).joined(separator: ",")), where "
          + "each name has its own; leave it out.")
    }
  }
}

extension JacobianCommand {
  /// Says on standard error what a state dict from elsewhere does not tell and nobody named.
  private func noteAssumptions(_ configuration: Configuration, of weights: WeightsFile) {
    guard let specification = configuration.architectures.first, let network = configuration.cases.first else { return }
    let architecture = network.architecture
    var assumed = self.network.arch == nil ? ["--arch \(specification)"] : []
    func assume(_ option: NetworkOption, _ value: String, unless text: String?) {
      guard text == nil, !specification.options.contains(where: { $0.option == option }) else { return }
      assumed.append("--\(option.rawValue) \(value)")
    }
    if architecture.block == .transformer {
      assume(.heads, "\(architecture.heads)", unless: self.network.heads.map { "\($0)" })
      assume(.mask, architecture.mask.rawValue, unless: self.network.mask)
      assume(.positions, architecture.positions.rawValue, unless: self.network.positions)
    }
    if !architecture.normalizedFeatures.isEmpty {
      assume(.norm, architecture.normalizer.description, unless: self.network.norm)
    }
    // A gate may have an activation of its own.
    if architecture.block == .fc || architecture.feedForward.fixedActivation == nil {
      assume(.activation, architecture.activation.description, unless: self.network.activation)
    }
    guard !assumed.isEmpty else { return }
    StandardError.write(
      "Note: \(weights.path) does not tell all of its network; assumed \(assumed.joined(separator: ", ")).\n")
  }
}

extension Configuration {
  /// Takes over the network that a weights file tells of.
  fileprivate mutating func adopt(_ file: WeightsFile) throws {
    weights = file.path
    samples = 1
    if let exported = file.configuration {
      (architectures, block, depths) = (exported.architectures, exported.block, exported.depths)
      (width, tokens, hidden) = (exported.width, exported.tokens, exported.hidden)
      (heads, keyValueHeads) = (exported.heads, exported.keyValueHeads)
      (activation, mask, finalNorm) = (exported.activation, exported.mask, exported.finalNorm)
      (norm, attention) = (exported.norm, exported.attention)
      (feedForward, positions) = (exported.feedForward, exported.positions)
      (precision, seed, firstSample, vary) = (exported.precision, exported.seed, exported.firstSample, exported.vary)
      input = exported.input
      if vary == .weights || exported.rng == .torch {
        // The input came from another sample's stream or from PyTorch's generator: only the signals file has it.
        vary = .both
        let ending = ".weights.safetensors"
        if file.path.hasSuffix(ending) {
          input = .safetensors(path: file.path.dropLast(ending.count) + ".signals.safetensors")
        }
      }
      return
    }
    let found = try file.inferred()
    block = found.block ?? block
    width = found.width ?? width
    hidden = found.hidden
    finalNorm = found.finalNorm
    if let connection = found.connection { architectures = [ArchitectureSpecification(connection)] }
    if let depth = found.depth { depths = [depth] }
  }
}
