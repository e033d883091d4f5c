import ComplexModule
import RealModule

/// M(ζ) = E[d/(ζ − d)] of the squared gates d of a layer, in units of the largest d, with its derivative and its integral.
///
/// Its values off the support of d are those of the analytic function: where ζ is near the continuous part, panels are halved
/// until it is not.
struct GateTransform: Sendable {
  /// ln of the largest squared gate, the unit.
  let logUnit: Double
  private let unit: Double
  /// The share of gates that are not 0.
  let live: Double
  /// Values of finite share, ascending, in (0, 1]: d with its share.
  let atoms: [(square: Double, share: Double)]
  /// The range of d other than 0.
  let least: Double
  private let panels: [Stretch]

  /// A panel with its squares and the range of these.
  private struct Stretch: Sendable {
    var panel: GatePanel
    var squares: [Double]
    var middle: Double
    var spread: Double
    /// Its halves, to some depth: near the continuous part they are wanted at every point.
    var halves: [Stretch]

    init(_ panel: GatePanel, unit: Double, depth: Int = 0) {
      self.panel = panel
      if depth > 0 {
        let (lower, upper) = panel.halves
        halves = [Stretch(lower, unit: unit, depth: depth - 1), Stretch(upper, unit: unit, depth: depth - 1)]
      } else {
        halves = []
      }
      squares = panel.slopes.map { ($0 / unit) * ($0 / unit) }
      let (low, high) = squares.reduce((Double.infinity, 0)) { (min($0.0, $1), max($0.1, $1)) }
      (middle, spread) = ((low + high) / 2, (high - low) / 2)
    }
  }

  /// The transform of gates of which some are not 0.
  init(_ gates: Gates) {
    let unit = gates.largestSlope
    self.unit = unit
    logUnit = 2 * .log(unit)
    atoms = gates.values.compactMap {
      let square = ($0.slope / unit) * ($0.slope / unit)
      return square > 0 ? (square, $0.share) : nil
    }
    // 1 − the share of zeros rather than the sum of the others, so that a smooth activation has exactly 1.
    live = 1 - gates.values.reduce(0) { $0 + (($1.slope / unit) * ($1.slope / unit) > 0 ? 0 : $1.share) }
    panels = gates.panels.map { Stretch($0, unit: unit, depth: 4) }
    least = panels.reduce(atoms.first?.square ?? .infinity) { min($0, $1.squares.reduce(.infinity, min)) }
  }

  /// Whether all gates other than 0 are equal.
  var isSingle: Bool { panels.isEmpty && atoms.count == 1 }

  /// Whether there is a continuous part.
  var isContinuous: Bool { !panels.isEmpty }

  /// All d other than 0 with their shares.
  var nodes: [(square: Double, share: Double)] {
    atoms + panels.flatMap { Array(zip($0.squares, $0.panel.masses)) }
  }

  /// M(ζ), M′(ζ), and M(ζ) + live = E[ζ/(ζ − d); d > 0], each with the digits of its own size.
  struct Value {
    var mean: Complex<Double>
    var slope: Complex<Double>
    var complement: Complex<Double>
  }

  /// The value at ζ off the support.
  func value(at zeta: Complex<Double>) -> Value {
    var sums = Sums()
    for (square, share) in atoms { sums.add(zeta, square, share) }
    for stretch in panels { visit(stretch, near: zeta, depth: 0) { sums.add(zeta, $0.squares, $0.panel.masses) } }
    return Value(
      mean: Complex(sums.mean.0, sums.mean.1), slope: -Complex(sums.slope.0, sums.slope.1),
      complement: zeta * Complex(sums.inverse.0, sums.inverse.1))
  }

  /// E[arg(ζ − d) − arg ζ; d > 0]: the imaginary part of ∫ M(ζ) d ln ζ = E[ln(1 − d/ζ)].
  func angle(at zeta: Complex<Double>) -> Double {
    let own = Double.atan2(y: zeta.imaginary, x: zeta.real)
    func angle(_ square: Double) -> Double { .atan2(y: zeta.imaginary, x: zeta.real - square) - own }
    var sum = atoms.reduce(0) { $0 + $1.share * angle($1.square) }
    for stretch in panels {
      visit(stretch, near: zeta, depth: 0) { part in
        for (square, mass) in zip(part.squares, part.panel.masses) { sum += mass * angle(square) }
      }
    }
    return sum
  }

  /// The parts of a panel on which 1/(ζ − d) is smooth: the nearest pole is twice as far from the middle of their d as the
  /// ends are, so that 16 nodes leave an error of about (2 + √3)⁻³² = 5e-19.
  private func visit(_ stretch: Stretch, near zeta: Complex<Double>, depth: Int, _ body: (Stretch) -> Void) {
    let (x, y) = (zeta.real - stretch.middle, zeta.imaginary)
    // 48 halvings reach the last bit of z. (A ζ that is not a number is near to nothing.)
    guard x * x + y * y <= 4 * stretch.spread * stretch.spread, depth < 48 else { return body(stretch) }
    let halves = stretch.halves.isEmpty ? Stretch(stretch.panel, unit: unit, depth: 1).halves : stretch.halves
    for half in halves { visit(half, near: zeta, depth: depth + 1, body) }
  }

  /// Sums over nodes, in real arithmetic: this is where the time goes.
  private struct Sums {
    var mean = (0.0, 0.0)
    var slope = (0.0, 0.0)
    var inverse = (0.0, 0.0)

    mutating func add(_ zeta: Complex<Double>, _ square: Double, _ share: Double) {
      let (x, y) = (zeta.real - square, zeta.imaginary)
      let size = 1 / (x * x + y * y)
      let (real, imaginary) = (x * size, -y * size)
      let weighted = share * square
      inverse = (inverse.0 + share * real, inverse.1 + share * imaginary)
      mean = (mean.0 + weighted * real, mean.1 + weighted * imaginary)
      slope = (
        slope.0 + weighted * (real * real - imaginary * imaginary), slope.1 + weighted * 2 * real * imaginary
      )
    }

    mutating func add(_ zeta: Complex<Double>, _ squares: [Double], _ shares: [Double]) {
      for index in squares.indices { add(zeta, squares[index], shares[index]) }
    }
  }
}

extension GateTransform {
  /// E[d] and E[d²].
  var moments: (Double, Double) {
    var (first, second) = (0.0, 0.0)
    for (square, share) in nodes {
      first += share * square
      second += share * square * square
    }
    return (first, second)
  }
}
