import RealModule

/// The statistics of dynamical isometry that a spectrum gives, under their names in files.
public enum Statistic: String, Sendable, Codable, CaseIterable {
  /// Σ σ² / p over all values; 1 is criticality.
  case meanSquared = "mean_squared"
  /// The mean of ln σ over live values.
  case meanLog = "mean_log"
  /// The standard deviation of ln σ over live values, with 1/(k − 1).
  case standardDeviationLog = "std_log"
  /// The median of ln σ over live values.
  case medianLog = "median_log"
  /// ln of the smallest live value.
  case minimumLog = "min_log"
  /// ln of the largest live value.
  case maximumLog = "max_log"
  /// ln of the largest live value over the smallest.
  case logConditionNumber = "log_condition_number"
  /// The share of all values with |ln σ| ≤ 1.
  case isometryFraction = "isometry_fraction"
  /// Σ σ² / σ₁².
  case stableRank = "stable_rank"
  /// exp(−Σ q ln q) with q = σ / Σ σ (Roy & Vetterli 2007).
  case effectiveRank = "effective_rank"
  /// (Σ σ²)² / Σ σ⁴.
  case participationRatio = "participation_ratio"
  /// The estimated error of the least certain live ln σ.
  case logError = "log_error"
}

/// What one spectrum says about dynamical isometry.
///
/// All are computed from ln σ, so that neither σ² nor σ⁴ over- or underflows. A statistic of an empty set, or one too large
/// for a `Double`, is nil; one too small for it is 0. `ln` is the natural logarithm.
public struct IsometryStatistics: Sendable, Equatable {
  /// Σ σ² / p over all values, unresolved ones as computed: the number that papers print. 1 is criticality.
  public let meanSquared: Double?
  /// The mean of ln σ over live values.
  public let meanLog: Double?
  /// The standard deviation of ln σ over live values, with 1/(k − 1); nil below two values.
  public let standardDeviationLog: Double?
  /// The median of ln σ over live values.
  public let medianLog: Double?
  /// ln of the smallest live value.
  public let minimumLog: Double?
  /// ln of the largest live value.
  public let maximumLog: Double?
  /// `maximumLog` − `minimumLog`.
  public let logConditionNumber: Double?
  /// The share of all p values with |ln σ| ≤ 1.
  public let isometryFraction: Double?
  /// Σ σ² / σ₁² over live values.
  public let stableRank: Double?
  /// exp(−Σ q ln q) with q = σ / Σ σ over live values (Roy & Vetterli 2007).
  public let effectiveRank: Double?
  /// (Σ σ²)² / Σ σ⁴ over live values.
  public let participationRatio: Double?
  /// The estimated error of ln σ, largest over live values.
  public let logError: Double?

  /// The statistics of a spectrum.
  public init(_ spectrum: Spectrum) {
    let live = spectrum.logSingularValues
    let count = Double(live.count)
    let size = spectrum.count

    let squares = logOfSum((live + spectrum.unresolvedLogSingularValues).lazy.map { 2 * $0 })
    meanSquared =
      size == 0
      ? nil : squares.map { representableExp($0 - .log(Double(size))) } ?? (spectrum.unresolved == 0 ? 0 : nil)

    let mean = live.isEmpty ? nil : live.reduce(0, +) / count
    meanLog = mean
    standardDeviationLog = mean.flatMap { mean in
      live.count < 2 ? nil : .sqrt(live.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1))
    }
    medianLog = quantile(0.5, ofAscending: live.reversed())
    minimumLog = live.last
    maximumLog = live.first
    logConditionNumber = live.first.flatMap { first in live.last.map { first - $0 } }
    isometryFraction = size == 0 ? nil : Double(live.count { abs($0) <= 1 }) / Double(size)

    // Relative to σ₁ every power is at most 1 and the largest is 1: nothing overflows, what underflows is negligible.
    if let largest = live.first {
      let relative = live.map { $0 - largest }
      let first = relative.reduce(0) { $0 + .exp($1) }
      let second = relative.reduce(0) { $0 + .exp(2 * $1) }
      let fourth = relative.reduce(0) { $0 + .exp(4 * $1) }
      stableRank = second
      participationRatio = second * second / fourth
      // With r = ln(σ/σ₁) and S = Σ eʳ: −Σ q ln q = ln S − Σ r eʳ / S.
      effectiveRank = .exp(.log(first) - relative.reduce(0) { $0 + $1 * .exp($1) } / first)
    } else {
      (stableRank, participationRatio, effectiveRank) = (nil, nil, nil)
    }
    logError = spectrum.logError
  }

  /// The value of a statistic by name.
  public subscript(statistic: Statistic) -> Double? {
    switch statistic {
    case .meanSquared: meanSquared
    case .meanLog: meanLog
    case .standardDeviationLog: standardDeviationLog
    case .medianLog: medianLog
    case .minimumLog: minimumLog
    case .maximumLog: maximumLog
    case .logConditionNumber: logConditionNumber
    case .isometryFraction: isometryFraction
    case .stableRank: stableRank
    case .effectiveRank: effectiveRank
    case .participationRatio: participationRatio
    case .logError: logError
    }
  }
}

// MARK: - Codable

extension IsometryStatistics: Codable {
  enum CodingKeys: String, CodingKey {
    case meanSquared = "mean_squared"
    case meanLog = "mean_log"
    case standardDeviationLog = "std_log"
    case medianLog = "median_log"
    case minimumLog = "min_log"
    case maximumLog = "max_log"
    case logConditionNumber = "log_condition_number"
    case isometryFraction = "isometry_fraction"
    case stableRank = "stable_rank"
    case effectiveRank = "effective_rank"
    case participationRatio = "participation_ratio"
    case logError = "log_error"
  }

  /// Writes a statistic that is nil as `null`, so that every spectrum has the same fields.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(meanSquared, forKey: .meanSquared)
    try container.encode(meanLog, forKey: .meanLog)
    try container.encode(standardDeviationLog, forKey: .standardDeviationLog)
    try container.encode(medianLog, forKey: .medianLog)
    try container.encode(minimumLog, forKey: .minimumLog)
    try container.encode(maximumLog, forKey: .maximumLog)
    try container.encode(logConditionNumber, forKey: .logConditionNumber)
    try container.encode(isometryFraction, forKey: .isometryFraction)
    try container.encode(stableRank, forKey: .stableRank)
    try container.encode(effectiveRank, forKey: .effectiveRank)
    try container.encode(participationRatio, forKey: .participationRatio)
    try container.encode(logError, forKey: .logError)
  }
}

// MARK: - Within this module

/// ln Σ exp(x), nil for an empty sequence.
func logOfSum(_ logarithms: some Collection<Double>) -> Double? {
  guard let largest = logarithms.max() else { return nil }
  return largest + .log(logarithms.reduce(0) { $0 + .exp($1 - largest) })
}

/// exp(x), nil where it overflows.
func representableExp(_ logarithm: Double) -> Double? { Double.exp(logarithm).ifFinite }

/// The quantile of ascending values by linear interpolation between order statistics (type 7 of Hyndman & Fan 1996, the
/// default of NumPy and R), nil for no values.
package func quantile(_ share: Double, ofAscending values: [Double]) -> Double? {
  guard let last = values.indices.last else { return nil }
  let position = share * Double(last)
  let lower = Int(position)
  let weight = position - Double(lower)
  guard weight > 0, lower < last else { return values[lower] }
  // Equal neighbours give exactly themselves, and the halves cannot overflow.
  return values[lower] == values[lower + 1]
    ? values[lower] : values[lower] * (1 - weight) + values[lower + 1] * weight
}
