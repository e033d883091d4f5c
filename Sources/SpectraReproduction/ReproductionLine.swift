/// A quantity that a paper published and that can be measured here: one line of `spectra reproduce`.
public struct ReproductionLine: Sendable, Equatable {
  /// The row of the list of results, a dot, and what tells its lines apart: `C10.relu-gaussian-16`.
  public let id: String
  /// Paper, and section, equation or table.
  public let source: String
  /// What is measured.
  public let quantity: String
  /// Sizes, laws and number of networks, which are the paper's where it states them. The seed is 0 throughout.
  public let settings: String
  /// What the paper says.
  public var published: PublishedValue
  /// When the measured number agrees with it.
  public let criterion: Criterion

  /// A line of given parts.
  public init(
    _ id: String, source: String, quantity: String, settings: String, published: PublishedValue, criterion: Criterion
  ) {
    self.id = id
    self.source = source
    self.quantity = quantity
    self.settings = settings
    self.published = published
    self.criterion = criterion
  }

  /// The row that the line is of: `C10`.
  public var row: String { String(id.prefix { $0 != "." }) }
}

/// A number as it was published, or the interval in which it is claimed to lie.
public enum PublishedValue: Sendable, Hashable {
  /// A number, with the decimals that were printed; nil where a formula was published.
  case value(Double, decimals: Int? = nil)
  /// Bounds, or a shape put into bounds; nil is none.
  case interval(lower: Double?, upper: Double?)
}

extension PublishedValue {
  /// How far a number lies from the published one, or outside of the interval.
  func distance(to number: Double) -> Double {
    switch self {
    case .value(let value, _): abs(number - value)
    case .interval(let lower, let upper):
      max(0, (lower.map { $0 - number } ?? 0), (upper.map { number - $0 } ?? 0))
    }
  }
}

/// When a measured number agrees with a published one.
public enum Criterion: Sendable, Hashable {
  /// It rounds to the printed digits.
  case printedDigits
  /// It lies within so many of its own standard errors.
  case standardErrors(Double)
  /// It lies within an absolute tolerance, for a reason.
  case tolerance(Double, because: String)
  /// It lies in the published interval, which states what.
  case bounds(String)
}

extension Criterion {
  /// The criterion as a clause.
  public var text: String {
    switch self {
    case .printedDigits: "rounds to the printed digits"
    case .standardErrors(let count): "within \(ReproductionText.number(count)) standard errors"
    case .tolerance(let tolerance, let reason): "within \(ReproductionText.number(tolerance)): \(reason)"
    case .bounds(let meaning): meaning
    }
  }

  /// Whether a measurement agrees with a published value.
  func accepts(_ measurement: MeasuredValue, for published: PublishedValue) -> Bool {
    guard measurement.value.isFinite else { return false }
    let target = measurement.expected.map { PublishedValue.value($0) } ?? published
    let distance = target.distance(to: measurement.value)
    switch self {
    case .printedDigits:
      guard case .value(let value, let decimals?) = published else { return false }
      // Half a unit of the last digit; what is exactly half may have been rounded either way.
      let unit = Double.pow(10, -decimals)
      return abs(measurement.value - value) <= unit / 2 * (1 + 1e-9)
    case .standardErrors(let count):
      guard let uncertainty = measurement.uncertainty, uncertainty.isFinite else { return false }
      return distance <= count * uncertainty
    case .tolerance(let tolerance, _): return distance <= tolerance
    case .bounds: return distance == 0
    }
  }
}

/// What was measured for a line.
public struct MeasuredValue: Sendable, Equatable {
  /// The number.
  public var value: Double
  /// Its standard error, over networks unless the settings say otherwise; nil where it is not random.
  public var uncertainty: Double?
  /// What the published limit is at the size of the measurement, where that was computed.
  public var expected: Double?

  /// A measured number.
  public init(_ value: Double, uncertainty: Double? = nil, expected: Double? = nil) {
    (self.value, self.uncertainty, self.expected) = (value, uncertainty, expected)
  }
}
