import RealModule
public import SpectraAnalysis

extension TheoryRecord.Comparison {
  /// The distances of measured spectra from a law, without a p-value.
  ///
  /// - Parameters:
  ///   - spectra: one of each sample.
  ///   - prediction: the law. The z-score is nil where a parameter of it was fitted to the mean of σ², and where samples are too far
  ///     apart for one.
  /// - Returns: nil where there is no spectrum with values.
  public init?(of spectra: [Spectrum], with prediction: TheoryRecord.Prediction) {
    let spectra = spectra.filter { $0.count > 0 }
    guard !spectra.isEmpty else { return nil }
    self.init(
      samples: spectra.count, distance: kolmogorovSmirnovDistance(of: spectra, from: prediction.curve))
    // In units of the law's mean nothing overflows that is near it.
    let reference = prediction.logMeanSquared ?? 0
    let distribution = Distribution(spectra.map { $0.logMeanSquared.map { Double.exp($0 - reference) } ?? 0 })
    let unit = Double.exp(reference)
    // What is 0 as a number only is left out.
    func inRange(_ value: Double?) -> Double? {
      value.flatMap { $0 == 0 || (($0 * unit).isNormal && ($0 * unit).isFinite) ? $0 * unit : nil }
    }
    (meanSquared, meanSquaredError) = (inRange(distribution.mean), inRange(distribution.standardError))
    if prediction.fitted == nil, (Self.spreadOfLogMeanSquared(of: spectra) ?? 0) <= Self.largestSpread,
      prediction.logMeanSquared != nil, let mean = distribution.mean,
      let error = distribution.standardError,
      mean.isFinite, error.isFinite, error > 1e-9 * max(mean, 1)
    {
      zScore = (mean - 1) / error
    }
    varianceLog = Self.varianceLog(of: spectra)
    logUpperEdge = Distribution(spectra.map { $0.logSingularValues.first }).median
  }

  /// The standard deviation over samples of the logarithm of a sample's mean of σ²; nil below two samples.
  package static func spreadOfLogMeanSquared(of spectra: [Spectrum]) -> Double? {
    let logarithms = Distribution(spectra.filter { $0.count > 0 }.map(\.logMeanSquared))
    return logarithms.standardError.map { $0 * Double(logarithms.count).squareRoot() }
  }

  /// Of a log-normal distribution of more than this standard deviation a few samples have a mean far below the true one, and a standard
  /// error that says nothing.
  package static let largestSpread = 1.0

  /// The variance of ln σ over the live values of all spectra together; nil below two values.
  package static func varianceLog(of spectra: [Spectrum]) -> Double? {
    let live = spectra.flatMap(\.logSingularValues)
    guard live.count > 1 else { return nil }
    let mean = live.reduce(0, +) / Double(live.count)
    return live.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(live.count - 1)
  }
}

extension Spectrum {
  /// ln of the mean of σ² over all values; nil where all are zero.
  var logMeanSquared: Double? {
    guard let largest = logSingularValues.first else { return nil }
    let sum = logSingularValues.reduce(0) { $0 + .exp(2 * ($1 - largest)) }
    return 2 * largest + .log(sum) - .log(Double(count))
  }
}

/// sup |F_n − F| over all u above what rounding hides, F_n the distribution of ln σ of all spectra together, zeros included.
///
/// A measured value within its rounding of an atom is taken to be there: else the distance would be the atom's weight.
///
/// - Parameter cut: where one is given, the distance above it.
public func kolmogorovSmirnovDistance(
  of spectra: [Spectrum], from curve: SpectralCurve, above cut: Double? = nil
) -> Double {
  let values = spectra.reduce(0) { $0 + $1.count }
  guard values > 0 else { return 0 }
  let places = curve.atoms.compactMap(\.logSingularValue)
  var sorted: [Double] = []
  for spectrum in spectra {
    // The estimate is of the largest error; 1e-6 is far below what a distance of distributions resolves.
    let tolerance = max(1e-6, min(spectrum.logError ?? 0, 1e-2))
    for value in spectrum.logSingularValues {
      let nearest = places.min { abs($0 - value) < abs($1 - value) }
      sorted.append(nearest.flatMap { abs($0 - value) <= tolerance * max(1, abs($0)) ? $0 : nil } ?? value)
    }
  }
  sorted.sort()
  let bound = max(spectra.compactMap(\.unresolvedBelow).max() ?? -.infinity, cut ?? -.infinity)
  let all = Double(values)
  // Zeros and what rounding hides stand below everything else.
  var below = values - sorted.count
  var distance = bound == -.infinity ? abs(Double(below) / all - curve.zeroMass) : 0
  var index = 0
  while index < sorted.count {
    let place = sorted[index]
    let before = Double(below) / all
    while index < sorted.count, sorted[index] == place {
      below += 1
      index += 1
    }
    guard place >= bound else { continue }
    distance = max(
      distance, abs(before - curve.cumulative(below: place)), abs(Double(below) / all - curve.cumulative(at: place)))
  }
  // Between two values F grows on; its largest lead over F_n stands just before the next one, or at the end.
  for place in places {
    let count = values - sorted.count + sorted.prefix { $0 <= place }.count
    let countBelow = values - sorted.count + sorted.prefix { $0 < place }.count
    if place >= bound {
      distance = max(
        distance, abs(Double(count) / all - curve.cumulative(at: place)),
        abs(Double(countBelow) / all - curve.cumulative(below: place)))
    }
  }
  return distance
}

extension ResidualLaw {
  /// c of the law whose mean of σ² is that of measured spectra: ln m₁ − 2 · `logScale`, m₁ the mean over samples; nil where there is
  /// no spectrum, or where all values are zero.
  public static func strength(fittedTo spectra: [Spectrum], logScale: Double = 0) -> Double? {
    guard let (means, logUnit) = spectra.meanSquares, let mean = means.mean else { return nil }
    return logUnit + .log(mean) - 2 * logScale
  }
}

extension [Spectrum] {
  /// The means of σ² of the spectra that have values, in units of the largest, with the logarithm of that: those of deep stacks are out of
  /// the range of numbers. Nil where all values are zero.
  package var meanSquares: (relative: Distribution, logUnit: Double)? {
    let logarithms = filter { $0.count > 0 }.map(\.logMeanSquared)
    guard let largest = logarithms.compactMap(\.self).max() else { return nil }
    return (Distribution(logarithms.map { $0.map { Double.exp($0 - largest) } ?? 0 }), largest)
  }
}
