import RealModule
import SpectraLinearAlgebra
import Testing

@testable import SpectraDifferentiation
@testable import SpectraNetworks

/// Parameters by formula, none of them at its value at initialisation, so that every one of them is felt.
func generalParameters(of architecture: Architecture) -> Parameters {
  var tensors: [String: Tensor<Double>] = [:]
  for (index, parameter) in architecture.parameters.enumerated() {
    let tag = Double(index)
    let count = parameter.shape.reduce(1, *)
    let columns = parameter.shape.last ?? 1
    func fill(_ element: (Double) -> Double) {
      tensors[parameter.name] = Tensor(shape: parameter.shape, elements: (0..<count).map { element(Double($0)) })
    }
    switch parameter.role {
    case .normGain: fill { 1 + 0.25 * .sin(0.7 * tag + 1.1 * $0) }
    case .normBias, .bias: fill { 0.3 * .cos(1.3 * tag + 0.7 * $0 + 0.2 * $0 * $0) }
    case .normThreshold: fill { 0.2 * .sin(1.9 * tag + 1.7 * $0) }
    case .residualWeight: fill { _ in 0.7 - 0.1 * Double(parameter.layer) }
    case .branchWeight, .skipWeight: fill { 0.8 + 0.3 * .cos(tag + 1.3 * $0) }
    case .attentionWeight(let weight):
      fill { _ in weight == .identity ? 0.9 : weight == .softmax ? 0.6 : 0.4 }
    default: fill { 1.4 / Double(columns).squareRoot() * .sin(1.7 * tag + 2.3 * $0 + 0.37 * $0 * $0) }
    }
  }
  return Parameters(tensors)
}

/// Everything that can be named, each against an evaluation that shares nothing with the package but names and numbers.
@Suite("J against the complex-step derivative of an independent evaluation")
struct ComplexStepTests {
  /// A network by name.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var architecture: Architecture
  }

  static func transformer(
    _ connection: Variant<Connection>, activation: Variant<ActivationName> = .tanh,
    normalizer: Variant<NormalizerName>? = nil, attention: Variant<AttentionName> = .softmax,
    feedForward: FeedForwardName = .mlp, mask: AttentionMask = .none, positions: PositionName = .none, heads: Int = 2,
    keyValueHeads: Int? = nil, finalNorm: Bool = false
  ) -> Architecture {
    .transformer(
      connection, depth: 2, width: 8, tokens: 3, heads: heads, keyValueHeads: keyValueHeads, hidden: 6,
      activation: activation, normalizer: normalizer, attention: attention, feedForward: feedForward, mask: mask,
      positions: positions, finalNorm: finalNorm)
  }

  static func variant<Name: VariantName>(_ text: String, _ type: Name.Type = Name.self) -> Variant<Name> {
    try! Variant(text: text)
  }

  static let connections: [Case] = Connection.allCases.flatMap { connection in
    // How an activation is differentiated does not depend on the connection: all with the classical ones are enough.
    let isClassical = [.vanilla, .residual, .rezero, .norm, .postLN, .preLN].contains(connection)
    return (isClassical ? ActivationName.allCases : [.relu, .tanh, .crelu]).flatMap { activation in
      let final = connection == .preLN
      let fc = Architecture.fullyConnected(
        Variant(connection), depth: 3, width: 6, activation: Variant(activation), finalNorm: final)
      let transformers = [AttentionMask.none, .causal, .window(2)].map {
        transformer(Variant(connection), activation: Variant(activation), mask: $0, finalNorm: final && $0 == .causal)
      }
      return ((connection.applies(to: .fc) ? [fc] : []) + transformers).map {
        Case(testDescription: "\($0.title), \(activation.rawValue), mask \($0.mask)", architecture: $0)
      }
    }
  }

  static let withSettings: [Case] =
    [
      "xskip:lambda=0.5", "xskip-ln:lambda=-3", "xskip-bn:lambda=0.25", "rskip-ln:lambda=1", "rskip-ln:lambda=4",
      "weighted:alpha=0.3:beta=2", "deepnorm:alpha=3:beta=0.2", "layerscale:lambda=0.5",
    ].map { name in Case(testDescription: name, architecture: transformer(variant(name))) }
    + [
      "layernorm:eps=0.5", "layernorm-simple", "layernorm-simple:deviation=unbiased", "detachnorm:detach=mean",
      "detachnorm:detach=deviation", "detachnorm:detach=both", "adanorm", "adanorm:detached=false:k=0.3:c=2", "rmsnorm",
      "batchnorm", "frn", "none",
    ].flatMap { name in
      [Variant(Connection.postLN), Variant(.preLN), Variant(.gpt2Norm), Variant(.subLN), .rskipLN(lambda: 2)].map {
        Case(
          testDescription: "\($0), \(name)",
          architecture: transformer($0, normalizer: variant(name), finalNorm: $0.name == .preLN))
      } + [
        Case(
          testDescription: "fc, \(name)",
          architecture: .fullyConnected(
            Variant(.postLN), depth: 2, width: 5, tokens: 4, activation: .tanh, normalizer: variant(name)))
      ]
    }
    + [
      Case(
        // With a large ε, for with a small one a single token's FRN is nearly a sign, and J nearly nothing.
        testDescription: "fc, frn of one token",
        architecture: .fullyConnected(
          Variant(.norm), depth: 2, width: 5, activation: .tanh, normalizer: variant("frn:eps=0.1")))
    ]
    + [
      "softmax:scale=inverse", "softmax:scale=0.7", "softmax:qk-norm=layernorm", "softmax:qk-norm=rmsnorm",
      "softmax:qk-norm=cosine:scale=3", "value-skipinit", "shaped", "u-spa", "u-spa:rho=0.3", "e-spa",
      "e-spa:gamma=0.4",
    ].flatMap { name in
      [AttentionMask.none, .causal].map {
        Case(
          testDescription: "\(name), mask \($0)",
          architecture: transformer(Variant(.residual), attention: variant(name), mask: $0))
      }
    }
    + [PositionName.sinusoidal, .rotary].map {
      Case(testDescription: $0.rawValue, architecture: transformer(Variant(.postLN), positions: $0))
    }
    + [(4, 1), (4, 2), (2, 1)].map {
      Case(
        testDescription: "\($0.0) heads, \($0.1) of keys and values",
        architecture: transformer(
          Variant(.preLN), positions: .rotary, heads: $0.0, keyValueHeads: $0.1))
    }
    + FeedForwardName.allCases.flatMap { name in
      [Variant(Connection.preLN), Variant(.subLN)].map {
        Case(testDescription: "\($0), \(name.rawValue)", architecture: transformer($0, feedForward: name))
      }
    }
    + [
      "tanh:transform=dks", "gelu:transform=tat", "leaky-relu:slope=0.3", "leaky-relu:transform=tat:eta=0.3",
      "softplus:transform=dks:zeta=3:layers=20",
    ].map { name in
      Case(testDescription: name, architecture: transformer(Variant(.vanilla), activation: variant(name)))
    }

  /// Nothing cancels on the other side either, so both differ from the true J by rounding only: some hundred operations
  /// on the way to an element, a few of them divisions by small deviations.
  @Test("Every connection, block, activation and mask", arguments: Connection.allCases)
  func jacobians(connection: Connection) throws {
    for network in Self.connections where network.architecture.connection.name == connection {
      // How a plan merges steps does not depend on the activation.
      try check(network, planned: network.architecture.activation == .tanh)
    }
  }

  @Test("Every setting", arguments: withSettings)
  func settings(network: Case) throws { try check(network, planned: true) }

  private func check(_ network: Case, planned: Bool) throws {
    let (name, architecture) = (network.testDescription, network.architecture)
    let parameters = generalParameters(of: architecture)
    let input = Reference.input(architecture.tokens, architecture.width)
    let stack: Stack<Double> = try architecture.stack(parameters)
    let linearization = Linearization(of: stack, at: input)
    let j = linearization.jacobian()

    var plain = PlainNetwork(architecture: architecture, parameters: parameters)
    if let transformed = try architecture.builtActivation() as? TransformedActivation {
      plain.transform = (
        transformed.inputScale, transformed.inputShift, transformed.outputShift, transformed.outputScale
      )
      if architecture.activation.name == .leakyReLU {
        // The slope is what was solved for.
        let slope = (transformed.base as? LeakyReLU)?.slope ?? 0
        plain.architecture.activation = Self.variant("leaky-relu:slope=\(slope)")
      }
    }
    let rows = (0..<input.rows).map { row in (0..<input.columns).map { input[row, $0] } }
    let value = plain(rows.map { $0.map { .init($0) } }).joined().map(\.real)
    let expected = plain.jacobian(at: rows)
    let valueError = zip(linearization.output.elements, value).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(valueError <= 1e-13 * linearization.output.maximumMagnitude, "the output of \(name)")
    #expect(j.shape == [expected.count, expected[0].count])
    let error = zip(j.elements, expected.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(error <= 1e-13 * j.maximumMagnitude, "\(name): \(error / j.maximumMagnitude)")
    if planned { checkPlanned(linearization, j, name) }
    try checkResolved(linearization, j, name)
  }

  /// The plan of a Jacobian so large that everything that can be merged is, in chunks that cut layers anywhere, against pushing
  /// every primitive: sums in another order. No variant has code for it.
  private func checkPlanned(_ linearization: Linearization<Double>, _ j: Tensor<Double>, _ name: String) {
    let merging = linearization.plan(directions: 1_000_000, chunk: 1_000_000)
    for plan in [merging, linearization.directPlan] {
      let found = linearization.jacobians(by: plan, chunk: 7, threads: 1)[0]
      let error = zip(j.elements, found.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error <= 1e-13 * j.maximumMagnitude, "\(name), planned: \(error / j.maximumMagnitude)")
    }
  }

  /// The resolved method against the dense one wherever that is accurate: a value ten thousand times above its floor has
  /// an error of 1e-4.
  private func checkResolved(_ linearization: Linearization<Double>, _ j: Tensor<Double>, _ name: String) throws {
    let dense = try j.singularValues()
    let resolved = try #require(try linearization.resolvedSingularValues().last)
    let floor = Double(max(j.rows, j.columns)) * .ulpOfOne * dense[0]
    let accurate = dense.prefix { $0 > 1e4 * floor }
    let logs = resolved.logSingularValues
    #expect(logs.count >= accurate.count, "\(name): \(logs.count) of \(accurate.count) values")
    for (x, y) in zip(logs, accurate) { #expect(abs(x - Double.log(y)) <= 1e-4, "\(name)") }
  }
}
