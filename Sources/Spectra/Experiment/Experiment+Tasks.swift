import Synchronization

/// One sample of one case, with everything that must be drawn before it already drawn.
struct ExperimentTask: Sendable {
  let network: ExperimentCase
  let sample: Int
  /// The state of PyTorch's generator before this sample's input and before its model.
  var torch: (input: TorchGenerator, model: TorchGenerator)?
}

/// Counts finished samples across threads.
final class Counter: Sendable {
  private let count = Atomic(0)
  func increment() -> Int { count.add(1, ordering: .relaxed).newValue }
}

extension Experiment {
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
        if input.isDrawnByTorch { _ = input.torchValue(&generator) }
        for network in cases where network.architecture.depth == depth {
          if sample >= configuration.firstSample { states[TorchPlace(network, sample)] = (beforeInput, generator) }
          _ = network.initializer.parameters(of: network.architecture, torch: &generator)
        }
      }
    }
    return states
  }

  /// The parameters and the input of a task, in double precision.
  func materialized(_ task: ExperimentTask) -> (parameters: Parameters, input: Tensor<Double>) {
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

  /// The records of one sample: one for each layer asked for.
  func records(
    of task: ExperimentTask, threads: Int, export: (@Sendable (ExportedSample) throws -> Void)?
  ) throws -> [SpectrumRecord] {
    switch configuration.precision {
    case .double: try records(of: task, as: Double.self, threads: threads, export: export)
    case .float: try records(of: task, as: Float.self, threads: threads, export: export)
    }
  }

  private func records<Scalar: NetworkScalar>(
    of task: ExperimentTask, as scalar: Scalar.Type, threads: Int,
    export: (@Sendable (ExportedSample) throws -> Void)?
  ) throws -> [SpectrumRecord] {
    let architecture = task.network.architecture
    let drawn = materialized(task)
    let layers = configuration.layers.layers(ofDepth: architecture.depth)
    // An export holds the whole stack's Jacobian, whatever layers have spectra.
    let asked = export == nil || layers.last == architecture.depth ? layers : layers + [architecture.depth]
    let stack = try architecture.stack(drawn.parameters, as: scalar)
    let pass = ForwardPass(of: stack, at: drawn.input.converted(), layers: asked) {
      drawn.parameters.weakestFactor(ofLayer: $0, in: architecture)
    }
    func failure(_ layer: Int, _ failure: SpectrumRecord.Failure, _ reason: String) -> SpectrumRecord {
      SpectrumRecord(
        architecture: task.network.label, block: architecture.block.rawValue, depth: architecture.depth, layer: layer,
        sample: task.sample, failure: failure, reason: reason)
    }
    let reached = asked.prefix { layer in pass.failure.map { layer < $0.layer } ?? true }
    let jacobians = reached.isEmpty ? [] : pass.linearization.jacobians(threads: threads)
    if let export, pass.failure == nil, let jacobian = jacobians.last {
      try export(
        ExportedSample(
          task: task, parameters: drawn.parameters, input: pass.input, output: pass.linearization.output,
          jacobian: jacobian, configuration: configuration))
    }
    return zip(layers, layers.indices).map { layer, index in
      if let found = pass.failure, layer >= found.layer { return failure(layer, found.kind, found.reason) }
      let jacobian = jacobians[index]
      if let found = jacobianFailure(jacobian, of: stack, at: pass.input, layer: layer) {
        return failure(layer, found.0, found.1)
      }
      do {
        return SpectrumRecord(
          architecture: task.network.label, block: architecture.block.rawValue, depth: architecture.depth, layer: layer,
          sample: task.sample, spectrum: try Spectrum(of: jacobian))
      } catch {
        return failure(layer, .failed, "\(error)")
      }
    }
  }

  /// A Jacobian that left the range of its precision although the forward pass did not.
  private func jacobianFailure<Scalar: NetworkScalar>(
    _ jacobian: Tensor<Scalar>, of stack: Stack<Scalar>, at input: Tensor<Scalar>, layer: Int
  ) -> (SpectrumRecord.Failure, String)? {
    let largest = jacobian.maximumMagnitude
    let range = "the range of \(Scalar.precisionName) precision"
    if !largest.isFinite {
      return (.overflow, "The Jacobian after layer \(layer) overflows \(range), though the forward pass does not.")
    }
    if largest < .leastNormalMagnitude, largest > 0 || stack.tangentsUnderflow(at: input, through: layer) {
      return (.underflow, "The Jacobian after layer \(layer) underflows \(range), though the forward pass does not.")
    }
    return nil
  }
}

extension Stack {
  /// Whether a Jacobian of zeros is one because its tangents shrank below the range of the precision, and not because a
  /// layer lets nothing pass: a random tangent is followed from layer to layer.
  fileprivate func tangentsUnderflow(at input: Tensor<Scalar>, through layer: Int) -> Bool {
    let linearization = Linearization(at: input) { Array(self.states($0).prefix(layer)) }
    var stream = RandomKey(seed: 0, sample: 0, purpose: .probe).stream("tangent")
    let direction = stream.normals(count: input.count).map { Scalar($0) }
    let sizes = linearization.push(
      Tangents(tokens: input.rows, directions: 1, features: input.columns, elements: direction)
    ).map { Tensor(shape: [$0.elements.count], elements: $0.elements).maximumMagnitude }
    let smallest = sizes.filter { $0 > 0 }.min()
    return smallest.map { $0 < .leastNormalMagnitude / (Scalar.ulpOfOne * Scalar.ulpOfOne) } ?? false
  }
}

extension Parameters {
  /// The smallest factor that a layer's matrices, 1-based, put on a signal that passes one after the other, up to the
  /// square root of their widths.
  fileprivate func weakestFactor(ofLayer layer: Int, in architecture: Architecture) -> Double {
    var (factor, weakest) = (1.0, Double.infinity)
    for parameter in architecture.parameters where parameter.layer == layer - 1 && parameter.shape.count == 2 {
      factor *= self[parameter.name]?.maximumMagnitude ?? 1
      weakest = min(weakest, factor)
    }
    return weakest
  }
}
