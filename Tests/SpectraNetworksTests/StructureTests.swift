import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

/// What is known of the spectra exactly, for random weights.
@Suite("Structure of the spectrum")
struct StructureTests {
  static func jacobian(
    of architecture: Architecture, _ initializer: Initializer = Initializer(.xavierUniform), seed: UInt64 = 1
  ) throws -> Tensor<Double> {
    let key = RandomKey(seed: seed, sample: 0, purpose: .weights)
    let stack: Stack<Double> = try architecture.stack(initializer.parameters(of: architecture, random: key))
    var stream = key.purpose(.input).stream("input")
    let input = Tensor(
      shape: [architecture.tokens, architecture.width], elements: stream.normals(count: architecture.size))
    return SpectraDifferentiation.jacobian(of: stack, at: input)
  }

  static func transformer(
    _ connection: Variant<Connection>, depth: Int, mask: AttentionMask = .none, epsilon: Double? = nil
  ) -> Architecture {
    .transformer(connection, depth: depth, width: 8, tokens: 3, heads: 2, mask: mask, normEpsilon: epsilon)
  }

  /// Bachlechner et al. 2020, section 3.
  @Test("ReZero with α = 0 is the identity to the last bit", arguments: [1, 12, 64])
  func rezero(depth: Int) throws {
    let architectures = [
      Self.transformer(Variant(.rezero), depth: depth), Self.transformer(Variant(.rezero), depth: depth, mask: .causal),
      .fullyConnected(.rezero, depth: depth, width: 16, activation: .gelu),
    ]
    for architecture in architectures {
      let j = try Self.jacobian(of: architecture)
      #expect(j == .identity(architecture.size))
      let values = try j.singularValues()
      #expect(values.allSatisfy { $0 == 1 })
      let singles = try j.converted(to: Float.self).singularValues()
      #expect(singles.allSatisfy { $0 == 1 })
    }
  }

  @Test("A linear stack of orthogonal matrices is orthogonal", arguments: [1, 10, 50])
  func orthogonal(depth: Int) throws {
    let width = 16
    let j = try Self.jacobian(
      of: .fullyConnected(.vanilla, depth: depth, width: width, activation: .linear), Initializer(.orthogonal))
    // Each factor's Q is orthogonal to n^1.5·eps, each product adds n·eps, the decomposition n·eps at the end.
    let n = Double(width)
    let bound = (Double(depth) * (n * n.squareRoot() + n) + n) * .ulpOfOne
    for value in try j.singularValues() { #expect(abs(value - 1) <= bound) }
  }

  /// A LayerNorm without eps forgets each token's mean and its scale: 2 null directions a token. The last one's output
  /// cannot leave the sphere, so depth adds none (theory of Post-LN stacks).
  @Test("Post-LN with eps 0 has 2 null values a token at any depth", arguments: [1, 2, 4, 12])
  func nullDirections(depth: Int) throws {
    for (architecture, nulls) in [
      (Self.transformer(Variant(.postLN), depth: depth, epsilon: 0), 6),
      (Self.transformer(Variant(.postLN), depth: depth, mask: .causal, epsilon: 0), 6),
      (.fullyConnected(.postLN, depth: depth, width: 8, normEpsilon: 0), 2),
    ] {
      let values = try Self.jacobian(of: architecture).singularValues()
      #expect(values.count { $0 <= 1e-14 * values[0] * Double(architecture.size) } == nulls)
    }
  }

  /// With eps the mean's direction stays exactly null; the scale's is of the relative size eps to the power of the number
  /// of LayerNorms.
  @Test("Post-LN with eps has one exact null value a token, and one small one")
  func nullDirectionsWithEpsilon() throws {
    for (architecture, tokens, norms) in [
      (Self.transformer(Variant(.postLN), depth: 1), 3, 2.0), (.fullyConnected(.postLN, depth: 1, width: 8), 1, 1),
    ] {
      let values = try Self.jacobian(of: architecture).singularValues()
      let size = values.count
      let noise = Double(size) * .ulpOfOne * values[0]
      #expect(values.count { $0 <= noise } == tokens)
      // eps/σ³ each, with deviations σ of the order of 1 here.
      let small = norms == 2 ? 1e-13...1e-7 : 1e-7...1e-3
      for value in values[(size - 2 * tokens)..<(size - tokens)] { #expect(small.contains(value / values[0])) }
      #expect(values[size - 2 * tokens - 1] > 1e-3 * values[0])
    }
  }

  @Test("Causal stacks have exact zeros above the blocks of the diagonal", arguments: Connection.allCases)
  func causal(name: Connection) throws {
    // Fixup's branches are 0, and BatchNorm couples all tokens.
    if name == .fixup || name == .xskipBN { return }
    let connection: Variant<Connection> =
      name == .rezero ? .rezero(alpha: 0.5) : name == .skipinit ? .skipinit(alpha: 0.5) : Variant(name)
    let initializer = Initializer(.xavierUniform)
    let (tokens, width) = (3, 8)
    let causal = try Self.jacobian(of: Self.transformer(connection, depth: 3, mask: .causal), initializer)
    let open = try Self.jacobian(of: Self.transformer(connection, depth: 3), initializer)
    func largest(_ j: Tensor<Double>, _ output: Int, _ input: Int) -> Double {
      var largest = 0.0
      for row in output * width..<(output + 1) * width {
        for column in input * width..<(input + 1) * width { largest = max(largest, abs(j[row, column])) }
      }
      return largest
    }
    for output in 0..<tokens {
      for input in 0..<tokens {
        #expect((largest(causal, output, input) == 0) == (input > output), "token \(output) by token \(input)")
        #expect(largest(open, output, input) > 0)
      }
    }
  }

  @Test("All states come from one pass, and the final norm belongs to the last")
  func states() throws {
    let architecture = Architecture.transformer(
      .preLN, depth: 4, width: 8, tokens: 3, heads: 2, mask: .causal, finalNorm: true)
    let stack: Stack<Double> = try architecture.stack(generalParameters(of: architecture))
    let input = Reference.input(3, 8)
    let linearization = Linearization(at: input) { stack.states($0) }
    #expect(linearization.outputs.count == 4)
    #expect(stack.depth == 4)
    #expect(linearization.output == stack(input))
    let jacobians = linearization.jacobians()
    for layer in 0..<4 {
      let prefix = Stack(Array(stack.layers[...layer]), final: layer == 3 ? stack.final : nil)
      #expect(prefix(input) == linearization.outputs[layer])
      let alone = SpectraDifferentiation.jacobian(of: prefix, at: input)
      #expect(alone == jacobians[layer])
    }
    // The final norm's output has mean β of each token only where γ = 1; here the state before it differs from it.
    #expect(Stack(stack.layers)(input) != stack(input))
  }

  @Test("The stack's Jacobian is the product of its layers'")
  func chainRule() throws {
    let architecture = Self.transformer(Variant(.postLN), depth: 3)
    let stack: Stack<Double> = try architecture.stack(generalParameters(of: architecture))
    let input = Reference.input(3, 8)
    let states = [input] + stack.states(input)
    let product = zip(stack.layers, states).reduce(Tensor<Double>.identity(24)) { product, pair in
      Linearization(at: pair.1) { [pair.0($0)] }.jacobian().multiplied(by: product)
    }
    let j = SpectraDifferentiation.jacobian(of: stack, at: input)
    let difference = Tensor.combination(1, j, -1, product).maximumMagnitude
    #expect(difference <= 1e-13 * j.maximumMagnitude * Double(24))
  }
}

@Suite("Connections, sublayers and stacks")
struct ConnectionTests {
  /// Integers stand for the parts: LN doubles, F adds 1, α is 10, so that each equation gives its own number.
  @Test(
    "Equations",
    arguments: [
      (Variant(Connection.vanilla), 4.0), (Variant(.residual), 7), (Variant(.rezero), 43), (Variant(.norm), 8),
      (Variant(.postLN), 14), (Variant(.preLN), 10), (Variant(.gpt2Norm), 11), (.xskip(lambda: 3), 13),
      (.xskipLN(lambda: 3), 26), (.xskipBN(lambda: -1), 2), (.rskipLN(lambda: 1), 14), (.rskipLN(lambda: 3), 74),
      (.weighted(alpha: 3, beta: 5), 44), (.admin(omega: 2), 20), (Variant(.skipinit), 43),
      (Variant(.layerscale), 73), (Variant(.fixup), 43), (Variant(.tFixup), 7),
    ])
  func equations(connection: Variant<Connection>, expected: Double) {
    let x = Tensor<Double>(shape: [1, 2], repeating: 3)
    let sublayer = Sublayer(connection, branch: Adding(), norm: Doubling(), residualWeight: 10)
    #expect(sublayer(x) == Tensor(shape: [1, 2], repeating: expected))
    #expect(!connection.name.equation.isEmpty && !connection.name.source.isEmpty)
  }

  @Test("Sublayers side by side, and in two streams")
  func arrangements() {
    let x = Tensor<Double>(shape: [1, 2], elements: [3, 5])
    // x + A(N(x)) + F(N(x)) with N doubling: 3 + 7 + 12 and 5 + 11 + 20.
    let parallel = ParallelSublayers(branches: [Adding(), Doubling()], norm: Doubling())
    #expect(parallel(x) == Tensor(shape: [1, 2], elements: [22, 36]))
    // y₁ = 3 + (5 + 1), y₂ = 5 + 2 · 9; of one branch (5, 3 + 6).
    #expect(ReversibleLayer(branches: [Adding(), Doubling()])(x) == Tensor(shape: [1, 2], elements: [9, 23]))
    #expect(ReversibleLayer(branches: [Adding()])(x) == Tensor(shape: [1, 2], elements: [5, 9]))
  }

  struct Doubling: Layer {
    typealias Scalar = Double
    func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double { 2 * x }
  }

  struct Adding: Layer {
    typealias Scalar = Double
    func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double { x + 1 }
  }

  @Test("Names, norms and residual weights")
  func properties() {
    #expect(
      Connection.allCases.map(\.rawValue) == [
        "vanilla", "residual", "rezero", "norm", "post-ln", "pre-ln", "gpt2-norm", "xskip", "xskip-ln", "xskip-bn",
        "rskip-ln", "weighted", "deepnorm", "admin", "skipinit", "layerscale", "fixup", "t-fixup", "sub-ln", "parallel",
        "reversible",
      ])
    #expect(
      Connection.allCases.filter { !$0.usesNorm } == [
        .vanilla, .residual, .rezero, .xskip, .skipinit, .fixup, .tFixup,
      ])
    #expect(Block.allCases.map(\.rawValue) == ["transformer", "fc"])
  }

  @Test("Chains and stacks apply the first layer first; an empty one is the identity")
  func order() {
    let x = Tensor<Double>(shape: [1, 1], repeating: 3)
    func number(_ layer: some Layer<Double>) -> Double { layer(x).elements[0] }
    #expect(number(Chain([Doubling(), Adding()])) == 7)
    #expect(number(Chain([Adding(), Doubling()])) == 8)
    #expect(number(Chain([])) == 3)
    #expect(number(Stack([Adding(), Doubling()], final: Adding())) == 9)
    #expect(number(Stack([])) == 3)
    #expect(number(Stack([], final: Doubling())) == 6)
    #expect(Stack([Adding(), Doubling()], final: Adding()).states(x).map { $0.elements[0] } == [4, 9])
    // Without a norm, LN is the identity.
    #expect(number(Sublayer(.postLN, branch: Adding())) == 7)
  }

  @Test("A shallow custom stack is the prefix of a deep one")
  func prefix() {
    func stack(_ depth: Int, sample: Int = 2) -> [Double] {
      Stack(depth: depth, seed: 5, sample: sample) { random in
        var stream = random.stream("weight")
        return Linear(weight: Tensor(shape: [1, 1], elements: [stream.normal()]))
      }.layers.compactMap { ($0 as? Linear<Double>)?.weight.elements[0] }
    }
    #expect(stack(3) == Array(stack(8)[..<3]))
    #expect(Set(stack(8)).count == 8)
    #expect(stack(3) != stack(3, sample: 3))
    #expect(stack(0).isEmpty)
  }
}
