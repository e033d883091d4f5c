import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

@Suite("Looks-linear networks")
struct LooksLinearTests {
  static let key = RandomKey(seed: 5, sample: 1, purpose: .weights)
  static let law = Initializer(.looksLinear)

  static func input(_ tokens: Int, _ width: Int) -> Tensor<Double> {
    var stream = key.purpose(.input).stream("input")
    return Tensor(shape: [tokens, width], elements: stream.normals(count: tokens * width))
  }

  /// relu(±z) = relu(±V(x₁ − x₂)) loses what the halves of the input share, and doubles in square what they do not.
  @Test("A vanilla ReLU stack has half of its values at 0 and half at √2", arguments: [1, 2, 20, 200])
  func fullyConnected(depth: Int) throws {
    let architecture = Architecture.fullyConnected(.vanilla, depth: depth, width: 32)
    let stack: Stack<Double> = try architecture.stack(Self.law.parameters(of: architecture, random: Self.key))
    let values = try jacobian(of: stack, at: Self.input(1, 32)).singularValues()
    // Each V is orthogonal to n^1.5·eps and each product adds n·eps; V is 16 × 16.
    let bound = (Double(depth) * (64 + 32) + 32) * .ulpOfOne * 2.0.squareRoot()
    for value in values[..<16] { #expect(abs(value - 2.0.squareRoot()) <= bound) }
    // The halves of a column are the same number with two signs, and their sum is 0 without rounding.
    for value in values[16...] { #expect(value <= 64 * .ulpOfOne) }
    if depth <= 20 { #expect(bound <= 1e-12) }
  }

  @Test("With concatenated ReLU all values are 1", arguments: [20, 200])
  func concatenatedReLU(depth: Int) throws {
    let width = 24
    let layers = (0..<depth).map { layer in
      LinearOfConcatenatedReLU<Double>(
        linear: Linear(
          inputs: 2 * width, outputs: width, Self.law, random: Self.key.layer(layer).stream("weight")))
    }
    let x = Self.input(1, width)
    let stack = Stack<Double>(layers)
    let values = try jacobian(of: stack, at: x).singularValues()
    // Measured errors are those of a random walk, √depth · a few eps; the worst case would be depth · n^1.5 · eps.
    for value in values { #expect(abs(value - 1) <= 1e-13) }
    // The network is the linear map V_L … V_1.
    let product = layers.reduce(x) { x, layer in
      let weight = layer.linear.weight
      return x.linear(Tensor(rows: width, columns: width) { weight[$0, $1] })
    }
    #expect(Tensor.combination(1, stack(x), -1, product).maximumMagnitude <= 1e-12)
  }

  /// Any φ with φ(z) − φ(−z) = z will do.
  @Test(
    "A feed-forward sublayer of twice the width is orthogonal",
    arguments: [ActivationName.relu, .gelu, .geluTanh, .silu, .softplus])
  func feedForward(activation: ActivationName) throws {
    let width = 12
    let architecture = Architecture.transformer(
      .vanilla, depth: 1, width: width, tokens: 2, heads: 2, hidden: 2 * width, activation: Variant(activation))
    let parameters = Self.law.parameters(of: architecture, random: Self.key)
    func linear(_ name: String) throws -> Linear<Double> {
      Linear(weight: try #require(parameters["layers.0.\(name).weight"]))
    }
    let layer = try FeedForward(
      hidden: linear("linear1"), activation: activation.activation, output: linear("linear2"))
    let random = FeedForward<Double>(
      width: width, hidden: 2 * width, activation: activation.activation, Self.law, random: Self.key)
    for layer in [layer, random] {
      for value in try jacobian(of: layer, at: Self.input(2, width)).singularValues() {
        // Two orthogonal matrices, n^1.5·eps = 42 eps each, and the sum φ′(z) + φ′(−z) = 1 of rounded numbers.
        #expect(abs(value - 1) <= 200 * .ulpOfOne)
      }
    }
    for name in ["query", "key", "value"].indices {
      let tensor = try #require(parameters["layers.0.self_attn.in_proj_weight"])
      let part = Tensor(rows: width, columns: width) { tensor[name * width + $0, $1] }
      InitializerTests.expectOrthogonal(part, gain: 1, "part \(name)")
    }
    InitializerTests.expectOrthogonal(
      try #require(parameters["layers.0.self_attn.out_proj.weight"]), gain: 1, "out_proj")
  }

  @Test("Which matrices are mirrored")
  func laws() {
    typealias Role = ParameterDescription.Role
    let fc = Architecture.fullyConnected(.vanilla, depth: 1, width: 8)
    func law(_ role: Role, _ shape: [Int]) -> WeightLaw {
      Initializer(.looksLinear, gain: 2).weightLaw(
        of: ParameterDescription(name: "weight", shape: shape, role: role, layer: 0), in: fc)
    }
    let rows: [(Role, [Int], WeightLaw)] = [
      (.fullyConnected, [8, 8], .mirrored(gain: 2, rows: true, columns: true)),
      (.fullyConnected, [8, 16], .mirrored(gain: 2, rows: false, columns: true)),
      (.feedForwardHidden, [16, 8], .mirrored(gain: 2, rows: true, columns: false)),
      (.feedForwardOutput, [8, 16], .mirrored(gain: 2, rows: false, columns: true)),
      (.packedProjection, [24, 8], .orthogonal(gain: 2)), (.attentionOutput, [8, 8], .orthogonal(gain: 2)),
      (.fullyConnected, [7, 7], .orthogonal(gain: 2)), (.feedForwardHidden, [7, 8], .orthogonal(gain: 2)),
    ]
    for (role, shape, expected) in rows { #expect(law(role, shape) == expected, "\(role), \(shape)") }
  }

  @Test("Odd widths are objected to in one sentence")
  func objections() {
    let odd = Architecture.fullyConnected(.vanilla, depth: 1, width: 7)
    #expect(
      Self.law.objection(to: odd) == "looks-linear pairs units z and −z, but the width, 7, is odd; choose an even one.")
    #expect(
      Self.law.objection(to: .transformer(.preLN, depth: 1, width: 8, tokens: 2, heads: 2, hidden: 9))
        == "looks-linear pairs units z and −z, but the hidden width, 9, is odd; choose an even one.")
    // A stream of a reversible layer has half of the features.
    #expect(
      Self.law.objection(to: .fullyConnected(.reversible, depth: 1, width: 6))
        == "looks-linear pairs units z and −z, but the width of a stream, 3, is odd; choose an even one.")
    #expect(Self.law.objection(to: .fullyConnected(.reversible, depth: 1, width: 8)) == nil)
    #expect(Self.law.objection(to: .transformer(.preLN, depth: 1, width: 7, tokens: 2, heads: 1, hidden: 8)) == nil)
    #expect(Initializer(.orthogonal).objection(to: odd) == nil)
  }
}
