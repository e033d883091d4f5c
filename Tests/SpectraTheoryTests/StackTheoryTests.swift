import RealModule
import SpectraAnalysis
import SpectraNetworks
import Testing

@testable import SpectraTheory

@Suite struct StackTheoryTests {
  private static func stack(
    _ connection: Variant<Connection>, depth: Int = 8, activation: Variant<ActivationName> = .relu,
    initializer: Initializer? = Initializer(.gaussian, sigmaW: 2.0.squareRoot()), finalNorm: Bool = false,
    normalizer: Variant<NormalizerName>? = nil, normEpsilon: Double? = nil
  ) -> StackTheory {
    StackTheory(
      .fullyConnected(
        connection, depth: depth, width: 64, activation: activation, normalizer: normalizer, finalNorm: finalNorm,
        normEpsilon: normEpsilon),
      initializer: initializer)
  }

  // MARK: Which law

  /// Stacks whose mean of σ² is known in closed form.
  private static let closedForms: [(theory: StackTheory, logMeanSquared: Double)] = {
    var cases: [(theory: StackTheory, logMeanSquared: Double)] = []
    // relu at σ_w² = 2: χ = 1 a layer.
    cases.append((stack(Variant(.vanilla)), 0.0))
    // U(±√(6/2N)) has variance 1/N, so that χ = ½.
    cases.append((stack(Variant(.vanilla), initializer: Initializer(.xavierUniform)), 8 * Double.log(0.5)))
    cases.append(
      (
        stack(Variant(.vanilla), activation: .linear, initializer: Initializer(.orthogonal, gain: 1.5)),
        16 * Double.log(1.5)
      ))
    // Of [relu(x), relu(−x)] one of each pair passes: a Gaussian product of half the variance.
    cases.append((stack(Variant(.vanilla), activation: .crelu), 0.0))
    cases.append((stack(Variant(.vanilla), activation: .crelu, initializer: Initializer(.looksLinear)), 0.0))
    // Mirrored relu layers are orthogonal on one half of the space, times √2 (see TheoryTests for the spectra).
    cases.append((stack(Variant(.vanilla), initializer: Initializer(.looksLinear)), 0.0))
    // LayerNorm after relu: π/(π − 1) a layer but for ε (Yang et al. 2019).
    cases.append((stack(Variant(.norm), normalizer: .layernorm, normEpsilon: 0), 8 * Double.log(.pi / (.pi - 1))))
    // RMSNorm after relu divides by the root of E[φ²] = q/2: χ = 1 whatever σ_w.
    cases.append((stack(Variant(.norm), normalizer: .rmsnorm, normEpsilon: 0), 0.0))
    // Each branch of x + α relu(W x) adds α² χ.
    cases.append((stack(.rezero(alpha: 0.1)), 8 * Double.log(1.01)))
    // Of [relu(x), relu(−x)] a Gaussian matrix halves the mean square; a mirrored one makes V x of it.
    cases.append((stack(.rezero(alpha: 0.1), activation: .crelu), 8 * Double.log(1.01)))
    cases.append(
      (stack(.rezero(alpha: 0.1), activation: .crelu, initializer: Initializer(.looksLinear)), 8 * Double.log(1.01)))
    cases.append((stack(.skipinit(alpha: 0.5)), 8 * Double.log(1.25)))
    cases.append(
      (
        stack(.xskip(lambda: 2), initializer: Initializer(.gaussian, sigmaW: 1)),
        8 * (Double.log(4) + Double.log(1 + 0.5 / 4))
      ))
    cases.append((stack(.rezero(alpha: 0)), 0.0))
    // σ_w² is 0 or infinite as a number, and the slopes of straight lines through 0 are what they are at any length.
    for sigmaW in [1e-165, 1e160] {
      let initializer = Initializer(.gaussian, sigmaW: sigmaW)
      cases.append((stack(Variant(.vanilla), activation: .linear, initializer: initializer), 16 * Double.log(sigmaW)))
      cases.append(
        (stack(Variant(.vanilla), initializer: initializer), 16 * Double.log(sigmaW) + 8 * Double.log(0.5)))
      cases.append(
        (
          stack(Variant(.vanilla), initializer: Initializer(.looksLinear, gain: sigmaW)),
          16 * Double.log(sigmaW)
        ))
    }
    // Of tanh near 0 the slope is 1.
    cases.append(
      (
        stack(Variant(.vanilla), activation: .tanh, initializer: Initializer(.gaussian, sigmaW: 1e-165)),
        16 * Double.log(1e-165)
      ))
    cases.append((stack(Variant(.fixup), initializer: Initializer(.heNormal)), 0.0))
    return cases
  }()

  @Test("Laws whose mean of σ² is known in closed form", arguments: closedForms.indices)
  func meanOfSquares(index: Int) throws {
    let (theory, logMeanSquared) = Self.closedForms[index]
    guard case .law(let found) = try theory.coverage(throughLayer: 8) else {
      Issue.record("No law covers it.")
      return
    }
    // Sums of eight logarithms, and the roundings of a thousand.
    #expect(abs(found.logMeanSquared - logMeanSquared) < max(1e-13, 4e-16 * abs(logMeanSquared)))
  }

  @Test("The input's length counts: tanh from N(0, 1) at σ_w² = 1.5, σ_b² = 0.05")
  func followsTheLengthMap() throws {
    let field = MeanField(Tanh(), sigmaW: 1.5.squareRoot(), sigmaB: 0.05.squareRoot())
    let theory = Self.stack(
      Variant(.vanilla), depth: 3, activation: .tanh,
      initializer: Initializer(.gaussian, sigmaW: 1.5.squareRoot(), sigmaB: 0.05.squareRoot()))
    guard case .law(let law) = try theory.coverage(throughLayer: 3) else {
      Issue.record("No law covers it.")
      return
    }
    var (variance, expected) = (1.55, 0.0)
    for _ in 0..<3 {
      expected += .log(field.susceptibility(variance: variance))
      variance = field.lengthMap(variance)
    }
    // Quadrature against the gates' own nodes.
    #expect(abs(law.logMeanSquared - expected) < 1e-10)
  }

  @Test("Layers on the way have the law of their number")
  func layersOnTheWay() throws {
    guard case .law(let deep) = try Self.stack(Variant(.vanilla)).coverage(throughLayer: 3),
      case .law(let shallow) = try Self.stack(Variant(.vanilla), depth: 3).coverage(throughLayer: 3)
    else {
      Issue.record("No law covers it.")
      return
    }
    #expect(deep.law.relativeVariance == shallow.law.relativeVariance)
    #expect(deep.ensemble.count == 3)
  }

  // MARK: No law

  /// Stacks without a law, with words of the reason.
  private static let uncoveredStacks: [(theory: StackTheory, words: String)] = [
    (stack(Variant(.postLN)), "a normaliser on the sum"),
    (stack(Variant(.gpt2Norm)), "a normaliser on the branch's output"),
    (stack(Variant(.reversible)), "two coupled streams"),
    (stack(Variant(.residual)), "for small branches"),
    (stack(Variant(.vanilla), finalNorm: true), "a final normaliser"),
    (stack(Variant(.norm), normalizer: Variant(.batchnorm)), "couples the rows"),
    (stack(Variant(.norm), normalizer: Variant(.adanorm)), "adanorm"),
    (stack(Variant(.vanilla), initializer: nil), "given by a file"),
    (stack(Variant(.vanilla), activation: .crelu, initializer: Initializer(.orthogonal)), "twice as many columns"),
    (stack(Variant(.vanilla), activation: .gelu, initializer: Initializer(.looksLinear)), "mirrored weights"),
    (stack(.rezero(alpha: 0.1), initializer: Initializer(.looksLinear)), "mirrored weights"),
    // By what it is too large is shown, however little that is.
    (stack(.skipinit(alpha: 0.5001)), "up to 0.25 of the skip's, but that of layer 1 has 0.2501."),
    (
      StackTheory(
        .transformer(.vanilla, depth: 4, width: 16, tokens: 4, heads: 4), initializer: Initializer(.gaussian)),
      "attention without a skip"
    ),
  ]

  @Test("What is not covered has a sentence", arguments: uncoveredStacks.indices)
  func uncovered(index: Int) throws {
    let (theory, words) = Self.uncoveredStacks[index]
    guard case .none(let reason) = try theory.coverage(throughLayer: theory.architecture.depth) else {
      Issue.record("It has a law.")
      return
    }
    #expect(reason.contains(words))
    #expect(reason.hasSuffix("."))
  }

  @Test(
    "Transformers with small branches have one parameter to fit",
    arguments: [
      (Variant<Connection>.rezero(alpha: 0.1), 24, 0.0), (Variant(.preLN), 24, 0),
      (.xskip(lambda: 3), 24, 24 * Double.log(3)),
      (Variant(.parallel), 12, 0),
    ])
  func fitted(connection: Variant<Connection>, branches: Int, logScale: Double) throws {
    let theory = StackTheory(
      .transformer(connection, depth: 12, width: 16, tokens: 4, heads: 4), initializer: Initializer(.xavierUniform))
    guard case .residual(let scale, let count, let why) = try theory.coverage(throughLayer: 12) else {
      Issue.record("It has no parameter to fit.")
      return
    }
    #expect(count == branches)
    #expect(scale == logScale)
    #expect(why.hasSuffix("."))
  }
}
