/// How signals go through stacks from layer to layer: lengths and angles of tokens, attention's spread, and the growth of gradients,
/// each beside the recursion of infinite width.
///
/// ```swift
/// var configuration = Configuration()
/// configuration.architectures = [.postLN, .preLN]
/// let record = try Propagation(configuration).run()
/// print(try PropagationTextReport().text(of: record))
/// ```
///
/// Networks and inputs are those of an `Experiment` with the same configuration. A fully connected stack takes two inputs of a
/// known correlation through the same weights; where a normaliser couples a batch, its members are compared instead.
public struct Propagation: Sendable {
  /// What is computed, and how.
  public let experiment: Experiment
  /// c at the start of the second input of a fully connected stack.
  public let correlation: Double

  /// Up to so many directions ln m_1 is exact; larger inputs are probed along as many random ones.
  public static let mostDirections = 256
  /// The same for this run: tests that look at states alone need few.
  var directions = Self.mostDirections

  /// A run over the architectures and depths of a configuration.
  ///
  /// - Parameters:
  ///   - configuration: what is computed; histogram, method and layers do not count.
  ///   - correlation: from −1 to 1.
  ///   - weights: the file that `configuration.weights` names, where it has been read already.
  /// - Throws: as `Experiment.init`; `ConfigurationError` where the correlation is out of its range.
  public init(_ configuration: Configuration, correlation: Double = 0.5, weights: WeightsFile? = nil) throws {
    guard correlation >= -1, correlation <= 1 else {
      throw ConfigurationError(
        "correlation", "--correlation \(correlation) is none; it lies between -1 and 1.")
    }
    experiment = try Experiment(configuration, weights: weights)
    self.correlation = correlation
  }

  /// Runs everything.
  ///
  /// - Parameters:
  ///   - threads: how many samples run at once; nil is the number of processors. Numbers do not depend on it.
  ///   - command: what the record shall say was typed.
  ///   - progress: called after each sample with the number done and the number of all.
  /// - Throws: `ConfigurationError` where the networks would not fit in memory, `ParameterError` where they cannot be made.
  public func run(
    threads: Int? = nil, command: [String] = [], progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> PropagationRecord<Configuration> {
    let threads = Parallel.workers(threads)
    try requireMemory(threads: threads)
    let tasks = try experiment.tasks()
    let all = try Experiment.inOrder(tasks, threads: threads, progress: progress) { try sample(of: $0) }
    let perCase = experiment.configuration.samples
    let configuration = experiment.configuration
    return PropagationRecord(
      version: SpectraVersion.current, command: command, configuration: configuration,
      correlation: experiment.cases.contains { $0.architecture.block == .fc && $0.architecture.tokens == 1 }
        ? correlation : nil,
      stacks: experiment.cases.enumerated().map { index, network in
        PropagationSummary(
          network: network, samples: Array(all[index * perCase..<(index + 1) * perCase]),
          precision: configuration.precision, hasRandomWeights: configuration.weights == nil
        ).stack
      })
  }

  /// What one sample needs at once: weights in both precisions, and a block of tangents with its images.
  private func requireMemory(threads: Int) throws(ConfigurationError) {
    guard let available = SystemMemory.available else { return }
    for network in experiment.cases {
      let architecture = network.architecture
      let columns = Double(min(architecture.size, directions))
      let widest = Double(architecture.tokens) * Double(max(architecture.hidden, 3 * architecture.width))
      let attention = Double(architecture.tokens) * Double(architecture.tokens) * Double(architecture.heads)
      let needed =
        Double(min(threads, experiment.configuration.samples * experiment.cases.count)) * 8
        * (2 * Double(architecture.depth) * architecture.layerElements + columns * 6 * widest + 8 * attention)
      guard needed > Double(available) else { continue }
      throw ConfigurationError(
        "width",
        SystemMemory.shortage(needed: needed, available: available)
          + "; reduce --width, --hidden, --tokens, --depth or --threads.")
    }
  }
}
