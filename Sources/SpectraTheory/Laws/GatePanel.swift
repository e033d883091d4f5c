import RealModule
import SpectraDifferentiation

/// A stretch of the gates' continuous part: φ′ as a polynomial in z = h/√q, with the mass of N(0, 1) on it.
///
/// The mean of a function of φ′ that has a pole near the stretch is taken by halving the stretch until no pole is near; the halves'
/// values come from the polynomial, not from φ.
struct GatePanel: Sendable, Equatable {
  /// The ends in z.
  let low: Double
  let high: Double
  /// φ′ at the nodes.
  let slopes: [Double]
  /// The mass of each node; together that of the stretch.
  let masses: [Double]

  /// A stretch with φ′ at its nodes.
  init(low: Double, high: Double, slopes: [Double]) {
    (self.low, self.high, self.slopes) = (low, high, slopes)
    let half = (high - low) / 2
    self.masses = zip(LegendreRule.panel.nodes, LegendreRule.panel.weights).map { node, weight in
      let z = low + half * (1 + node)
      return half * weight * .exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    }
  }

  /// The lower and the upper half of the stretch.
  var halves: (GatePanel, GatePanel) {
    let middle = (low + high) / 2
    let (first, second) = LegendreRule.panel.halves(of: slopes)
    return (GatePanel(low: low, high: middle, slopes: first), GatePanel(low: middle, high: high, slopes: second))
  }

  /// The stretch in parts that halve towards the zeros of φ′, so that small gates, too, are exact in their size.
  private func gradedToZero(depth: Int = 0) -> [GatePanel] {
    let largest = slopes.reduce(0) { max($0, abs($1)) }
    let least = slopes.reduce(Double.infinity) { min($0, abs($1)) }
    let changesSign = slopes.contains { $0 < 0 } && slopes.contains { $0 > 0 }
    // 40 halvings leave a mass of 1e-12.
    guard depth < 40, changesSign || least < largest / 7.4 else { return [self] }
    let (lower, upper) = halves
    return lower.gradedToZero(depth: depth + 1) + upper.gradedToZero(depth: depth + 1)
  }

  /// What is less counts as this: of saturated activations φ′² would fall out of the range of numbers, with masses of up to 1e-7.
  static let leastSlope = 1e-145

  /// Beyond this z lies a mass of 2e-19.
  static let reach = 9.0

  /// The stretches of an activation for h = deviation · z, and the values at which φ′ stays.
  ///
  /// A stretch is halved until the polynomial meets φ′ of its halves to rounding, and until φ′ varies by no more than a
  /// factor e² on it, so that small gates are as exact in their size as large ones are.
  static func panels(of activation: any Activation, deviation: Double) -> (constant: [Gates.Value], [GatePanel]) {
    let rule = LegendreRule.panel
    func slopes(_ low: Double, _ high: Double) -> [Double] {
      activation.valuesAndDerivatives(rule.nodes.map { deviation * (low + (high - low) / 2 * (1 + $0)) }).derivatives
    }
    let kinks = activation.kinks.map { $0 / deviation }.filter { abs($0) < reach }
    let underflow = [-reach, reach].map { activation.startOfUnderflow(towards: deviation * $0).map { $0 / deviation } }
    let edges = ([-reach, reach] + kinks + underflow.compactMap(\.self)).sorted()
    func isUnderflow(_ low: Double, _ high: Double) -> Bool {
      underflow[0].map { high <= $0 } ?? false || underflow[1].map { low >= $0 } ?? false
    }
    var (constant, panels) = ([(value: Gates.Value, panel: GatePanel)](), [GatePanel]())
    for (from, to) in zip(edges, edges.dropFirst()) where to > from {
      // From kink to kink, in stretches of at most 1.5.
      let count = max(1, ((to - from) / 1.5).rounded(.up))
      let width = (to - from) / count
      var pending = (0..<Int(count)).reversed().map { index -> (Double, Double, [Double], Int) in
        let low = from + width * Double(index)
        let high = index + 1 == Int(count) ? to : low + width
        return (low, high, slopes(low, high), 0)
      }
      // Where φ is straight from kink to kink, one share, not a sum of them.
      if let slope = pending[0].2.first, !isUnderflow(from, to), pending.allSatisfy({ $0.2.allSatisfy { $0 == slope } })
      {
        let share = normalMass(from: from, to: to)
        constant.append((Gates.Value(slope: slope, share: share), GatePanel(low: from, high: to, slopes: pending[0].2)))
        continue
      }
      while let (low, high, values, depth) = pending.popLast() {
        let share = normalMass(from: low, to: high)
        if values.allSatisfy({ $0 == values[0] }) {
          constant.append(
            (Gates.Value(slope: values[0], share: share), GatePanel(low: low, high: high, slopes: values)))
          continue
        }
        let middle = (low + high) / 2
        let (first, second) = (slopes(low, middle), slopes(middle, high))
        let (lower, upper) = rule.halves(of: values)
        let largest = values.reduce(0) { max($0, abs($1)) }
        let least = values.reduce(Double.infinity) { min($0, abs($1)) }
        let error = zip(first + second, lower + upper).reduce(0) { max($0, abs($1.0 - $1.1)) }
        let changesSign = values.contains { $0 < 0 } && values.contains { $0 > 0 }
        let isUneven = !changesSign && least < largest / 7.4 && depth < 12
        // e^−x has a relative error of x eps: no halving resolves what that hides.
        let rounding = 2e-14 * (1 - min(0, .log(largest))) * largest
        if isUneven || (error > rounding && depth < 10), largest > leastSlope {
          pending.append((middle, high, second, depth + 1))
          pending.append((low, middle, first, depth + 1))
        } else {
          let panel = GatePanel(low: low, high: high, slopes: values)
          panels += changesSign ? panel.gradedToZero() : [panel]
        }
      }
    }
    // Far out, a φ′ that bends stays at one value by rounding: that is no value of finite share.
    func isRounding(_ value: Gates.Value, _ panel: GatePanel) -> Bool {
      constant.reduce(0) { $1.value.slope == value.slope ? $0 + $1.value.share : $0 } < 1e-12
        || isUnderflow(panel.low, panel.high)
    }
    return (
      constant.filter { !isRounding($0.value, $0.panel) }.map(\.value),
      panels + constant.filter { isRounding($0.value, $0.panel) }.map(\.panel)
    )
  }

  /// The mass of N(0, 1) between two ends, from whichever tail keeps its digits; what lies beyond the reach goes to
  /// the last stretch, so that shares sum to 1.
  static func normalMass(from low: Double, to high: Double) -> Double {
    let half = 0.5.squareRoot()
    func above(_ z: Double) -> Double { z >= reach ? 0 : z <= -reach ? 1 : 0.5 * .erfc(half * z) }
    return low >= 0 ? above(low) - above(high) : above(-high) - above(-low)
  }
}

extension Activation {
  /// The argument from which on φ′ is 0 as a number and not in truth, as that of tanh is from |h| = 372 on: where units saturate smoothly.
  ///
  /// On the way from where units live φ′ becomes small before it is 0; that of a φ with a kink jumps.
  ///
  /// - Parameter end: an argument far out, on the side that is meant.
  /// - Returns: the place nearest to 0; nil where φ′ is not 0 at the end, or jumps to 0.
  fileprivate func startOfUnderflow(towards end: Double) -> Double? {
    func slope(_ h: Double) -> Double { valuesAndDerivatives([h]).derivatives[0] }
    guard slope(end) == 0 else { return nil }
    let sizes = (-30...10).map { Double.pow(2, $0) }
    let places = [0] + sizes + sizes.map { -$0 }
    let live = zip(places, valuesAndDerivatives(places).derivatives).filter { $0.1 != 0 }.map(\.0)
    guard var alive = live.min(by: { abs($0 - end) < abs($1 - end) }) else { return nil }
    var (dead, least) = (end, Double.infinity)
    // To neighbouring numbers, or to within 2^−200 of 0.
    for _ in 0..<250 {
      let middle = dead + (alive - dead) / 2
      guard middle != dead, middle != alive else { break }
      let found = slope(middle)
      if found == 0 { dead = middle } else { (alive, least) = (middle, abs(found)) }
    }
    return least < GatePanel.leastSlope ? dead : nil
  }
}
