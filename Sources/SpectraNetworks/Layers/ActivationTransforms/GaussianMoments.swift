import RealModule
import SpectraDifferentiation

/// The means over z ~ N(0, 1) that the conditions of DKS and TAT are made of, for h = φ(u), u = αz + β.
struct GaussianMoments {
  /// E[h].
  var mean = 0.0
  /// E[(h − E h)²].
  var variance = 0.0
  /// α² E[φ′(u)²].
  var slope = 0.0
  /// α⁴ E[φ″(u)²].
  var curvature = 0.0
  /// α E[(h − E h) φ′(u) z].
  var radial = 0.0
  /// α E[φ′(u) z].
  var tilt = 0.0

  /// The means for a scale α > 0 and a shift β.
  init(of activation: any Activation, scale: Double, shift: Double) {
    let (nodes, weights) = Self.rule(scale: scale, shift: shift, kinks: activation.kinks)
    let (values, first, second) = activation.valuesAndTwoDerivatives(nodes.map { scale * $0 + shift })
    for (value, weight) in zip(values, weights) { mean += weight * value }
    for index in nodes.indices {
      let (weight, z) = (weights[index], nodes[index])
      // Centred before it is squared: of a small α, E[h²] − E[h]² would leave nothing.
      let (centred, slope, bend) = (values[index] - mean, scale * first[index], scale * scale * second[index])
      variance += weight * centred * centred
      self.slope += weight * slope * slope
      curvature += weight * bend * bend
      radial += weight * centred * slope * z
      tilt += weight * slope * z
    }
  }

  /// Nodes and weights of a mean over N(0, 1): Gauss–Legendre panels on [−10, 10], beyond which lie 2e-23 of the mass, with
  /// edges at the kinks.
  ///
  /// Panels are at most 1 wide in z and in u. For an integrand analytic within a distance of π/2, the nearest pole of
  /// tanh, the error of 12 nodes falls as (π + √(1 + π²))^−24 = 4e-20.
  private static func rule(scale: Double, shift: Double, kinks: [Double]) -> (nodes: [Double], weights: [Double]) {
    let inner = kinks.map { ($0 - shift) / scale }.filter { abs($0) < 10 }
    let edges = ([-10, 10] + inner).sorted()
    var (nodes, weights) = ([Double](), [Double]())
    for (low, high) in zip(edges, edges.dropFirst()) where high > low {
      let panels = max(1, ((high - low) * max(1, scale)).rounded(.up))
      let half = (high - low) / (2 * panels)
      for panel in 0..<Int(panels) {
        let middle = low + half * Double(2 * panel + 1)
        for (node, weight) in gaussLegendre {
          for z in [middle - half * node, middle + half * node] {
            nodes.append(z)
            weights.append(half * weight * .exp(-z * z / 2) / (2 * Double.pi).squareRoot())
          }
        }
      }
    }
    return (nodes, weights)
  }

  /// The positive nodes of 12-point Gauss–Legendre quadrature on [−1, 1] with their weights (Abramowitz and Stegun 25.4.30).
  private static let gaussLegendre: [(node: Double, weight: Double)] = [
    (0.12523340851146891547, 0.249147045813402785),
    (0.36783149899818019375, 0.23349253653835480876),
    (0.5873179542866174473, 0.20316742672306592175),
    (0.76990267419430468704, 0.16007832854334622633),
    (0.90411725637047485668, 0.10693932599531843096),
    (0.98156063424671925069, 0.047175336386511827195),
  ]
}
