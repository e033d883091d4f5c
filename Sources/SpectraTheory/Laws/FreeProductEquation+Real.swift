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

  /// ln z at the upper end of the support where dz/dm = 0 there; nil where the gates' own end comes first.
  var upperTurningPoint: Double? {
    // In ζ − 1 of the first group, or in m where there is none; from far above downwards, m rises. Nearer to the largest gate than 1e-9,
    // ζ − 1 has few digits left.
    turningPoint(places: stride(from: 20, through: groups.isEmpty ? -36 : -20, by: -0.25).map { $0 }) { exponent in
      guard let first = groups.first else {
        return RealPoint(m: .exp(-exponent), y: .exp(-exponent) + floor, zetas: [])
      }
      let zeta = 1 + Double.exp(exponent)
      let m = first.gates.value(at: Complex(zeta)).mean.real
      return RealPoint(m: m, y: m + floor, zetas: [zeta] + groups.dropFirst().map { $0.gates.upperInverse(m) })
    }
  }

  /// ln z at the upper end of what lies below an atom at the top; nil where gates other than the largest come up to it.
  ///
  /// Below the atom m rises from −∞; at −1 it would be at z = ∞ again, so the turn comes before.
  var turningPointBelowTop: Double? {
    guard groups.allSatisfy({ $0.gates.hasGapAtTop }) else { return nil }
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
  private func turningPoint(places: [Double], _ branch: (Double) -> RealPoint) -> Double? {
    func slope(_ place: Double) -> Double { logSlope(branch(place)) }
    var previous: (place: Double, slope: Double)?
    for place in places {
      let value = slope(place)
      guard value.isFinite else { continue }
      if let before = previous, (before.slope < 0) != (value < 0) {
        let turn = root(from: before.place, to: place, of: slope)
        return logScale + logSquare(branch(turn))
      }
      previous = (place, value)
    }
    return nil
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
  /// π²/3 · floor: of one λ, t = λ/(y + λ), ln y = ln λ + ln((1 − t)/t). The integrals are sums over ln(t/(floor − t)) in equal steps,
  /// exact to rounding for what falls off exponentially at both ends.
  var logMoments: (mean: Double, variance: Double) {
    let step = 0.125
    var guesses = [Double](repeating: -40, count: groups.count)
    var (mass, first, values) = (0.0, 0.0, [(weight: Double, value: Double)]())
    for index in -304...304 {
      let x = step * Double(index)
      // y = m + floor rises with x.
      let (y, t) = (floor / (1 + .exp(-x)), floor / (1 + .exp(x)))
      var zetas = [Double]()
      for (index, group) in groups.enumerated() {
        guesses[index] = group.gates.negativeInverse(complement: y + group.shift, mean: t, guess: guesses[index])
        zetas.append(-.exp(guesses[index]))
      }
      let weight = step * y * t / floor
      let value = logSquare(RealPoint(m: -t, y: y, zetas: zetas))
      values.append((weight, value))
      mass += weight
      first += weight * value
    }
    let mean = first / mass
    let square = values.reduce(0) { $0 + $1.weight * ($1.value - mean) * ($1.value - mean) } / mass
    return ((mean + logScale) / 2, (square - .pi * .pi / 3) / 4)
  }
}

extension GateTransform {
  /// Whether the largest d has a share of its own with nothing near it below.
  var hasGapAtTop: Bool { gapLow != nil }

  /// The largest d but one, where the largest is a value of finite share.
  private var gapLow: Double? {
    let others = nodes.map(\.square).filter { $0 < 1 }.max() ?? 0
    return atoms.last?.square == 1 && (others < 0.999 || !isContinuous) ? others : nil
  }

  /// ζ between the largest d but one and the largest, with M(ζ) = m.
  func gapInverse(_ m: Double) -> Double {
    let low = gapLow ?? 0
    let logit = bisection(from: -36, to: 36) { value(at: Complex(low + (1 - low) / (1 + .exp(-$0)))).mean.real > m }
    return low + (1 - low) / (1 + .exp(-logit))
  }

  /// ζ > 1 with M(ζ) = m > 0.
  func upperInverse(_ m: Double) -> Double {
    1 + .exp(root(from: -30, to: 340) { .log(value(at: Complex(1 + .exp($0))).mean.real) - .log(m) })
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
    var place = guess
    let target = Double.log(complement) - .log(t)
    var (low, high) = (-800.0, 800.0)
    for _ in 0..<200 {
      let value = value(at: Complex(-.exp(place)))
      let (whole, part) = (value.complement.real, -value.mean.real)
      let excess = .log(whole) - .log(part) - target
      if excess > 0 { high = min(high, place) } else { low = max(low, place) }
      let slope = -.exp(place) * value.slope.real * (1 / whole + 1 / part)
      var next = place - excess / slope
      if !(next > low && next < high) { next = (max(low, place - 20) + min(high, place + 20)) / 2 }
      let change = abs(next - place)
      place = next
      if change < 1e-14 * max(1, abs(place)) { break }
    }
    return place
  }
}
