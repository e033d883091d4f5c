import ComplexModule
import RealModule

/// The equation where m is real: beyond the support, for its ends, and at negative z, for the moments of ln σ.
extension FreeProductEquation {
  /// Whether the support ends above σ = 0.
  ///
  /// Towards m = −floor, F goes like k ln(m + floor), with k the number of factors that have no more live units than the
  /// product. The argument of m + floor is then −π/k: for k = 1 that is the real axis, for more there is a density down to σ = 0. Gates of a
  /// smooth activation come arbitrarily near to 0, if seldom.
  var hasLowerEdge: Bool {
    let bottlenecks =
      singles.reduce(dead == 0 ? power : 0) { $1.shift <= 0 ? $0 + $1.count : $0 }
      + groups.reduce(0) { $1.shift <= 0 ? $0 + $1.count : $0 }
    return bottlenecks <= 1 && !groups.contains { $0.gates.isContinuous }
  }

  /// Where a branch on which m is real ends, in ln z.
  enum BranchEnd {
    /// At dz/dm = 0: the density begins like a square root.
    case turn(Double)
    /// Where the gates' own end is reached first.
    case gates(Double)
  }

  /// The upper end of the support; nil where the branch has no point.
  var upperEnd: BranchEnd? {
    // In ζ − 1 of the first group, or in m where there is none; from far above downwards, m rises. Nearer to the largest gate than 1e-9,
    // ζ − 1 has few digits left.
    var guesses = [Double](repeating: 20, count: groups.count)
    return end(places: stride(from: 20, through: groups.isEmpty ? -36 : -20, by: -0.25).map { $0 }) {
      exponent in
      guard let first = groups.first else {
        return RealPoint(m: .exp(-exponent), y: .exp(-exponent) + floor, zetas: [])
      }
      let zeta = 1 + Double.exp(exponent)
      let m = first.gates.value(at: Complex(zeta)).mean.real
      for index in groups.indices.dropFirst() {
        guard let place = groups[index].gates.upperInverse(m, guess: guesses[index]) else { return nil }
        guesses[index] = place
      }
      return RealPoint(m: m, y: m + floor, zetas: [zeta] + guesses.dropFirst().map { 1 + .exp($0) })
    }
  }

  /// ln z at the upper end of what lies below an atom at the top; nil where gates other than the largest come up to it.
  ///
  /// Below the atom m rises from −∞; at −1 it would be at z = ∞ again, so the turn comes before.
  var turningPointBelowTop: Double? {
    guard groups.allSatisfy({ $0.gates.gapLow != nil }) else { return nil }
    return turningPoint(places: stride(from: groups.isEmpty ? -36 : -18, through: 36, by: 0.25).map { $0 }) {
      exponent in
      let m = -1 - Double.exp(-exponent)
      return RealPoint(m: m, y: -.exp(-exponent) - dead, zetas: groups.map { $0.gates.gapInverse(m) })
    }
  }

  /// ln z at the lower end of the support where dz/dm = 0 there; nil where the gates' own end comes first.
  var lowerTurningPoint: Double? {
    turningPoint(places: stride(from: -36, through: 36, by: 0.25).map { $0 }) { exponent in
      let y = -Double.exp(exponent)
      return RealPoint(m: y - floor, y: y, zetas: groups.map { $0.gates.lowerInverse(complement: y + $0.shift) })
    }
  }

  /// ln z at the first place, of a branch on which m is real, at which dF/dm changes its sign.
  private func turningPoint(places: [Double], _ branch: (Double) -> RealPoint?) -> Double? {
    guard case .turn(let place) = end(places: places, branch) else { return nil }
    return place
  }

  /// The first place of a branch at which dF/dm changes its sign, or the last one that has a point.
  private func end(places: [Double], _ branch: (Double) -> RealPoint?) -> BranchEnd? {
    func slope(_ place: Double) -> Double { branch(place).map(logSlope) ?? .nan }
    func logTarget(_ place: Double) -> Double? { branch(place).map { logScale + logSquare($0) } }
    var previous: (place: Double, slope: Double)?
    for next in places {
      var (place, value) = (next, slope(next))
      if value.isNaN, let before = previous {
        let boundary = bisection(from: before.place, to: next) { slope($0).isFinite }
        // By so little inside: on the boundary itself rounding decides.
        place = boundary + 1e-9 * (before.place - boundary)
        value = slope(place)
      }
      guard value.isFinite else {
        if previous != nil { break }
        continue
      }
      if let before = previous, (before.slope < 0) != (value < 0) {
        return logTarget(root(from: before.place, to: place, of: slope)).map { .turn($0) }
      }
      previous = (place, value)
      if place != next { break }
    }
    return previous.flatMap { logTarget($0.place) }.map { .gates($0) }
  }

  /// m, y = m + floor and the ζ of each group, each with its own digits.
  private struct RealPoint {
    var m: Double
    var y: Double
    var zetas: [Double]
  }

  /// dF/d ln m.
  private func logSlope(_ point: RealPoint) -> Double {
    let (m, y, zetas) = (point.m, point.y, point.zetas)
    // Of m/(m + p) = 1 − p/(m + p) and its like the ones are counted together, so that nothing cancels for large m.
    var sum = power - 1 + layers - power / (y + dead)
    for single in singles { sum -= single.count * single.live / (y + single.shift) }
    for (group, zeta) in zip(groups, zetas) {
      let value = group.gates.value(at: Complex(zeta))
      sum += group.count * m / (zeta * value.slope.real)
    }
    return sum
  }

  /// ln|z| without the scale.
  private func logSquare(_ point: RealPoint) -> Double {
    let logM = Double.log(abs(point.m))
    var sum = (power == 0 ? 0 : power * .log(abs(point.y + dead))) - logM
    for single in singles { sum += single.count * .log(abs(point.y + single.shift)) }
    for (group, zeta) in zip(groups, point.zetas) { sum += group.count * (logM + .log(abs(zeta))) }
    return sum
  }

  /// Mean and variance of ln σ over σ > 0, atoms included.
  ///
  /// With t = −m from 0 to floor, z = −y(t) is negative, and E[lnᵏ λ; λ > 0] is the integral of lnᵏ y over t, for k = 2 less
  /// π²/3 · floor: of one λ, t = λ/(y + λ), ln y = ln λ + ln((1 − t)/t). The integrals are over ln(t/(floor − t)), by panels that are
  /// halved until the integrand of the second moment is met: gates far apart make it turn as within their ratio.
  var logMoments: (mean: Double, variance: Double) {
    let rule = LegendreRule.panel
    var guesses = [Double](repeating: -40, count: groups.count)
    func value(_ x: Double) -> Double {
      // y = m + floor rises with x.
      let (y, t) = (floor / (1 + .exp(-x)), floor / (1 + .exp(x)))
      var zetas = [Double]()
      for (index, group) in groups.enumerated() {
        guesses[index] = group.gates.negativeInverse(complement: y + group.shift, mean: t, guess: guesses[index])
        zetas.append(-.exp(guesses[index]))
      }
      return logSquare(RealPoint(m: -t, y: y, zetas: zetas))
    }
    func weight(_ x: Double) -> Double { 1 / ((1 + .exp(-x)) * (1 + .exp(x))) }
    var (mass, first) = (0.0, 0.0)
    var parts = [(weight: Double, value: Double)]()
    // ±40, beyond which lies 4e-18.
    var pending = (0..<20).reversed().map { (low: 4 * Double($0) - 40, width: 4.0, error: Double.infinity) }
    while let (low, width, last) = pending.popLast() {
      let half = width / 2
      let values = rule.nodes.map { value(low + half * (1 + $0)) }
      // Between nodes, once in each half: the polynomial misses a turn on all of the panel.
      let error = [-0.375, 0.375].reduce(0) {
        max($0, abs(rule.value(of: values, at: $1).value - value(low + half * (1 + $1))))
      }
      let size = values.reduce(1) { max($0, abs($1)) }
      let isMet = error * weight(min(abs(low), abs(low + width))) * width <= 1e-12 * size
      // Halving a panel makes an error smaller, but for that of rounding.
      guard isMet || (error < 1e-9 * size && error > 0.8 * last) || width < 1e-12 else {
        pending.append((low + half, half, error))
        pending.append((low, half, error))
        continue
      }
      for (node, value) in zip(zip(rule.nodes, rule.weights), values) {
        let share = half * node.1 * weight(low + half * (1 + node.0))
        parts.append((share, value))
        mass += share
        first += share * value
      }
    }
    let mean = first / mass
    let square = parts.reduce(0) { $0 + $1.weight * ($1.value - mean) * ($1.value - mean) } / mass
    return ((mean + logScale) / 2, (square - .pi * .pi / 3) / 4)
  }
}

extension GateTransform {
  /// ζ between the largest d but one and the largest, with M(ζ) = m.
  func gapInverse(_ m: Double) -> Double {
    let low = gapLow ?? 0
    let logit = bisection(from: -36, to: 36) { value(at: Complex(low + (1 - low) / (1 + .exp(-$0)))).mean.real > m }
    return low + (1 - low) / (1 + .exp(-logit))
  }

  /// ln(ζ − 1) for ζ > 1 with M(ζ) = m > 0, by Newton's method in ln M; nil where it would be nearer to the largest gate than
  /// the digits of ζ − 1 tell.
  func upperInverse(_ m: Double, guess: Double) -> Double? {
    let (target, least) = (Double.log(m), -24.0)
    let place = newton(from: guess, within: least...340) { place in
      let value = value(at: Complex(1 + .exp(place)))
      return (target - .log(value.mean.real), -.exp(place) * value.slope.real / value.mean.real)
    }
    return place > least ? place : nil
  }

  /// ζ < least with M(ζ) + live = complement < live.
  func lowerInverse(complement: Double) -> Double {
    if complement > 0 {
      return -.exp(bisection(from: -700, to: 700) { value(at: Complex(-.exp($0))).complement.real < complement })
    }
    let place = bisection(from: -700, to: 36) {
      value(at: Complex(least / (1 + .exp(-$0)))).complement.real > complement
    }
    return least / (1 + .exp(-place))
  }

  /// ln(−ζ) for ζ < 0 with M(ζ) = −t, M(ζ) + live = complement, by Newton's method in the logit of both, which is
  /// nearly linear.
  func negativeInverse(complement: Double, mean t: Double, guess: Double) -> Double {
    let target = Double.log(complement) - .log(t)
    return newton(from: guess, within: -800...800) { place in
      let value = value(at: Complex(-.exp(place)))
      let (whole, part) = (value.complement.real, -value.mean.real)
      return (.log(whole) - .log(part) - target, -.exp(place) * value.slope.real * (1 / whole + 1 / part))
    }
  }
}
