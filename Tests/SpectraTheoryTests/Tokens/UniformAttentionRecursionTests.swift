import SpectraDifferentiation
import SpectraNetworks
import Testing

@testable import SpectraTheory

@Suite struct UniformAttentionRecursionTests {
  private typealias Recursion = UniformAttentionRecursion
  private static let start = Recursion.State(meanSquare: 1, meanProduct: 0)

  /// 16 tokens from q = 1, p = 0: q and c after layers 1…12, to six digits, from an independent program.
  private static let preLN: [(q: Double, c: Double)] = [
    (1.5625, 0.151447), (2.266982, 0.294519), (3.105594, 0.410231), (4.052685, 0.498544), (5.08257, 0.565455),
    (6.175184, 0.616853), (7.315983, 0.657146), (8.494558, 0.689403), (9.703373, 0.715734), (10.936873, 0.737602),
    (12.190875, 0.756041), (13.462164, 0.771797),
  ]
  private static let postLN = [
    0.155307, 0.361614, 0.576013, 0.749226, 0.863307, 0.928956, 0.963960, 0.981919, 0.990969, 0.995496, 0.997754,
    0.998880,
  ]

  @Test func preLNOfXiong() {
    let states = Recursion.preLN(tokens: 16).states(from: Self.start, layers: 12)
    for (state, expected) in zip(states, Self.preLN) {
      // Half a unit of the last digit printed.
      #expect(abs(state.meanSquare - expected.q) <= 0.51e-6)
      #expect(abs(state.correlation - expected.c) <= 0.51e-6)
    }
    // Lemma 2: 1 + l/2 ≤ q_l ≤ 1 + 3l/2.
    for (index, state) in states.enumerated() {
      let layer = Double(index + 1)
      #expect(1 + layer / 2 <= state.meanSquare && state.meanSquare <= 1 + 1.5 * layer)
    }
  }

  @Test func postLNOfXiong() {
    let states = Recursion.postLN(tokens: 16).states(from: Self.start, layers: 12)
    for (state, expected) in zip(states, Self.postLN) {
      #expect(abs(state.correlation - expected) <= 0.51e-6)
      #expect(state.meanSquare == 1)
    }
    // Lemma 2: 3/2 before the layer's last norm.
    var feedForward = Recursion.postLN(tokens: 16).sublayers[1]
    feedForward.norm = nil
    let state = Recursion(tokens: 16, sublayers: [feedForward]).next(.init(meanSquare: 1, meanProduct: 0.3))
    #expect(abs(state.meanSquare - 1.5) < 1e-15)
  }

  @Test func exponentsOfPostLN() throws {
    let limit = try Recursion.postLN(tokens: 16).limit(from: Self.start)
    // A final normaliser stands once and is no growth per layer.
    var normalized = Recursion.postLN(tokens: 16)
    normalized.finalNorm = true
    #expect(try normalized.limit(from: Self.start) == limit)
    // At c → 1 attention halves 1 − c and the feed-forward keeps it: −ln 2.
    #expect(abs(limit.angleExponent + 0.6931471805599453) < 1e-13)
    #expect(limit.correlation == 1)
    // The mean token alone is left, whose tangents all sublayers keep: (1 + 1)/2 and (1 + ½)/(3/2).
    #expect(abs(limit.gradientExponent) < 1e-12)
  }

  @Test func derivativesAreThoseOfTheMap() {
    // Without norms q moves as well; a smooth activation, and one with kinks.
    for activation in [Tanh() as any Activation, ReLU(), HardTanh()] {
      let moments = ActivationMoments(activation)
      let recursion = Recursion(
        tokens: 5,
        sublayers: [
          .init(.attention(value: .init(0.7), output: .init(1.3), identity: 0.4, mean: 0.6), weight: 0.8),
          .init(
            .feedForward(moments, hidden: .init(1.2, bias: 0.1), output: .init(0.9), gate: .init(1.1)), weight: 0.7),
        ])
      let state = Recursion.State(meanSquare: 1.4, meanProduct: 0.5)
      let growth = recursion.logAngleGrowth(from: state, layers: 1)[0]
      let step = 1e-5 * state.meanSquare
      let (above, below) = (
        recursion.next(.init(meanSquare: 1.4, meanProduct: 0.5 + step)),
        recursion.next(.init(meanSquare: 1.4, meanProduct: 0.5 - step))
      )
      // A central difference: its error is of the order step² and 1e-16/step.
      #expect(abs(growth - Double.log((above.correlation - below.correlation) / 2e-5)) < 1e-8)
    }
  }

  @Test func creepingCorrelationHasNoFixedPoint() {
    #expect(throws: TheoryError.self) { try Recursion.preLN(tokens: 16).limit(from: Self.start) }
  }

  @Test("Linear attention is the closed form of Noci et al.", arguments: [0.1, 0.5, 1])
  func linearAttention(alpha: Double) {
    let recursion = Recursion(
      tokens: 7, sublayers: [.init(.attention(value: .init(), output: .init()), weight: alpha)])
    let states = recursion.states(from: .init(meanSquare: 2, meanProduct: 0.25), layers: 20)
    for (index, state) in states.enumerated() {
      let closed = RankCollapse.linearAttention(
        meanSquare: 2, meanProduct: 0.25, tokens: 7, residualWeight: alpha, layers: index + 1)
      // 20 layers of a few roundings each.
      #expect(abs(state.meanSquare / closed.meanSquare - 1) < 1e-13)
      #expect(abs(state.meanProduct / closed.meanProduct - 1) < 1e-13)
      #expect(abs(state.gap - 1.75) < 1e-13)
    }
  }

  @Test("Normalised ReLU layers explode by π/(π − 1)")
  func normalizedReLU() {
    let recursion = Recursion(
      tokens: 1, sublayers: [.init(.fullyConnected(ActivationMoments(ReLU()), .init()), skip: 0, norm: .sum)])
    let growth = recursion.logGradientGrowth(from: .init(meanSquare: 1, meanProduct: 0), layers: 5)
    for (index, value) in growth.enumerated() {
      #expect(abs(value / Double(index + 1) - Double.log(1.46694220692426)) < 1e-14)
    }
  }

  @Test("Critical ReLU layers keep q, and correlations follow κ₁")
  func criticalReLU() {
    let recursion = Recursion(
      tokens: 2, sublayers: [.init(.fullyConnected(ActivationMoments(ReLU()), .init(2)), skip: 0)])
    var (state, c) = (Recursion.State(meanSquare: 3, meanProduct: 0.6), 0.2)
    for _ in 0..<30 {
      state = recursion.next(state)
      c = ArcCosineKernel.one(c)
      #expect(abs(state.meanSquare - 3) < 1e-13 && abs(state.correlation - c) < 1e-13)
    }
    #expect(recursion.logGradientGrowth(from: state, layers: 100).allSatisfy { abs($0) < 1e-12 })
  }

  @Test("A repeated skip is its definition taken by hand")
  func repeatedSkip() {
    // y₁ = (x + F)/r₁, y₂ = (x + y₁)/r₂ with x ⊥ F, squares 1 and g: gaps of x and F add up with the squares of their factors.
    let gain = 0.5
    let recursion = Recursion(
      tokens: 3, sublayers: [.init(.attention(value: .init(gain), output: .init()), norm: .sum, repetitions: 2)])
    let state = recursion.next(.init(meanSquare: 1, meanProduct: 0.4))
    let s = gain * (1 + 2 * 0.4) / 3
    let r = (1 + s).squareRoot()
    let (a, b) = (1 + 1 / r, 1 / r)
    #expect(abs(state.correlationDistance - a * a * 0.6 / (a * a + b * b * s)) < 1e-15)
  }

  @Test func parallelBranchesReadTheSameState() {
    let sublayers = Recursion.preLN(tokens: 4).sublayers
    let state = Recursion(tokens: 4, sublayers: sublayers, isParallel: true)
      .next(.init(meanSquare: 2, meanProduct: 1))
    let s = (1 + 3 * 0.5) / 4
    #expect(abs(state.meanSquare - (2 + s + 0.5)) < 1e-15)
    #expect(abs(state.meanProduct - (1 + s + ArcCosineKernel.one(0.5) / 2)) < 1e-15)
  }

  @Test("At any depth: sizes that overflow leave the exponents in range")
  func deep() {
    let recursion = Recursion(
      tokens: 4, sublayers: [.init(.attention(value: .init(), output: .init(4)), skip: 1, norm: .input)])
    let growth = recursion.logGradientGrowth(from: Self.start, layers: 1000)
    #expect(growth.allSatisfy { $0.isFinite })
    let exploding = Recursion(
      tokens: 4, sublayers: [.init(.attention(value: .init(9), output: .init()), skip: 0)])
    let logs = exploding.logGradientGrowth(from: Self.start, layers: 1000)
    // (1/n) 9^L: the first layer leaves the mean of the tokens, the others keep it.
    #expect(abs(logs[999] - (1000 * Double.log(9) - Double.log(4))) < 1e-9)
  }
}
