import Testing

@testable import Spectra

/// Measured forward statistics beside the recursion of infinite width.
@Suite struct PropagationTests {
  /// A run of one architecture, wide enough for the limit to be near.
  private static func stack(
    _ connection: Connection, block: Block = .transformer, correlation: Double = 0.5, directions: Int = 256,
    _ change: (inout Configuration) -> Void = { _ in }
  ) throws -> PropagationStack {
    var configuration = Configuration()
    (configuration.block, configuration.architectures) = (block, [ArchitectureSpecification(connection)])
    (configuration.width, configuration.tokens, configuration.depths, configuration.samples) = (64, 5, [3], 6)
    // Drawing weights is what takes a debug build its time.
    if block == .transformer { configuration.hidden = 64 }
    change(&configuration)
    var propagation = try Propagation(configuration, correlation: correlation)
    propagation.directions = directions
    return try propagation.run(threads: 2).stacks[0]
  }

  /// Attention with W^Q = 0, whose scores are all 0.
  private static let uniform = try! Variant<AttentionName>(.softmax, ["queries": .word("zero")])

  /// Whether every layer's mean is within four standard errors of the recursion, and what a finite width takes away: of the order
  /// 1/width in each sublayer, LayerNorm's mean among it.
  private static func expectAgreement(
    _ stack: PropagationStack, _ quantities: [PropagationQuantity], width: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for layer in stack.layers {
      for quantity in quantities {
        let found = try #require(layer.statistics[quantity], sourceLocation: sourceLocation)
        let (mean, error) = (try #require(found.mean), try #require(found.standardError))
        let expected = try #require(layer.recursion[quantity], sourceLocation: sourceLocation)
        let bias = Double(2 * layer.layer + 1) / Double(width) * max(1, abs(expected))
        #expect(
          abs(mean - expected) <= 4 * error + bias,
          "layer \(layer.layer), \(quantity): \(mean) ± \(error), recursion \(expected)",
          sourceLocation: sourceLocation)
      }
    }
  }

  @Test("Theory's correlation is that of tiny states, and none where there is no state", arguments: [1e-75, 0])
  func tinyStates(gain: Double) throws {
    let stack = try Self.stack(.vanilla, block: .fc) { $0.gain = gain }
    for layer in stack.layers.dropFirst() {
      // 1e-450, the square at the third layer, is 0.
      guard gain > 0, layer.layer < 3 else {
        #expect(layer.recursion[.correlation] == nil && layer.recursion[.correlationDistance] == nil)
        continue
      }
      // That of the arc-cosine kernel, from 0.5 on.
      let expected = try #require(layer.recursion[.correlation])
      #expect(abs(expected - [0.5, 0.609, 0.6839, 0.7381][layer.layer]) < 1e-4, "layer \(layer.layer): \(expected)")
    }
  }

  @Test(
    "Uniform attention follows the recursion with the stack's own gains",
    arguments: [Connection.preLN, .postLN, .residual, .rezero, .gpt2Norm, .xskipLN, .rskipLN, .parallel, .weighted])
  func transformers(connection: Connection) throws {
    let stack = try Self.stack(connection, directions: 4) {
      ($0.attention, $0.initializer) = (Self.uniform, .xavierNormal)
      if connection == .rezero { $0.alpha = 0.3 }
      if connection == .residual { $0.packing = .separate }
    }
    #expect(stack.reason == nil && stack.failures.isEmpty)
    try Self.expectAgreement(stack, [.meanSquare, .correlation, .cosine], width: 64)
    for layer in stack.layers.dropFirst() {
      // Queries of zero: scores of zero.
      #expect(abs(try #require(layer.statistics[.relativeEntropy]?.mean) - 1) < 1e-14)
      #expect(abs(try #require(layer.statistics[.spectralGap]?.mean) - 1) < 1e-12)
    }
  }

  @Test("The growth of gradients too, where no derivative of scores adds to it")
  func gradients() throws {
    for connection in [Connection.preLN, .postLN, .residual] {
      let stack = try Self.stack(connection) {
        ($0.attention, $0.width, $0.tokens, $0.heads) = (Self.uniform, 64, 4, 1)
        ($0.depths, $0.samples) = ([3], 6)
      }
      #expect(stack.isExact && stack.directions == 256)
      try Self.expectAgreement(stack, [.logMeanSquared], width: 64)
    }
  }

  @Test("Gated feed-forwards, value skips and shaped attention are in the recursion")
  func variants() throws {
    let gated = try Self.stack(.preLN, directions: 4) {
      ($0.feedForward, $0.attention) = (.reglu, Self.uniform)
    }
    try Self.expectAgreement(gated, [.meanSquare, .correlation], width: 64)
    let skipped = try Self.stack(.residual, directions: 4) {
      $0.attention = .valueSkipInit
    }
    try Self.expectAgreement(skipped, [.meanSquare, .correlation], width: 64)
    let shaped = try Self.stack(.preLN, directions: 4) { $0.attention = .shaped }
    try Self.expectAgreement(shaped, [.meanSquare, .correlation], width: 64)
    // A = I: each token attends to itself, and nothing is mixed.
    #expect(skipped.layers[3].statistics[.relativeEntropy]?.mean == 0)
    #expect(skipped.layers[3].statistics[.spectralGap]?.mean == 0)
  }

  @Test(
    "Fully connected stacks follow length and correlation maps",
    arguments: [
      (Connection.vanilla, ActivationName.hardTanh, 1.5, 0.3), (.vanilla, .relu, 2.0.squareRoot(), 0),
      (.vanilla, .erf, 2, 0.5),
      (.residual, .erf, 0.5, 0), (.rezero, .relu, 2.0.squareRoot(), 0), (.norm, .relu, 1, 0),
      (.postLN, .relu, 2.0.squareRoot(), 0),
    ])
  func fullyConnected(connection: Connection, activation: ActivationName, sigmaW: Double, sigmaB: Double) throws {
    let stack = try Self.stack(connection, block: .fc, correlation: 0.3) {
      ($0.initializer, $0.sigmaW, $0.sigmaB) = (.gaussian, sigmaW, sigmaB)
      ($0.activation, $0.width) = (Variant(activation), 128)
      if connection == .rezero { $0.alpha = 0.4 }
    }
    #expect(stack.reason == nil)
    // The second input has exactly the correlation asked for.
    let start = try #require(stack.layers[0].statistics[.correlation])
    #expect(abs(try #require(start.mean) - 0.3) < 1e-14 && start.standardError.map { $0 < 1e-14 } == true)
    try Self.expectAgreement(stack, [.meanSquare, .correlation, .logMeanSquared], width: 128)
  }

  @Test("Lemma 2 of Xiong et al. in its own setting, by layers of one's own")
  func lemma2() throws {
    let (width, tokens, depth, samples) = (128, 8, 4, 6)
    for isPost in [true, false] {
      var sizes = [[Double]](repeating: [], count: depth)
      for sample in 0..<samples {
        let stack = Stack<Double>(depth: depth, seed: 3, sample: sample) { random in
          XiongLayer(width: width, tokens: tokens, isPost: isPost, random: random)
        }
        var stream = RandomKey(seed: 3, sample: sample, purpose: .input).stream("input")
        let input = Tensor(shape: [tokens, width], elements: stream.normals(count: tokens * width))
        for (layer, state) in stack.states(input).enumerated() {
          sizes[layer].append(try #require(TokenGeometry(of: state)).meanSquare)
        }
      }
      let start = UniformAttentionRecursion.State(meanSquare: 1, meanProduct: 0)
      let recursion = isPost ? UniformAttentionRecursion.postLN(tokens: tokens) : .preLN(tokens: tokens)
      let predicted = recursion.states(from: start, layers: depth)
      for (layer, found) in sizes.map({ Distribution($0) }).enumerated() {
        let (mean, error) = (try #require(found.mean), try #require(found.standardError))
        // Before the last norm of a Post-LN layer: 3/2, and between 1 + l/2 and 1 + 3l/2 of a Pre-LN one. Four standard errors, and
        // 1/width in each sublayer for LayerNorm's mean.
        let number = Double(layer + 1)
        let margin = 4 * error + 2 * number / Double(width) * mean
        let expected = isPost ? 1.5 : predicted[layer].meanSquare
        #expect(abs(mean - expected) <= margin, "layer \(layer + 1): \(mean) ± \(error), \(expected)")
        if !isPost { #expect(mean >= 1 + number / 2 - margin && mean <= 1 + 1.5 * number + margin) }
      }
    }
  }

  @Test("The matrix of any attention is read off its values")
  func attentionMatrices() throws {
    // More tokens than a head has features: several probes.
    let (tokens, width, heads) = (5, 6, 3)
    var stream = RandomKey(seed: 1, sample: 0, purpose: .input).stream("packed")
    let packed = Tensor(shape: [tokens, 3 * width], elements: stream.normals(count: tokens * 3 * width))
    for mask in [AttentionMask.none, .causal, .window(2)] {
      let notes = ObservedNotes<Double>()
      _ = Observed(value: packed, notes: notes).packedAttention(heads: heads, mask: mask)
      let matrices = try #require(notes.attentions.first).matrices(heads: heads)
      #expect(matrices.count == heads)
      for head in 0..<heads {
        for query in 0..<tokens {
          let scores = (0..<tokens).map { key in
            mask.allows(query: query, key: key)
              ? Double.exp(
                (0..<2).reduce(0) { $0 + packed[query, 2 * head + $1] * packed[key, width + 2 * head + $1] }
                  / 2.0.squareRoot()) : 0
          }
          let sum = scores.reduce(0, +)
          for key in 0..<tokens { #expect(abs(matrices[head][query, key] - scores[key] / sum) < 1e-14) }
        }
      }
    }
    // E-SPA of two layers: the recorded matrices are the closed ones.
    let stack = try Self.stack(.vanilla) {
      ($0.attention, $0.width, $0.tokens, $0.heads) = (.eSPA(gamma: 0.005), 8, 4, 2)
      ($0.depths, $0.samples) = ([2], 1)
    }
    let spa = SignalPreservingAttention(.exponential(decay: 0.005), depth: 2, tokens: 4)
    for layer in 1...2 {
      let expected = try #require(AttentionStatistics(of: [spa.matrix(layer: layer)], mask: .causal))
      let found = try #require(stack.layers[layer].statistics[.attentionEntropy]?.mean)
      #expect(abs(found - expected.entropy) < 1e-12)
    }
    #expect(stack.reason?.contains("earlier ones only") == true)
  }

  @Test("Tokens of a Post-LN stack of uniform attention come together at ln 2 a layer")
  func angleExponent() throws {
    let stack = try Self.stack(.postLN, directions: 4) {
      ($0.attention, $0.initializer) = (Self.uniform, .gaussian)
      ($0.sigmaW, $0.depths, $0.samples) = (1, [12], 4)
    }
    // Values, outputs and both matrices of the feed-forward of variance 1/fan_in: gains of 1, as in the paper's setting.
    #expect(abs(try #require(stack.angle.limit) + Double.log(2)) < 1e-12)
    #expect(stack.angle.fixedPoint == 1)
    let (measured, recursion) = (try #require(stack.angle.measured), try #require(stack.angle.recursion))
    // The layers' own fluctuations: four standard errors, and the width's.
    #expect(abs(measured - recursion) < 4 * (try #require(stack.angle.standardError)) + 4.0 / 64)
    #expect(abs(recursion + Double.log(2)) < 0.05)
  }

  @Test("The exponent of gradients is that of the Jacobian")
  func gradientExponent() throws {
    var configuration = Configuration.small { $0.architectures = [.preLN, .postLN] }
    configuration.method = .product
    let record = try Propagation(configuration).run(threads: 1)
    let spectra = try configuration.spectra()
    for stack in record.stacks {
      let logs = spectra.filter { $0.architecture == stack.architecture }.compactMap { record in
        record.statistics?[.meanSquared].map { Double.log($0) }
      }
      let mean = logs.reduce(0, +) / Double(logs.count)
      #expect(abs(try #require(stack.gradient.measured) - mean / 3) < 1e-12)
      #expect(abs(try #require(stack.layers[3].statistics[.logMeanSquared]?.mean) - mean) < 1e-12)
    }
  }

  @Test("Larger inputs are probed along random directions")
  func probes() throws {
    let exact = try Self.stack(.preLN) { ($0.width, $0.tokens, $0.depths, $0.samples) = (64, 4, [2], 1) }
    let probed = try Self.stack(.preLN) { ($0.width, $0.tokens, $0.depths, $0.samples) = (64, 5, [2], 1) }
    #expect(exact.isExact && !probed.isExact && probed.directions == 256)
    // Hutchinson's estimate along k = 256 signs is off by at most √(2/k) of ‖J‖_F² at one standard deviation; another input with a
    // token more has about the same growth.
    let (one, other) = (
      try #require(exact.layers[2].statistics[.logMeanSquared]?.mean),
      try #require(probed.layers[2].statistics[.logMeanSquared]?.mean)
    )
    #expect(abs(one - other) < 0.5)
  }

  @Test("A forward pass that overflows counts up to the layer before, and says where it ended")
  func overflow() throws {
    let stack = try Self.stack(.xskip) {
      ($0.width, $0.tokens, $0.depths, $0.samples, $0.precision) = (8, 3, [200], 2, .float)
    }
    #expect(stack.failures.count == 2)
    let failure = try #require(stack.failures.first)
    #expect(failure.status == .overflow && failure.reason.contains("layer \(failure.layer)"))
    #expect(stack.layers[failure.layer - 1].statistics[.meanSquare] != nil)
    #expect(stack.layers[200].statistics.isEmpty)
    #expect(stack.gradient.measured == nil && stack.gradient.reason != nil)
  }

  @Test("Deep stacks leave ln m₁ in range where m₁ is not")
  func deep() throws {
    let stack = try Self.stack(.vanilla, block: .fc) {
      ($0.initializer, $0.sigmaW, $0.activation) = (.gaussian, 8, Variant(.erf))
      ($0.width, $0.depths, $0.samples) = (24, [1000], 1)
    }
    let growth = try #require(stack.layers[1000].statistics[.logMeanSquared]?.mean)
    // χ ≈ 5: m₁ is of the order e¹⁰⁰⁰, beyond any double.
    #expect(growth > 720, "\(growth)")
    #expect(stack.failures.isEmpty)
  }

  @Test("What theory does not cover has a sentence instead")
  func uncovered() throws {
    let cases: [(Connection, (inout Configuration) -> Void, String)] = [
      (.preLN, { $0.mask = .causal }, "earlier ones only"), (.reversible, { _ in }, "reversible"),
      (.subLN, { _ in }, "Sub-LN"), (.admin, { _ in }, "Admin"),
      (.postLN, { $0.norm = Variant(.adanorm) }, "adanorm"),
      (.preLN, { $0.initializer = .looksLinear }, "looks-linear"),
      (.preLN, { $0.initializer = .rezeroNotebook }, "rezero-notebook"),
    ]
    for (connection, change, word) in cases {
      let stack = try Self.stack(connection) {
        ($0.width, $0.tokens, $0.depths, $0.samples) = (8, 3, [2], 1)
        change(&$0)
      }
      let reason = try #require(stack.reason)
      #expect(reason.contains(word) && reason.hasSuffix("."))
      #expect(stack.layers.allSatisfy { $0.recursion.isEmpty } && stack.gradient.recursion == nil)
      #expect(stack.gradient.measured != nil)
    }
  }

  @Test("Numbers do not depend on the number of threads")
  func threads() throws {
    let configuration = Configuration.small { $0.architectures = [.postLN, .preLN] }
    let (one, three) = (
      try Propagation(configuration).run(threads: 1), try Propagation(configuration).run(threads: 3)
    )
    #expect(one == three)
  }

  @Test("A correlation beyond ±1 is refused")
  func correlation() {
    #expect(throws: ConfigurationError.self) { try Propagation(.small(), correlation: 1.5) }
    #expect(throws: ConfigurationError.self) { try Propagation(.small(), correlation: .nan) }
  }
}

/// A layer of the theory setting of Xiong et al. 2020: one head, W^Q = W^K = 0, no W^O, all matrices d × d of variance 1/d. A Post-LN
/// layer ends before its last norm, which is taken at the beginning of the next one.
private struct XiongLayer: Layer {
  typealias Scalar = Double

  let values: Tensor<Double>
  let hidden: Tensor<Double>
  let output: Tensor<Double>
  let mixing: Tensor<Double>
  let isPost: Bool

  init(width: Int, tokens: Int, isPost: Bool, random: RandomKey) {
    func matrix(_ name: String) -> Tensor<Double> {
      var stream = random.stream(name)
      let deviation = 1 / Double(width).squareRoot()
      return Tensor(
        shape: [width, width], elements: stream.normals(count: width * width, standardDeviation: deviation))
    }
    (values, hidden, output) = (matrix("values"), matrix("hidden"), matrix("output"))
    mixing = Tensor(shape: [tokens, tokens], repeating: 1 / Double(tokens))
    self.isPost = isPost
  }

  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double {
    func attention(_ x: S) -> S { x.linear(values).mixed(by: mixing) }
    func feedForward(_ x: S) -> S { x.linear(hidden).activated(by: ReLU()).linear(output) }
    if isPost {
      let start = x.layerNorm()
      let middle = (start + attention(start)).layerNorm()
      return middle + feedForward(middle)
    }
    let middle = x + attention(x.layerNorm())
    return middle + feedForward(middle.layerNorm())
  }
}
