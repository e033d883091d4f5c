import RealModule
import SpectraNetworks

/// Means of φ = erf (Williams 1997, *Computing with infinite networks*).
struct ErrorFunctionMoments: MomentForm {
  func mean(_ q: Double) -> Double { 0 }
  func meanSquare(_ q: Double) -> Double { 2 / .pi * .asin(2 * q / (1 + 2 * q)) }
  func meanSquareSlope(_ q: Double) -> Double { 4 / .pi / ((1 + 2 * q) * (1 + 4 * q).squareRoot()) }
  func slopeMoment(_ k: Int, _ q: Double) -> Double {
    .pow(4 / .pi, k) / (1 + 4 * Double(k) * q).squareRoot()
  }
  func pair(_ q: Double) -> any PairForm { Pair(variance: q) }

  private struct Pair: PairForm {
    let variance: Double
    private var ratio: Double { 2 * variance / (1 + 2 * variance) }

    func productMean(correlation c: Double) -> Double { 2 / .pi * .asin(ratio * c) }

    func productGap(gap: Double) -> Double {
      // arcsin x − arcsin y, y = x (1 − δ), as one arctangent: sin and cos of the difference, the sine without cancellation.
      let (x, q) = (ratio, variance)
      let y = x * (1 - gap)
      // √(1 − x²), and √(1 − y²) from 1 ∓ y = (1 + 2q (1 ∓ c))/(1 + 2q).
      let cosX = (1 + 4 * q).squareRoot() / (1 + 2 * q)
      let cosY = ((1 + 2 * q * gap) * (1 + 2 * q * (2 - gap))).squareRoot() / (1 + 2 * q)
      guard y > 0 else { return 2 / .pi * (.asin(x) - .asin(y)) }
      let sine = x * x * gap * (2 - gap) / (x * cosY + y * cosX)
      return 2 / .pi * .atan2(y: sine, x: cosX * cosY + x * y)
    }

    func slopeProductMean(gap: Double) -> Double {
      // (1 + 2q)² − 4q² c².
      let q = variance
      return 4 / .pi / ((1 + 2 * q * gap) * (1 + 2 * q * (2 - gap))).squareRoot()
    }
  }
}

/// Means of φ(x) = x Φ(x), Φ the normal distribution function; pairs by quadrature.
struct GELUMoments: MomentForm {
  private let quadrature = QuadratureMoments(GELU())

  func mean(_ q: Double) -> Double { q / (2 * .pi * (1 + q)).squareRoot() }

  func meanSquare(_ q: Double) -> Double {
    q / 4 + q / (2 * .pi) * .asin(q / (1 + q)) + q / (1 + q) * (q / (.pi * (1 + 2 * q).squareRoot()))
  }

  func meanSquareSlope(_ q: Double) -> Double { quadrature.meanSquareSlope(q) }

  func slopeMoment(_ k: Int, _ q: Double) -> Double {
    guard k == 1 else { return quadrature.slopeMoment(k, q) }
    let root = (1 + 2 * q).squareRoot()
    return 0.25 + .asin(q / (1 + q)) / (2 * .pi) + q / (1 + q) / (.pi * root) + q / (1 + 2 * q) / (2 * .pi * root)
  }

  func pair(_ q: Double) -> any PairForm { quadrature.pair(q) }
}
