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
