#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// PyTorch's CPU random generator: the numbers that `torch.manual_seed(seed)` followed by `uniform_`, `normal_` or
/// `randn` gives on contiguous tensors, bit for bit in float32 (as of PyTorch 2.15 on x86-64 with AVX2 or newer, whose
/// fused multiply-adds are part of the result).
///
/// One sequential stream: each draw depends on the number and sizes of all draws before it. Use it to reproduce what
/// somebody else has published; for everything else `RandomStream` addresses its draws instead.
public struct TorchGenerator: Sendable {
  private var engine: MersenneTwister
  /// The second value of the last pair of a draw of fewer than 16 normal numbers. As in PyTorch it outlives draws of other
  /// kinds.
  private var cachedNormal: Double?

  /// The generator after `torch.manual_seed(seed)`. As in PyTorch only the low 32 bits of the seed count.
  public init(seed: UInt64) { engine = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed)) }

  /// `torch.manual_seed(seed)`: starts anew and forgets the cached normal number.
  public mutating func reset(seed: UInt64) { self = TorchGenerator(seed: seed) }

  /// The next word of 32 random bits.
  public mutating func nextWord() -> UInt32 { engine.next() }

  /// `torch.empty(count).uniform_(low, high)` in float32. One word per element.
  ///
  /// `low` and `high` are rounded to `Float` first.
  public mutating func uniform(count: Int, low: Double = 0, high: Double = 1) -> [Float] {
    let start = Float(low)
    let span = Float(high) - start
    return draw(count) { start.addingProduct(Self.unitFloat(&$0), span) }
  }

  /// `torch.empty(count).normal_(mean, standardDeviation)` in float32; with mean 0 and standard deviation 1 also
  /// `torch.randn(count)`.
  ///
  /// PyTorch draws fewer than 16 numbers in another way than 16 or more; both are reproduced.
  public mutating func normal(count: Int, mean: Double = 0, standardDeviation: Double = 1) -> [Float] {
    guard count >= 16 else { return draw(count) { Float(mean.addingProduct($0.polarNormal(), standardDeviation)) } }
    let (mean, standardDeviation) = (Float(mean), Float(standardDeviation))
    return blocks(count, of: Self.unitFloat) { TorchVectorMath.boxMuller($0, $1, mean, standardDeviation) }
  }

  /// Passes over what `uniform(count:)` would draw.
  public mutating func skipUniform(count: Int) {
    precondition(count >= 0, "the number of random draws must not be negative")
    engine.skip(count)
  }

  /// Passes over what `normal(count:)` would draw.
  public mutating func skipNormal(count: Int) {
    // Fewer than 16 leave a cached number that depends on what is drawn.
    guard count >= 16 else {
      _ = normal(count: count)
      return
    }
    engine.skip(count.isMultiple(of: 16) ? count : count + 16)
  }

  /// `torch.empty(count, dtype=torch.float64).uniform_(low, high)`. Two words per element.
  public mutating func uniformDoubles(count: Int, low: Double = 0, high: Double = 1) -> [Double] {
    draw(count) { low.addingProduct(Self.unitDouble(&$0), high - low) }
  }

  /// `torch.empty(count, dtype=torch.float64).normal_(mean, standardDeviation)`.
  ///
  /// PyTorch calls the C library's `log`, `sin` and `cos` here, and so does this function: the last bits are those of the
  /// library on this machine.
  public mutating func normalDoubles(count: Int, mean: Double = 0, standardDeviation: Double = 1) -> [Double] {
    guard count >= 16 else { return draw(count) { mean.addingProduct($0.polarNormal(), standardDeviation) } }
    return blocks(count, of: Self.unitDouble) { first, second in
      let radius = (-2 * log(1 - first)).squareRoot()
      let angle = 2 * Double.pi * second
      return (
        mean.addingProduct(radius * cos(angle), standardDeviation),
        mean.addingProduct(radius * sin(angle), standardDeviation)
      )
    }
  }
}

// MARK: - Rules of PyTorch's ATen/native/cpu/DistributionTemplates.h and ATen/core/DistributionsHelper.h

extension TorchGenerator {
  /// Uniform in [0, 1), from the low 24 bits of one word.
  private static func unitFloat(_ generator: inout Self) -> Float {
    Float(generator.engine.next() & 0xFF_FFFF) * 0x1p-24
  }

  /// Uniform in [0, 1), from the low 53 bits of two words, of which the first is the upper.
  private static func unitDouble(_ generator: inout Self) -> Double {
    let high = UInt64(generator.engine.next())
    let low = UInt64(generator.engine.next())
    return Double((high << 32 | low) & 0x1F_FFFF_FFFF_FFFF) * 0x1p-53
  }

  /// A normal number by the rule for fewer than 16 of them.
  private mutating func polarNormal() -> Double {
    if let value = cachedNormal {
      cachedNormal = nil
      return value
    }
    let first = Self.unitDouble(&self)
    let second = Self.unitDouble(&self)
    let radius = (-2 * log1p(-second)).squareRoot()
    let angle = 2 * Double.pi * first
    cachedNormal = radius * sin(angle)
    return radius * cos(angle)
  }

  @inline(__always)
  private mutating func draw<Scalar>(_ count: Int, _ element: (inout Self) -> Scalar) -> [Scalar] {
    precondition(count >= 0, "the number of random draws must not be negative")
    return [Scalar](unsafeUninitializedCapacity: count) { values, initialized in
      for index in 0..<count { values.initializeElement(at: index, to: element(&self)) }
      initialized = count
    }
  }

  /// The rule for 16 normal numbers or more: all uniforms are drawn first, then replaced block by block of 16; where the
  /// count is no multiple of 16, the last 16 are drawn again and the last block overlaps the one before it.
  private mutating func blocks<Scalar>(
    _ count: Int, of uniform: (inout Self) -> Scalar, transform: (Scalar, Scalar) -> (Scalar, Scalar)
  ) -> [Scalar] {
    var values = draw(count, uniform)
    func transformBlock(at start: Int) {
      for j in start..<start + 8 { (values[j], values[j + 8]) = transform(values[j], values[j + 8]) }
    }
    for start in stride(from: 0, through: count - 16, by: 16) { transformBlock(at: start) }
    if !count.isMultiple(of: 16) {
      values.replaceSubrange((count - 16)..., with: draw(16, uniform))
      transformBlock(at: count - 16)
    }
    return values
  }
}
