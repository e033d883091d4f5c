import Synchronization

/// One sample of one case, with everything that must be drawn before it already drawn.
struct ExperimentTask: Sendable {
  let network: ExperimentCase
  let sample: Int
  /// The state of PyTorch's generator before this sample's input and before its model.
  var torch: (input: TorchGenerator, model: TorchGenerator)?
}

extension Parallel {
  /// How many run at once where so many threads were asked for: one at least, and for nil one for each processor.
  package static func workers(_ threads: Int?) -> Int { max(1, threads ?? availableProcessors) }
}

/// Counts finished samples across threads.
final class Counter: Sendable {
  private let count = Atomic(0)
  func increment() -> Int { count.add(1, ordering: .relaxed).newValue }
}

extension Experiment {
  /// The results of `body` for tasks, in their order.
  ///
  /// The deepest run first, so that no long sample is left for the end.
  ///
  /// - Parameters:
  ///   - threads: how many run at once.
  ///   - progress: called after each with the number done and the number of all.
  /// - Throws: what `body` throws for the first of the tasks that fail, in the order in which they run.
  static func inOrder<Value: Sendable>(
    _ tasks: [ExperimentTask], threads: Int, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?,
    _ body: @Sendable (ExperimentTask) throws -> Value
  ) throws -> [Value] {
    let done = Counter()
    progress?(0, tasks.count)
    let order = tasks.indices.sorted {
      (-tasks[$0].network.architecture.depth, $0) < (-tasks[$1].network.architecture.depth, $1)
    }
    let results = Parallel.map(order.map { tasks[$0] }, threads: threads) { task -> Result<Value, any Error> in
      let result = Result { try body(task) }
      progress?(done.increment(), tasks.count)
      return result
    }
    var ordered = [Value?](repeating: nil, count: tasks.count)
    for (place, result) in zip(order, results) { ordered[place] = try result.get() }
    return ordered.compactMap { $0 }
  }

  /// All samples of all cases, case by case.
  func tasks() throws -> [ExperimentTask] {
    let samples = configuration.firstSample..<configuration.firstSample + configuration.samples
    let states = configuration.rng == .torch ? torchStates(through: samples.upperBound) : [:]
    return cases.flatMap { network in
      samples.map { ExperimentTask(network: network, sample: $0, torch: states[TorchPlace(network, $0)]) }
    }
  }

  private struct TorchPlace: Hashable {
    let network: ExperimentCase
    let sample: Int
    init(_ network: ExperimentCase, _ sample: Int) { (self.network, self.sample) = (network, sample) }
  }

  /// Walks PyTorch's stream once: seeded for each depth; for each sample the input, then the models in the order of the
  /// cases, all evaluated on that input.
  private func torchStates(through end: Int) -> [TorchPlace: (input: TorchGenerator, model: TorchGenerator)] {
    var states: [TorchPlace: (input: TorchGenerator, model: TorchGenerator)] = [:]
    var depths: [Int] = []
    for network in cases where !depths.contains(network.architecture.depth) {
      depths.append(network.architecture.depth)
    }
    for depth in depths {
      var generator = TorchGenerator(seed: configuration.seed)
      for sample in 0..<end {
        let beforeInput = generator
        if input.isDrawnByTorch { input.skipTorchValue(&generator) }
        for network in cases where network.architecture.depth == depth {
          if sample >= configuration.firstSample { states[TorchPlace(network, sample)] = (beforeInput, generator) }
          network.initializer.skipParameters(of: network.architecture, torch: &generator)
        }
      }
    }
    return states
  }

  /// The parameters and the input of a task, in double precision.
  func materialized(_ task: ExperimentTask) throws -> (parameters: Parameters, input: Tensor<Double>) {
    let (parameters, batch) = drawn(task)
    // Where only another architecture has use for a batch, its first row is the input.
    let rows = task.network.architecture.tokens
    let input =
      rows == batch.rows
      ? batch : Tensor(shape: [rows, batch.columns], elements: Array(batch.elements.prefix(rows * batch.columns)))
    return (loaded == nil ? try parameters.profiled(for: task.network.architecture, at: input) : parameters, input)
  }

  private func drawn(_ task: ExperimentTask) -> (parameters: Parameters, input: Tensor<Double>) {
    let (network, sample) = (task.network, task.sample)
    var value = input.isDrawnByTorch ? nil : input.value(sample: sample)
    if var torch = task.torch {
      value = value ?? input.torchValue(&torch.input)
      let parameters = network.initializer.parameters(of: network.architecture, torch: &torch.model)
      return (parameters, value ?? input.value(sample: sample))
    }
    let key = RandomKey(
      seed: configuration.seed, sample: configuration.vary == .input ? 0 : sample, purpose: .weights)
    let parameters = loaded ?? network.initializer.parameters(of: network.architecture, random: key)
    return (parameters, value ?? input.value(sample: sample))
  }
}
