import RealModule

/// How one number is distributed over the samples of a panel.
public struct Distribution: Sendable, Equatable {
  /// How many samples have the number; every other field is nil where there is none.
  public let count: Int
  /// The mean over samples.
  public let mean: Double?
  /// The standard deviation with 1/(count − 1), divided by √count; nil below two samples.
  public let standardError: Double?
  /// The median over samples.
  public let median: Double?
  /// The 25 % quantile, by linear interpolation.
  public let lowerQuartile: Double?
  /// The 75 % quantile, by linear interpolation.
  public let upperQuartile: Double?
  /// The smallest of all samples.
  public let minimum: Double?
  /// The largest of all samples.
  public let maximum: Double?

  /// The distribution of the finite numbers among `values`; nil stands for a sample without the number.
  public init(_ values: [Double?]) {
    let sorted = values.compactMap { $0 }.filter(\.isFinite).sorted()
    count = sorted.count
    median = quantile(0.5, ofAscending: sorted)
    lowerQuartile = quantile(0.25, ofAscending: sorted)
    upperQuartile = quantile(0.75, ofAscending: sorted)
    minimum = sorted.first
    maximum = sorted.last
    // In units of the largest magnitude neither the sum nor its squares overflow.
    let unit = sorted.reduce(0) { Swift.max($0, abs($1)) }
    guard !sorted.isEmpty, unit > 0 else {
      mean = sorted.isEmpty ? nil : 0
      standardError = sorted.count < 2 ? nil : 0
      return
    }
    let number = Double(sorted.count)
    let center = sorted.reduce(0) { $0 + $1 / unit } / number
    // A mean lies between the extremes; rounding must not move that of equal numbers.
    mean = Swift.min(Swift.max(center * unit, sorted[0]), sorted[sorted.count - 1])
    let squares = sorted.reduce(0) { $0 + ($1 / unit - center) * ($1 / unit - center) }
    standardError =
      sorted.count < 2 ? nil : sorted[0] == sorted[sorted.count - 1] ? 0 : .sqrt(squares / (number - 1) / number) * unit
  }
}

extension Distribution: Codable {
  enum CodingKeys: String, CodingKey {
    case count, mean
    case standardError = "standard_error"
    case median
    case lowerQuartile = "lower_quartile"
    case upperQuartile = "upper_quartile"
    case minimum = "min"
    case maximum = "max"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encode(mean, forKey: .mean)
    try container.encode(standardError, forKey: .standardError)
    try container.encode(median, forKey: .median)
    try container.encode(lowerQuartile, forKey: .lowerQuartile)
    try container.encode(upperQuartile, forKey: .upperQuartile)
    try container.encode(minimum, forKey: .minimum)
    try container.encode(maximum, forKey: .maximum)
  }
}
