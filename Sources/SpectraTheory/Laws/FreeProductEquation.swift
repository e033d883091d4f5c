import ComplexModule
import RealModule

/// The equation ln z = F(m) of a product of layers whose weights and gates are all free of each other, with what solves it.
///
/// S-transforms multiply, so with ζ_l the value at which the l-th layer's gates have M_l(ζ_l) = m,
///
///     F(m) = Σ ln σ_l² + ln((1 + m)/m) + Σ ln(m ζ_l) − Σ_orthogonal ln(1 + m),
///
/// and the density of ln σ is −2 Im m/π at F(m) = 2 ln σ (Pennington et al. 2018, arXiv 1802.09979, in the form with ζ as the
/// unknown, in which everything is explicit). Gates of one value besides 0 have m ζ = m + p and need no unknown of their own. The
/// logarithms are principal and their sum is not reduced by 2π: with Im ζ > 0 in all layers there is one solution for
/// each z in the upper half-plane.
struct FreeProductEquation: Sendable {
  /// Equal layers with gates of one value besides 0: the share p, and p − floor.
  struct SingleGroup: Sendable {
    var live: Double
    var shift: Double
    var count: Double
  }

  /// Equal layers with gates of several values: their transform, and their share of live gates − floor.
  struct GateGroup: Sendable {
    var gates: GateTransform
    var shift: Double
    var count: Double
  }

  /// Σ ln σ_l² with the units of the gates, over all layers.
  let logScale: Double
  /// 1 − the number of orthogonal layers: the power of 1 + m.
  let power: Double
  /// L.
  let layers: Double
  /// The share of σ other than zero: the least share of live gates in any layer. m reaches down to its negative.
  let floor: Double
  /// 1 − floor with all its digits.
  let dead: Double
  let singles: [SingleGroup]
  let groups: [GateGroup]

  /// The equation of layers none of which has σ_w = 0 or gates that are all 0.
  init(_ layers: [FreeProductLaw.Layers]) {
    let prepared = layers.map { (layer: $0, gates: GateTransform($0.gates), count: Double($0.count)) }
    var scale = 0.0
    for (layer, gates, count) in prepared { scale += count * (2 * .log(layer.sigmaW) + gates.logUnit) }
    logScale = scale
    power = 1 - prepared.reduce(0) { $0 + ($1.layer.weights == .orthogonal ? $1.count : 0) }
    self.layers = prepared.reduce(0) { $0 + $1.count }
    let floor = prepared.reduce(1) { min($0, $1.gates.live) }
    self.floor = floor
    dead = layers.reduce(0) { max($0, $1.gates.deadShare) }
    singles = prepared.filter(\.gates.isSingle).map {
      SingleGroup(live: $0.gates.live, shift: $0.gates.live - floor, count: $0.count)
    }
    groups = prepared.filter { !$0.gates.isSingle }.map {
      GateGroup(gates: $0.gates, shift: $0.gates.live - floor, count: $0.count)
    }.sorted { $0.shift < $1.shift }
  }

  /// Whether y follows from the first group's ζ.
  private var isLed: Bool { groups.first.map { $0.shift <= 0 } ?? false }

  /// The unknowns: y = m + floor, which keeps the digits of the lower tail, and ζ of each group.
  struct State: Sendable {
    var y: Complex<Double>
    var zetas: [Complex<Double>]
    /// d ln z/dm there.
    var slope = Complex<Double>(1)
    /// M′ of each group there.
    var gateSlopes: [Complex<Double>] = []
  }

  /// Where z is far from the support: m = m₁/z with the next order.
  func farState(logTarget: Complex<Double>, logMean: Double, relativeVariance: Double) -> State {
    let inverse = Complex.exp(Complex(logMean) - logTarget)
    let m = inverse * (1 + Complex(1 + relativeVariance) * inverse)
    return State(
      y: m + Complex(floor),
      zetas: groups.map { group in
        let (first, second) = group.gates.moments
        return Complex(first) / m + Complex(second / first)
      })
  }

  /// Newton's method from a state near the solution.
  ///
  /// - Parameters:
  ///   - target: ln z, with an imaginary part from 0 to π.
  ///   - start: a state near the solution.
  /// - Returns: the solution, nil where the iteration does not settle within the half-planes that belong to it.
  func solve(_ target: Complex<Double>, from start: State) -> State? {
    var state = start
    var (smallest, isSolved) = (Double.infinity, false)
    for iteration in 0..<30 {
      let values = zip(groups, state.zetas).map { $0.gates.value(at: $1) }
      // Of a group with the fewest live gates the equation is met exactly: alone this is Newton's method in ζ. (Of another one
      // the difference would cost the digits of y.)
      if let first = values.first, let group = groups.first, group.shift <= 0 {
        state.y = belowAxis(first.complement)
      }
      guard state.y.isFinite, state.y != .zero else { return nil }
      let (residual, explicitSlope, size) = self.residual(target, state)
      var slope = explicitSlope
      var right = -residual
      for (index, value) in values.enumerated() {
        let weight = Complex(groups[index].count) / (state.zetas[index] * value.slope)
        slope += weight
        right += weight * (value.complement - Complex(groups[index].shift) - state.y)
      }
      let step = right / slope
      var steps = [Complex<Double>]()
      for (index, value) in values.enumerated() {
        steps.append((step - (value.complement - Complex(groups[index].shift) - state.y)) / value.slope)
      }
      state.slope = slope
      state.gateSlopes = values.map(\.slope)
      let relative = zip(steps, state.zetas).reduce(isLed ? 0 : step.length / state.y.length) {
        max($0, $1.0.length / $1.1.length)
      }
      guard relative.isFinite else { return nil }
      // Next to a gate M grows without bound and steps vanish, whatever is left of the equation.
      isSolved = right.length <= 1e-7 * size
      // Settled: at rounding, or as near to it as the conditioning lets it come; next to an edge of a deep product, where the
      // slope is 0, at a residual that is the rounding of ln z itself.
      let settled =
        isSolved
        && (relative < 4e-15 || (iteration > 1 && relative < 1e-9 && relative > smallest / 4)
          || (iteration > 14 && right.length <= 4 * .ulpOfOne * size && relative < 1e-3))
      smallest = min(smallest, relative)
      guard let factor = damping(state, step, steps, isReal: target.imaginary == 0) else { return nil }
      state.y = belowAxis(state.y + step.multiplied(by: factor))
      for index in steps.indices {
        state.zetas[index] = aboveAxis(state.zetas[index] + steps[index].multiplied(by: factor))
      }
      // On the axis, m falls as z rises; a solution where it does not is none of the law's.
      if settled { return isAmongGates(state) || (state.y.imaginary == 0 && state.slope.real > 0) ? nil : state }
      if iteration > 12, relative > 0.1 { return nil }
    }
    return isSolved && smallest < 1e-7 && !isAmongGates(state) ? state : nil
  }

  /// Whether a ζ is on the axis among continuous gates: there M has no value, and what sums over gates say of it solves the real part of
  /// the equation, where few gates are, at places that have nothing to do with the law.
  private func isAmongGates(_ state: State) -> Bool {
    zip(groups, state.zetas).contains { group, zeta in
      group.gates.isContinuous && zeta.imaginary < 1e-13 * zeta.real && zeta.real > group.gates.least && zeta.real < 1
    }
  }

  /// How much of a step stays within Im y < 0 and Im ζ > 0 and does not more than double or halve an unknown.
  private func damping(_ state: State, _ step: Complex<Double>, _ steps: [Complex<Double>], isReal: Bool) -> Double? {
    var factor = 1.0
    func limit(_ value: Complex<Double>, _ step: Complex<Double>, sign: Double) {
      let size = value.length
      if step.length > size { factor = min(factor, size / step.length) }
      let (height, change) = (sign * value.imaginary, sign * step.imaginary)
      // Towards a real z the axis itself is in reach: beyond the support the solution is on it.
      if height + change < 0, !isReal {
        factor = min(factor, height > 0 ? 0.7 * height / -change : 1)
      }
    }
    if !isLed { limit(state.y, step, sign: -1) }
    for (zeta, step) in zip(state.zetas, steps) { limit(zeta, step, sign: 1) }
    return factor > 1e-12 ? factor : nil
  }

  private func belowAxis(_ value: Complex<Double>) -> Complex<Double> {
    value.imaginary < 0 ? value : Complex(value.real, -0.0)
  }

  private func aboveAxis(_ value: Complex<Double>) -> Complex<Double> {
    value.imaginary > 0 ? value : Complex(value.real, 0.0)
  }

  /// F(m) − ln z, the part of dF/dm that is explicit in m, and the size of the terms of F, whose rounding is that of F.
  private func residual(
    _ target: Complex<Double>, _ state: State
  ) -> (value: Complex<Double>, slope: Complex<Double>, size: Double) {
    let (one, m) = (belowAxis(state.y + Complex(dead)), belowAxis(state.y - Complex(floor)))
    let (logOne, logM) = (logarithm(one), logarithm(m))
    var value = Complex(power) * logOne - logM + Complex(logScale) - target
    var slope = Complex(power) / one - 1 / m
    var size = abs(power) * logOne.length + logM.length + abs(logScale) + target.length
    for single in singles {
      let shifted = belowAxis(state.y + Complex(single.shift))
      let logShifted = logarithm(shifted)
      value += Complex(single.count) * logShifted
      size += single.count * logShifted.length
      slope += Complex(single.count) / shifted
    }
    // m is what is left of y: of a small one ln m has lost as many digits.
    size += abs(groups.reduce(-1) { $0 + $1.count }) * (state.y.length + abs(floor)) / m.length
    for (group, zeta) in zip(groups, state.zetas) {
      let logZeta = logarithm(zeta)
      value += Complex(group.count) * (logM + logZeta)
      slope += Complex(group.count) / m
      size += group.count * (logM.length + logZeta.length)
    }
    return (value, slope, size)
  }

  /// The principal logarithm; the sign of a zero imaginary part says on which side of the cut.
  private func logarithm(_ value: Complex<Double>) -> Complex<Double> {
    Complex(.log(.hypot(value.real, value.imaginary)), .atan2(y: value.imaginary, x: value.real))
  }

  /// The mass of σ above, atoms included: Im ∫ m d ln z/π, which has a closed form.
  func massAbove(_ state: State) -> Double {
    let (one, m) = (belowAxis(state.y + Complex(dead)), state.y - Complex(floor))
    var sum = (power - 1 + layers) * m.imaginary - power * .atan2(y: one.imaginary, x: one.real)
    for single in singles {
      let shifted = belowAxis(state.y + Complex(single.shift))
      sum -= single.count * single.live * .atan2(y: shifted.imaginary, x: shifted.real)
    }
    for (group, zeta) in zip(groups, state.zetas) { sum += group.count * group.gates.angle(at: zeta) }
    return sum / .pi
  }
}
