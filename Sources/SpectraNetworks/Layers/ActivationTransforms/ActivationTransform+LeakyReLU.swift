import RealModule

extension ActivationTransform {
  /// Leaky ReLU with the slope that gives a correlation after `depth` layers.
  ///
  /// The correlation falls from ReLU's at slope 0 to 0 at slope 1, so bisection finds the slope to the last bit.
  static func leakyReLU(
    correlation: Double, depth: Int
  ) throws(ActivationTransformError) -> TransformedActivation {
    let largest = leakyReLUCorrelation(slope: 0, depth: depth)
    guard largest >= correlation else {
      throw .unreachableCorrelation(correlation: correlation, depth: depth, largest: largest)
    }
    var (low, high) = (0.0, 1.0)
    while true {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { break }
      if leakyReLUCorrelation(slope: middle, depth: depth) >= correlation { low = middle } else { high = middle }
    }
    return TransformedActivation(LeakyReLU(slope: low), outputScale: (2 / (1 + low * low)).squareRoot())
  }

  /// C_f(0): the correlation with which inputs of correlation 0 leave `depth` layers of leaky ReLU,
  /// C(c) = ((1 − a)² (√(1 − c²) + (π − arccos c) c)/π + 2 a c)/(1 + a²) each (Zhang et al. 2022, arXiv 2203.08120,
  /// equation 9; for a = 0, Cho and Saul 2009).
  static func leakyReLUCorrelation(slope a: Double, depth: Int) -> Double {
    var c = 0.0
    for _ in 0..<depth {
      let kinked = (((1 - c) * (1 + c)).squareRoot() + (Double.pi - .acos(c)) * c) / .pi
      c = min(1, ((1 - a) * (1 - a) * kinked + 2 * a * c) / (1 + a * a))
    }
    return c
  }
}
