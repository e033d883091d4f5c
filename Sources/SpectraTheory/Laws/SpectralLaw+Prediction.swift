public import SpectraAnalysis

extension SpectralLaw {
  /// The law with its numbers, for a record.
  ///
  /// - Parameters:
  ///   - points: those of the curve, about.
  ///   - fitted: a sentence that says which parameter was fitted to the measurement; nil where all are computed.
  /// - Throws: `TheoryError` where the law has no value at a point.
  public func prediction(points: Int = 512, fitted: String? = nil) throws(TheoryError) -> TheoryRecord.Prediction {
    let moments = try logMoments()
    let places = atoms.compactMap(\.logSingularValue)
    return TheoryRecord.Prediction(
      law: name, source: source, parameters: parameters, fitted: fitted, curve: try curve(points: points),
      logMeanSquared: logMeanSquared.isFinite ? logMeanSquared : nil, meanLog: moments?.mean,
      varianceLog: moments?.variance,
      logUpperEdge: (try edges().map { [$0.upper] } ?? []).reduce(places.max()) { max($0 ?? $1, $1) })
  }

  /// Mean and variance of ln σ over values other than zeros, from the curve.
  public func logMoments() throws(TheoryError) -> (mean: Double, variance: Double)? {
    try curve(points: 2048).logMoments
  }
}

extension SpectralCurve {
  /// Between which values the mean of ln σ lies over values other than zeros, from the masses between points alone; nil where all are
  /// zeros. Below a first point above which the density goes on, it is taken to fall as an exponential.
  var boundsOfLogMean: (lower: Double, upper: Double)? {
    var (lower, upper, mass) = (0.0, 0.0, 0.0)
    for atom in atoms {
      guard let place = atom.logSingularValue else { continue }
      (lower, upper, mass) = (lower + atom.weight * place, upper + atom.weight * place, mass + atom.weight)
    }
    for index in logSingularValues.indices.dropFirst() {
      let share = cumulative[index] - cumulative[index - 1]
      lower += share * logSingularValues[index - 1]
      upper += share * logSingularValues[index]
      mass += share
    }
    if let place = logSingularValues.first, let below = cumulative.first, below > 0, density[0] > 0 {
      // Ten times as far as the exponential's own mean.
      lower += below * (place - 10 * below / density[0])
      upper += below * place
      mass += below
    }
    return mass > 0 ? (lower / mass, upper / mass) : nil
  }

  /// Mean and variance of ln σ over values other than zeros, atoms included; nil where all are zeros.
  public var logMoments: (mean: Double, variance: Double)? {
    var parts = atoms.compactMap { atom in atom.logSingularValue.map { (place: $0, spread: 0.0, weight: atom.weight) } }
    for index in logSingularValues.indices.dropFirst() {
      let (low, high) = (logSingularValues[index - 1], logSingularValues[index])
      let width = high - low
      let mass = cumulative[index] - cumulative[index - 1]
      guard mass > 0 else { continue }
      // Of the cubic F through the masses with the densities as slopes: E[t] = 1 − ∫ F, E[t²] = 1 − 2 ∫ t F on 0 < t < 1. Where an edge is
      // steeper than a cubic can be, F is straight.
      var (from, to) = (width * density[index - 1] / mass, width * density[index] / mass)
      if from > 3 || to > 3 { (from, to) = (1, 1) }
      let first = 0.5 + (to - from) / 12
      let second = 0.3 + to / 10 - from / 15
      parts.append((low + width * first, width * width * (second - first * first), mass))
    }
    if let place = logSingularValues.first, let below = cumulative.first, below > 0, density[0] > 0 {
      let rate = below / density[0]
      parts.append((place - rate, rate * rate, below))
    }
    let mass = parts.reduce(0) { $0 + $1.weight }
    guard mass > 0 else { return nil }
    let mean = parts.reduce(0) { $0 + $1.weight * $1.place } / mass
    let variance = parts.reduce(0) { $0 + $1.weight * ($1.spread + ($1.place - mean) * ($1.place - mean)) } / mass
    return (mean, variance)
  }
}
