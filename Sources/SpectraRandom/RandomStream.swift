/// The random numbers of one tensor: a position in the sequence of Philox blocks that its `RandomKey` addresses.
///
/// All draws are made in `Double`; networks in `Float` round them, so that both precisions see the same network. Only
/// exact and correctly rounded operations are used, no function of the C library: the draws have the same bits on
/// every machine.
///
/// Each block of the generator holds two words of 64 bits. A uniform number takes one word. Normal numbers come in
/// pairs, and a pair takes one whole block (half of a block that uniform numbers left over is skipped). The second of
/// a pair is kept for the next call, as if uniform numbers drawn in between did not exist. Bulk and single calls give
/// the same sequence.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private let layer: UInt32
  private let sample: UInt32
  private var block: UInt64 = 0
  private var spareWord: UInt64?
  private var spareNormal: Double?

  /// The stream at `key` for the tensor `name`; the same as `key.stream(name)`.
  public init(seed: UInt64, sample: Int, purpose: Purpose, layer: Int, name: String) {
    self = RandomKey(seed: seed, sample: sample, purpose: purpose, layer: layer).stream(name)
  }

  init(key: SIMD2<UInt32>, layer: UInt32, sample: UInt32) {
    self.key = key
    self.layer = layer
    self.sample = sample
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    if let word = spareWord {
      spareWord = nil
      return word
    }
    let (first, second) = nextBlock()
    spareWord = second
    return first
  }

  /// A number uniform in [0, 1): a multiple of 2⁻⁵³.
  public mutating func uniform() -> Double { Self.unit(next()) }

  /// A number uniform between `low` and `high`: low + (high − low)·u with u uniform in [0, 1). It can equal `high`, but
  /// only where rounding takes it there.
  public mutating func uniform(in low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

  /// A normal number of mean 0 and standard deviation 1, by the transform of Box and Muller (1958). Its modulus is at
  /// most √(2·53·ln 2) = 8.57; what a true normal number has beyond that has probability 1·10⁻¹⁷.
  public mutating func normal() -> Double {
    if let value = spareNormal {
      spareNormal = nil
      return value
    }
    let (first, second) = nextNormalPair()
    spareNormal = second
    return first
  }
}

// MARK: - Bulk draws

extension RandomStream {
  /// The next `count` numbers of `uniform(in: low, high)`.
  public mutating func uniforms(count: Int, low: Double = 0, high: Double = 1) -> [Double] {
    precondition(count >= 0, "the number of random draws must not be negative")
    var values = [Double](repeating: 0, count: count)
    let span = high - low
    var index = 0
    if count > 0, let word = spareWord {
      spareWord = nil
      values[0] = low + span * Self.unit(word)
      index = 1
    }
    while index + 1 < count {
      let (first, second) = nextBlock()
      values[index] = low + span * Self.unit(first)
      values[index + 1] = low + span * Self.unit(second)
      index += 2
    }
    if index < count { values[index] = low + span * uniform() }
    return values
  }

  /// The next `count` numbers of `mean + standardDeviation * normal()`.
  public mutating func normals(count: Int, mean: Double = 0, standardDeviation: Double = 1) -> [Double] {
    precondition(count >= 0, "the number of random draws must not be negative")
    var values = [Double](repeating: 0, count: count)
    var index = 0
    if count > 0, let value = spareNormal {
      spareNormal = nil
      values[0] = mean + standardDeviation * value
      index = 1
    }
    while index + 1 < count {
      let (first, second) = nextNormalPair()
      values[index] = mean + standardDeviation * first
      values[index + 1] = mean + standardDeviation * second
      index += 2
    }
    if index < count { values[index] = mean + standardDeviation * normal() }
    return values
  }
}

// MARK: - Blocks

extension RandomStream {
  @inline(__always)
  private mutating func nextBlock() -> (UInt64, UInt64) {
    defer { block &+= 1 }
    return Philox4x32.words(
      UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), layer, sample, key: key)
  }

  @inline(__always)
  private mutating func nextNormalPair() -> (Double, Double) {
    spareWord = nil
    let (first, second) = nextBlock()
    return BoxMuller.pair(first, second)
  }

  /// The upper 53 bits as a multiple of 2⁻⁵³. (A signed conversion is one instruction, an unsigned one is several.)
  @inline(__always)
  private static func unit(_ word: UInt64) -> Double { Double(Int64(word >> 11)) * 0x1p-53 }
}
