import Spectra

/// Numbers as the report writes them.
enum ReproductionText {
  /// A number as short as it can be: `3`, `0.05`, `1e-08`.
  static func number(_ value: Double) -> String {
    abs(value) < 1e-3 && value != 0 ? NumberText.significant(value, digits: 1) : NumberText.shortest(value)
  }
}

extension PublishedValue {
  /// The number with the digits that were printed, of a formula six; an interval as `4 … 10`, `≥ 0.5`, `≤ 0.01`.
  public var text: String {
    func plain(_ value: Double) -> String {
      let short = ReproductionText.number(value)
      return short.count <= 8 ? short : NumberText.significant(value, digits: 6)
    }
    switch self {
    case .value(let value, let decimals?): return NumberText.fixed(value, decimals: decimals)
    case .value(let value, nil): return plain(value)
    case .interval(let lower?, let upper?): return "\(plain(lower)) … \(plain(upper))"
    case .interval(let lower?, nil): return "≥ \(plain(lower))"
    case .interval(nil, let upper?): return "≤ \(plain(upper))"
    case .interval(nil, nil): return "any"
    }
  }
}

extension ReproductionResult {
  /// The measured number with enough digits to be compared: those printed, or two of its uncertainty, or five.
  public var measuredText: String {
    guard let measurement else { return "none" }
    return Self.text(measurement.value, uncertainty: measurement.uncertainty, beside: line.published)
  }

  /// The expected number at the measurement's size in as many digits; nil where none was computed.
  public var expectedText: String? {
    measurement.flatMap { measurement in
      measurement.expected.map { Self.text($0, uncertainty: measurement.uncertainty, beside: line.published) }
    }
  }

  /// The standard error to two digits; nil where there is none.
  public var uncertaintyText: String? {
    measurement?.uncertainty.map { NumberText.significant($0, digits: 2) }
  }

  private static func text(_ value: Double, uncertainty: Double?, beside published: PublishedValue) -> String {
    if case .value(_, let decimals?) = published { return NumberText.fixed(value, decimals: decimals) }
    if let uncertainty, uncertainty > 0, abs(value) >= 1e-3, uncertainty >= 1e-6, uncertainty < 1e5 {
      // Two digits of the uncertainty.
      let decimals = max(0, 1 - Int(Double.log10(uncertainty).rounded(.down)))
      return NumberText.fixed(value, decimals: decimals)
    }
    if value == value.rounded(), abs(value) < 1e6 { return NumberText.shortest(value) }
    return NumberText.significant(value, digits: abs(value) < 1e-6 ? 2 : 6)
  }
}

/// A number of layers, as in `1 layer`.
func layers(_ count: Int) -> String { count == 1 ? "1 layer" : "\(count) layers" }
