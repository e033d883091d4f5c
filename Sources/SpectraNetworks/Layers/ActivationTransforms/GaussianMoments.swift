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
    let rule = GaussianRule(scale: scale, shift: shift, kinks: activation.kinks)
    let (nodes, weights) = (rule.nodes, rule.weights)
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
}
