/// The float32 logarithm, sine and cosine of PyTorch's vector path for normal numbers, rounding by rounding.
///
/// The method and the coefficients are those of the Cephes library (S. Moshier) as vectorised in `avx_mathfun.h`
/// (G. Garberoglio 2012, after J. Pommier's `sse_mathfun.h`), which PyTorch includes; where a multiplication is fused with an
/// addition is what the compiler of the released x86-64 builds chose. `addingProduct` has one rounding, `*` and `+`
/// have one each, and Swift does not fuse them by itself.
enum TorchVectorMath {
  /// Two normal numbers from two uniform ones in [0, 1).
  static func boxMuller(_ first: Float, _ second: Float, _ mean: Float, _ standardDeviation: Float) -> (Float, Float) {
    let radius = (-2 * log(1 - first)).squareRoot()
    let (sine, cosine) = sineAndCosine(0x1.921fb6p+2 * second)
    return (
      mean.addingProduct(radius * cosine, standardDeviation), mean.addingProduct(radius * sine, standardDeviation)
    )
  }

  /// ln u for normal u > 0.
  static func log(_ u: Float) -> Float {
    // u = m·2^e with ½ ≤ m < 1, then √½ ≤ 1 + x < √2.
    var e = Float(u.exponent + 1)
    let m = u.significand / 2
    let x: Float
    if m < 0.707106781186547524 {
      x = (m - 1) + m
      e -= 1
    } else {
      x = m - 1
    }
    let square = x * x
    var polynomial: Float = 7.0376836292e-2
    for coefficient in logCoefficients { polynomial = coefficient.addingProduct(polynomial, x) }
    polynomial *= x
    // ln 2 = ln2High + ln2Low, of which the first is exact in few bits.
    let ln2Low: Float = -2.12194440e-4
    let ln2High: Float = 0.693359375
    var y = (e * ln2Low).addingProduct(polynomial, square)
    y.addProduct(-0.5, square)
    return (x + y).addingProduct(e, ln2High)
  }

  /// sin θ and cos θ for 0 ≤ θ ≤ 2π.
  static func sineAndCosine(_ angle: Float) -> (sine: Float, cosine: Float) {
    let octant = (Int32(angle * 1.27323954473516) + 1) & ~1
    let k = Float(octant)
    // Three parts of −π/4, so that k times each of them is exact or nearly so (Cody and Waite).
    var r = angle
    for part in reductionParts { r.addProduct(k, part) }
    let q = r * r

    var c: Float = 2.443315711809948e-5
    c = (-1.388731625493765e-3 as Float).addingProduct(c, q)
    c = (4.166664568298827e-2 as Float).addingProduct(c, q) * q
    c = (-0.5 * q).addingProduct(c, q) + 1

    var s: Float = -1.9515295891e-4
    s = (8.3321608736e-3 as Float).addingProduct(s, q)
    s = (-1.6666654611e-1 as Float).addingProduct(s, q) * q
    s = r.addingProduct(s, r)

    if octant & 2 != 0 { swap(&s, &c) }
    let cosineIsNegative = octant & 7 == 2 || octant & 7 == 4
    return (octant & 4 == 0 ? s : -s, cosineIsNegative ? -c : c)
  }

  private static let logCoefficients: [Float] = [
    -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
    -2.4999993993e-1, 3.3333331174e-1,
  ]
  private static let reductionParts: [Float] = [
    -0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8,
  ]
}
