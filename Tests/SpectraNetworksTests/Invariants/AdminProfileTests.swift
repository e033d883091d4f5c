import ComplexModule
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

@Suite("Admin's profiling pass")
struct AdminProfileTests {
  static let architectures: [Architecture] = [
    .transformer(Variant(.admin), depth: 4, width: 8, tokens: 3, heads: 2, hidden: 6, activation: .gelu, mask: .causal),
    .transformer(
      Variant(.admin), depth: 2, width: 8, tokens: 3, heads: 2, hidden: 6, normalizer: .rmsnorm,
      positions: .sinusoidal),
    .fullyConnected(Variant(.admin), depth: 5, width: 7, tokens: 3, activation: .tanh),
  ]

  /// ω_{i+1}² = Var(ω_i x_i) + Var(F_i) over all elements, in loops that share nothing with the package.
  static func omegas(_ architecture: Architecture, _ parameters: Parameters, at input: Tensor<Double>) -> [Double] {
    let plain = PlainNetwork(architecture: architecture, parameters: parameters)
    func variance(_ x: PlainNetwork.Value) -> Double {
      let elements = x.joined().map(\.real)
      let mean = elements.reduce(0, +) / Double(elements.count)
      return elements.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(elements.count)
    }
    var x: PlainNetwork.Value = (0..<input.rows).map { row in (0..<input.columns).map { .init(input[row, $0]) } }
    if architecture.positions == .sinusoidal { x = plain.withSinusoids(x) }
    var (omega, all) = (1.0, [Double]())
    for layer in 0..<architecture.depth {
      let prefix = "layers.\(layer)."
      for suffix in architecture.block == .fc ? [""] : ["1", "2"] {
        let output =
          switch suffix {
          case "1": plain.attention(x, prefix + "self_attn.", layer: layer + 1)
          case "2": plain.feedForward(x, prefix)
          default: plain.connected(x, prefix)
          }
        all.append(omega)
        let skip = x.map { $0.map { $0.multiplied(by: omega) } }
        x = plain.normed(plain.plus(skip, output), prefix + "norm" + suffix)
        omega = (variance(skip) + variance(output)).squareRoot()
      }
    }
    return all
  }

  @Test("ω against a plain loop", arguments: architectures)
  func plainLoop(architecture: Architecture) throws {
    let input = Reference.input(architecture.tokens, architecture.width)
    let parameters = generalParameters(of: architecture)
    let profiled = try parameters.profiled(for: architecture, at: input)
    let expected = Self.omegas(architecture, parameters, at: input)
    let suffixes = architecture.block == .fc ? [""] : ["1", "2"]
    for (index, omega) in expected.enumerated() {
      let name = "layers.\(index / suffixes.count).skip_weight\(suffixes[index % suffixes.count])"
      let own = try #require(profiled[name])
      #expect(own.shape == [architecture.width] && own.elements.allSatisfy { $0 == own.elements[0] })
      // As everywhere against plain loops: some hundred rounded operations.
      #expect(abs(own.elements[0] / omega - 1) <= 1e-13, "\(name)")
    }
    // Each sublayer adds a branch's variance to that of a normed state, about 1, times ω².
    #expect(expected[0] == 1 && zip(expected, expected.dropFirst(2)).allSatisfy { $0 < $1 })

    // It does not depend on what the skips were before, and changes nothing else.
    #expect(try profiled.profiled(for: architecture, at: input) == profiled)
    for (name, tensor) in parameters.tensors where !name.contains("skip_weight") { #expect(profiled[name] == tensor) }
  }

  @Test("A given ω stays, and other connections have none")
  func unchanged() throws {
    for connection in [Variant.admin(omega: 1.5), Variant(.postLN)] {
      let architecture = Architecture.transformer(
        connection, depth: 2, width: 8, tokens: 3, heads: 2, hidden: 6)
      let random = RandomKey(seed: 1, sample: 0, purpose: .weights)
      let parameters = Initializer(.xavierUniform).parameters(of: architecture, random: random)
      #expect(try parameters.profiled(for: architecture, at: Reference.input(3, 8)) == parameters)
      if connection.name == .admin {
        #expect(parameters["layers.1.skip_weight2"] == Tensor(shape: [8], repeating: 1.5))
      }
    }
  }
}
