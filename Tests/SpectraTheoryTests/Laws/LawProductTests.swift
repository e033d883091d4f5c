import RealModule
import SpectraAnalysis
import SpectraDifferentiation
import SpectraNetworks
import Testing

@testable import SpectraTheory

/// Products of unequal layers, atoms, the edges of the parameters, and what is refused.
@Suite struct LawProductTests {
  static let leaky = Gates([.init(slope: 1, share: 0.5), .init(slope: 0.3, share: 0.5)])
  static let layers = [
    FreeProductLaw.Layers(weights: .gaussian, sigmaW: 1, gates: leaky, count: 1),
    FreeProductLaw.Layers(weights: .orthogonal, sigmaW: 0.8, gates: .bernoulli(0.75), count: 1),
    FreeProductLaw.Layers(weights: .gaussian, sigmaW: 1.5, gates: Gates(of: Tanh(), variance: 1), count: 1),
  ]

  /// Against 12 products of 800 × 800 matrices (numpy, gates in exact numbers and random order): means over the products with their
  /// standard errors. At finite size values are off by about 1/N a layer besides: for one Gaussian matrix E[ln σ] is −½ − 0.5/N.
  @Test func simulation() throws {
    let law = try FreeProductLaw(Self.layers)
    let moments = try #require(law.logMoments())
    let bias = 3.0 / 800
    #expect(abs(moments.mean - -1.44651) < 4 * 0.00062 + bias)
    #expect(abs(moments.variance - 1.60755) < 4 * 0.00161 + 2 * bias)
    #expect(abs(.exp(law.logMeanSquared) - 0.27311) < 4 * 0.00029)
    let second = .exp(2 * law.logMeanSquared) * (1 + law.relativeVariance)
    #expect(abs(second - 0.34455) < 4 * 0.00093 + bias * second)
    let curve = try law.curve(points: 256)
    for (share, quantile, error) in [
      (0.05, -3.77016, 0.00455), (0.25, -2.37946, 0.00209), (0.5, -1.25349, 0.00186), (0.75, -0.37945, 0.00101),
      (0.95, 0.26788, 0.00078),
    ] {
      let value = try #require(curve.quantile(share))
      // Half a rank of 600 live values more, 1/(1200 ρ).
      let rank = 0.75 / (1200 * (try law.density(at: value)))
      #expect(abs(value - quantile) < 4 * error + bias + rank, "at \(share)")
    }
    #expect(law.atoms == [.init(logSingularValue: nil, weight: 0.25)])
  }

  /// The law knows no order, and a group may be split.
  @Test func orderAndGroupingDoNotMatter() throws {
    var split = Self.layers + Self.layers
    split[0].count = 2
    var merged = Self.layers.reversed().map { $0 }
    merged[0].count = 2
    merged[1].count = 2
    merged[2].count = 3
    let (first, second) = (try FreeProductLaw(split), try FreeProductLaw(merged))
    for place in [-6, -3, -1, 0, 0.3] {
      #expect(abs(try first.density(at: place) - second.density(at: place)) < 1e-12)
    }
    #expect(abs(try #require(try first.edges()).upper - #require(try second.edges()).upper) < 1e-10)
  }

  /// Gates of one value are no less general than several: the equation with ζ meets the closed form as one value splits in
  /// two that are nearly equal.
  @Test func severalValuesMeetTheClosedForm() throws {
    let gates = Gates([.init(slope: 1, share: 0.3), .init(slope: 1 + 1e-9, share: 0.2), .init(slope: 0, share: 0.5)])
    let (split, closed) = (
      try FreeProductLaw(layers: 8, weights: .gaussian, sigmaW: 1, gates: gates),
      try FreeProductLaw(layers: 8, weights: .gaussian, sigmaW: 1, gates: .bernoulli(0.5))
    )
    #expect(split.closed == nil && closed.closed != nil)
    for place in [-40.0, -9, -3, -1, 0, 0.4] {
      // 8 layers shift ln σ by less than 1e-8, and the density by less than that.
      #expect(abs(try split.density(at: place) - closed.density(at: place)) < 1e-8)
    }
  }

  /// Shares of 1 − Σ (1 − w) at the product of the gates; confirmed by products of 800 × 800 matrices, with as many values there.
  @Test func atoms() throws {
    func law(_ layers: [(Gates, Int)]) throws -> FreeProductLaw {
      try FreeProductLaw(layers.map { .init(weights: .orthogonal, sigmaW: 1, gates: $0.0, count: $0.1) })
    }
    func expect(_ law: FreeProductLaw, _ expected: [(Double?, Double)]) {
      #expect(law.atoms.count == expected.count)
      for (atom, value) in zip(law.atoms, expected) {
        #expect(abs(atom.weight - value.1) < 1e-12)
        #expect((atom.logSingularValue == nil) == (value.0 == nil))
        #expect(abs((atom.logSingularValue ?? 0) - (value.0 ?? 0)) < 1e-12)
      }
    }
    let mostlyOpen = Gates([.init(slope: 1, share: 0.9), .init(slope: 0.5, share: 0.1)])
    let mostlyDouble = Gates([.init(slope: 1, share: 0.3), .init(slope: 2, share: 0.7)])
    expect(try law([(.open, 7)]), [(0, 1)])
    expect(try law([(Self.leaky, 1)]), [(.log(0.3), 0.5), (0, 0.5)])
    expect(try law([(Self.leaky, 2)]), [])
    expect(try law([(mostlyOpen, 2)]), [(0, 0.8)])
    expect(try law([(mostlyOpen, 1), (mostlyDouble, 1)]), [(0, 0.2), (.log(2), 0.6)])
    expect(try law([(.bernoulli(0.5), 1)]), [(nil, 0.5), (0, 0.5)])
    expect(try law([(.bernoulli(0.95), 16)]), [(nil, 0.05), (0, 0.2)])
    expect(try law([(.bernoulli(0), 3)]), [(nil, 1)])
    let gaussian = FreeProductLaw.Layers(weights: .gaussian, sigmaW: 1, gates: .open, count: 1)
    let mixed = FreeProductLaw.Layers(weights: .orthogonal, sigmaW: 1, gates: mostlyOpen, count: 1)
    expect(try FreeProductLaw([gaussian, mixed]), [])
  }

  /// A curve of atoms only has no points, and its numbers are those of the atoms.
  @Test func atomsAlone() throws {
    let orthogonal = try FreeProductLaw(layers: 1000, weights: .orthogonal, sigmaW: .exp(2), gates: .open)
    #expect(try orthogonal.edges() == nil)
    let prediction = try orthogonal.prediction()
    #expect(prediction.curve.logSingularValues.isEmpty && prediction.curve.atoms.count == 1)
    #expect(abs(try #require(prediction.meanLog) - 2000) < 1e-9 && prediction.varianceLog == 0)
    #expect(abs(try #require(prediction.logUpperEdge) - 2000) < 1e-9)
    for law in [
      try FreeProductLaw(layers: 4, weights: .gaussian, sigmaW: 0, gates: .open),
      try FreeProductLaw(layers: 4, weights: .gaussian, sigmaW: 1, gates: .bernoulli(0)),
    ] {
      let dead = try law.prediction()
      #expect(dead.curve.zeroMass == 1 && dead.logMeanSquared == nil)
      #expect(dead.meanLog == nil && dead.logUpperEdge == nil && law.relativeVariance == 0)
      #expect(try law.density(at: 0) == 0)
    }
    let still = try ResidualLaw(strength: 0, logScale: 3).prediction()
    #expect(still.curve.atoms == [.init(logSingularValue: 3, weight: 1)] && still.logUpperEdge == 3)
  }

  /// Two parts with a gap between them, and an atom in the gap.
  @Test func gaps() throws {
    let law = try FreeProductLaw([
      .init(
        weights: .orthogonal, sigmaW: 1, gates: Gates([.init(slope: 1, share: 0.9), .init(slope: 0.5, share: 0.1)]),
        count: 1),
      .init(
        weights: .orthogonal, sigmaW: 1, gates: Gates([.init(slope: 1, share: 0.3), .init(slope: 2, share: 0.7)]),
        count: 1),
    ])
    let curve = try law.curve(points: 512)
    // Of the parts of 0.1 each, symmetrical about the atom; the ends as in products of 800 × 800 matrices, ±0.562.
    #expect(abs(curve.cumulative(below: 0) - 0.1) < 1e-9)
    #expect(try law.density(at: 0.05) < 1e-12)
    let edges = try #require(try law.edges())
    #expect(abs(edges.upper + edges.lower) < 1e-9 && abs(edges.upper - 0.5586) < 1e-4)
    let (exact, found) = (try #require(law.logMoments()), try #require(curve.logMoments))
    #expect(abs(exact.mean - found.mean) < 1e-5 && abs(exact.variance - found.variance) < 1e-5)
  }

  @Test func gatesOfActivations() {
    #expect(Gates(of: ReLU(), variance: 2) == .bernoulli(0.5))
    #expect(Gates(of: LinearActivation(), variance: 0.1) == .open)
    #expect(Gates(of: Tanh(), variance: 0) == .open)
    let hardTanh = Gates(of: ActivationName.hardTanh.activation, variance: 1)
    #expect(abs(hardTanh.deadShare - .erfc(0.5.squareRoot())) < 1e-13)
    // Means over tanh's gates, independently computed: E[φ′²] at q = 1 and ½.
    #expect(abs(Gates(of: Tanh(), variance: 1).slopeMoment(1) - 0.464402902448) < 1e-12)
    #expect(abs(Gates(of: Tanh(), variance: 0.5).slopeMoment(1) - 0.592425793372) < 1e-12)
    #expect(abs(Gates(of: GELU(), variance: 1).slopeMoment(1) - 0.455850865649) < 1e-12)
    // E[φ′^{2k}] = 1/√(1 + kπq) of erf(√π x/2).
    for k in 1...3 {
      let moment = Gates(of: UnitErrorFunction(), variance: 2).slopeMoment(k)
      #expect(abs(moment - 1 / (1 + 2 * Double(k) * .pi).squareRoot()) < 1e-13)
    }
  }

  /// Gates far apart turn the integrand of the moments as within their ratio. The means are ln σ_w + E ln φ′ − ½ for a Gaussian layer
  /// (Fuglede, Kadison); the variances, of a reviewer's own sums over 8e5 graded nodes, to their printed digits.
  @Test(
    arguments: [
      (0.01, WeightEnsemble.gaussian, 1, 7.64491, 1e-5), (0.01, .orthogonal, 2, 16.12541, 1e-5),
      (0.01, .gaussian, 16, 1149.84309, 1e-5), (0.001, .orthogonal, 2, 39.44381, 1e-5),
      (0.001, .orthogonal, 16, 2061.100, 1e-3), (1e-6, .gaussian, 16, 11293.2, 0.1),
      (1e-10, .orthogonal, 2, 499.572, 1e-3),
    ] as [(Double, WeightEnsemble, Int, Double, Double)])
  func momentsOfGatesFarApart(slope: Double, weights: WeightEnsemble, layers: Int, variance: Double, digit: Double)
    throws
  {
    let law = try FreeProductLaw(
      layers: layers, weights: weights, sigmaW: 1,
      gates: Gates([.init(slope: slope, share: 0.5), .init(slope: 1, share: 0.5)]))
    let found = try #require(law.logMoments())
    let mean = Double(layers) * (.log(slope) / 2 - (weights == .gaussian ? 0.5 : 0))
    #expect(abs(found.mean - mean) < 1e-12 * abs(mean))
    #expect(abs(found.variance - variance) < digit)
    // Cubics between 2,000 points.
    #expect(abs(try #require(try law.curve(points: 2000).logMoments).variance - found.variance) < 1e-4 * found.variance)
  }

  @Test func refusals() {
    func refuses(_ body: () throws -> any SpectralLaw) -> Bool {
      do {
        _ = try body()
        return false
      } catch TheoryError.outOfRange(let sentence) {
        return sentence.hasSuffix(".")
      } catch {
        return false
      }
    }
    #expect(refuses { try FreeProductLaw([]) })
    #expect(refuses { try FreeProductLaw(layers: 0, weights: .gaussian, sigmaW: 1, gates: .open) })
    #expect(refuses { try FreeProductLaw(layers: 1, weights: .gaussian, sigmaW: -1, gates: .open) })
    #expect(refuses { try FreeProductLaw(layers: 1, weights: .gaussian, sigmaW: .nan, gates: .open) })
    #expect(refuses { try FreeProductLaw(layers: 1, weights: .gaussian, sigmaW: 1, gates: .bernoulli(1.2)) })
    #expect(refuses { try FreeProductLaw(layers: 1, weights: .gaussian, sigmaW: 1, gates: .bernoulli(.nan)) })
    #expect(
      refuses {
        try FreeProductLaw(layers: 1, weights: .gaussian, sigmaW: 1, gates: Gates(of: Tanh(), variance: -1))
      })
    #expect(refuses { try ResidualLaw(strength: -1) })
    #expect(refuses { try ResidualLaw(strength: .infinity) })
    #expect(refuses { try ResidualLaw(strength: 1, logScale: .nan) })
  }
}
