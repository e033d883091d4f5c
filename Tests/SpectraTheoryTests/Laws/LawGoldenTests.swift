import RealModule
import SpectraDifferentiation
import SpectraNetworks
import Testing

@testable import SpectraTheory

/// Published and independently computed values of the laws, to the digits that were printed.
@Suite struct LawGoldenTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var weights: WeightEnsemble
    var gates: Gates
    var layers: Int
    var relativeVariance: Double
    var logUpperEdge: Double
    /// At ln σ = −2, −1, −½, 0 and 0.3.
    var densities: [Double?]

    /// At criticality: E[σ²] = 1.
    func law() throws -> FreeProductLaw {
      try FreeProductLaw(
        layers: layers, weights: weights, sigmaW: 1 / gates.slopeMoment(1).squareRoot(), gates: gates)
    }
  }

  static let cases = [
    Case(
      testDescription: "linear, Gaussian", weights: .gaussian, gates: .open, layers: 8, relativeVariance: 8,
      logUpperEdge: 1.569744, densities: [0.113195, 0.128483, 0.133509, 0.134633, 0.132188]),
    Case(
      testDescription: "ReLU, Gaussian", weights: .gaussian, gates: .bernoulli(0.5), layers: 8, relativeVariance: 16,
      logUpperEdge: 1.886943, densities: [0.055789, 0.064860, 0.068542, 0.070824, 0.071062]),
    Case(
      testDescription: "ReLU, orthogonal", weights: .orthogonal, gates: Gates(of: ReLU(), variance: 3), layers: 8,
      relativeVariance: 8, logUpperEdge: 1.507081, densities: [0.054355, 0.075782, 0.089188, 0.103842, 0.112420]),
    Case(
      testDescription: "tanh, orthogonal, q = 0.5", weights: .orthogonal, gates: Gates(of: Tanh(), variance: 0.5),
      layers: 8, relativeVariance: 2.393953, logUpperEdge: 1.007031,
      densities: [0.138086, 0.211307, 0.257014, 0.303587, 0.324078]),
    // The first density is known to depend on the nodes of a fixed quadrature.
    Case(
      testDescription: "tanh, orthogonal, q = 0.1", weights: .orthogonal, gates: Gates(of: Tanh(), variance: 0.1),
      layers: 8, relativeVariance: 0.317673, logUpperEdge: 0.393151,
      densities: [nil, 0.127218, 0.449366, 1.061397, 1.333635]),
    Case(
      testDescription: "tanh, Gaussian, q = 1", weights: .gaussian, gates: Gates(of: Tanh(), variance: 1), layers: 8,
      relativeVariance: 12.667840, logUpperEdge: 1.785216,
      densities: [0.083453, 0.090291, 0.092188, 0.092024, 0.090357]),
    Case(
      testDescription: "erf, orthogonal, q = 1", weights: .orthogonal,
      gates: Gates(of: UnitErrorFunction(), variance: 1), layers: 8, relativeVariance: 4.277125,
      logUpperEdge: 1.250704, densities: [0.113372, 0.152370, 0.174889, 0.196351, 0.205525]),
    Case(
      testDescription: "hard-tanh, orthogonal, q = 1", weights: .orthogonal,
      gates: Gates(of: ActivationName.hardTanh.activation, variance: 1), layers: 8, relativeVariance: 3.718358,
      logUpperEdge: 1.124001, densities: [0.071309, 0.111169, 0.140979, 0.180440, 0.209407]),
    Case(
      testDescription: "GELU, Gaussian, q = 1", weights: .gaussian, gates: Gates(of: GELU(), variance: 1), layers: 4,
      relativeVariance: 8.353336, logUpperEdge: 1.574642,
      densities: [0.090925, 0.108327, 0.116412, 0.122086, 0.123040]),
  ]

  /// Six printed decimals: half a unit of the last one, and a little for rounding.
  private let printed = 0.51e-6

  @Test(arguments: cases) func solvedDensities(_ golden: Case) throws {
    let law = try golden.law()
    #expect(abs(law.relativeVariance - golden.relativeVariance) < printed)
    let solved = try #require(try law.solvedEdges())
    #expect(abs(solved.upper - golden.logUpperEdge) < printed)
    var solver = try #require(law.solver())
    for (place, density) in zip([-2, -1, -0.5, 0, 0.3], golden.densities) {
      let value = try solver.sample(at: place).density
      if let density { #expect(abs(value - density) < printed, "at \(place)") }
      // The law's own way, closed or not, says the same.
      #expect(abs(try law.density(at: place) - value) < 1e-10 * max(1, value))
    }
  }

  /// The law of Fuss and Catalan: upper edge, and ln σ below which 1, 5, 25, 50, 75, 95 and 99 % lie.
  @Test(arguments: [
    (1, 0.693147, [-4.1536, -2.5439, -0.9281, -0.2133, 0.2386, 0.5634, 0.6510]),
    (2, 0.954771, [-6.6198, -4.1933, -1.7123, -0.5715, 0.1757, 0.7294, 0.8813]),
    (4, 1.251006, [-11.3419, -7.3006, -3.1784, -1.2895, -0.0515, 0.8720, 1.1272]),
    (8, 1.569744, [-20.6267, -13.3645, -6.0102, -2.7058, -0.5935, 0.9454, 1.3660]),
    (16, 1.901604, [-39.0905, -25.3899, -11.5934, -5.5044, -1.7342, 0.8812, 1.5710]),
    (64, 2.583328, [-149.6504, -97.3230, -44.8982, -22.1686, -8.6465, -0.2000, 1.7206]),
  ])
  func fussCatalanQuantiles(layers: Int, edge: Double, quantiles: [Double]) throws {
    let law = try FreeProductLaw(layers: layers, weights: .gaussian, sigmaW: 1, gates: .open)
    #expect(abs(try #require(try law.edges()).upper - edge) < printed)
    let curve = try law.curve(points: 512)
    for (share, quantile) in zip([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99], quantiles) {
      // Four printed decimals.
      #expect(abs(try #require(curve.quantile(share)) - quantile) < 0.6e-4)
    }
    // E[ln σ] = −L/2, Var[ln σ] = L²/4 + π²L/12.
    let (moments, count) = (try #require(law.logMoments()), Double(layers))
    #expect(abs(moments.mean + count / 2) < 1e-12 * count)
    let variance = count * count / 4 + .pi * .pi * count / 12
    #expect(abs(moments.variance - variance) < 1e-11 * variance)
  }

  /// ρ(λ) of the law of Fuss and Catalan; of ln σ it is 2 λ ρ(λ).
  @Test(arguments: [
    (1, [0.4210843993, 0.2756644477, 0.1591549431]), (2, [0.3183098862, 0.1789791275, 0.0938604826]),
    (3, [0.2564422589, 0.1368777992, 0.0694423094]), (8, [0.1343803864, 0.0673163866, 0.0328790128]),
  ])
  func fussCatalanDensities(layers: Int, densities: [Double]) throws {
    let law = try FreeProductLaw(layers: layers, weights: .gaussian, sigmaW: 1, gates: .open)
    for (square, density) in zip([0.5, 1, 2], densities) {
      // Ten printed decimals, times 2λ of up to 4.
      #expect(abs(try law.density(at: .log(square) / 2) - 2 * square * density) < 2.1e-10)
    }
  }

  /// ReLU at criticality, with Gaussian weights.
  @Test(arguments: [(1, 0.881374), (2, 1.203030), (4, 1.542289), (8, 1.886943), (16, 2.233031), (64, 2.926025)])
  func gaussianReLU(layers: Int, edge: Double) throws {
    let law = try FreeProductLaw(
      layers: layers, weights: .gaussian, sigmaW: 2.0.squareRoot(), gates: .bernoulli(0.5))
    #expect(abs(try #require(try law.edges()).upper - edge) < printed)
    #expect(abs(try #require(law.logMoments()).mean - (.log(2) - Double(layers) / 2)) < 1e-12 * Double(layers))
    #expect(law.relativeVariance == 2 * Double(layers))
  }

  @Test(arguments: [
    (2, [-4.1535, -2.5411, -0.8696, -0.0378, 0.5504, 1.0103, 1.1398], 0.6e-4),
    (8, [-18.3079, -11.8321, -5.1997, -2.1550, -0.1738, 1.2890, 1.6916], 0.6e-4),
    // The first three are printed with three decimals.
    (16, [-36.780, -23.865, -10.787, -4.9544, -1.3112, 1.2349, 1.9094], 0.6e-3),
  ])
  func gaussianReLUQuantiles(layers: Int, quantiles: [Double], tolerance: Double) throws {
    let curve = try FreeProductLaw(
      layers: layers, weights: .gaussian, sigmaW: 2.0.squareRoot(), gates: .bernoulli(0.5)
    ).curve(points: 512)
    for (share, quantile) in zip([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99], quantiles) {
      #expect(abs(try #require(curve.quantile(share)) - quantile) < tolerance)
    }
  }

  /// Residual stacks: c, Var ln σ, ln σ_max and the density at σ = 1.
  @Test(arguments: [
    (0.05, 0.025208, 0.317540, 2.004819), (0.25, 0.130208, 0.721574, 0.881984), (0.5, 0.270833, 1.040229, 0.611275),
    (1, 0.583333, 1.524504, 0.415885), (2, 1.333333, 2.295587, 0.273853), (4, 3.333333, 3.595706, 0.171390),
  ])
  func residual(c: Double, variance: Double, edge: Double, centre: Double) throws {
    let law = try ResidualLaw(strength: c)
    #expect(abs(law.logMoments()!.variance - variance) < printed)
    #expect(abs(try #require(law.edges()).upper - edge) < printed)
    #expect(abs(law.density(at: 0) - centre) < printed)
    #expect(law.logMeanSquared == c && law.relativeVariance == 2 * c)
  }
}
