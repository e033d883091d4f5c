import RealModule

/// Means of φ(x) = x where x > 0, a x elsewhere: linear for a = 1, relu for a = 0.
///
/// φ = ½(1 + a) x + ½(1 − a)|x|; pairs by the arc-cosine kernels of order 0 and 1 (Cho, Saul 2009, section 2).
struct LeakyMoments: MomentForm {
  let slope: Double

  func mean(_ q: Double) -> Double { (1 - slope) * (q / (2 * .pi)).squareRoot() }
  func meanSquare(_ q: Double) -> Double { q * meanSquareSlope(q) }
  func meanSquareSlope(_ q: Double) -> Double { (1 + slope * slope) / 2 }
  func slopeMoment(_ k: Int, _ q: Double) -> Double { (1 + .pow(slope, 2 * k)) / 2 }
  func pair(_ q: Double) -> any PairForm { Pair(slope: slope, variance: q) }

  private struct Pair: PairForm {
    let slope: Double
    let variance: Double

    func productMean(correlation c: Double) -> Double {
      variance * ((1 - slope) * (1 - slope) / 2 * ArcCosineKernel.one(c) + slope * c)
    }

    func productGap(gap: Double) -> Double {
      let angle = ArcCosineKernel.angle(gap: gap)
      // 1 − κ₁ = (π (1 − cos θ) + θ cos θ − sin θ)/π, of which the last two are of third order.
      let kernel = gap + (angle * (1 - gap) - .sin(angle)) / .pi
      return variance * ((1 - slope) * (1 - slope) / 2 * kernel + slope * gap)
    }

    func slopeProductMean(gap: Double) -> Double {
      (1 - slope) * (1 - slope) / 2 * (1 - ArcCosineKernel.angle(gap: gap) / .pi) + slope
    }
  }
}
