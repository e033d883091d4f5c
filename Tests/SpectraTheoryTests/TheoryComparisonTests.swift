import RealModule
import SpectraAnalysis
import SpectraNetworks
import SpectraRandom
import Testing

@testable import SpectraTheory

@Suite struct TheoryComparisonTests {
  private static func spectrum(
    _ logarithms: [Double], zeros: Int = 0, unresolved: Int = 0, below: Double? = nil
  ) throws -> Spectrum {
    let count = logarithms.count + zeros + unresolved
    return try Spectrum(
      method: .resolved, precisionName: "double", rows: count, columns: count, logSingularValues: logarithms,
      zeros: zeros,
      unresolved: unresolved, unresolvedBelow: below)
  }

  /// ln σ uniform on [0, 1].
  private static let uniform = SpectralCurve(logSingularValues: [0, 1], density: [1, 1], cumulative: [0, 1])

  // MARK: Distance

  @Test("Distances by hand")
  func distances() throws {
    // One value at u: F_n jumps from 0 to 1 there.
    #expect(kolmogorovSmirnovDistance(of: [try Self.spectrum([0.25])], from: Self.uniform) == 0.75)
    // Steps at ¼ and ¾, each half a step away.
    #expect(kolmogorovSmirnovDistance(of: [try Self.spectrum([0.25, 0.75])], from: Self.uniform) == 0.25)
    // Samples are pooled.
    let two = [try Self.spectrum([0.25]), try Self.spectrum([0.75])]
    #expect(kolmogorovSmirnovDistance(of: two, from: Self.uniform) == 0.25)
    // A zero that the law does not have counts at −∞.
    #expect(kolmogorovSmirnovDistance(of: [try Self.spectrum([0.5], zeros: 1)], from: Self.uniform) == 0.5)
    #expect(kolmogorovSmirnovDistance(of: [], from: Self.uniform) == 0)
  }

  @Test("Values at an atom, but for rounding, are there")
  func atoms() throws {
    let half = SpectralCurve(
      logSingularValues: [], density: [], cumulative: [],
      atoms: [.init(logSingularValue: nil, weight: 0.5), .init(logSingularValue: 0.3, weight: 0.5)])
    let found = try Self.spectrum([0.3 + 1e-9, 0.3 - 1e-9], zeros: 2)
    #expect(kolmogorovSmirnovDistance(of: [found], from: half) == 0)
    #expect(kolmogorovSmirnovDistance(of: [try Self.spectrum([0.3], zeros: 3)], from: half) == 0.25)
    // An atom that nobody has.
    #expect(kolmogorovSmirnovDistance(of: [try Self.spectrum([0.1, 0.1], zeros: 2)], from: half) == 0.5)
  }

  @Test("Below what rounding hides nothing is compared")
  func unresolved() throws {
    // Where the hidden value is, below 0.5, does not count; above, F_n is ½ from there on.
    let hidden = try Self.spectrum([0.75], unresolved: 1, below: 0.5)
    #expect(kolmogorovSmirnovDistance(of: [hidden], from: Self.uniform) == 0.25)
  }

  // MARK: Moments

  private static func prediction(fitted: String? = nil) -> TheoryRecord.Prediction {
    TheoryRecord.Prediction(
      law: "", source: "", parameters: [], fitted: fitted, curve: uniform, logMeanSquared: .log(2), meanLog: 0.5,
      varianceLog: 1.0 / 12, logUpperEdge: 1)
  }

  @Test("Mean of σ², its z-score, variance and edge by hand")
  func moments() throws {
    // Mean squares 1 and 4: mean 2.5, standard error 1.5; the law has 2.
    let spectra = [try Self.spectrum([0, 0]), try Self.spectrum([.log(2), .log(2)])]
    let found = try #require(TheoryRecord.Comparison(of: spectra, with: Self.prediction()))
    #expect(found.samples == 2)
    #expect(abs(try #require(found.meanSquared) - 2.5) < 1e-14)
    #expect(abs(try #require(found.meanSquaredError) - 1.5) < 1e-14)
    #expect(abs(try #require(found.zScore) - 0.5 / 1.5) < 1e-14)
    // 0, 0, ln 2, ln 2: variance with 1/3.
    #expect(abs(try #require(found.varianceLog) - .pow(.log(2), 2) / 3) < 1e-14)
    #expect(abs(try #require(found.logUpperEdge) - .log(2) / 2) < 1e-14)
    // A mean that was fitted cannot be tested.
    #expect(try #require(TheoryRecord.Comparison(of: spectra, with: Self.prediction(fitted: "c"))).zScore == nil)
    // One sample has no error, equal ones none to divide by.
    #expect(try #require(TheoryRecord.Comparison(of: Array(spectra.prefix(1)), with: Self.prediction())).zScore == nil)
    #expect(
      try #require(TheoryRecord.Comparison(of: [spectra[0], spectra[0]], with: Self.prediction())).zScore == nil)
    #expect(TheoryRecord.Comparison(of: [], with: Self.prediction()) == nil)
  }

  @Test("ln σ of ±1000 neither over- nor underflows", arguments: [1000.0, -1000])
  func extremes(size: Double) throws {
    let spectra = [try Self.spectrum([size, size]), try Self.spectrum([size + .log(2), size + .log(2)])]
    var prediction = Self.prediction()
    prediction.logMeanSquared = 2 * size + .log(2)
    let found = try #require(TheoryRecord.Comparison(of: spectra, with: prediction))
    #expect(abs(try #require(found.zScore) - 0.5 / 1.5) < 1e-10)
    // Neither e^2000 nor e^−2000 is a number, and 0 would be a wrong one.
    #expect(found.meanSquared == nil && found.meanSquaredError == nil)
  }

  // MARK: Ensembles

  @Test("One Gaussian factor: the mean of σ² is σ_w² p")
  func ensembleMoments() throws {
    let layers = [FreeProductLaw.Layers(weights: .gaussian, sigmaW: 2, gates: .bernoulli(0.5), count: 1)]
    let ensemble = RandomMatrixEnsemble(layers)
    let squares = try (0..<40).map { number in
      let key = RandomKey(seed: 0, sample: number, purpose: "test")
      return Double.exp(try #require(try ensemble.spectrum(size: 24, key: key).logMeanSquared))
    }
    let found = Distribution(squares)
    #expect(abs(try #require(found.mean) - 2) < 4 * (try #require(found.standardError)))
  }

  /// Gaussian and orthogonal factors, shut and bent gates, branches.
  private static let ensembles = [
    RandomMatrixEnsemble([
      FreeProductLaw.Layers(weights: .gaussian, sigmaW: 2, gates: .bernoulli(0.5), count: 2),
      FreeProductLaw.Layers(weights: .orthogonal, sigmaW: 1, gates: Gates(of: Tanh(), variance: 1), count: 1),
    ]), RandomMatrixEnsemble(branches: [0.1, 0.2, 0.3], logScale: 5),
  ]

  @Test("Dense and resolved products of the same draws have the same spectrum", arguments: ensembles.indices)
  func denseAndResolved(index: Int) throws {
    for sample in 0..<3 {
      let key = RandomKey(seed: 0, sample: sample, purpose: "test")
      let dense = try Self.ensembles[index].denseSpectrum(size: 24, key: key)
      let resolved = try Self.ensembles[index].resolvedSpectrum(size: 24, key: key)
      #expect(dense.zeros == resolved.zeros && resolved.unresolved == 0 && dense.unresolved == 0)
      // The dense product's absolute error, relative to each value, and as much again for the products before it.
      let floor = (try #require(dense.logSingularValues.first)) + .log(24 * .ulpOfOne)
      for (left, right) in zip(dense.logSingularValues, resolved.logSingularValues) {
        #expect(abs(left - right) <= 2 * .exp(floor - right) + 1e-12)
      }
    }
  }

  @Test("Orthogonal factors and open gates: every σ is σ_w^L")
  func orthogonalEnsemble() throws {
    let layers = [FreeProductLaw.Layers(weights: .orthogonal, sigmaW: 0.5, gates: .open, count: 3)]
    let found = try RandomMatrixEnsemble(layers).spectrum(
      size: 16, key: RandomKey(seed: 0, sample: 0, purpose: "test"))
    for value in found.logSingularValues { #expect(abs(value - 3 * .log(0.5)) < 1e-13) }
    #expect(found.logSingularValues.count == 16)
  }

  @Test("Shut gates are zeros, as many as there are")
  func shutGates() throws {
    let layers = [FreeProductLaw.Layers(weights: .gaussian, sigmaW: 1, gates: .bernoulli(0.5), count: 1)]
    let found = try RandomMatrixEnsemble(layers).spectrum(
      size: 64, key: RandomKey(seed: 1, sample: 0, purpose: "test"))
    // Binomial of 64 and ½: 32 ± 4, five standard deviations.
    #expect(abs(found.zeros - 32) <= 20)
    #expect(found.unresolved == 0)
  }

  @Test("c is read off the mean of σ²")
  func fittedStrength() throws {
    let spectra = [try Self.spectrum([0, 0]), try Self.spectrum([.log(2), .log(2)])]
    #expect(abs(try #require(ResidualLaw.strength(fittedTo: spectra)) - .log(2.5)) < 1e-14)
    #expect(
      abs(try #require(ResidualLaw.strength(fittedTo: spectra, logScale: 1)) - (.log(2.5) - 2)) < 1e-14)
    #expect(ResidualLaw.strength(fittedTo: [try Self.spectrum([], zeros: 2)]) == nil)
  }
}
