import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

@Suite("Gated feed-forward, inner norms and concatenated ReLU")
struct GatedFeedForwardTests {
  static let random = RandomKey(seed: 21, sample: 0, purpose: .weights)
  static let (tokens, width, hidden) = (3, 4, 10)

  static func input() -> Tensor<Double> {
    var stream = random.purpose(.input).stream("input")
    return Tensor(shape: [tokens, width], elements: stream.normals(count: tokens * width))
  }

  static func linear(_ outputs: Int, _ inputs: Int, _ name: String) -> Linear<Double> {
    var stream = random.stream(name)
    return Linear(
      weight: Tensor(shape: [outputs, inputs], elements: stream.normals(count: outputs * inputs)).scaled(by: 0.5),
      bias: Tensor(shape: [outputs], elements: stream.normals(count: outputs)))
  }

  static func gated(_ activation: any Activation, innerNorm: (any Layer<Double>)? = nil) -> GatedFeedForward<Double> {
    GatedFeedForward(
      gate: linear(hidden, width, "gate"), activation: activation, hidden: linear(hidden, width, "linear1"),
      innerNorm: innerNorm, output: linear(width, hidden, "linear2"))
  }

  /// W x + b of one token, in loops.
  static func plain(_ linear: Linear<Double>, _ x: [Double]) -> [Double] {
    (0..<linear.weight.rows).map { row in
      x.indices.reduce(linear.bias?.elements[row] ?? 0) { $0 + linear.weight[row, $1] * x[$1] }
    }
  }

  /// J = W₂ (diag(φ(g)) W₁ + diag(u φ′(g)) W_g) for each token, g = W_g x + b_g, u = W₁ x + b₁.
  @Test("Value and Jacobian of gated units are the closed form", arguments: FeedForwardName.allCases)
  func closedForm(name: FeedForwardName) throws {
    guard name.isGated else { return }
    let activation: any Activation = name.fixedActivation ?? Tanh()
    let layer = Self.gated(activation)
    let x = Self.input()
    let (y, j) = (layer(x), jacobian(of: layer, at: x))
    for token in 0..<Self.tokens {
      let row = (0..<Self.width).map { x[token, $0] }
      let (g, u) = (Self.plain(layer.gate, row), Self.plain(layer.hidden, row))
      let (phi, slope) = activation.valuesAndDerivatives(g)
      let value = Self.plain(layer.output, zip(phi, u).map { $0 * $1 })
      for output in 0..<Self.width {
        // Sums of ten products of numbers of size 1.
        #expect(abs(y[token, output] - value[output]) <= 64 * .ulpOfOne * max(1, abs(value[output])))
        for other in 0..<Self.tokens {
          for feature in 0..<Self.width {
            var derivative = 0.0
            for unit in 0..<Self.hidden where other == token {
              derivative +=
                layer.output.weight[output, unit]
                * (phi[unit] * layer.hidden.weight[unit, feature] + u[unit] * slope[unit]
                  * layer.gate.weight[unit, feature])
            }
            let own = j[token * Self.width + output, other * Self.width + feature]
            #expect(abs(own - derivative) <= 128 * .ulpOfOne, "\(name.rawValue)")
          }
        }
      }
    }
  }

  /// ∂f/∂x by five-point differences: h⁴ f⁽⁵⁾/30 and eps/h, both about 1e-12 at h = 1e-3 for functions of size 1.
  static func differences(of layer: some Layer<Double>, at x: Tensor<Double>) -> Tensor<Double> {
    let h = 1e-3
    func value(_ input: Int, _ step: Double) -> [Double] {
      var shifted = x.elements
      shifted[input] += step
      return layer(Tensor(shape: x.shape, elements: shifted)).elements
    }
    let columns = (0..<x.count).map { input -> [Double] in
      let (one, back) = (value(input, h), value(input, -h))
      let (two, backTwo) = (value(input, 2 * h), value(input, -2 * h))
      return one.indices.map { (8 * (one[$0] - back[$0]) - (two[$0] - backTwo[$0])) / (12 * h) }
    }
    return Tensor(rows: columns[0].count, columns: x.count) { columns[$1][$0] }
  }

  static let withNorms: [any Layer<Double>] = [
    FeedForward(
      hidden: linear(hidden, width, "linear1"), activation: Tanh(), innerNorm: LayerNorm(features: hidden),
      output: linear(width, hidden, "linear2")),
    gated(SiLU(), innerNorm: LayerNorm(features: hidden)), gated(GELU()),
    gated(
      TransformedActivation(Tanh(), inputScale: 0.3, inputShift: 0.65, outputShift: -0.54, outputScale: 5)),
    LinearOfConcatenatedReLU(linear: linear(width, 2 * width, "crelu")),
  ]

  @Test("The Jacobian is that of differences, planned, merged in a stack and resolved", arguments: withNorms.indices)
  func jacobians(index: Int) throws {
    let layer = Self.withNorms[index]
    let x = Self.input()
    let j = jacobian(of: Chain([layer]), at: x)
    // No pre-activation lies within 2h of a kink.
    let error = Tensor.combination(1, j, -1, Self.differences(of: Chain([layer]), at: x)).maximumMagnitude
    #expect(error <= 1e-9 * max(1, j.maximumMagnitude), "layer \(index)")
    // Three sublayers in a row: the product of their Jacobians, and the values of the resolved method.
    let sublayer = Sublayer(.residual, branch: layer)
    let stack = Linearization(of: Stack([sublayer, sublayer, sublayer]), at: x)
    var (state, product) = (x, Tensor<Double>.identity(x.count))
    for _ in 0..<3 {
      product = jacobian(of: sublayer, at: state).multiplied(by: product)
      state = sublayer(state)
    }
    let whole = stack.jacobian()
    #expect(Tensor.combination(1, whole, -1, product).maximumMagnitude <= 1e-12 * whole.maximumMagnitude)
    let dense = try whole.singularValues()
    let resolved = try #require(try stack.resolvedSingularValues().first)
    #expect(resolved.logSingularValues.count == x.count)
    for (value, logarithm) in zip(dense, resolved.logSingularValues) {
      #expect(abs(value - .exp(logarithm)) <= 1e-12 * dense[0])
    }
  }

  @Test("An inner norm stands between the units and the output; without one nothing changes")
  func innerNorm() {
    let x = Self.input()
    let (hidden, output) = (
      Self.linear(Self.hidden, Self.width, "linear1"), Self.linear(Self.width, Self.hidden, "out")
    )
    let norm = LayerNorm<Double>(features: Self.hidden)
    let plain = FeedForward(hidden: hidden, activation: Tanh(), output: output)
    #expect(plain.innerNorm == nil)
    #expect(plain(x) == output(hidden(x).activated(by: Tanh())))
    let normed = FeedForward(hidden: hidden, activation: Tanh(), innerNorm: norm, output: output)
    #expect(normed(x) == output(norm(hidden(x).activated(by: Tanh()))))
  }

  /// Shang et al. 2016: [max(x, 0), max(−x, 0)].
  @Test("Concatenated ReLU keeps its input's length, and its Jacobian has orthonormal columns")
  func concatenatedReLU() {
    let x = Self.input()
    let y = ConcatenatedReLU<Double>()(x)
    #expect(y.shape == [Self.tokens, 2 * Self.width])
    for token in 0..<Self.tokens {
      for feature in 0..<Self.width {
        #expect(y[token, feature] == max(x[token, feature], 0))
        #expect(y[token, Self.width + feature] == max(-x[token, feature], 0))
      }
    }
    let j = jacobian(of: ConcatenatedReLU<Double>(), at: x)
    #expect(j.multiplied(by: j, transposingSelf: true) == .identity(x.count))
  }

  @Test("Names, their activations and their texts")
  func names() {
    #expect(
      FeedForwardName.allCases.map(\.rawValue) == ["mlp", "gated", "glu", "bilinear", "reglu", "geglu", "swiglu"])
    #expect(FeedForwardName.allCases.filter { !$0.isGated } == [.mlp])
    #expect(FeedForwardName.allCases.filter { $0.fixedActivation == nil } == [.mlp, .gated])
    #expect(Set(FeedForwardName.allCases.map(\.equation)).count == 7)
    for name in FeedForwardName.allCases { #expect(name.source.contains("arXiv")) }
    // Each at 1, by hand.
    let values: [FeedForwardName: Double] = [
      .glu: 0.73105857863000487925, .bilinear: 1, .reglu: 1, .geglu: 0.84134474606854294859,
      .swiglu: 0.73105857863000487925,
    ]
    for (name, value) in values {
      #expect(abs((name.fixedActivation?(1.0) ?? 0) - value) <= 2 * .ulpOfOne, "\(name.rawValue)")
    }
  }

  @Test("A random gated sublayer draws three matrices of its own")
  func randomLayer() {
    let layer = GatedFeedForward<Double>(width: 6, random: Self.random)
    #expect(layer.gate.weight.shape == [24, 6] && layer.output.weight.shape == [6, 24])
    #expect(layer.gate.weight != layer.hidden.weight)
    #expect(layer.hidden.weight == FeedForward<Double>(width: 6, random: Self.random).hidden.weight)
  }
}
