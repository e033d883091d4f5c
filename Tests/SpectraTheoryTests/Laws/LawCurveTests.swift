import RealModule
import SpectraAnalysis
import SpectraDifferentiation
import SpectraNetworks
import Testing

@testable import SpectraTheory

/// Properties that every law's curve has, whatever its parameters.
@Suite struct LawCurveTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var law: @Sendable () throws -> any SpectralLaw

    init(_ name: String, _ law: @escaping @Sendable () throws -> any SpectralLaw) {
      (testDescription, self.law) = (name, law)
    }

    init(_ name: String, _ weights: WeightEnsemble, _ layers: Int, _ gates: Gates, sigmaW: Double = 1) {
      self.init(name) { try FreeProductLaw(layers: layers, weights: weights, sigmaW: sigmaW, gates: gates) }
    }
  }

  static let leaky = Gates(of: LeakyReLU(slope: 0.3), variance: 2)

  static let cases = [
    Case("linear, L = 1", .gaussian, 1, .open),
    Case("linear, L = 64", .gaussian, 64, .open),
    Case("linear, L = 1000, σ_w = e²", .gaussian, 1000, .open, sigmaW: .exp(2)),
    Case("linear, L = 1000, σ_w = e⁻²", .gaussian, 1000, .open, sigmaW: .exp(-2)),
    Case("ReLU, L = 1", .gaussian, 1, .bernoulli(0.5)),
    Case("ReLU, L = 16", .gaussian, 16, .bernoulli(0.5)),
    Case("p → 1, Gaussian", .gaussian, 8, .bernoulli(1 - 1e-9)),
    Case("p small, Gaussian", .gaussian, 3, .bernoulli(1e-6)),
    Case("ReLU, orthogonal, L = 3", .orthogonal, 3, .bernoulli(0.5)),
    Case("ReLU, orthogonal, L = 1000", .orthogonal, 1000, .bernoulli(0.5)),
    Case("hard edge: ReLU, orthogonal, L = 2", .orthogonal, 2, .bernoulli(0.5)),
    Case("atom: p = 0.95, orthogonal, L = 16", .orthogonal, 16, .bernoulli(0.9544997361036416)),
    Case("p → 1, orthogonal", .orthogonal, 8, .bernoulli(1 - 1e-6)),
    Case("leaky ReLU, orthogonal, L = 2", .orthogonal, 2, leaky),
    Case("leaky ReLU, orthogonal, L = 1000", .orthogonal, 1000, leaky),
    Case("leaky ReLU, Gaussian, L = 16", .gaussian, 16, leaky),
    Case("tanh, orthogonal, L = 8", .orthogonal, 8, Gates(of: Tanh(), variance: 0.5)),
    Case("tanh, Gaussian, L = 1", .gaussian, 1, Gates(of: Tanh(), variance: 1)),
    Case("residual, c = 1e-6") { try ResidualLaw(strength: 1e-6) },
    Case("residual, c = 0.3, shifted") { try ResidualLaw(strength: 0.3, logScale: -2000) },
    Case("residual, c = 4") { try ResidualLaw(strength: 4) },
    Case("residual, c = 100") { try ResidualLaw(strength: 100) },
  ]

  /// Solved once, which is what takes the time, and looked at in three ways.
  @Test(arguments: cases) func curveOfTheLaw(_ example: Case) throws {
    let law = try example.law()
    let curve = try law.curve(points: 512)
    Self.expectDistribution(curve)
    try Self.expectDensityIsTheSlopeOfTheMass(curve, law)
    try Self.expectMoments(curve, law)
  }

  private static func expectDistribution(_ curve: SpectralCurve) {
    let atoms = curve.atoms.reduce(0) { $0 + $1.weight }
    #expect(abs(curve.continuousMass + atoms - 1) < 1e-12)
    #expect(zip(curve.logSingularValues, curve.logSingularValues.dropFirst()).allSatisfy { $0 < $1 })
    #expect(zip(curve.cumulative, curve.cumulative.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(curve.density.allSatisfy { $0 >= 0 && $0.isFinite })
    #expect(curve.logSingularValues.count > 300 && curve.logSingularValues.count <= 512)
    // Below the first point there is the tail only.
    #expect(curve.cumulative[0] <= 1e-9 * curve.continuousMass)
  }

  /// The density is the slope of the mass: Simpson's sum of the law's density between neighbouring points of the curve is the
  /// difference of their masses, which come from a closed integral.
  private static func expectDensityIsTheSlopeOfTheMass(_ curve: SpectralCurve, _ law: any SpectralLaw) throws {
    let count = curve.logSingularValues.count
    // In the middle of the curve, where the density is smooth on the scale of the points.
    for index in stride(from: count / 8, to: count * 7 / 8, by: 29) {
      let (low, high) = (curve.logSingularValues[index], curve.logSingularValues[index + 1])
      let middle = try law.density(at: (low + high) / 2)
      let simpson = (high - low) * (curve.density[index] + 4 * middle + curve.density[index + 1]) / 6
      let mass = curve.cumulative[index + 1] - curve.cumulative[index]
      // Relative to the interval's own mass; and masses near 1 are differences of numbers with 1e-15.
      #expect(abs(simpson - mass) < 1e-4 * mass + 1e-12, "from \(low) to \(high)")
    }
  }

  /// Mean and variance of ln σ from the curve meet those from their own integrals or closed forms.
  private static func expectMoments(_ curve: SpectralCurve, _ law: any SpectralLaw) throws {
    let exact = try #require(try law.logMoments())
    let found = try #require(curve.logMoments)
    // A cubic between 512 points leaves about 1e-6 of the variance.
    let deviation = exact.variance.squareRoot()
    #expect(abs(found.mean - exact.mean) < 1e-5 * deviation + 1e-12 * abs(exact.mean))
    #expect(abs(found.variance - exact.variance) < 1e-5 * exact.variance)
  }

  /// Those whose E[σ⁴] is not a matter of the last few points. A law that throws stays among them, and fails its test.
  static let moderate = cases.filter { ((try? $0.law().relativeVariance) ?? 0) < 40 }

  /// E[σ²] and E[σ⁴] from the curve meet the formulas.
  @Test(arguments: moderate) func squaredMoments(_ example: Case) throws {
    let law = try example.law()
    let curve = try law.curve(points: 1024)
    var (first, second) = (0.0, 0.0)
    for atom in curve.atoms {
      guard let place = atom.logSingularValue else { continue }
      first += atom.weight * .exp(2 * place - law.logMeanSquared)
      second += atom.weight * .exp(4 * place - 2 * law.logMeanSquared)
    }
    // By parts: E[e^{ku}] = e^{k u_max} F − k ∫ e^{ku} F du, F with its slope at the points (corrected trapezoid).
    let (places, masses, densities) = (curve.logSingularValues, curve.cumulative, curve.density)
    func moment(_ k: Double) -> Double {
      func value(_ i: Int) -> Double { .exp(k * places[i] - k / 2 * law.logMeanSquared) * masses[i] }
      func slope(_ i: Int) -> Double {
        .exp(k * places[i] - k / 2 * law.logMeanSquared) * (k * masses[i] + densities[i])
      }
      let integral = places.indices.dropLast().reduce(0.0) { sum, i in
        let width = places[i + 1] - places[i]
        return sum + width * (value(i) + value(i + 1)) / 2 + width * width * (slope(i) - slope(i + 1)) / 12
      }
      return value(places.count - 1) - k * integral
    }
    first += moment(2)
    second += moment(4)
    // The sum's error falls as the fourth power of the spacing, away from square-root edges: 512 points leave up to 1.2e-5 of
    // E[σ⁴], 1024 up to 2.5e-6.
    #expect(abs(first - 1) < 1e-5)
    #expect(abs(second - 1 - law.relativeVariance) < 1e-5 * (1 + law.relativeVariance))
  }

  /// Asked from above or by way of the half-plane, it is one law.
  @Test(arguments: [-6.0, -2.5, -0.9, 0.1, 0.7]) func solutionDoesNotDependOnTheWay(_ place: Double) throws {
    let law = try FreeProductLaw(
      layers: 8, weights: .orthogonal, sigmaW: 1.3, gates: Gates(of: Tanh(), variance: 0.5))
    var alone = try #require(law.solver())
    var walking = try #require(law.solver())
    for step in stride(from: 0.9, to: place, by: -0.05) { _ = try walking.sample(at: step) }
    let (first, second) = (try alone.sample(at: place), try walking.sample(at: place))
    #expect(abs(first.density - second.density) < 1e-12 && abs(first.massAbove - second.massAbove) < 1e-12)
  }
}
