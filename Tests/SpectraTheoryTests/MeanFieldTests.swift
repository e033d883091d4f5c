import RealModule
import SpectraDifferentiation
import SpectraNetworks
import Testing

@testable import SpectraTheory

@Suite struct MeanFieldTests {
  /// tanh at σ_w², σ_b² = 0.05 and at (2.25, 0.09), independently computed: q* and χ₁ to ten decimals, depths to six, c* to eight.
  static let golden:
    [(weight: Double, bias: Double, q: Double, chi: Double, lengthDepth: Double, c: Double, depth: Double)] = [
      (1, 0.05, 0.1935925202, 0.7590316472, 1.747626, 1, 3.626976),
      (1.5, 0.05, 0.4180372005, 0.9386362682, 1.682828, 1, 15.790994),
      (2.5, 0.05, 1.0639583774, 1.1335156987, 1.179873, 0.44680423, 11.795598),
      (4, 0.05, 2.1954939280, 1.3424024144, 0.873293, 0.16506496, 6.980274),
      (2.25, 0.09, 0.9608442797, 1.0609812641, 1.167499, 0.76675330, 19.916297),
    ]

  @Test(arguments: golden.indices) func tanhPoints(_ index: Int) throws {
    let row = Self.golden[index]
    let point = try MeanField(Tanh(), sigmaW: row.weight.squareRoot(), sigmaB: row.bias.squareRoot()).point()
    // Each within the last printed digit.
    #expect(abs(point.q - row.q) < 1e-10)
    #expect(abs(point.chi - row.chi) < 1e-10)
    #expect(abs(try #require(point.lengthDepth) - row.lengthDepth) < 1e-6)
    #expect(abs(point.correlation - row.c) < 1e-8)
    #expect(abs(try #require(point.correlationDepth) - row.depth) < 1e-6)
    #expect(point.phase == (row.c == 1 ? .ordered : .chaotic))
    if row.c == 1 { #expect(point.gradientDepth == point.correlationDepth) }
    if row.c < 1 { #expect(try #require(point.gradientDepth) < 0) }
  }

  /// The critical line of tanh by its variance, independently computed, ten decimals.
  @Test(
    arguments: [
      (1.0 / 64, 1.0305575108, 0.0000046513), (0.1, 1.1775690962, 0.0008322804), (0.5, 1.6879751206, 0.0380412011),
      (1, 2.1533026489, 0.1509646294), (2, 2.8611624000, 0.5122649476),
    ] as [(Double, Double, Double)])
  func criticalLineOfTanh(q: Double, weight: Double, bias: Double) throws {
    let point = try MeanField.criticalPoint(Tanh(), variance: q)
    #expect(abs(point.sigmaW * point.sigmaW - weight) < 1e-10)
    #expect(abs(point.sigmaB * point.sigmaB - bias) < 1e-10)
    // Both ways back; σ_b² is a difference of numbers of size q, its root loses √(eps q)/σ_b.
    #expect(abs(try MeanField.criticalSigmaW(Tanh(), sigmaB: point.sigmaB) - point.sigmaW) < 1e-10)
    #expect(abs(try MeanField.criticalSigmaB(Tanh(), sigmaW: point.sigmaW) - point.sigmaB) < 1e-9)
    let there = try MeanField(Tanh(), sigmaW: point.sigmaW, sigmaB: point.sigmaB).point()
    #expect(there.phase == .critical)
    #expect(abs(there.q - q) < 1e-9)
  }

  /// The σ_w² that is critical with a σ_b², independently computed, ten decimals.
  @Test(
    arguments: [(0.05, 1.7609546396), (0.0025, 1.2600938172), (0.01, 1.4242052905), (0.001, 1.1891895852), (0, 1)]
      as [(Double, Double)])
  func criticalWeightsOfTanh(bias: Double, weight: Double) throws {
    let sigmaW = try MeanField.criticalSigmaW(Tanh(), sigmaB: bias.squareRoot())
    #expect(abs(sigmaW * sigmaW - weight) < 1e-10)
  }

  /// Half-stable points of Roberts, Yaida, Hanin 2022 (*The Principles of Deep Learning Theory*, section 5.3.4), eight decimals:
  /// there the length map touches the diagonal, too.
  @Test(
    arguments: [
      (ActivationName.gelu, (3 + 17.0.squareRoot()) / 2, 1.98305826, 0.17292239),
      (.silu, 14.32017362, 1.98800468, 0.55514317),
    ] as [(ActivationName, Double, Double, Double)])
  func halfStablePoints(name: ActivationName, q: Double, weight: Double, bias: Double) throws {
    let point = try MeanField.criticalPoint(name.activation, variance: q)
    #expect(abs(point.sigmaW * point.sigmaW - weight) < 1e-8)
    #expect(abs(point.sigmaB * point.sigmaB - bias) < 1e-8)
    let theory = MeanField(name.activation, sigmaW: point.sigmaW, sigmaB: point.sigmaB)
    // q is given to ten digits.
    #expect(abs(theory.lengthSlope(q) - 1) < 1e-8)
  }

  @Test func reluIsCriticalForEveryVariance() throws {
    for q in [1e-12, 1, 1e8] {
      let point = try MeanField.criticalPoint(ReLU(), variance: q)
      #expect(abs(point.sigmaW - 2.0.squareRoot()) < 1e-15)
      #expect(point.sigmaB == 0)
    }
    #expect(abs(try MeanField.criticalSigmaW(ReLU(), sigmaB: 0) - 2.0.squareRoot()) < 1e-15)
    let point = try MeanField(ReLU(), sigmaW: 2.0.squareRoot()).point()
    #expect(point.q == 1)
    #expect(point.phase == .critical)
    #expect(point.correlation == 1)
    #expect(point.gradientDepth == nil)
    // No biases make it critical at a finite variance.
    #expect(throws: TheoryError.self) { try MeanField.criticalSigmaW(ReLU(), sigmaB: 0.1) }
  }

  @Test func edges() throws {
    // Weights of 0: one layer and all is over.
    let dead = try MeanField(Tanh(), sigmaW: 0, sigmaB: 0.5).point()
    #expect(dead.q == 0.25 && dead.chi == 0 && dead.correlation == 1)
    #expect(dead.lengthDepth == 0 && dead.correlationDepth == 0 && dead.gradientDepth == 0)
    #expect(try MeanField(Tanh(), sigmaW: 0).point().q == 0)
    // q* = 0 in the ordered phase without biases, where ξ = −1/ln σ_w².
    let ordered = try MeanField(Tanh(), sigmaW: 0.8).point()
    #expect(ordered.q == 0 && ordered.correlation == 1 && ordered.phase == .ordered)
    #expect(abs(ordered.chi - 0.64) < 1e-15)
    #expect(abs(try #require(ordered.lengthDepth) + 1 / .log(0.64)) < 1e-12)
    // The origin of tanh's critical line.
    let origin = try MeanField(Tanh(), sigmaW: 1).point()
    #expect(origin.q == 0 && origin.phase == .critical)
    // Odd functions without biases forget everything: c* = 0.
    let chaotic = try MeanField(Tanh(), sigmaW: 1.5).point()
    #expect(chaotic.correlation == 0 && chaotic.phase == .chaotic)
    #expect(abs(MeanField(Tanh(), sigmaW: 1.5).lengthMap(chaotic.q) - chaotic.q) < 1e-14)
  }

  @Test(arguments: [(2.0, 0.0), (1.5, 0.3)]) func unboundedLengthsNameThePoint(sigmaW: Double, sigmaB: Double) {
    let theory = MeanField(ReLU(), sigmaW: sigmaW, sigmaB: sigmaB)
    let error = #expect(throws: TheoryError.self) { try theory.lengthFixedPoint() }
    #expect(error?.description.contains(theory.place) == true)
  }

  @Test(arguments: [(-1.0, 0.0), (1, -0.1), (.nan, 0), (1, .infinity)] as [(Double, Double)])
  func pointsThatAreNone(sigmaW: Double, sigmaB: Double) {
    #expect(throws: TheoryError.self) { try MeanField(Tanh(), sigmaW: sigmaW, sigmaB: sigmaB).point() }
  }

  /// A φ whose V descends: the fixed point still attracts.
  @Test func descendingLengthMap() throws {
    struct Bump: Activation {
      func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { 4 * .exp(-x * x) }
    }
    // V = 16/√(1 + 4q).
    let theory = MeanField(Bump(), sigmaW: 1)
    let q = try theory.lengthFixedPoint()
    #expect(abs(16 / (1 + 4 * q).squareRoot() - q) < 1e-13)
    #expect(abs(theory.lengthSlope(q) + 2 * q / (1 + 4 * q)) < 1e-13)
  }

  /// relu at σ_w² = 2 is the arc-cosine kernel of order 1 (Cho, Saul 2009).
  @Test(arguments: [-1, -0.5, 0, 0.3, 0.999, 1 - 1e-12, 1] as [Double]) func correlationMapOfReLU(c: Double) {
    let map = MeanField(ReLU(), sigmaW: 2.0.squareRoot())
    let expected = ((1 - c * c).squareRoot() + (.pi - .acos(c)) * c) / .pi
    for q in [0, 1, 1e8] { #expect(abs(map.correlationMap(c, variance: q) - expected) < 1e-15) }
  }

  /// c* close to 1, where a difference of correlations would have no digits left: C is 1 − χ₁δ + ½ C″ δ² to that order, so that
  /// 1 − c* = 2 (χ₁ − 1)/C″.
  @Test func correlationCloseToOne() throws {
    let critical = try MeanField.criticalSigmaW(Tanh(), sigmaB: 0.2)
    let point = try MeanField(Tanh(), sigmaW: critical + 1e-7, sigmaB: 0.2).point()
    #expect(point.phase == .critical || point.chi - 1 < 1e-6)
    let (gap, moments) = (1 - point.correlation, ActivationMoments(Tanh()))
    let curvature =
      2 * (point.chi * 1e-3 - (critical * critical) * moments.productGap(variance: point.q, gap: 1e-3) / point.q) / 1e-6
    // C″ from a second difference, to the share 1e-3 that the third order has in it.
    #expect(abs(gap * curvature / (2 * (point.chi - 1)) - 1) < 5e-3)
    #expect(point.correlationSlope < 1)
  }

  /// DKS and TAT are made for χ₁ = ζ^(1/D) and 1 at σ_w = 1, q = 1 (Martens et al. 2021, section 5).
  @Test func transformedActivationsKeepTheirPromise() throws {
    let dks = try ActivationTransform.dks(slope: 1.5).applied(to: .tanh, depth: 10)
    let point = try MeanField(dks, sigmaW: 1).point()
    // The conditions are solved to 1e-10 or better.
    #expect(abs(point.q - 1) < 1e-9)
    #expect(abs(point.chi - .pow(1.5, 0.1)) < 1e-9)
    #expect(abs(point.correlation) < 1e-9)
    let tat = try ActivationTransform.tatLeakyReLU(correlation: 0.8).applied(to: .leakyReLU, depth: 10)
    #expect(abs(try MeanField(tat, sigmaW: 1).point().chi - 1) < 1e-12)
  }
}

@Suite struct MeanFieldFluctuationTests {
  /// β = 5 Σ 1/N_l of relu with He's weights (Hanin, Nica 2018): 0.625 at N = 256, L = 32.
  @Test func reluAsPublished() throws {
    let found = try GradientFluctuations(ReLU(), sigmaW: 2.0.squareRoot(), variance: 1, width: 256, depth: 32)
    #expect(abs(found.variance - 0.625) < 1e-14)
    #expect(abs(found.mean + 0.3125) < 1e-13)
    let linear = try GradientFluctuations(LinearActivation(), sigmaW: 1, variance: 1, width: 100, depth: 10)
    #expect(abs(linear.variance - 0.2) < 1e-15)
    let unequal = try GradientFluctuations(
      ActivationMoments(ReLU()), sigmaW: 2.0.squareRoot(), variance: 1, widths: [10, 40])
    #expect(abs(unequal.variance - 5 * (0.1 + 0.025)) < 1e-15)
  }

  @Test func whatHasNoLawIsAnError() {
    #expect(throws: TheoryError.self) {
      try GradientFluctuations(ReLU(), sigmaW: 0, variance: 1, width: 4, depth: 1)
    }
    #expect(throws: TheoryError.self) {
      try GradientFluctuations(ReLU(), sigmaW: 1, variance: 1, width: 0, depth: 1)
    }
  }

  /// π/(π − 1) a layer, independent of σ_w.
  @Test(arguments: [0.1, 1, 7] as [Double]) func normalisedReLUExplodes(sigmaW: Double) throws {
    let chi = try NormalizedNet.susceptibility(ReLU(), sigmaW: sigmaW)
    #expect(abs(chi - .pi / (.pi - 1)) < 1e-13)
    #expect(abs(try NormalizedNet.susceptibility(ReLU(), normalizer: .rootMeanSquare, sigmaW: sigmaW) - 1) < 1e-14)
  }

  @Test func normalisersBeforeTheActivation() throws {
    #expect(abs(try NormalizedNet.susceptibility(before: ReLU(), overBatch: true) - .pi / (.pi - 1)) < 1e-13)
    #expect(abs(try NormalizedNet.susceptibility(before: ReLU(), overBatch: false) - 1) < 1e-14)
    // tanh has no mean: both are the same, χ₁/V of `MeanFieldMomentsTests.values`, to twelve decimals.
    let expected = 0.464402902448 / 0.394294490398
    #expect(abs(try NormalizedNet.susceptibility(before: Tanh(), overBatch: true) - expected) < 1e-11)
    #expect(throws: TheoryError.self) { try NormalizedNet.susceptibility(ReLU(), sigmaW: 0) }
  }
}
