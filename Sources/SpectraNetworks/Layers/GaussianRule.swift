import RealModule

/// Nodes and weights of a mean over z ~ N(0, 1): Gauss–Legendre panels of 12 nodes with edges where the integrand is not smooth.
package struct GaussianRule: Sendable {
  /// The z, panel by panel.
  package private(set) var nodes: [Double] = []
  /// Their weights, those of N(0, 1) included: they add up to the mass of N(0, 1) between the outer edges.
  package private(set) var weights: [Double] = []

  /// The rule for a function of u = scale · z + shift: on [−10, 10], beyond which lie 2e-23 of the mass, with edges at the kinks.
  ///
  /// Panels are at most 1 wide in z and in u. For an integrand analytic within a distance of π/2, the nearest pole of
  /// tanh, the error of 12 nodes falls as (π + √(1 + π²))^−24 = 4e-20.
  package init(scale: Double, shift: Double, kinks: [Double]) {
    self.init(edges: kinks.map { ($0 - shift) / scale }, reach: 10, panelsPerUnit: max(1, scale))
  }

  /// The rule on [−reach, reach] with given edges and between them at least so many panels a unit of z.
  ///
  /// - Parameters:
  ///   - edges: in z, in any order; those out of reach do nothing.
  ///   - reach: where the rule ends.
  ///   - panelsPerUnit: ½ is enough for the weight itself, which is entire: 12 nodes on a width of 2 have an error of 1e-19.
  package init(edges: [Double], reach: Double, panelsPerUnit: Double) {
    let all = ([-reach, reach] + edges.filter { abs($0) < reach }).sorted()
    let count = zip(all, all.dropFirst()).reduce(0) {
      $0 + Self.panels(from: $1.0, to: $1.1, panelsPerUnit: panelsPerUnit)
    }
    nodes.reserveCapacity(12 * count)
    weights.reserveCapacity(12 * count)
    for (low, high) in zip(all, all.dropFirst()) where high > low {
      let panels = Self.panels(from: low, to: high, panelsPerUnit: panelsPerUnit)
      let half = (high - low) / (2 * Double(panels))
      for panel in 0..<panels {
        let middle = low + half * Double(2 * panel + 1)
        for (node, weight) in Self.gaussLegendre {
          for z in [middle - half * node, middle + half * node] {
            nodes.append(z)
            weights.append(half * weight * .exp(-z * z / 2) / (2 * Double.pi).squareRoot())
          }
        }
      }
    }
  }

  private static func panels(from low: Double, to high: Double, panelsPerUnit: Double) -> Int {
    max(1, Int(((high - low) * panelsPerUnit).rounded(.up)))
  }

  /// The positive nodes of 12-point Gauss–Legendre quadrature on [−1, 1] with their weights (Abramowitz and Stegun 25.4.30).
  package static let gaussLegendre: [(node: Double, weight: Double)] = [
    (0.12523340851146891547, 0.249147045813402785),
    (0.36783149899818019375, 0.23349253653835480876),
    (0.5873179542866174473, 0.20316742672306592175),
    (0.76990267419430468704, 0.16007832854334622633),
    (0.90411725637047485668, 0.10693932599531843096),
    (0.98156063424671925069, 0.047175336386511827195),
  ]
}
