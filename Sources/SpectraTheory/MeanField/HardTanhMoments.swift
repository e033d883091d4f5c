import RealModule
import SpectraNetworks

/// Means of φ(x) = min(max(x, −1), 1).
///
/// φ″ is a mass −1 at 1 and +1 at −1, so that E[φ(u₁) φ(u₂)] has the second derivative q² · 2 (p(1, 1) − p(1, −1)) in c (Price 1958),
/// p being the density of the pair; integrated over θ, c = cos θ, it is smooth.
struct HardTanhMoments: MomentForm {
  func mean(_ q: Double) -> Double { 0 }

  func meanSquare(_ q: Double) -> Double {
    guard q > 0 else { return 0 }
    if q > 1 { return 1 - Self.inside(q) { 1 - $0 * $0 } }
    let z = 1 / (2 * q).squareRoot()
    return .erfc(z) + q * .erf(z) - (2 * q / .pi).squareRoot() * .exp(-z * z)
  }

  func meanSquareSlope(_ q: Double) -> Double {
    // Where most of the mass is outside, p − 2 N(1) cancels; the integral does not.
    if q > 1 { return Self.inside(q) { (1 - $0 * $0) * (1 - $0 * $0 / q) } / (2 * q) }
    return slopeMoment(1, q) - (2 / (.pi * q)).squareRoot() * .exp(-1 / (2 * q))
  }

  func slopeMoment(_ k: Int, _ q: Double) -> Double { .erf(1 / (2 * q).squareRoot()) }

  func pair(_ q: Double) -> any PairForm { Pair(variance: q, form: self) }

  /// E[f(u); |u| < 1] for an even f; at q > 1 the density is nearly flat there.
  private static func inside(_ q: Double, _ f: (Double) -> Double) -> Double {
    integral(from: 0, to: 1) { f($0) * .exp(-$0 * $0 / (2 * q)) } * (2 / (.pi * q)).squareRoot()
  }

  private struct Pair: PairForm {
    let variance: Double
    let form: HardTanhMoments

    func productMean(correlation c: Double) -> Double {
      // Odd in c.
      c < 0 ? -productMean(correlation: -c) : c == 0 ? 0 : form.meanSquare(variance) - productGap(gap: 1 - c)
    }

    func productGap(gap: Double) -> Double {
      let angle = ArcCosineKernel.angle(gap: gap)
      if gap > 1 { return 2 * form.meanSquare(variance) - productGap(gap: 2 - gap) }
      // K(1) − K(c) = K′(1)(1 − c) − ∫ (t − c) K″(t) dt, and t − c = cos ϑ − cos θ as a product of sines.
      let rest = bends(to: angle) { 2 * .sin((angle + $0) / 2) * .sin((angle - $0) / 2) }
      return variance * (form.slopeMoment(1, variance) * gap - rest)
    }

    func slopeProductMean(gap: Double) -> Double {
      let angle = ArcCosineKernel.angle(gap: gap)
      if gap > 1 { return slopeProductMean(gap: 2 - gap) }
      return form.slopeMoment(1, variance) - bends(to: angle) { _ in 1 }
    }

    /// ∫ f(ϑ) K″ sin ϑ dϑ/q from 0 to an angle of at most π/2, on panels that shrink towards 0, where the masses at 1 and −1 are felt
    /// in a width of 1/√q.
    private func bends(to angle: Double, _ f: (Double) -> Double) -> Double {
      guard angle > 0 else { return 0 }
      let q = variance
      let density = { (angle: Double) -> Double in
        let (cosine, sine) = (Double.cos(angle / 2), Double.sin(angle / 2))
        return .exp(-1 / (2 * q * cosine * cosine)) - .exp(-1 / (2 * q * sine * sine))
      }
      var (sum, high) = (0.0, angle)
      let least = angle * min(0.5, 0.1 / (angle * q.squareRoot()))
      while high > 0 {
        let low = high > least ? max(high / 2, high - 0.25) : 0
        sum += integral(from: low, to: high) { f($0) * density($0) }
        high = low
      }
      return sum / .pi
    }
  }
}

/// ∫ f by one panel of 12 nodes.
func integral(from low: Double, to high: Double, _ f: (Double) -> Double) -> Double {
  let (middle, half) = (low + (high - low) / 2, (high - low) / 2)
  return half
    * GaussianRule.gaussLegendre.reduce(0) { sum, panel in
      sum + panel.weight * (f(middle - half * panel.node) + f(middle + half * panel.node))
    }
}
