import ComplexModule
import RealModule

/// A stretch of the continuous part of squared gates d, in units of the largest, that is halved where ζ is near to it.
struct GateStretch: Sendable {
  let panel: GatePanel
  let squares: [Double]
  /// The range of d at the nodes.
  let least: Double
  let most: Double
  private let unit: Double
  /// Its halves, to some depth: near the continuous part they are wanted at every point.
  private let halves: [GateStretch]

  /// - Parameter isWhole: whether it has halves of its own, to the depth at which most points need them, and around the largest d,
  ///   where edges lie, to that of rounding.
  init(_ panel: GatePanel, unit: Double, isWhole: Bool) {
    self.init(panel, unit: unit, depth: isWhole ? 4 : 0, depthAtTop: isWhole ? 30 : 0)
  }

  private init(_ panel: GatePanel, unit: Double, depth: Int, depthAtTop: Int) {
    self.panel = panel
    self.unit = unit
    squares = panel.slopes.map {
      let slope = max(abs($0), GatePanel.leastSlope) / unit
      return slope * slope
    }
    (least, most) = squares.reduce((.infinity, 0)) { (min($0.0, $1), max($0.1, $1)) }
    guard depth > 0 || (depthAtTop > 0 && most > 0.99) else {
      halves = []
      return
    }
    let (lower, upper) = panel.halves
    let tops = [lower, upper].map { $0.slopes.reduce(0) { max($0, abs($1)) } }
    halves = [(lower, tops[0] >= tops[1]), (upper, tops[1] >= tops[0])].map { half, isTop in
      GateStretch(half, unit: unit, depth: max(depth - 1, 0), depthAtTop: isTop ? max(depthAtTop - 1, 0) : 0)
    }
  }

  /// d at the nodes with their masses.
  var nodes: [(square: Double, share: Double)] { Array(zip(squares, panel.masses)) }

  /// The least d, between the nodes and at the ends, too: 0 where φ′ changes its sign, or falls towards a zero at an end.
  var bound: Double {
    let changesSign = panel.slopes.contains { $0 < 0 } && panel.slopes.contains { $0 > 0 }
    // Elsewhere stretches are halved until d varies by no more than a factor e⁴ = 55 between nodes.
    return changesSign || least < most / 64 ? 0 : least
  }

  /// The parts on which 1/(ζ − d) is smooth for all |ζ| far below: from 0, too, the middle of their d is about twice as far as the ends
  /// are from it.
  var partsAboveZero: [GateStretch] {
    most <= 2.5 * least || halves.isEmpty ? [self] : halves.flatMap(\.partsAboveZero)
  }

  /// The parts on which 1/(ζ − d) is smooth: the nearest pole is twice as far from the middle of their d as the ends are, so
  /// that 16 nodes leave an error of about (2 + √3)⁻³² = 5e-19.
  func visit(near zeta: Complex<Double>, depth: Int = 0, _ body: (GateStretch) -> Void) {
    let (x, y) = (zeta.real - (least + most) / 2, zeta.imaginary)
    // In units of d, whose square may be out of range. (A ζ that is not a number is near to nothing.)
    let reach = most - least
    let isNear = abs(x) <= reach && abs(y) <= reach && (x / reach) * (x / reach) + (y / reach) * (y / reach) <= 1
    // 48 halvings reach the last bit of z.
    guard isNear, depth < 48 else { return body(self) }
    if halves.isEmpty {
      let (lower, upper) = panel.halves
      GateStretch(lower, unit: unit, isWhole: false).visit(near: zeta, depth: depth + 1, body)
      GateStretch(upper, unit: unit, isWhole: false).visit(near: zeta, depth: depth + 1, body)
    } else {
      for half in halves { half.visit(near: zeta, depth: depth + 1, body) }
    }
  }
}

/// Moments of stretches that are all far below |ζ|, or all far above it: there 1/(ζ − d) is a power series in d/ζ or ζ/d.
struct FarMoments: Sendable {
  /// From how many times |ζ|, or which part of it, on the series is as good as the sum: 8⁻¹⁸ is 6e-17.
  static let distance = 8.0
  private static let terms = 18

  /// The largest d, or the least; 0 where 1/d has no mean, so that nothing is far below.
  private(set) var scale: Double
  /// E[(d/scale)ᵏ], or E[(scale/d)ᵏ], for k from 0.
  private var values = [Double](repeating: 0, count: terms + 1)
  private let isBelow: Bool

  /// Of nothing, to be below |ζ| or above.
  init(isBelow: Bool) {
    self.isBelow = isBelow
    scale = isBelow ? 0 : .infinity
  }

  /// With another stretch.
  func adding(_ stretch: GateStretch) -> FarMoments {
    var result = self
    let new = isBelow ? max(scale, stretch.most) : min(scale, stretch.bound)
    result.scale = new
    let change = scale == 0 || scale == .infinity ? 0 : isBelow ? scale / new : new / scale
    var power = 1.0
    for k in values.indices {
      result.values[k] = values[k] * power
      power *= change
    }
    for (square, mass) in isBelow ? stretch.nodes : stretch.partsAboveZero.flatMap(\.nodes) {
      let ratio = isBelow ? square / new : new / square
      var power = mass
      for k in values.indices {
        result.values[k] += power
        power *= ratio
      }
    }
    return result
  }

  /// What lies below |ζ|: 1/(ζ − d) = Σ dᵏ/ζᵏ⁺¹.
  func addBelow(_ zeta: Complex<Double>, to sums: inout TransformSums) {
    let ratio = Complex(scale) / zeta
    var (whole, slope) = (Complex<Double>.zero, Complex<Double>.zero)
    for k in values.indices.dropFirst().reversed() {
      whole = (whole + Complex(values[k])) * ratio
      slope = (slope + Complex(Double(k) * values[k])) * ratio
    }
    add(mean: whole, slope: slope / zeta, inverse: (whole + Complex(values[0])) / zeta, to: &sums)
  }

  /// What lies above |ζ|: 1/(ζ − d) = −Σ ζᵏ/dᵏ⁺¹.
  func addAbove(_ zeta: Complex<Double>, to sums: inout TransformSums) {
    let ratio = zeta / Complex(scale)
    var (whole, slope) = (Complex<Double>.zero, Complex<Double>.zero)
    for k in values.indices.dropFirst().reversed() {
      whole = whole * ratio + Complex(values[k])
      slope = slope * ratio + Complex(Double(k) * values[k])
    }
    add(
      mean: -(whole * ratio + Complex(values[0])), slope: slope / Complex(scale), inverse: -whole / Complex(scale),
      to: &sums)
  }

  private func add(
    mean: Complex<Double>, slope: Complex<Double>, inverse: Complex<Double>, to sums: inout TransformSums
  ) {
    sums.mean = (sums.mean.0 + mean.real, sums.mean.1 + mean.imaginary)
    sums.slope = (sums.slope.0 + slope.real, sums.slope.1 + slope.imaginary)
    sums.inverse = (sums.inverse.0 + inverse.real, sums.inverse.1 + inverse.imaginary)
  }

  /// Im E[ln(1 − d/ζ)] of what lies below |ζ|.
  func angleBelow(_ zeta: Complex<Double>) -> Double { -logSeries(Complex(scale) / zeta) }

  /// E[arg(ζ − d)] − arg ζ of what lies above |ζ|, Im ζ ≥ 0.
  func angleAbove(_ zeta: Complex<Double>, own: Double) -> Double {
    values[0] * (.pi - own) - logSeries(zeta / Complex(scale))
  }

  /// Im Σ E[·ᵏ] ratioᵏ/k.
  private func logSeries(_ ratio: Complex<Double>) -> Double {
    var sum = Complex<Double>.zero
    for k in values.indices.dropFirst().reversed() { sum = (sum + Complex(values[k] / Double(k))) * ratio }
    return sum.imaginary
  }
}
