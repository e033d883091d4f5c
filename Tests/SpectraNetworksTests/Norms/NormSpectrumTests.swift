import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

/// Null directions of norms, alone and between linear maps, by the dense Jacobian and by the resolved method.
@Suite("Spectra of normalisers")
struct NormSpectrumTests {
  /// Linear maps with a norm after each.
  struct Chain: Layer {
    typealias Scalar = Double
    var weights: [Tensor<Double>]
    var norm: any Layer<Double>

    func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double {
      weights.reduce(x) { x, weight in norm(x.linear(weight)) }
    }
  }

  static let (tokens, features) = (5, 6)

  static func chain(_ norm: NormCase, depth: Int) -> Chain {
    let weights = (0..<depth).map { layer in
      var stream = RandomKey(seed: 5, sample: 0, purpose: .weights).stream("w\(layer)")
      return Tensor(shape: [features, features], elements: stream.normals(count: features * features))
        .scaled(by: 1 / Double(features).squareRoot())
    }
    return Chain(weights: weights, norm: norm.layer(features: features, isOpen: true))
  }

  /// The exact null directions with ε = 0 and with ε > 0: of each token, or of each feature where tokens are coupled.
  static func nullCount(_ norm: NormCase, epsilon: Bool) -> Int {
    let directions: (without: Int, with: Int)
    switch norm.normalizer.name {
    case .layernorm, .layernormSimple, .adanorm, .batchnorm: directions = (2, 1)  // the mean, and x̂
    case .rmsnorm, .frn: directions = (1, 0)  // x̂
    case .detachnorm:
      switch norm.normalizer.word("detach") {
      case "mean": directions = (1, 0)
      case "deviation": directions = (1, 1)
      default: directions = (0, 0)
      }
    case .none: directions = (0, 0)
    }
    let count = norm.normalizer.name.couplesTokens ? features : tokens
    return count * (epsilon ? directions.with : directions.without)
  }

  @Test("Null directions of the norm alone, without ε", arguments: NormCase.all)
  func nullDirections(norm: NormCase) throws {
    let layer: any Layer<Double> = norm.with(epsilon: 0).layer(features: Self.features, isOpen: true)
    let values = try jacobian(of: layer, at: NormCase.input(Self.tokens, Self.features)).singularValues()
    let noise = Double(values.count) * .ulpOfOne * values[0]
    #expect(values.count { $0 <= noise } == Self.nullCount(norm, epsilon: false))
    #expect(values.count { $0 > 1e-3 * values[0] } == values.count - Self.nullCount(norm, epsilon: false))
  }

  @Test(
    "The resolved method counts zeros and agrees with the product where that is accurate", arguments: NormCase.all,
    [false, true])
  func resolved(norm: NormCase, hasEpsilon: Bool) throws {
    let chain = Self.chain(hasEpsilon ? norm : norm.with(epsilon: 0), depth: 2)
    let x: Tensor<Double> = NormCase.input(Self.tokens, Self.features)
    let linearization = Linearization(of: chain, at: x)
    let found = try #require(try linearization.resolvedSingularValues().first)
    let zeros = Self.nullCount(norm, epsilon: hasEpsilon)
    #expect(found.unresolved == 0)
    #expect(found.logSingularValues.count == x.count - zeros)
    let dense = try linearization.jacobian().singularValues()
    for (value, sigma) in zip(found.logSingularValues, dense) where sigma > 1e-6 * dense[0] {
      // The dense decomposition knows σ to a few eps · σ₁.
      #expect(abs(value - .log(sigma)) <= 20 * .ulpOfOne * dense[0] / sigma + (found.logError ?? 0))
    }
  }

  @Test("Units that FRN switches off are zeros")
  func units() throws {
    let layer = FilterResponseNorm<Double>(features: Self.features)
    let x: Tensor<Double> = NormCase.input(Self.tokens, Self.features)
    let found = try #require(try Linearization(of: layer, at: x).resolvedSingularValues().first)
    let active = x.elements.count { $0 > 0 }
    // A feature whose tokens are all on keeps one small direction, ε/ν³; every other active unit passes.
    #expect(active < x.count)
    #expect(found.logSingularValues.count == active && found.unresolved == 0)
  }

  /// Where nothing is null, ln |det J| = Σ ln σ, and every layer's determinant is known: of a token's RMSNorm it is
  /// Π γ/r^d · ε/r², of the linear map Π σ(W).
  @Test("Twenty layers of RMSNorm: every contraction of x̂ by ε/r² is in the determinant")
  func determinant() throws {
    let norm = NormCase(normalizer: .rmsnorm)
    let (depth, x) = (20, NormCase.input(Self.tokens, Self.features) as Tensor<Double>)
    let chain = Self.chain(norm, depth: depth)
    let found = try #require(try Linearization(of: chain, at: x).resolvedSingularValues().first)
    #expect(found.logSingularValues.count == x.count && found.unresolved == 0)
    // About ln ε a layer: thousands of digits below what a dense Jacobian holds.
    #expect(found.logSingularValues.last ?? 0 < -Double(depth) * 8)

    let gains = NormCase.weight(.weight, Self.features).reduce(0) { $0 + .log($1) }
    var (state, expected) = (x, 0.0)
    for weight in chain.weights {
      expected += Double(Self.tokens) * (try weight.singularValues().reduce(0) { $0 + .log($1) } + gains)
      state = state.linear(weight)
      for token in 0..<Self.tokens {
        let square = (0..<Self.features).reduce(1e-6) {
          $0 + state[token, $1] * state[token, $1] / Double(Self.features)
        }
        expected += .log(1e-6 / square) - Double(Self.features) / 2 * .log(square)
      }
      state = chain.norm(state)
    }
    let error = try #require(found.logError)
    #expect(error < 1e-6)
    // Six digits of every value by its own estimate; the plain sum of 700 terms of up to 14 adds 10⁻¹².
    #expect(abs(found.logSingularValues.reduce(0, +) - expected) <= Double(x.count) * error + 1e-11)
  }

  @Test("Twenty layers: no value is lost, and another basis finds the same", arguments: NormCase.all)
  func deep(norm: NormCase) throws {
    let chain = Self.chain(norm, depth: 20)
    let linearization = Linearization(of: chain, at: NormCase.input(Self.tokens, Self.features))
    let (found, other) = (
      try linearization.resolvedSingularValues()[0], try linearization.resolvedSingularValues(seed: 1)[0]
    )
    #expect(found.unresolved == 0)
    #expect(found.logSingularValues.count == Self.tokens * Self.features - Self.nullCount(norm, epsilon: true))
    #expect(other.logSingularValues.count == found.logSingularValues.count)
    let error = try #require(found.logError) + #require(other.logError)
    for (x, y) in zip(found.logSingularValues, other.logSingularValues) { #expect(abs(x - y) <= error) }
  }
}
