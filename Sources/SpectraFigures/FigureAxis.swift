import RealModule
import SpectraAnalysis

/// An axis of numbers, linear or logarithmic.
public struct FigureAxis: Sendable, Equatable {
  /// What stands beside it.
  public let name: String
  /// The ends, as numbers of the axis; both positive where it is logarithmic.
  public let lower, upper: Double
  public let isLogarithmic: Bool

  init(name: String, lower: Double, upper: Double, isLogarithmic: Bool) {
    self.name = name
    self.lower = lower
    self.upper = upper
    self.isLogarithmic = isLogarithmic
  }

  /// An axis that holds some values, with a little room beyond them.
  ///
  /// - Parameters:
  ///   - values: what stands on it; any number of them.
  ///   - isLogarithmic: whether it is logarithmic; where nil, it is if all values are positive and span two decades (one for
  ///     whole numbers such as depths), or if some are 0, as mean σ² is where it underflows, and the others span six: on a
  ///     linear axis all but the largest would be 0, too. Without a positive value it never is.
  init(spanning values: [Double], name: String, isLogarithmic: Bool?) {
    self.name = name
    let positive = values.filter { $0 > 0 }
    let (smallest, largest) = (values.min() ?? 0, values.max() ?? 1)
    let decades = smallest <= 0 ? 6 : values.allSatisfy { $0 == $0.rounded() } ? 0.9 : 2
    let (low, high) = (Double.log10(positive.min() ?? 1), Double.log10(positive.max() ?? 1))
    if !positive.isEmpty, isLogarithmic ?? (smallest >= 0 && high - low >= decades) {
      let room = Swift.max((high - low) * 0.04, 0.02)
      // Values at the end of the range of numbers leave no room beyond them.
      lower = Swift.max(.pow(10, low - room), .leastNormalMagnitude)
      upper = Swift.min(.pow(10, high + room), .greatestFiniteMagnitude)
      self.isLogarithmic = true
    } else {
      // Equal numbers in the middle, whatever their size; halves do not overflow.
      let size = Swift.max(abs(largest), abs(smallest))
      let half = size == 0 ? 1 : Swift.max(largest / 2 - smallest / 2, size * 1e-6, 1e-9)
      let middle = largest / 2 + smallest / 2
      lower = Swift.max(middle - half * 1.08, -.greatestFiniteMagnitude)
      upper = Swift.min(middle + half * 1.08, .greatestFiniteMagnitude)
      self.isLogarithmic = false
    }
  }

  /// Where a number stands: 0 at the lower end, 1 at the upper; nil for one that a logarithmic axis does not have.
  public func position(_ value: Double) -> Double? {
    if !isLogarithmic {
      // In quarters no difference overflows.
      return (value / 4 - lower / 4) / (upper / 4 - lower / 4)
    }
    guard value > 0 else { return nil }
    return (Double.log10(value) - .log10(lower)) / (.log10(upper) - .log10(lower))
  }

  /// Round numbers within the axis, at most `count` where that is possible, as they are written.
  public func ticks(atMost count: Int) -> [(value: Double, text: String)] {
    guard isLogarithmic else {
      return Self.roundNumbers(from: lower, to: upper, atMost: count)
    }
    let (low, high) = (Double.log10(lower), Double.log10(upper))
    let first = Int((low - 1e-9).rounded(.up))
    let last = Int((high + 1e-9).rounded(.down))
    if high - low < 1.5 || first >= last {
      // Within a decade or so, or with a single power of ten on the axis: 1, 2 and 5 times such powers.
      let exponents = Int(low.rounded(.down))...Int(high.rounded(.down))
      let values = exponents.flatMap { exponent in [1.0, 2, 5].map { $0 * .pow(10, Double(exponent)) } }
        .filter { $0 >= lower && $0 <= upper }
      if values.count >= 2 { return values.map { ($0, Self.text($0)) } }
      return Self.roundNumbers(from: lower, to: upper, atMost: count)
    }
    let step = Swift.max((last - first + Swift.max(count, 1)) / Swift.max(count, 1), 1)
    let exponents = (first...last).filter { $0 % step == 0 }
    return (exponents.count >= 2 ? exponents : [first, last]).map { (.pow(10, $0), Self.powerOfTen($0)) }
  }

  private static func roundNumbers(from lower: Double, to upper: Double, atMost count: Int) -> [(
    value: Double, text: String
  )] {
    // Scaled into the range in which a histogram's axis is known to be exact.
    let size = Swift.max(abs(lower), abs(upper))
    let unit = size > 1e7 || size < 1e-3 ? Double.pow(10, Double.log10(size).rounded(.down)) : 1
    guard let axis = try? HistogramAxis(lower: lower / unit, upper: upper / unit, bins: 1) else {
      return [(lower, text(lower))]
    }
    return axis.ticks(atMost: count).map { ($0.value * unit, unit == 1 ? $0.text : text($0.value * unit)) }
  }

  private static func text(_ value: Double) -> String {
    value == 0 ? "0" : NumberText.shortest(Double(NumberText.significant(value, digits: 6)) ?? value)
  }

  private static func powerOfTen(_ exponent: Int) -> String {
    if (-2...3).contains(exponent) { return NumberText.shortest(.pow(10, exponent)) }
    let digits: [Character: Character] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
    ]
    return "10" + String("\(exponent)".map { digits[$0] ?? $0 })
  }
}

extension HistogramAxis {
  /// What stands beside it in a drawing.
  var title: String { logBase == .ten ? "log₁₀ σ" : "ln σ" }
}
