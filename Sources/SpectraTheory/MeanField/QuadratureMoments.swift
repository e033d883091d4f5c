import RealModule
import SpectraDifferentiation
import SpectraNetworks

/// Means of any activation, by quadrature on panels that resolve it.
struct QuadratureMoments: MomentForm {
  let activation: any Activation
  let edges: [Double]
  let kinks: [Kink]

  /// A place where φ′ jumps.
  struct Kink: Sendable {
    let place: Double
    /// φ there.
    let value: Double
    /// φ′ on its right minus φ′ on its left.
    let jump: Double
  }

  init(_ activation: any Activation) {
    self.activation = activation
    edges = ResolvedPanels(activation).edges
    kinks = activation.kinks.filter(\.isFinite).map { place in
      // Beside the kink, by more than the rounding of its place.
      let step = 1e-12 * max(1, abs(place))
      let (values, slopes) = activation.valuesAndDerivatives([place - step, place, place + step])
      return Kink(place: place, value: values[1], jump: slopes[2] - slopes[0])
    }
  }

  /// How far out the means are taken, in standard deviations: e^(−13²/2) is 2e-37.
  static let reach = 13.0

  func rule(_ q: Double, panelsPerUnit: Double = 1) -> GaussianRule {
    let scale = q.squareRoot()
    return GaussianRule(edges: edges.map { $0 / scale }, reach: Self.reach, panelsPerUnit: panelsPerUnit)
  }

  func mean(_ q: Double) -> Double {
    guard q > 0 else { return activation(0.0) }
    return sample(q) { values, _ in values }
  }

  func meanSquare(_ q: Double) -> Double {
    guard q > 0 else { return .pow(activation(0.0), 2) }
    return sample(q) { values, _ in values * values }
  }

  func slopeMoment(_ k: Int, _ q: Double) -> Double { sample(q) { _, slope in .pow(slope * slope, k) } }

  func meanSquareSlope(_ q: Double) -> Double {
    let (rule, scale) = (rule(q), q.squareRoot())
    let (values, first, second) = activation.valuesAndTwoDerivatives(rule.nodes.map { scale * $0 })
    var sum = 0.0
    for index in rule.nodes.indices {
      // Far out, where φ′ has underflowed, φ″ may be no number.
      let bend = second[index].isFinite ? values[index] * second[index] : 0
      sum += rule.weights[index] * (first[index] * first[index] + bend)
    }
    return kinks.reduce(sum) { sum, kink in
      let z = kink.place / scale
      return kink.value == 0 ? sum : sum + kink.value * kink.jump * .exp(-z * z / 2) / (2 * .pi * q).squareRoot()
    }
  }

  private func sample(_ q: Double, _ f: (_ value: Double, _ slope: Double) -> Double) -> Double {
    let (rule, scale) = (rule(q), q.squareRoot())
    let (values, slopes) = activation.valuesAndDerivatives(rule.nodes.map { scale * $0 })
    var sum = 0.0
    for index in rule.nodes.indices { sum += rule.weights[index] * f(values[index], slopes[index]) }
    return sum
  }

  func pair(_ q: Double) -> any PairForm {
    let conditional = ConditionalPair(moments: self, variance: q)
    // At a kink the coefficients of φ′ fall like a power: no series then.
    return kinks.isEmpty ? HermitePair(moments: self, variance: q, otherwise: conditional) : conditional
  }
}
