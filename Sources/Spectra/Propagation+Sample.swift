/// What one sample shows of each state.
struct PropagationSample: Sendable {
  /// Of the states 0 … depth; nil from a failure on.
  var geometry: [TokenGeometry?]
  /// The mean over the features and tokens of the input.
  var inputMean: Double
  /// After layers 0 … depth; nil where there is no attention.
  var attention: [AttentionStatistics?]
  /// ln m_1 of the Jacobian up to each state.
  var logGrowth: [Double?]
  var directions: Int
  var isExact: Bool
  var sample: Int
  var failure: ForwardFailure?
}

extension Propagation {
  /// One sample: its draws, its forward pass and the tangents that follow it.
  func sample(of task: ExperimentTask) throws -> PropagationSample {
    do {
      let drawn = try experiment.materialized(task)
      switch experiment.configuration.precision {
      case .double: return try measured(task, drawn.parameters, drawn.input, as: Double.self)
      case .float: return try measured(task, drawn.parameters, drawn.input, as: Float.self)
      }
    } catch ParameterError.notFinite(let name) {
      let states = task.network.architecture.depth + 1
      return PropagationSample(
        geometry: Array(repeating: nil, count: states), inputMean: 0, attention: Array(repeating: nil, count: states),
        logGrowth: Array(repeating: nil, count: states), directions: 0, isExact: true, sample: task.sample,
        failure: ForwardFailure(
          layer: 1, kind: .overflow,
          reason: experiment.configuration.precision.overflow(ofWeights: name)))
    }
  }

  private func measured<Scalar: NetworkScalar>(
    _ task: ExperimentTask, _ parameters: Parameters, _ input: Tensor<Double>, as scalar: Scalar.Type
  ) throws -> PropagationSample {
    let architecture = task.network.architecture
    let stack = try architecture.stack(parameters, as: Scalar.self)
    let layers = stack.closures
    let compared = partnered(input, architecture, sample: task.sample).converted(to: Scalar.self)
    let notes = ObservedNotes<Scalar>()
    var states = [stack.first.map { $0(compared) } ?? compared]
    var attention: [AttentionStatistics?] = [nil]
    for layer in layers {
      notes.attentions = []
      states.append(layer(Observed(value: states[states.count - 1], notes: notes)).value)
      let matrices = notes.attentions.flatMap { $0.matrices(heads: architecture.heads) }
      let mask = architecture.attention.name.isSignalPreserving ? .causal : architecture.mask
      attention.append(matrices.isEmpty ? nil : AttentionStatistics(of: matrices, mask: mask))
    }
    let failure = ForwardPass<Scalar>.failure(
      states.dropFirst().map(\.maximumMagnitude), input: states[0].maximumMagnitude
    ) { parameters.weakestFactor(ofLayer: $0, in: architecture) }
    let reached = failure.map { $0.layer } ?? states.count
    let start = states[0].converted(to: Double.self).elements
    var result = PropagationSample(
      geometry: states.enumerated().map { $0 < reached ? TokenGeometry(of: $1) : nil },
      inputMean: start.reduce(0, +) / Double(start.count),
      attention: attention.enumerated().map { $0 < reached ? $1 : nil },
      logGrowth: [], directions: min(architecture.size, directions),
      isExact: architecture.size <= directions, sample: task.sample, failure: failure)
    result.logGrowth = logGrowth(
      of: stack, at: input.converted(to: Scalar.self), through: reached - 1, seed: task.sample)
    return result
  }

  /// The rows that are compared: the tokens of the input, and of a fully connected stack's single one also a second of the same length
  /// at the angle whose cosine is `correlation`.
  private func partnered(_ input: Tensor<Double>, _ architecture: Architecture, sample: Int) -> Tensor<Double> {
    let width = input.columns
    guard architecture.block == .fc, input.rows == 1, width > 1 else { return input }
    let configuration = experiment.configuration
    let drawn = configuration.vary == .weights ? 0 : sample
    var stream = RandomKey(seed: configuration.seed, sample: drawn, purpose: .input).stream("second input")
    let x = input.elements
    var other = stream.normals(count: width)
    // Largest elements out: no square of a file's numbers overflows.
    let unit = x.reduce(0) { max($0, abs($1)) }
    guard unit > 0 else { return Tensor(shape: [2, width], elements: x + x) }
    let square = x.reduce(0) { $0 + ($1 / unit) * ($1 / unit) }
    for _ in 0..<2 {
      let share = zip(x, other).reduce(0) { $0 + $1.0 / unit * $1.1 } / square
      for index in 0..<width { other[index] -= share * x[index] / unit }
    }
    let length = other.reduce(0) { $0 + $1 * $1 }
    let sine = ((1 - correlation) * (1 + correlation)).squareRoot() * (square / length).squareRoot() * unit
    return Tensor(shape: [2, width], elements: x + zip(x, other).map { correlation * $0 + sine * $1 })
  }

  /// ln m_1 up to the states 0 … `last`, then nil: tangents go from layer to layer, scaled back to size 1 after each, so that no depth
  /// takes them out of range.
  private func logGrowth<Scalar: NetworkScalar>(
    of stack: Stack<Scalar>, at input: Tensor<Scalar>, through last: Int, seed: Int
  ) -> [Double?] {
    let (tokens, features) = (input.rows, input.columns)
    let size = tokens * features
    var tangents: Tangents<Scalar>
    if size <= directions {
      tangents = Tangents(unit: 0..<size, tokens: tokens, features: features)
    } else {
      var stream = RandomKey(seed: experiment.configuration.seed, sample: seed, purpose: .probe).stream("directions")
      tangents = Tangents(
        tokens: tokens, directions: directions, features: features,
        elements: (0..<size * directions).map { _ in stream.next() & 1 == 0 ? 1 : -1 })
    }
    let atStart = Double.log(tangents.squaredSize)
    var (state, scale) = (stack.first.map { $0(input) } ?? input, 0.0)
    var result: [Double?] = [0]
    for layer in stack.closures.prefix(max(last, 0)) {
      let linearization = Linearization(at: state) { [layer($0)] }
      tangents = linearization.push(tangents)[0]
      state = linearization.output
      let largest = Double(Tensor(shape: [tangents.elements.count], elements: tangents.elements).maximumMagnitude)
      guard largest > 0, largest.isFinite else { break }
      tangents.elements = tangents.elements.map { $0 / Scalar(largest) }
      scale += .log(largest)
      result.append(.log(tangents.squaredSize) + 2 * scale - atStart)
    }
    return result + Array(repeating: nil, count: stack.depth + 1 - result.count)
  }
}

extension Tangents {
  /// The sum of all squares.
  fileprivate var squaredSize: Double { elements.reduce(0) { $0 + Double($1) * Double($1) } }
}

/// One layer of a stack with what follows the last one, for any signal.
struct StackLayer<Scalar: NetworkScalar> {
  let layer: any Layer<Scalar>
  let final: (any Layer<Scalar>)?

  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    let state = layer(x)
    return final?(state) ?? state
  }
}

extension Stack {
  /// The maps from each state to the next: the last one with the final norm.
  fileprivate var closures: [StackLayer<Scalar>] {
    layers.enumerated().map { StackLayer(layer: $1, final: $0 == layers.count - 1 ? final : nil) }
  }
}
