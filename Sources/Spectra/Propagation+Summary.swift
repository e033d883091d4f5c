/// The samples of one stack together, beside the recursion.
struct PropagationSummary {
  let network: ExperimentCase
  let samples: [PropagationSample]
  let precision: Precision
  let hasRandomWeights: Bool

  private typealias State = UniformAttentionRecursion.State

  var stack: PropagationStack {
    let architecture = network.architecture
    let depth = architecture.depth
    let (recursion, reason) = covering
    let predictions =
      recursion.map { recursion in samples.compactMap { Prediction($0, recursion, depth: depth) } } ?? []
    // Where lengths have no norm to keep them, every layer has means of its own to integrate, and depth no simple limit.
    let keepsLength = recursion.map { $0.sublayers.allSatisfy { $0.skip == 0 || $0.norm == .sum } } ?? false
    let isRectifier = [.linear, .relu, .leakyReLU].contains(architecture.activation.name)
    let limit =
      !(keepsLength || isRectifier)
      ? nil
      : recursion.flatMap { recursion in
        predictions.first.flatMap { try? recursion.limit(from: $0.states[0]) }
      }
    let layers = (0...depth).map { layer in
      PropagationLayer(
        layer: layer, statistics: statistics(ofLayer: layer),
        recursion: means(of: predictions, recursion, layer: layer))
    }
    return PropagationStack(
      architecture: network.label, block: architecture.block.rawValue, depth: depth, samples: samples.count,
      failures: samples.compactMap { sample in
        sample.failure.map {
          PropagationFailure(sample: sample.sample, layer: $0.layer, status: $0.kind, reason: $0.reason)
        }
      },
      directions: samples.map(\.directions).max() ?? 0, isExact: samples.allSatisfy(\.isExact), reason: reason,
      layers: layers, angle: angle(limit, predictions, layers: layers), gradient: gradient(limit, predictions))
  }

  /// The recursion, or why there is none.
  private var covering: (UniformAttentionRecursion?, String?) {
    guard hasRandomWeights else {
      return (nil, "The recursion is of random weights, and --weights gives these.")
    }
    if network.architecture.block == .fc, network.architecture.tokens > 1 {
      return (nil, "The recursion does not cover a normaliser that couples the members of a batch.")
    }
    do throws(TheoryError) {
      return (try UniformAttentionRecursion(of: network.architecture, initializer: network.initializer), nil)
    } catch {
      return (nil, "\(error)")
    }
  }

  // MARK: Measured

  private func statistics(ofLayer layer: Int) -> [PropagationQuantity: Distribution] {
    var found: [PropagationQuantity: Distribution] = [:]
    for quantity in PropagationQuantity.allCases {
      let distribution = Distribution(samples.map { $0.value(quantity, layer: layer) })
      if distribution.count > 0 { found[quantity] = distribution }
    }
    return found
  }

  // MARK: Predicted

  /// The recursion from one sample's own input.
  private struct Prediction {
    let states: [State]
    let logGrowth: [Double]

    init?(_ sample: PropagationSample, _ recursion: UniformAttentionRecursion, depth: Int) {
      guard let start = State(sample) else { return nil }
      let found = recursion.statesAndGrowth(from: start, layers: depth)
      (states, logGrowth) = ([start] + found.states, [0] + found.logGrowth)
    }
  }

  private func means(
    of predictions: [Prediction], _ recursion: UniformAttentionRecursion?, layer: Int
  ) -> [PropagationQuantity: Double] {
    guard let recursion, !predictions.isEmpty else { return [:] }
    func mean(_ value: (Prediction) -> Double) -> Double {
      predictions.reduce(0) { $0 + value($1) } / Double(predictions.count)
    }
    var found: [PropagationQuantity: Double] = [
      .meanSquare: mean { $0.states[layer].meanSquare }, .logMeanSquared: mean { $0.logGrowth[layer] },
    ]
    guard recursion.tokens > 1, network.architecture.block == .transformer || network.architecture.width > 1 else {
      return found
    }
    // Of states of zeros, and of those that overflow, none is defined.
    guard predictions.allSatisfy({ $0.states[layer].meanSquare > 0 && $0.states[layer].meanSquare.isFinite }) else {
      return found
    }
    let others = 1 - 1 / Double(recursion.tokens)
    found[.correlation] = mean { $0.states[layer].correlation }
    found[.correlationDistance] = mean { $0.states[layer].correlationDistance }
    // Tokens of one length: both cosines are the same.
    found[.cosine] = found[.correlation]
    found[.frobeniusResidual] = mean { (max($0.states[layer].correlationDistance, 0) * others).squareRoot() }
    if layer > 0, network.architecture.attention.name == .softmax, network.architecture.block == .transformer {
      (found[.attentionEntropy], found[.relativeEntropy]) = (.log(Double(recursion.tokens)), 1)
      found[.spectralGap] = 1
    }
    return found
  }

  // MARK: Exponents

  /// λ_g: ln m_1 over the depth.
  private func gradient(
    _ limit: UniformAttentionRecursion.Limit?, _ predictions: [Prediction]
  ) -> PropagationExponent {
    let depth = network.architecture.depth
    let rates = Distribution(samples.map { $0.logGrowth[depth].map { $0 / Double(depth) } })
    let predicted = Distribution(predictions.map { $0.logGrowth[depth] / Double(depth) })
    return PropagationExponent(
      measured: rates.mean, standardError: rates.standardError, recursion: predicted.mean,
      limit: limit.flatMap(\.gradientExponent.ifFinite),
      layers: rates.count > 0 ? 1...depth : nil,
      reason: rates.count > 0 ? nil : "No sample has a Jacobian of the whole stack that is neither 0 nor out of range.")
  }

  /// λ_a: the slope of ln |c_l − c*| over layers.
  private func angle(
    _ limit: UniformAttentionRecursion.Limit?, _ predictions: [Prediction], layers: [PropagationLayer]
  ) -> PropagationExponent {
    // Where nothing says otherwise tokens are taken to collapse.
    let target = 1 - (limit?.correlation ?? 1)
    let hasCollapsed = target == 0
    let range = hasCollapsed ? collapsingLayers : settlingLayers(layers, target: target)
    var exponent = PropagationExponent(
      limit: limit.flatMap(\.angleExponent.ifFinite), fixedPoint: 1 - target)
    guard let range else {
      exponent.reason =
        layers.contains { $0.statistics[.correlationDistance] != nil }
        ? "Fewer than three layers have a correlation that stands apart from its limit \(hasCollapsed ? "1" : NumberText.significant(1 - target)) and from rounding."
        : network.architecture.block == .fc
          ? "Two inputs of one correlation need a state of two elements or more that is not 0."
          : "There is no second token to compare."
      return exponent
    }
    func slope(_ distance: (Int) -> Double?) -> Double? {
      Self.slope(range.map { layer in distance(layer).map { (Double(layer), .log(abs($0 - target))) } })
    }
    if hasCollapsed {
      let slopes = Distribution(samples.map { sample in slope { sample.geometry[$0]?.correlationDistance } })
      (exponent.measured, exponent.standardError) = (slopes.mean, slopes.standardError)
    } else {
      exponent.measured = slope { layers[$0].statistics[.correlationDistance]?.mean }
    }
    exponent.recursion = slope { layers[$0].recursion[.correlationDistance] }
    exponent.layers = range
    return exponent
  }

  /// The later half of the layers in which all samples' tokens are farther apart than rounding moves them.
  private var collapsingLayers: ClosedRange<Int>? {
    let epsilon = precision == .double ? Double.ulpOfOne : Double(Float.ulpOfOne)
    // Rounding moves each token by some eps of its length in every layer, so that 1 − c is off by eps² or so.
    let floor = 1e4 * epsilon * epsilon
    let alive = samples.filter { $0.geometry[0]?.correlationDistance != nil }
    let last = (0...network.architecture.depth).prefix { layer in
      !alive.isEmpty && alive.allSatisfy { ($0.geometry[layer]?.correlationDistance ?? 0) > floor }
    }.last
    guard let last, last >= 2 else { return nil }
    return min(last / 2, last - 2)...last
  }

  /// The later half of the layers up to which the mean over samples is farther from its limit than it fluctuates.
  private func settlingLayers(_ layers: [PropagationLayer], target: Double) -> ClosedRange<Int>? {
    let last = layers.prefix { layer in
      guard let distance = layer.statistics[.correlationDistance], let mean = distance.mean else { return false }
      return abs(mean - target) > 3 * (distance.standardError ?? 0) && mean != target
    }.last?.layer
    return last.flatMap { $0 >= 2 ? min($0 / 2, $0 - 2)...$0 : nil }
  }

  /// The slope of a line through points by least squares; nil where one is missing.
  private static func slope(_ points: [(x: Double, y: Double)?]) -> Double? {
    let found = points.compactMap { $0 }
    guard found.count == points.count, found.allSatisfy(\.y.isFinite), found.count > 1 else { return nil }
    let count = Double(found.count)
    let (x, y) = (found.reduce(0) { $0 + $1.x } / count, found.reduce(0) { $0 + $1.y } / count)
    return found.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / found.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
  }
}

extension PropagationSample {
  /// A quantity of one state; nil where there is none.
  func value(_ quantity: PropagationQuantity, layer: Int) -> Double? {
    switch quantity {
    case .meanSquare: geometry[layer]?.meanSquare
    case .correlation: geometry[layer]?.correlation
    case .correlationDistance: geometry[layer]?.correlationDistance
    case .cosine: geometry[layer]?.cosine
    case .residual: geometry[layer]?.residual
    case .frobeniusResidual: geometry[layer]?.frobeniusResidual
    case .attentionEntropy: attention[layer]?.entropy
    case .relativeEntropy: attention[layer]?.relativeEntropy
    case .spectralGap: attention[layer]?.spectralGap
    case .logMeanSquared: logGrowth[layer]
    }
  }
}

extension UniformAttentionRecursion.State {
  /// The input of a sample; nil where it has none.
  fileprivate init?(_ sample: PropagationSample) {
    guard let geometry = sample.geometry[0] else { return nil }
    self.init(
      meanSquare: geometry.meanSquare, gap: geometry.meanSquare * (geometry.correlationDistance ?? 0),
      featureMean: sample.inputMean)
  }
}
