import ComplexModule
import RealModule

/// M(ζ) = E[d/(ζ − d)] of the squared gates d of a layer, in units of the largest d, with its derivative and its integral.
///
/// Its values off the support of d are those of the analytic function: where ζ is near the continuous part, panels are halved
/// until it is not; what is far from |ζ| counts by its moments.
struct GateTransform: Sendable {
  /// ln of the largest squared gate, the unit.
  let logUnit: Double
  /// The share of gates that are not 0.
  let live: Double
  /// Values of finite share, ascending, in (0, 1]: d with its share.
  let atoms: [(square: Double, share: Double)]
  /// The range of d other than 0.
  let least: Double
  /// E[d] and E[d²].
  let moments: (Double, Double)
  /// The largest d but one, where the largest is a value of finite share with nothing near it below.
  let gapLow: Double?
  /// Ascending in d, with the moments of all before and of all from each on.
  private let stretches: [GateStretch]
  private let below: [FarMoments]
  private let above: [FarMoments]

  /// The transform of gates of which some are not 0.
  init(_ gates: Gates) {
    let unit = gates.largestSlope
    func squared(_ slope: Double) -> Double { (slope / unit) * (slope / unit) }
    logUnit = 2 * .log(unit)
    let atoms = gates.values.map { (square: squared($0.slope), share: $0.share) }.filter { $0.square > 0 }
    self.atoms = atoms
    // 1 − the share of zeros rather than the sum of the others, so that a smooth activation has exactly 1.
    live = 1 - gates.values.reduce(0) { $0 + (squared($1.slope) > 0 ? 0 : $1.share) }
    let stretches = gates.panels.map { GateStretch($0, unit: unit, isWhole: true) }.sorted { $0.most < $1.most }
    self.stretches = stretches
    least = stretches.reduce(atoms.first?.square ?? .infinity) { min($0, $1.least) }
    below = stretches.reduce(into: [FarMoments(isBelow: true)]) { $0.append($0[$0.count - 1].adding($1)) }
    above = stretches.reversed().reduce(into: [FarMoments(isBelow: false)]) {
      $0.append($0[$0.count - 1].adding($1))
    }.reversed()
    let nodes = atoms + stretches.flatMap(\.nodes)
    moments = nodes.reduce((0, 0)) { ($0.0 + $1.share * $1.square, $0.1 + $1.share * $1.square * $1.square) }
    let others = nodes.map(\.square).filter { $0 < 1 }.max() ?? 0
    gapLow = atoms.last?.square == 1 && (others < 0.999 || stretches.isEmpty) ? others : nil
  }

  /// Whether all gates other than 0 are equal.
  var isSingle: Bool { stretches.isEmpty && atoms.count == 1 }

  /// Whether there is a continuous part.
  var isContinuous: Bool { !stretches.isEmpty }

  /// M(ζ), M′(ζ), and M(ζ) + live = E[ζ/(ζ − d); d > 0], each with the digits of its own size.
  struct Value {
    var mean: Complex<Double>
    var slope: Complex<Double>
    var complement: Complex<Double>
  }

  /// The value at ζ off the support.
  func value(at zeta: Complex<Double>) -> Value {
    var sums = TransformSums()
    for (square, share) in atoms { sums.add(zeta, square, share) }
    let near = near(zeta)
    if near.lowerBound > 0 { below[near.lowerBound].addBelow(zeta, to: &sums) }
    if near.upperBound < stretches.count { above[near.upperBound].addAbove(zeta, to: &sums) }
    for index in near {
      stretches[index].visit(near: zeta) { part in
        for node in part.squares.indices { sums.add(zeta, part.squares[node], part.panel.masses[node]) }
      }
    }
    return Value(
      mean: Complex(sums.mean.0, sums.mean.1), slope: -Complex(sums.slope.0, sums.slope.1),
      complement: zeta * Complex(sums.inverse.0, sums.inverse.1))
  }

  /// E[arg(ζ − d) − arg ζ; d > 0]: the imaginary part of ∫ M(ζ) d ln ζ = E[ln(1 − d/ζ)].
  func angle(at zeta: Complex<Double>) -> Double {
    let own = Double.atan2(y: zeta.imaginary, x: zeta.real)
    func angle(_ square: Double) -> Double { .atan2(y: zeta.imaginary, x: zeta.real - square) - own }
    var sum = atoms.reduce(0) { $0 + $1.share * angle($1.square) }
    let near = near(zeta)
    if near.lowerBound > 0 { sum += below[near.lowerBound].angleBelow(zeta) }
    if near.upperBound < stretches.count { sum += above[near.upperBound].angleAbove(zeta, own: own) }
    for index in near {
      stretches[index].visit(near: zeta) { part in
        for (square, mass) in part.nodes { sum += mass * angle(square) }
      }
    }
    return sum
  }

  /// The stretches neither far below nor far above |ζ|.
  private func near(_ zeta: Complex<Double>) -> Range<Int> {
    let size = zeta.length
    let low = Self.first(in: 1..<below.count) { !(below[$0].scale * FarMoments.distance <= size) } - 1
    let high = Self.first(in: low..<stretches.count) {
      above[$0].scale >= size * FarMoments.distance
    }
    return low..<high
  }

  /// The first index from which on a condition holds, the end where it never does.
  private static func first(in range: Range<Int>, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// E[d/(ζ − d)] and its like, as they are summed up: in real arithmetic, for this is where the time goes.
struct TransformSums {
  var mean = (0.0, 0.0)
  var slope = (0.0, 0.0)
  var inverse = (0.0, 0.0)

  mutating func add(_ zeta: Complex<Double>, _ square: Double, _ share: Double) {
    let (x, y) = (zeta.real - square, zeta.imaginary)
    let norm = x * x + y * y
    var (real, imaginary) = (x / norm, -y / norm)
    if norm < 1e-290 {
      // Gates of saturated units: the square is out of range, 1/(ζ − d) is not.
      let largest = max(abs(x), abs(y))
      let (x, y) = (x / largest, y / largest)
      let norm = (x * x + y * y) * largest
      (real, imaginary) = (x / norm, -y / norm)
    }
    let weighted = share * square
    inverse = (inverse.0 + share * real, inverse.1 + share * imaginary)
    mean = (mean.0 + weighted * real, mean.1 + weighted * imaginary)
    slope = (
      slope.0 + (weighted * real * real - weighted * imaginary * imaginary), slope.1 + weighted * 2 * real * imaginary
    )
  }
}
