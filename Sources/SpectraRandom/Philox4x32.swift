/// The counter-based generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
/// 1, 2, 3" (SC 2011): a keyed bijection of 128-bit counters whose outputs pass the Crush batteries of tests.
///
/// It has no state, so that any block of any stream can be computed alone.
public enum Philox4x32 {
  /// The four random words at `counter` under `key`.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    let (low, high) = words(counter.x, counter.y, counter.z, counter.w, key: key)
    return SIMD4(
      UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low >> 32),
      UInt32(truncatingIfNeeded: high), UInt32(truncatingIfNeeded: high >> 32))
  }

  /// The same block as two words of 64 bits, the first 32-bit word in the low half.
  @inline(__always)
  static func words(
    _ c0: UInt32, _ c1: UInt32, _ c2: UInt32, _ c3: UInt32, key: SIMD2<UInt32>
  ) -> (UInt64, UInt64) {
    var (c0, c1, c2, c3) = (c0, c1, c2, c3)
    var (k0, k1) = (key.x, key.y)
    for _ in 0..<10 {
      let product0 = 0xD251_1F53 &* UInt64(c0)
      let product1 = 0xCD9E_8D57 &* UInt64(c2)
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: product1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: product0)
      )
      // The Weyl sequences of the golden ratio and of √3 − 1.
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (UInt64(c0) | UInt64(c1) << 32, UInt64(c2) | UInt64(c3) << 32)
  }
}
