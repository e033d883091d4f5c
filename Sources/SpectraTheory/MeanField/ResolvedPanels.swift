import RealModule
import SpectraDifferentiation
import SpectraNetworks

/// The real line cut into panels on which 12 nodes resolve an activation and its slope.
///
/// Panels start at the kinks and double in width away from 0; one on which the Legendre coefficients of φ or φ′² do not fall below
/// `tolerance` is halved. Where φ′ is constant, as in flat tails, neighbours are joined again.
struct ResolvedPanels: Sendable {
  /// Where a panel ends and the next begins, ascending; the outermost panels reach to infinity.
  let edges: [Double]

  init(_ activation: any Activation) {
    let kinks = activation.kinks.filter(\.isFinite)
    var starts = Set(kinks + [0])
    for exponent in 0...Self.outermost {
      let place = Double(sign: .plus, exponent: exponent, significand: 1)
      starts.formUnion([-place, place])
    }
    let sorted = starts.sorted()
    // From the middle outwards: what is far out counts with less weight than what is near, whatever the variance.
    let panels = zip(sorted, sorted.dropFirst()).sorted { min(abs($0.0), abs($0.1)) < min(abs($1.0), abs($1.1)) }
    var (found, scales) = ([Panel](), (value: 0.0, slope: 0.0))
    for (low, high) in panels {
      var waiting = [(low, high)]
      while let (low, high) = waiting.popLast() {
        let panel = Panel(activation, from: low, to: high)
        if panel.valueScale.isFinite { scales.value = max(scales.value, panel.valueScale) }
        if panel.slopeScale.isFinite { scales.slope = max(scales.slope, panel.slopeScale) }
        let resolved =
          panel.valueTail <= Self.tolerance * scales.value && panel.slopeTail <= Self.tolerance * scales.slope
        let wide = high - low > Self.leastWidth * max(1, abs(low), abs(high))
        if resolved || !wide || found.count + waiting.count > Self.mostPanels {
          found.append(panel)
        } else {
          let middle = low + (high - low) / 2
          waiting += [(low, middle), (middle, high)]
        }
      }
    }
    edges = Self.joined(found.sorted { $0.low < $1.low }, apart: Set(kinks))
  }

  /// The inner edges, without those between two panels of one and the same slope.
  private static func joined(_ panels: [Panel], apart kinks: Set<Double>) -> [Double] {
    zip(panels, panels.dropFirst()).compactMap { left, right in
      guard let slope = left.constantSlope, slope == right.constantSlope, !kinks.contains(right.low) else {
        return right.low
      }
      return nil
    }
  }

  /// Beyond 2⁴⁰ nothing is looked at.
  private static let outermost = 40
  /// Of the last two of 12 Legendre coefficients. Those of an analytic function fall geometrically, so that the error of the
  /// quadrature, which is exact up to degree 23, is about the square of that.
  private static let tolerance = 1e-10
  /// Around a kink that is not declared, halving ends here.
  private static let leastWidth = 1e-7
  /// A function that oscillates without end is resolved as far as this reaches.
  private static let mostPanels = 4096
}

/// One panel of an activation, sampled.
private struct Panel {
  let low: Double
  let valueScale: Double
  let slopeScale: Double
  let valueTail: Double
  let slopeTail: Double
  /// φ′ where it is one number at all nodes.
  let constantSlope: Double?

  init(_ activation: any Activation, from low: Double, to high: Double) {
    self.low = low
    let (middle, half) = (low + (high - low) / 2, (high - low) / 2)
    let (values, slopes) = activation.valuesAndDerivatives(Self.nodes.map { middle + half * $0.node })
    let squares = slopes.map { $0 * $0 }
    (valueScale, valueTail) = Self.size(values)
    (slopeScale, slopeTail) = Self.size(squares)
    constantSlope = slopes.allSatisfy { $0 == slopes[0] } ? slopes[0] : nil
  }

  /// The largest magnitude, and that of the last two Legendre coefficients.
  private static func size(_ values: [Double]) -> (scale: Double, tail: Double) {
    let scale = values.reduce(0) { max($0, abs($1)) }
    let tail = [10, 11].map { degree in
      (Double(degree) + 0.5)
        * abs(zip(values, nodes).reduce(0) { $0 + $1.1.weight * $1.0 * legendre(degree, $1.1.node) })
    }
    return (scale, max(tail[0], tail[1]))
  }

  private static func legendre(_ degree: Int, _ x: Double) -> Double {
    var (before, polynomial) = (1.0, x)
    for n in 1..<degree {
      (before, polynomial) = (polynomial, (Double(2 * n + 1) * x * polynomial - Double(n) * before) / Double(n + 1))
    }
    return polynomial
  }

  private static let nodes = GaussianRule.gaussLegendre.flatMap { [(node: -$0.node, weight: $0.weight), $0] }
}
