import ComplexModule
import RealModule
import SpectraAnalysis
import SpectraDifferentiation
import SpectraNetworks
import Testing

@testable import SpectraTheory

/// The distribution of φ′ and its transform, against sums over the normal distribution.
@Suite struct GateTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var activation: ActivationName
    var variance: Double
    var testDescription: String { "\(activation.rawValue) at \(variance)" }
    var gates: Gates { Gates(of: activation.activation, variance: variance) }

    /// |φ′| at the middles of `count` equal steps of z from −9 to 9, with the mass of each step.
    func steps(_ count: Int) -> [(slope: Double, mass: Double)] {
      let width = 18.0 / Double(count)
      let places = (0..<count).map { -9 + width * (Double($0) + 0.5) }
      let slopes = activation.activation.valuesAndDerivatives(places.map { $0 * variance.squareRoot() }).derivatives
      return zip(places, slopes).map { z, slope in
        (abs(slope), width * .exp(-z * z / 2) / (2 * Double.pi).squareRoot())
      }
    }
  }

  static let cases = [
    Case(activation: .tanh, variance: 0.5), Case(activation: .tanh, variance: 30), Case(activation: .gelu, variance: 1),
    Case(activation: .silu, variance: 4), Case(activation: .erf, variance: 7), Case(activation: .softplus, variance: 2),
  ]

  /// The rule of middles is exact to rounding for what is analytic in a strip around the axis, here that of 1/(ζ − d(z)), of a width of
  /// some tenths, or of some √|ζ| next to a zero of φ′: e^(−2π · 0.1/0.0045) is nothing, nor is e^(−2π · 0.013/0.0009).
  /// Relative errors of sums of thousands of terms: some 1e-13.
  @Test("The transform is the sum over the distribution, near to the support's ends and far away", arguments: cases)
  func transform(example: Case) {
    let transform = GateTransform(example.gates)
    let unit = example.gates.largestSlope
    let steps = example.steps(example.activation == .gelu || example.activation == .silu ? 20_000 : 4_000).map {
      (square: ($0.slope / unit) * ($0.slope / unit), mass: $0.mass)
    }
    for exponent in stride(from: -9.0, through: 12, by: 3) {
      for angle in [0.9, Double.pi] {
        let zeta = Complex<Double>(length: .exp(exponent), phase: angle)
        let found = transform.value(at: zeta)
        let mean = steps.reduce(Complex<Double>.zero) {
          $0 + Complex($1.mass * $1.square) / (zeta - Complex($1.square))
        }
        let complement = steps.reduce(Complex<Double>.zero) {
          $0 + Complex($1.mass) * (zeta / (zeta - Complex($1.square)))
        }
        // Where φ′ passes 0 it is known to 1e-14 of its size nearby, and d = φ′² ~ |ζ| to 1e-14/√|ζ|: some tens of these.
        let bound = 1e-11 + 3e-13 * .exp(-exponent / 2)
        #expect((found.mean - mean).length < bound * mean.length, "ζ = \(zeta)")
        #expect((found.complement - complement).length < bound * complement.length, "ζ = \(zeta)")
        let slope = steps.reduce(Complex<Double>.zero) {
          let inverse = Complex(1) / (zeta - Complex($1.square))
          return $0 - Complex($1.mass * $1.square) * inverse * inverse
        }
        #expect(
          (found.slope - slope).length < bound * slope.length,
          "ζ = \(zeta): \((found.slope - slope).length / slope.length)")
        let turned = steps.reduce(0) { $0 + $1.mass * ((zeta - Complex($1.square)).phase - zeta.phase) }
        // An angle of 0 on the negative axis; sums of angles of order 1 elsewhere.
        #expect(abs(transform.angle(at: zeta) - turned) < 1e-11)
      }
    }
  }

  /// 40,000 steps of the distribution of z differ from it by the mass of one, 2e-4 at most.
  @Test("One orthogonal layer has the law of its gates, also where φ′ changes its sign", arguments: cases)
  func gatesAlone(example: Case) throws {
    let law = try FreeProductLaw(layers: 1, weights: .orthogonal, sigmaW: 1.5, gates: example.gates)
    let curve = try law.curve(points: 512)
    let steps = example.steps(40_000).map { (place: Double.log(1.5 * $0.slope), mass: $0.mass) }
    #expect(abs(curve.continuousMass - 1) < 1e-12)
    for share in stride(from: 0.05, to: 1, by: 0.1) {
      let place = try #require(curve.quantile(share))
      let below = steps.reduce(0) { $1.place <= place ? $0 + $1.mass : $0 }
      // Between 512 points the mass is interpolated, next to a density without bound like a root: 2e-3.
      #expect(abs(below - share) < 2e-3, "\(share)")
    }
    let mean = steps.reduce(0) { $0 + $1.mass * max($1.place, -1000) }
    let found = try #require(law.logMoments())
    // Logarithms of what is next to a zero of φ′ are not smooth: 1e-3 of the step there.
    #expect(abs(found.mean - mean) < 1e-3)
  }

  /// Var ln σ = 2 q² of φ′ = 2/√π · e^{−h²}, and ln σ ≤ ln(2 σ_w/√π).
  @Test("The law of one orthogonal layer of erf in closed form", arguments: [0.1, 1, 6.8])
  func errorFunction(variance: Double) throws {
    let law = try FreeProductLaw(
      layers: 1, weights: .orthogonal, sigmaW: 1, gates: Gates(of: ActivationName.erf.activation, variance: variance))
    let moments = try #require(law.logMoments())
    #expect(abs(moments.variance / (2 * variance * variance) - 1) < 1e-9)
    #expect(abs(moments.mean - (.log(2 / Double.pi.squareRoot()) - variance)) < 1e-9 * max(1, variance))
    let upper = try #require(try law.edges()?.upper)
    #expect(abs(upper - .log(2 / Double.pi.squareRoot())) < 1e-12)
    for u in [-3.0, -1, -0.2] {
      // P(ln σ ≤ u) = P(h² ≥ upper − u).
      let expected = Double.erfc(((upper - u) / (2 * variance)).squareRoot())
      // The mass between the points of the curve is interpolated: 1e-5.
      #expect(abs(try law.curve(points: 512).cumulative(at: u) - expected) < 1e-5)
    }
  }

  #if !DEBUG  // Minutes without optimisation.
    /// The largest gates of wide layers, |z| > 8, have a share below the rounding of the others', and those of narrow ones none: the
    /// branch of real m ends at them without a turn. An end found there by mistake cuts masses off or has no density next to it.
    @Test("Layers of GELU and SiLU whose variances fall have a law", arguments: [ActivationName.gelu, .silu])
    func fallingVariances(activation: ActivationName) throws {
      let law = try FreeProductLaw(activation: activation.activation, weights: .orthogonal, sigmaW: 1, layers: 8)
      #expect(law.layers.count > 3)
      let curve = try law.curve(points: 256)
      let (found, exact) = (try #require(curve.logMoments), try #require(law.logMoments()))
      // Cubics between 256 points.
      #expect(abs(found.mean - exact.mean) < 1e-4)
      #expect(abs(found.variance - exact.variance) < 1e-3 * exact.variance)
      // E[σ²] from the masses between points, of σ² at the middle of each.
      let points = zip(curve.logSingularValues, curve.cumulative)
      let meanSquare = zip(points, points.dropFirst()).reduce(0) {
        $0 + ($1.1.1 - $1.0.1) * .exp($1.0.0 + $1.1.0)
      }
      #expect(abs(.log(meanSquare) - law.logMeanSquared) < 1e-3)
    }
  #endif

  #if !DEBUG  // Seconds without optimisation.
    /// Hundreds of decades down, where the last 1e-6 of the mass lie, Newton's method may find no solution: the curve ends there, and goes on
    /// exponentially.
    @Test("A deep product of GELU layers that all differ has a curve down to its tail")
    func deepTail() throws {
      let law = try FreeProductLaw(
        activation: ActivationName.gelu.activation, weights: .gaussian, sigmaW: 1.4, layers: 64)
      let curve = try law.curve(points: 256)
      #expect(abs(curve.continuousMass - 1) < 1e-12)
      #expect(try #require(curve.cumulative.first) <= 1e-6)
      let (found, exact) = (try #require(curve.logMoments), try #require(law.logMoments()))
      #expect(abs(found.variance / exact.variance - 1) < 1e-3)
    }
  #endif

  /// Against the sum over all stretches, each halved as far as this ζ asks for.
  @Test(
    "What is far from ζ counts by its moments as it would by itself",
    arguments: [
      (ActivationName.silu, 1.0), (.gelu, 0.147), (.gelu, 8), (.geluTanh, 2), (.tanh, 400), (.erf, 9), (.softplus, 30),
    ])
  func farMoments(activation: ActivationName, variance: Double) {
    let gates = Gates(of: activation.activation, variance: variance)
    let (transform, unit) = (GateTransform(gates), gates.largestSlope)
    let stretches = gates.panels.map { GateStretch($0, unit: unit, isWhole: true) }
    for exponent in stride(from: -40.0, through: 3, by: 0.37) {
      // Nearer to the axis terms cancel, and the order of a sum shows.
      for angle in [0.1, 0.3, 1.5, 3, .pi] {
        let zeta = Complex(length: Double.pow(10, exponent), phase: angle)
        var sums = TransformSums()
        for value in gates.values where value.slope > 0 {
          sums.add(zeta, value.slope * value.slope / (unit * unit), value.share)
        }
        for stretch in stretches {
          stretch.visit(near: zeta) { part in
            for node in part.squares.indices { sums.add(zeta, part.squares[node], part.panel.masses[node]) }
          }
        }
        let found = transform.value(at: zeta)
        for (one, other) in [
          (found.mean, Complex(sums.mean.0, sums.mean.1)), (found.slope, -Complex(sums.slope.0, sums.slope.1)),
          (found.complement, zeta * Complex(sums.inverse.0, sums.inverse.1)),
        ] {
          // Some thousand roundings, of terms that cancel to a tenth.
          #expect((one - other).length <= 1e-12 * other.length, "\(zeta): \(one), \(other)")
        }
      }
    }
  }

  /// Next to a gate M grows without bound, so that Newton's steps vanish there whatever is left of the equation: with few points, far
  /// from one another, one in the middle once ended so, and the masses of all below were lost.
  @Test("Steps that vanish are no solution", arguments: [(ActivationName.erf, 2.0), (.tanh, 3)])
  func vanishingSteps(activation: ActivationName, sigmaW: Double) throws {
    let q = try MeanField(activation.activation, sigmaW: sigmaW).lengthFixedPoint()
    let law = try FreeProductLaw(
      layers: 1, weights: .gaussian, sigmaW: sigmaW, gates: Gates(of: activation.activation, variance: q))
    let (curve, exact) = (try law.curve(points: 16), try #require(law.logMoments()))
    let bounds = try #require(curve.boundsOfLogMean)
    #expect(bounds.lower < exact.mean && exact.mean < bounds.upper)
    // Alone each point has the mass that it has among the others.
    var solver = try #require(law.solver())
    for (place, below) in zip(curve.logSingularValues, curve.cumulative).dropLast() {
      #expect(abs(1 - (try solver.sample(at: place).massAbove) - below) < 1e-9)
      solver = try #require(law.solver())
    }
  }

  /// Points at which a single sample was once taken for a solution, and with it the masses of all below were lost.
  @Test(
    "Masses between the points of a curve have the law's mean",
    arguments: [
      (ActivationName.silu, WeightEnsemble.gaussian, 1.0, 0.0, 1, -1.0864), (.erf, .gaussian, 1, 0, 1, -0.7598),
      (.silu, .gaussian, 1, 0.5, 1, nil),
    ] as [(ActivationName, WeightEnsemble, Double, Double, Int, Double?)])
  func massesHaveTheMean(
    activation: ActivationName, weights: WeightEnsemble, sigmaW: Double, sigmaB: Double, layers: Int, median: Double?
  ) throws {
    let law = try FreeProductLaw(
      activation: activation.activation, weights: weights, sigmaW: sigmaW, sigmaB: sigmaB, layers: layers)
    let curve = try law.curve(points: 512)
    let (found, exact) = (try #require(curve.logMoments), try #require(law.logMoments()))
    // Cubics between 512 points.
    #expect(abs(found.mean - exact.mean) < 1e-4)
    // Of products of two random matrices of 600 rows, to their spread.
    if let median { #expect(abs(try #require(curve.quantile(0.5)) - median) < 0.01) }
    let points = zip(curve.logSingularValues, curve.density)
    let mass = zip(points, points.dropFirst()).reduce(0) { $0 + ($1.0.1 + $1.1.1) / 2 * ($1.1.0 - $1.0.0) }
    // Trapezoids.
    #expect(abs(mass - 1) < 1e-3)
  }

  @Test("Gates that leave the range of numbers are an error that says how many, and few of them none")
  func saturation() throws {
    func law(_ variance: Double) throws(TheoryError) -> FreeProductLaw {
      try FreeProductLaw(
        layers: 4, weights: .gaussian, sigmaW: 10, gates: Gates(of: ActivationName.erf.activation, variance: variance))
    }
    let error = #expect(throws: TheoryError.self) { try law(93) }
    // 2/√π e^(−h²) is 1e-145 at h = 18.276: erfc(18.276/√(2·93)) = .0581.
    #expect(
      error?.description.contains("5.8% of a layer's gates are below 1e-145") == true, "\(error?.description ?? "")")
    let wide = try law(9)
    let (found, exact) = (try #require(try wide.curve(points: 256).logMoments), try #require(wide.logMoments()))
    #expect(abs(found.variance / exact.variance - 1) < 1e-3)
  }

  private struct ELU: Activation {
    let kinks = [0.0]
    func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x > 0 ? x : .expMinusOne(x) }
  }

  private struct UndeclaredClip: Activation {
    func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x > 1.5 ? 1.5 : x < -1.5 ? -1.5 : x }
  }

  /// φ′ = 1/cosh² h is below 1e-145 where |h| > 167.6 and 0 as a number from 372 on, e^h below −334 and −745: these are no zeros.
  @Test(
    "A φ′ that is 0 by underflow is no shut gate",
    arguments: [
      (Tanh(), 1000, "87%"), (Tanh(), 5e4, "99.7%"), (Tanh(), 1e10, ">99.9%"), (ErrorFunction(), 1e5, ">99.9%"),
      (ELU(), 1e5, "50%"), (GELU(), 1e10, "50%"), (ReLU(), 1e10, nil), (HardTanh(), 1e5, nil),
      (UndeclaredClip(), 1, nil), (UndeclaredClip(), 1e5, nil),
    ] as [(any Activation, Double, String?)])
  func underflow(activation: any Activation, deviation: Double, share: String?) throws {
    let gates = Gates(of: activation, variance: deviation * deviation)
    guard let share else {
      let law = try FreeProductLaw(layers: 1, weights: .gaussian, sigmaW: 1, gates: gates)
      #expect(law.atoms.contains { $0.logSingularValue == nil })
      return
    }
    #expect(gates.deadShare == 0)
    let error = #expect(throws: TheoryError.self) {
      try FreeProductLaw(layers: 1, weights: .gaussian, sigmaW: 1, gates: gates)
    }
    #expect(error?.description.contains("\(share) of a layer's gates") == true, "\(error?.description ?? "")")
  }
}
