import RealModule

/// The bins that the histograms of several spectra share, in units of log σ.
public struct HistogramAxis: Sendable, Equatable {
  /// The base of the logarithm on the axis.
  public enum LogBase: String, Sendable, Codable, CaseIterable {
    case ten = "10"
    case e = "e"

    /// The natural logarithm of the base: ln σ divided by it is log σ in this base.
    public var naturalLog: Double { self == .ten ? .log(10) : 1 }
  }

  /// What the axis spans.
  public enum Range: Sendable, Equatable {
    /// The bulk of what was found in every panel, rounded outward to round numbers.
    case auto
    /// From the lower to the upper end, in units of the axis.
    case explicit(lower: Double, upper: Double)
  }

  /// The base of the logarithm on the axis.
  public let logBase: LogBase
  /// The edges of the bins, ascending and equally spaced; one more than there are bins.
  public let edges: [Double]

  /// The number of bins.
  public var bins: Int { edges.count - 1 }
  /// The lower end.
  public var lower: Double { edges[0] }
  /// The upper end.
  public var upper: Double { edges[bins] }
  /// The width of one bin.
  public var binWidth: Double { (upper - lower) / Double(bins) }

  /// An axis for the spectra of one panel.
  ///
  /// As for several panels, below.
  public init(
    spanning spectra: [Spectrum] = [], bins: Int = 40, logBase: LogBase = .ten, range: Range = .auto
  ) throws(HistogramError) {
    try self.init(spanningPanels: [spectra], bins: bins, logBase: logBase, range: range)
  }

  /// An axis for the panels that are to be compared on it.
  ///
  /// `auto` spans the live values of each panel without its far outliers, rounded outward to multiples of 1, 2 or
  /// 5 · 10ᵏ. Far outliers are values beyond Tukey's outer fences, three interquartile ranges outside the quartiles (*Exploratory
  /// Data Analysis*, 1977), and four decades at least: a LayerNorm contracts one direction a token by five decades, and
  /// an axis that showed them at 10⁻⁶⁵⁰ would show everything else in one bin. They are counted as `underflow` and
  /// `overflow` of the histogram. In the same way panels are left out whose own ends are far outliers among the others'.
  ///
  /// Where all these values agree to a thousandth of a decade the axis spans at least half a unit on either side of them,
  /// since a finer one would show rounding; without any live value it spans −1…1.
  ///
  /// - Parameters:
  ///   - panels: the spectra of each panel.
  ///   - bins: the number of bins, 1…10,000.
  ///   - logBase: the base of the logarithm on the axis.
  ///   - range: what the axis spans.
  /// - Throws: `HistogramError` where the number of bins or the range is no good.
  public init(
    spanningPanels panels: [[Spectrum]], bins: Int = 40, logBase: LogBase = .ten, range: Range = .auto
  ) throws(HistogramError) {
    let ends: (lower: Double, upper: Double)
    switch range {
    case .auto: ends = Self.automaticEnds(panels, logBase: logBase)
    case .explicit(let lower, let upper): ends = (lower, upper)
    }
    try self.init(lower: ends.lower, upper: ends.upper, bins: bins, logBase: logBase)
  }

  /// An axis between two ends.
  ///
  /// - Throws: `HistogramError` as above.
  public init(lower: Double, upper: Double, bins: Int, logBase: LogBase = .ten) throws(HistogramError) {
    guard (1...10_000).contains(bins) else { throw .bins(bins) }
    guard lower < upper else { throw .range(lower: lower, upper: upper) }
    // Weighted ends give round edges: −3…1 in forty bins has 0 among them, which lower + i · width would miss.
    try self.init(
      edges: (0...bins).map { (lower * Double(bins - $0) + upper * Double($0)) / Double(bins) }, logBase: logBase)
  }

  /// An axis from its edges, as a file holds them.
  init(edges: [Double], logBase: LogBase) throws(HistogramError) {
    guard (2...10_001).contains(edges.count) else { throw .bins(edges.count - 1) }
    // Within these limits, far beyond any network's, no arithmetic on the axis can overflow.
    let (lower, upper) = (edges[0], edges[edges.count - 1])
    guard abs(lower) <= 1e8, abs(upper) <= 1e8, upper - lower >= 1e-9,
      zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw .range(lower: lower, upper: upper) }
    self.logBase = logBase
    self.edges = edges
  }
}

/// Why there is no such axis.
public enum HistogramError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The number of bins is out of range.
  case bins(Int)
  /// The ends are swapped, equal, not finite, or too close for the number of bins.
  case range(lower: Double, upper: Double)

  public var description: String {
    switch self {
    case .bins(let bins): "A histogram cannot have \(bins) bins; choose from 1 to 10000."
    case .range(let lower, let upper) where lower > upper:
      "The range \(lower),\(upper) of a histogram has its ends swapped; write \(upper),\(lower)."
    case .range(let lower, let upper):
      "The range \(lower),\(upper) is no axis; give two numbers between -1e8 and 1e8, the lower first, not nearly equal."
    }
  }
}

// MARK: - Where values fall

extension HistogramAxis {
  /// Where a value falls.
  package enum Position: Equatable {
    case underflow
    case bin(Int)
    case overflow
  }

  /// Where a value in units of the axis falls.
  ///
  /// A bin includes its left edge, the last one also its right edge. A value within `tolerance` of an edge counts as
  /// lying on it, so that rounding does not scatter equal values (σ = 1 above all) over two bins.
  package func position(of value: Double, tolerance: Double) -> Position {
    let slack = Swift.min(tolerance, binWidth / 1000)
    if value < lower - slack { return .underflow }
    if value > upper + slack { return .overflow }
    let estimate = Int(((value - lower) / (upper - lower) * Double(bins)).rounded(.down))
    var bin = Swift.min(Swift.max(estimate, 0), bins - 1)
    while bin + 1 < bins, value >= edges[bin + 1] - slack { bin += 1 }
    while bin > 0, value < edges[bin] - slack { bin -= 1 }
    return .bin(bin)
  }

  /// How many natural logarithms fall into each bin; those beyond the axis into none.
  package func counts(of logarithms: [Double]) -> [Int] {
    logarithms.reduce(into: [Int](repeating: 0, count: bins)) { counts, logarithm in
      if case .bin(let bin) = position(of: logarithm / logBase.naturalLog, tolerance: 0) { counts[bin] += 1 }
    }
  }

  /// The distance in units of the axis within which two values of a precision are practically equal: √eps of ln σ.
  package func tolerance(precisionName: String) -> Double {
    let eps = precisionName == "float" ? Double(Float.ulpOfOne) : Double.ulpOfOne
    return .sqrt(eps) / logBase.naturalLog
  }
}

// MARK: - Round numbers

extension HistogramAxis {
  /// Ticks at multiples of 1, 2 or 5 · 10ᵏ within the axis, at most `count` of them, with their shortest decimals.
  package func ticks(atMost count: Int) -> [(value: Double, text: String)] {
    var step = RoundStep(atLeast: (upper - lower) / Double(Swift.max(count, 1)))
    while true {
      // The slack admits a tick on an end that has been rounded.
      let first = Int(((lower / step.value) - 1e-9).rounded(.up))
      let last = Int(((upper / step.value) + 1e-9).rounded(.down))
      if first <= last, last - first >= count, count > 0 {
        step = step.next
        continue
      }
      return first > last
        ? [] : (first...last).map { (step.multiple($0), NumberText.fixed(step.multiple($0), decimals: step.decimals)) }
    }
  }

  private static func automaticEnds(_ panels: [[Spectrum]], logBase: LogBase) -> (lower: Double, upper: Double) {
    let ends = panels.compactMap { bulk(of: $0.flatMap(\.logSingularValues)) }
    guard let lowest = bulk(of: ends.map(\.lowerBound))?.lowerBound,
      let highest = bulk(of: ends.map(\.upperBound))?.upperBound
    else { return (-1, 1) }
    var (lower, upper) = (lowest / logBase.naturalLog, highest / logBase.naturalLog)
    // No axis reaches there, which its initialiser says.
    if Swift.max(abs(lower), abs(upper)) > 1e8 { return (lower, upper) }
    var step = RoundStep(atLeast: (upper - lower) / 8)
    // Values that rounding has pushed over a round number count as lying on it (see `position`).
    var slack = 1e-9
    if upper - lower < 1e-3 {
      (lower, upper, step) = (lower - 0.5, upper + 0.5, RoundStep(mantissa: 5, exponent: -1))
      slack = 1e-2
    }
    let first = (lower / step.value + slack).rounded(.down)
    let last = (upper / step.value - slack).rounded(.up)
    return (step.multiple(Int(first)), step.multiple(Int(last)))
  }
}

extension HistogramAxis {
  /// The extremes of logarithms without their far outliers; nil for none.
  private static func bulk(of logarithms: [Double]) -> ClosedRange<Double>? {
    let sorted = logarithms.sorted()
    guard let first = quantile(0.25, ofAscending: sorted), let third = quantile(0.75, ofAscending: sorted) else {
      return nil
    }
    let fence = Swift.max(3 * (third - first), 4 * .log(10))
    // The values next to the quartiles lie within: neither is missing.
    guard let lowest = sorted.first(where: { $0 >= first - fence }),
      let highest = sorted.last(where: { $0 <= third + fence })
    else { return nil }
    return lowest...highest
  }
}

/// A distance of 1, 2 or 5 · 10ᵏ.
private struct RoundStep {
  let mantissa: Int
  let exponent: Int

  init(mantissa: Int, exponent: Int) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// The smallest round distance that is at least `distance`.
  init(atLeast distance: Double) {
    guard distance > 0, distance.isFinite else {
      self.init(mantissa: 1, exponent: 0)
      return
    }
    let exponent = Int((.log(distance) / .log(10) as Double).rounded(.down))
    let unit: Double = .pow(10, exponent)
    // The slack keeps a distance that is a round number but for rounding.
    let mantissa = [1, 2, 5].first { Double($0) * unit >= distance * (1 - 1e-9) }
    self =
      mantissa.map { RoundStep(mantissa: $0, exponent: exponent) } ?? RoundStep(mantissa: 1, exponent: exponent + 1)
  }

  var value: Double { multiple(1) }
  var decimals: Int { Swift.max(-exponent, 0) }
  var next: RoundStep {
    switch mantissa {
    case 1: RoundStep(mantissa: 2, exponent: exponent)
    case 2: RoundStep(mantissa: 5, exponent: exponent)
    default: RoundStep(mantissa: 1, exponent: exponent + 1)
    }
  }

  /// A multiple of the distance, as the nearest `Double` to the decimal number.
  func multiple(_ factor: Int) -> Double {
    let scaled = Double(factor) * Double(mantissa)
    return exponent < 0 ? scaled / .pow(10, -exponent) : scaled * .pow(10, exponent)
  }
}
