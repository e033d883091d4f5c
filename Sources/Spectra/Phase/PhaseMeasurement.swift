/// Spectra measured at one point of a phase diagram, beside what theory says of stacks that deep.
public struct PhaseMeasurement: Sendable, Equatable {
  /// σ_w.
  public let sigmaW: Double
  /// σ_b.
  public let sigmaB: Double
  /// The number of samples, and of those without a spectrum.
  public let samples, failed: Int
  /// (mean of σ²)^{1/L}, over values and samples: the measured χ of a layer; nil where no sample has one.
  public let chi: Double?
  /// Its standard error over samples, to first order; nil below two samples.
  public let chiStandardError: Double?
  /// The geometric mean of σ_w² E[φ′²] over the L layers, at the variances that the length map gives from the input's 1: what `chi` is
  /// at infinite width, also where L layers do not reach q*. nil where variances leave the range of numbers.
  public let predictedChi: Double?
  /// The median over samples of the median of ln σ.
  public let medianLog: Double?
  /// What the spectra say about signal propagation; nil where no sample has a spectrum.
  public let verdict: Verdict?
  /// The number that decided.
  public let reason: String
}

extension PhaseMeasurement {
  /// Measures the points of the coarse grid, all of their samples at once.
  ///
  /// - Parameters:
  ///   - settings: with a `measured` grid; without one there is nothing to measure.
  ///   - threads: how many samples run at once; numbers do not depend on it.
  ///   - progress: called after each sample with the number done and of all.
  /// - Throws: as `Experiment`.
  public static func measure(
    _ settings: PhaseSettings, threads: Int? = nil, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> [PhaseMeasurement] {
    guard let grid = settings.measured else { return [] }
    let weights = PhaseDiagram.grid(settings.sigmaW, grid.columns)
    let biases = PhaseDiagram.grid(settings.sigmaB, grid.rows)
    let places = biases.flatMap { bias in weights.map { (weight: $0, bias: bias) } }
    let experiment = try Experiment(
      settings.configuration(sigmaW: 1, sigmaB: 0),
      cases: places.flatMap { settings.configuration(sigmaW: $0.weight, sigmaB: $0.bias).cases })
    let activation = try experiment.cases[0].architecture.builtActivation()
    let spectra = try experiment.spectra(threads: Parallel.workers(threads), progress: progress)
    return places.enumerated().map { index, place in
      PhaseMeasurement(
        Array(spectra[index * settings.samples..<(index + 1) * settings.samples]),
        theory: MeanField(activation, sigmaW: place.weight, sigmaB: place.bias), depth: settings.depth)
    }
  }

  init(_ spectra: [SpectrumRecord], theory: MeanField, depth: Int) {
    (sigmaW, sigmaB) = (theory.sigmaW, theory.sigmaB)
    let summary = Summary(panel: spectra[0].panel, samples: spectra)
    (samples, failed) = (summary.samples, summary.failed)
    let found = spectra.compactMap(\.spectrum)
    let (squares, layers) = (found.meanSquares, Double(depth))
    if let squares {
      chi = squares.relative.mean.map { Double.exp((.log($0) + squares.logUnit) / layers) }
    } else {
      // Zeros alone have a mean of 0.
      chi = found.contains { $0.count > 0 } ? 0 : nil
    }
    if let chi, let mean = squares?.relative.mean, let error = squares?.relative.standardError {
      chiStandardError = chi * error / (mean * layers)
    } else {
      chiStandardError = nil
    }
    medianLog = summary[.medianLog].median
    (verdict, reason) = (summary.verdict, summary.verdictReason)
    // Inputs are N(0, 1): the first layer's pre-activations have the variance σ_w² + σ_b².
    var (q, sum) = (theory.sigmaW * theory.sigmaW + theory.sigmaB * theory.sigmaB, 0.0)
    for _ in 0..<depth {
      sum += .log(theory.susceptibility(variance: q))
      q = theory.lengthMap(q)
    }
    predictedChi = Double.exp(sum / layers).ifFinite
  }
}

extension PhaseMeasurement: Encodable {
  enum CodingKeys: String, CodingKey {
    case sigmaW = "sigma_w"
    case sigmaB = "sigma_b"
    case samples, failed
    case predictedChi = "predicted_chi"
    case chi
    case chiStandardError = "chi_standard_error"
    case medianLog = "median_log"
    case verdict, reason
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sigmaW, forKey: .sigmaW)
    try container.encode(sigmaB, forKey: .sigmaB)
    try container.encode(samples, forKey: .samples)
    try container.encode(failed, forKey: .failed)
    try container.encode(predictedChi, forKey: .predictedChi)
    try container.encode(chi, forKey: .chi)
    try container.encode(chiStandardError, forKey: .chiStandardError)
    try container.encode(medianLog, forKey: .medianLog)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(reason, forKey: .reason)
  }
}
