import RealModule
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraDifferentiation
@testable import SpectraNetworks

private func distance<Scalar: NetworkScalar>(_ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Double {
  guard x.shape == y.shape else { return .infinity }
  return zip(x.elements, y.elements).reduce(0) { farthest, pair in
    let difference = abs(Double(pair.0) - Double(pair.1))
    return difference.isNaN ? .infinity : max(farthest, difference)
  }
}

extension Double {
  fileprivate init<Scalar: NetworkScalar>(_ x: Scalar) {
    self = Tensor(shape: [1], repeating: x).converted().elements[0]
  }
}

@Suite("Self-attention with all of its settings") struct SelfAttentionTests {
  /// Two Pre-LN layers of it, so that values meet attention before and after.
  struct TwoLayers<Scalar: NetworkScalar>: Layer {
    var attention: SelfAttention<Scalar>

    func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
      let y = x + attention(x.layerNorm())
      return y + attention(y.layerNorm())
    }
  }

  /// Nothing cancels on the other side either: both differ from the true J by rounding of some hundred operations.
  @Test("Value and Jacobian against complex steps of plain loops", arguments: AttentionCase.all)
  func plain(attention: AttentionCase) {
    let linearization = Linearization(of: attention.layer(as: Double.self), at: attention.input)
    let (value, j) = (linearization.output, linearization.jacobian())
    let plain = PlainAttention(attention: attention)
    #expect(
      distance(value, Tensor(shape: value.shape, elements: plain.value)) <= 1e-13 * max(1, value.maximumMagnitude))
    #expect(distance(j, Tensor(rows: plain.jacobian)) <= 1e-13 * j.maximumMagnitude)
    #expect(j.maximumMagnitude > 0.1)
  }

  @Test("A plan's Jacobian is that of pushing every primitive, in both precisions", arguments: AttentionCase.all)
  func planned(attention: AttentionCase) {
    func check<Scalar: NetworkScalar>(_: Scalar.Type) -> Tensor<Scalar> {
      let linearization = Linearization(
        of: TwoLayers(attention: attention.layer(as: Scalar.self)), at: attention.input.converted())
      let plan = linearization.plan(directions: 1_000_000, chunk: 1_000_000)
      #expect(plan != linearization.directPlan)
      let direct = linearization.jacobians(by: linearization.directPlan, chunk: 32, threads: 1)[0]
      for bytes in [1, 1 << 30] {
        let planned = linearization.jacobians(by: plan, chunk: 7, threads: 2, groupBytes: bytes)[0]
        // The order of sums differs, in products of at most 32 terms, two layers deep: a few hundred roundings.
        #expect(distance(planned, direct) <= 500 * Double(Scalar.ulpOfOne) * max(1, Double(direct.maximumMagnitude)))
      }
      return direct
    }
    let (double, single) = (check(Double.self), check(Float.self))
    // Rounding of the forward pass moves J, too, through norms of short heads: some hundred units of single precision.
    #expect(distance(double, single.converted()) <= 500 * Double(Float.ulpOfOne) * max(1, double.maximumMagnitude))
  }

  @Test("The resolved method finds the dense Jacobian's singular values", arguments: AttentionCase.all)
  func resolved(attention: AttentionCase) throws {
    let linearization = Linearization(of: TwoLayers(attention: attention.layer(as: Double.self)), at: attention.input)
    let dense = try linearization.jacobian().singularValues()
    let found = try #require(try linearization.resolvedSingularValues().first)
    #expect(found.logSingularValues.count == dense.count)
    for (value, sigma) in zip(found.logSingularValues, dense) where sigma > 1e-6 * dense[0] {
      // gesdd knows σ to a few eps · σ₁.
      #expect(abs(value - .log(sigma)) <= 20 * .ulpOfOne * dense[0] / sigma + (found.logError ?? 0))
    }
  }

  // MARK: Shared keys and values

  @Test("Heads that share keys and values are heads with the same ones", arguments: [1, 2, 4])
  func sharedHeads(keyValueHeads: Int) {
    let (width, heads, size) = (8, 4, 2)
    let shared = AttentionCase(name: "", width: width, heads: heads, keyValueHeads: keyValueHeads)
    var repeated = AttentionCase(name: "", width: width, heads: heads).layer(as: Double.self)
    let (weight, bias) = (shared.projection, shared.projectionBias)
    for part in 0..<3 {
      for head in 0..<heads {
        for feature in 0..<size {
          let row = (part * heads + head) * size + feature
          let group = head / (heads / keyValueHeads)
          let source =
            part == 0 ? row : width + ((part - 1) * keyValueHeads + group) * size + feature
          repeated.inputProjection.bias?.elements[row] = bias.elements[source]
          for column in 0..<width { repeated.inputProjection.weight[row, column] = weight[source, column] }
        }
      }
    }
    let x = shared.input
    let (one, other) = (
      Linearization(of: shared.layer(as: Double.self), at: x), Linearization(of: repeated, at: x)
    )
    // A product of more rows may sum in another order.
    #expect(distance(one.output, other.output) <= 20 * .ulpOfOne * other.output.maximumMagnitude)
    let (j, expected) = (one.jacobian(), other.jacobian())
    #expect(distance(j, expected) <= 50 * .ulpOfOne * expected.maximumMagnitude)
    if keyValueHeads == heads { #expect(j == expected) }
  }

  @Test("Random layers draw as many rows as there are heads of keys and values")
  func randomShared() {
    let random = RandomKey(seed: 3, sample: 0, purpose: .weights)
    for law in [Initializer(.xavierUniform), Initializer(.lecunNormal)] {
      let layer = SelfAttention<Double>(width: 8, heads: 4, keyValueHeads: 2, law, random: random)
      #expect(layer.inputProjection.weight.shape == [16, 8] && layer.inputProjection.bias?.count == 16)
      #expect(layer.keyValueHeads == 2)
      #expect(layer(AttentionCase.wave(3, 8, 1)).shape == [3, 8])
    }
  }

  // MARK: Positions

  static let rotaries = RotaryPositions.Pairing.allCases.map { RotaryPositions(base: 50, pairing: $0) }

  @Test("After a rotation products depend on the difference of positions alone", arguments: rotaries)
  func relative(rotary: RotaryPositions) {
    let (tokens, size) = (6, 8)
    // The same query and the same key in all tokens.
    func rotated(_ phase: Double) -> Tensor<Double> {
      let row = AttentionCase.wave(1, size, phase)
      return rotary(row.repeated(to: [tokens, size]), headSize: size)
    }
    let (queries, keys) = (rotated(1), rotated(2))
    let scores = queries.multiplied(by: keys.transposed)
    // Angles of up to 6 are rounded to 6 eps.
    let tolerance = 20 * Double.ulpOfOne * Double(size)
    for query in 1..<tokens {
      for key in 1..<tokens { #expect(abs(scores[query, key] - scores[query - 1, key - 1]) <= tolerance) }
    }
    #expect(abs(scores[0, 0] - scores[0, 1]) > 1e-3)
    // A rotation keeps lengths, and leaves the first token alone.
    for token in 0..<tokens {
      let squares = (0..<size).reduce(0) { $0 + queries[token, $1] * queries[token, $1] }
      let first = (0..<size).reduce(0) { $0 + queries[0, $1] * queries[0, $1] }
      #expect(abs(squares - first) <= tolerance)
    }
    let one = AttentionCase.wave(1, 2 * size, 1)
    #expect(rotary(one, headSize: size) == one)
  }

  @Test("Both pairings are the same rotation of features in another order")
  func pairings() {
    let (size, half) = (6, 3)
    let x = AttentionCase.wave(4, 2 * size, 3)
    // Feature i of the first half stands at 2i, and its partner behind it.
    let places = (0..<2).flatMap { head in
      (0..<half).flatMap { [head * size + $0, head * size + half + $0] }
    }
    let interleaved = x[features: places.map { $0..<($0 + 1) }]
    let halves = RotaryPositions(pairing: .halves)(x, headSize: size)
    let neighbours = RotaryPositions(pairing: .neighbours)(interleaved, headSize: size)
    #expect(neighbours == halves[features: places.map { $0..<($0 + 1) }])
  }

  @Test("Sinusoidal positions: sines and cosines of falling frequencies, and a Jacobian of 1")
  func sinusoidal() {
    let x = AttentionCase.wave(5, 4, 1)
    let layer = SinusoidalPositions<Double>()
    let added = distance(layer(x), x)
    #expect(added > 0.5 && added <= 1)
    let encoding = layer.encoding(tokens: 5, width: 4)
    for token in 0..<5 {
      // 10000^(2/4) = 100.
      let position = Double(token)
      let expected: [Double] = [.sin(position), .cos(position), .sin(position / 100), .cos(position / 100)]
      for (feature, value) in expected.enumerated() {
        #expect(abs(encoding[token, feature] - value) <= 4 * .ulpOfOne)
      }
    }
    #expect(jacobian(of: layer, at: x) == .identity(20))
    #expect(SinusoidalPositions<Float>()(x.converted()).isFinite)
  }

  // MARK: Windows

  @Test("Of L layers with windows of N, token i hears of i − L(N − 1) … i and of no other", arguments: [1, 2, 3])
  func blocks(window: Int) throws {
    let (tokens, width) = (8, 8)
    for depth in 1...4 {
      let architecture = Architecture.transformer(
        .postLN, depth: depth, width: width, tokens: tokens, heads: 2, mask: .window(window))
      let stack: Stack<Double> = try architecture.stack(generalParameters(of: architecture))
      let linearization = Linearization(of: stack, at: Reference.input(tokens, width))
      let merging = linearization.plan(directions: 1_000_000, chunk: 1_000_000)
      for plan in [linearization.directPlan, merging] {
        let j = linearization.jacobians(by: plan, chunk: 5, threads: 1)[0]
        for output in 0..<tokens {
          for input in 0..<tokens {
            var largest = 0.0
            for row in output * width..<(output + 1) * width {
              for column in input * width..<(input + 1) * width { largest = max(largest, abs(j[row, column])) }
            }
            let hears = input <= output && input >= output - depth * (window - 1)
            #expect((largest > 0) == hears, "\(depth) layers, token \(output) by token \(input)")
          }
        }
      }
    }
  }

  // MARK: Scales

  @Test("Scales have a text, and a value for each size of head")
  func scales() {
    for (text, scale, value) in [
      ("inverse-sqrt", AttentionScale.inverseSquareRoot, 0.25), ("inverse", .inverse, 0.0625), ("1", .number(1), 1),
      ("0.125", .number(0.125), 0.125),
    ] {
      #expect(AttentionScale(rawValue: text) == scale && scale.rawValue == text)
      #expect(scale.value(headSize: 16) as Double == value && scale.value(headSize: 16) as Float == Float(value))
    }
    #expect(AttentionScale(rawValue: "1.0") == .number(1))
    for text in ["", "sqrt", "nan", "inf", "1/d"] { #expect(AttentionScale(rawValue: text) == nil) }
  }
}
