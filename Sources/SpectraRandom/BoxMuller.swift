/// Two independent normal numbers from two random words (Box and Muller 1958), from additions, multiplications,
/// divisions and square roots alone: IEEE 754 fixes every bit of these, which no standard does for a C library's `log`,
/// `sin` and `cos`.
enum BoxMuller {
  /// With u, v the upper 53 bits of the words as fractions: √(−2 ln(1 − u)) · (cos 2πv, sin 2πv).
  ///
  /// 1 − u is exact and never 0, so that neither end of the interval loses accuracy and no `log(onePlus:)` is needed. The
  /// angle is reduced to [−π/4, π/4] in integers, exactly.
  @inline(__always)
  static func pair(_ first: UInt64, _ second: UInt64) -> (Double, Double) {
    let complement = Double((1 << 53) - Int64(first >> 11)) * 0x1p-53
    let radius = (-2 * log(complement)).squareRoot()
    let (cosine, sine) = cosineAndSine(ofTurn: Int64(second >> 11))
    return (radius * cosine, radius * sine)
  }

  /// ln x for normal x > 0, with an error below 1 unit in the last place.
  ///
  /// x = 2^k (1 + f) with √½ < 1 + f < √2, s = f/(2 + f), ln(1 + f) = 2 artanh s = f − f²/2 + s (f²/2 + R(s²)). Method and
  /// coefficients are those of `e_log.c` in fdlibm (notice at the end of this file).
  @inline(__always)
  static func log(_ x: Double) -> Double {
    // Adding the distance from √½ to 1 moves the exponent's step from powers of two to √½ times them.
    let shifted = x.bitPattern &+ (0x3FF0_0000_0000_0000 &- 0x3FE6_A09E_0000_0000)
    let k = Double(Int64(bitPattern: shifted >> 52) &- 0x3FF)
    let f = Double(bitPattern: (shifted & 0x000F_FFFF_FFFF_FFFF) &+ 0x3FE6_A09E_0000_0000) - 1
    let halfSquare = 0.5 * f * f
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    let odd =
      z
      * (6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)))
    // ln 2 in two parts, the first of which has zeros enough at its end for k·ln2High to be exact.
    let ln2High = 6.93147180369123816490e-01
    let ln2Low = 1.90821492927058770002e-10
    return s * (halfSquare + (odd + even)) + k * ln2Low - halfSquare + f + k * ln2High
  }

  /// cos and sin of 2π·turn/2⁵³ for 0 ≤ turn < 2⁵³, each with an error below 2 units in the last place.
  ///
  /// Polynomials on [−π/4, π/4]: `k_cos.c` and `k_sin.c` of fdlibm.
  @inline(__always)
  static func cosineAndSine(ofTurn turn: Int64) -> (cosine: Double, sine: Double) {
    let quadrant = (turn &+ (1 << 50)) >> 51
    let x = Double(turn &- quadrant << 51) * (2 * Double.pi * 0x1p-53)
    let z = x * x

    let sineTail =
      8.33333333332248946124e-03
      + z
      * (-1.98412698298579493134e-04
        + z
        * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))
    let sine = x + z * x * (-1.66666666666666324348e-01 + z * sineTail)

    let cosineTail =
      z
      * (4.16666666666666019037e-02
        + z
        * (-1.38888888888741095749e-03
          + z
          * (2.48015872894767294178e-05
            + z
            * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))))
    let half = 0.5 * z
    let leading = 1 - half
    let cosine = leading + (((1 - leading) - half) + z * cosineTail)

    // Bit masks, not branches: the quadrant is random, and every second branch would be mispredicted.
    let q = UInt64(bitPattern: quadrant)
    let exchange = (cosine.bitPattern ^ sine.bitPattern) & (0 &- (q & 1))
    let cosineSign = (q ^ (q >> 1)) & 1
    let sineSign = (q >> 1) & 1
    return (
      Double(bitPattern: (cosine.bitPattern ^ exchange) ^ (cosineSign << 63)),
      Double(bitPattern: (sine.bitPattern ^ exchange) ^ (sineSign << 63))
    )
  }
}

// The polynomial coefficients above are from fdlibm:
//
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
// Developed at SunSoft, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software
// is freely granted, provided that this notice is preserved.
