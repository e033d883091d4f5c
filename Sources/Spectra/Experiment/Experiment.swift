/// A comparison of architectures: every sample of every case drawn, differentiated and decomposed.
///
/// ```swift
/// var configuration = Configuration()
/// configuration.architectures = [.postLN, .preLN]
/// configuration.depths = [4, 12]
/// let record = try Experiment(configuration).run()
/// print(try TextReport().text(of: record))
/// ```
///
/// Each spectrum depends on its architecture, depth, sample and the configuration's law alone: it is the same, bit for
/// bit, for any number of threads, any order of cases, and computed alone (with `--rng torch`, whose stream is
/// sequential, on everything drawn before it at the same depth).
public struct Experiment: Sendable {
  /// Everything that determines the numbers.
  public let configuration: Configuration
  /// What is computed, in the order of the record.
  public let cases: [ExperimentCase]

  let input: ExperimentInput
  let loaded: Parameters?

  /// An experiment over the architectures and depths of a configuration.
  ///
  /// - Parameters:
  ///   - configuration: what is computed, and how.
  ///   - weights: the file that `configuration.weights` names, where it has been read already.
  /// - Throws: `ConfigurationError` where options do not fit together, `FileError` or `ParameterError` where a file that
  ///   they name is not what it should be.
  public init(_ configuration: Configuration, weights: WeightsFile? = nil) throws {
    // Before the cases: sizes that follow from the width must not overflow.
    try configuration.validate()
    try self.init(configuration, cases: configuration.cases, weights: weights)
  }

  /// An experiment over cases of its own, with everything else from a configuration.
  ///
  /// - Parameters:
  ///   - configuration: everything but the networks: samples, seed, method, layers, input, and so on.
  ///   - cases: the networks, each with the label that its records carry.
  ///   - weights: the file that `configuration.weights` names, where it has been read already.
  /// - Throws: `ConfigurationError` where options do not fit together, `FileError` or `ParameterError` where a file that
  ///   they name is not what it should be.
  public init(_ configuration: Configuration, cases: [ExperimentCase], weights: WeightsFile? = nil) throws {
    try configuration.validate()
    self.configuration = configuration
    self.cases = cases
    input = try ExperimentInput(configuration)
    if input.isShared, configuration.samples > 1, configuration.vary == .input || configuration.weights != nil {
      throw ConfigurationError(
        "samples",
        "--samples \(configuration.samples) would all be the same: --input holds one input for all of them, and "
          + (configuration.weights == nil ? "--vary input holds the weights" : "the weights are those of --weights")
          + "; name --samples 1 or an input [samples, tokens, width].")
    }
    if let path = configuration.weights, let network = cases.first {
      loaded = try (weights ?? WeightsFile(path)).parameters(of: network.architecture)
    } else {
      loaded = nil
    }
  }

  /// Runs everything.
  ///
  /// - Parameters:
  ///   - threads: how many samples run at once; nil is the number of processors. Numbers do not depend on it.
  ///   - command: what the record shall say was typed.
  ///   - progress: called after each sample with the number done and the number of all.
  ///   - export: called with every sample's network and Jacobian, from any thread.
  /// - Throws: `ConfigurationError` where the Jacobians would not fit in memory; what `export` throws.
  public func run(
    threads: Int? = nil, command: [String] = [], progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil,
    export: (@Sendable (ExportedSample) throws -> Void)? = nil
  ) throws -> RunRecord<Configuration> {
    let threads = Parallel.workers(threads)
    let spectra = try self.spectra(threads: threads, progress: progress, export: export)
    return try RunRecord(
      version: SpectraVersion.current, command: command,
      environment: Environment(backend: Backend.summary, core: Backend.core, threads: threads),
      configuration: configuration, spectra: spectra, bins: configuration.bins, logBase: configuration.logBase,
      range: configuration.range)
  }

  /// Runs everything: one record for each case, layer and sample, in the order of cases.
  ///
  /// A sample whose forward pass leaves the range of the precision has a record that says so; it does not stop the others.
  ///
  /// - Throws: as `run`.
  public func spectra(
    threads: Int, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil,
    export: (@Sendable (ExportedSample) throws -> Void)? = nil
  ) throws -> [SpectrumRecord] {
    try spectra(threads: threads, progress: progress, export: export) { _ in true }
  }

  /// Runs only some cases. The others count where draws depend on them, as those of PyTorch's generator do.
  func spectra(
    threads: Int, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil,
    export: (@Sendable (ExportedSample) throws -> Void)? = nil, only isWanted: (ExperimentCase) -> Bool
  ) throws -> [SpectrumRecord] {
    // Before the tasks: preparing those of PyTorch's generator draws every weight.
    try requireMemory(threads: threads)
    let tasks = try self.tasks().filter { isWanted($0.network) }
    // Where there are fewer samples than threads, the tangents of one sample are shared among threads instead.
    let shared = tasks.count < threads ? threads : 1
    return try Self.inOrder(tasks, threads: shared > 1 ? 1 : threads, progress: progress) {
      try records(of: $0, threads: shared, export: export)
    }.flatMap { $0 }
  }
}
