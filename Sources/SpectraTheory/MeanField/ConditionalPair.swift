import RealModule
import SpectraDifferentiation
import SpectraNetworks

/// Means over pairs by quadrature in two dimensions: over u₁, and over u₂ given u₁, u₂ = c u₁ + √(1 − c²) √q z.
///
/// The inner integral has edges wherever φ(u₂) needs them. As a function of u₁ it is smooth, but within √(1 − c²) of a kink it turns
/// fast: there the outer panels are as narrow. So it is accurate up to c = ±1 for functions with kinks, too.
struct ConditionalPair: PairForm {
  let moments: QuadratureMoments
  let variance: Double

  func productMean(correlation c: Double) -> Double {
    c < 0 ? mean(gap: 1 + c, sign: -1) { $0.value * $1.value } : mean(gap: 1 - c) { $0.value * $1.value }
  }

  func productGap(gap: Double) -> Double {
    if gap == 0 { return 0 }
    return gap > 1
      ? mean(gap: 2 - gap, sign: -1) { .pow($0.value - $1.value, 2) / 2 }
      : mean(gap: gap) { .pow($0.value - $1.value, 2) / 2 }
  }

  func slopeProductMean(gap: Double) -> Double {
    gap > 1 ? mean(gap: 2 - gap, sign: -1) { $0.slope * $1.slope } : mean(gap: gap) { $0.slope * $1.slope }
  }

  private typealias Sample = (value: Double, slope: Double)

  /// E[f(u₁, sign · u₂)] for a correlation 1 − gap of 0 or more.
  private func mean(gap: Double, sign: Double = 1, _ f: (Sample, Sample) -> Double) -> Double {
    let (scale, spread) = (variance.squareRoot(), (gap * (2 - gap)).squareRoot())
    let outer = outerRule(gap: gap, spread: spread)
    let (values, slopes) = moments.activation.valuesAndDerivatives(outer.nodes.map { scale * $0 })
    var sum = 0.0
    for index in outer.nodes.indices where outer.weights[index] > 1e-24 {
      let (z, first) = (outer.nodes[index], (values[index], slopes[index]))
      let centre = z - gap * z
      guard spread > 0 else {
        let (value, slope) = moments.activation.valuesAndDerivatives([sign * scale * z])
        sum += outer.weights[index] * f(first, (value[0], slope[0]))
        continue
      }
      let inner = GaussianRule(
        edges: moments.edges.map { (sign * $0 / scale - centre) / spread }, reach: Self.reach, panelsPerUnit: 0.5)
      let (others, tilts) = moments.activation.valuesAndDerivatives(
        inner.nodes.map { sign * scale * (centre + spread * $0) })
      var part = 0.0
      for place in others.indices { part += inner.weights[place] * f(first, (others[place], tilts[place])) }
      sum += outer.weights[index] * part
    }
    return sum
  }

  private func outerRule(gap: Double, spread: Double) -> GaussianRule {
    let (scale, c) = (variance.squareRoot(), 1 - gap)
    var edges = moments.edges.map { $0 / scale }
    // Where the inner mean has its features: those of φ divided by c, either sign for correlations below 0.
    if c > 0.05 {
      edges += moments.edges.flatMap { [$0 / (scale * c), -$0 / (scale * c)] }
      for kink in moments.kinks {
        for place in [kink.place / (scale * c), -kink.place / (scale * c)] {
          // A step there is the normal distribution function of this width, flat to rounding at 9 of them.
          for step in 1...6 {
            let width = 1.5 * Double(step) * spread / c
            edges += [place - width, place + width]
          }
        }
      }
    }
    return GaussianRule(edges: Array(Set(edges)), reach: Self.reach, panelsPerUnit: 0.5)
  }

  /// e^(−9²/2) is 3e-18.
  private static let reach = 9.0
}
