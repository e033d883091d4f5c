import RealModule

/// The means that decide where a layer is critical, at variances a factor of 2 apart: the same for all points of a critical line.
struct CriticalGrid: Sendable {
  let moments: ActivationMoments
  private let points: [Point]
  private let zero: Point

  /// E[φ′²] and V = E[φ²] at a variance.
  struct Point: Sendable {
    let variance: Double
    let slope: Double
    let square: Double

    init(_ moments: ActivationMoments, _ q: Double) {
      (variance, slope, square) = (q, moments.slopeMoment(1, variance: q), moments.meanSquare(variance: q))
    }

    /// σ_w² and σ_b² of the point that is critical with the variance.
    var critical: (square: Double, bias: Double) {
      (1 / slope, CriticalGrid.rounded(variance - 1 / slope * square, of: variance))
    }
  }

  init(_ moments: ActivationMoments) {
    self.moments = moments
    points = (-200...200).map { Point(moments, Double(sign: .plus, exponent: $0, significand: 1)) }
    zero = Point(moments, 0)
  }

  /// The means at any variance.
  func point(_ q: Double) -> Point { Point(moments, q) }

  /// A difference of two numbers about q, 0 where that is all rounding.
  static func rounded(_ difference: Double, of q: Double) -> Double {
    abs(difference) <= 8e-15 * q ? 0 : difference
  }

  /// The variances at which a condition of the critical line holds: 0 itself, then from 1 outwards exact zeros and changes of sign
  /// between variances of the grid.
  ///
  /// - Parameters:
  ///   - scale: the size of the terms of the condition at a variance, whose rounding counts as 0.
  func variances(scale: (Double) -> Double, where condition: (Point) -> Double) -> [Double] {
    let values = points.map { point -> Double in
      let value = condition(point)
      return abs(value) <= 8e-15 * scale(point.variance) ? 0 : value
    }
    var found = points.indices.filter { values[$0] == 0 }.map { points[$0].variance }
    for index in points.indices.dropLast() where values[index] * values[index + 1] < 0 {
      found.append(
        root(
          from: points[index].variance, values[index], to: points[index + 1].variance, values[index + 1]
        ) { condition(point($0)) })
    }
    found.sort { abs(Double.log($0)) < abs(Double.log($1)) }
    // Where 0 is one, all that is small is one to rounding.
    return abs(condition(zero)) <= 8e-15 * scale(0) ? [0] + found : found
  }
}
