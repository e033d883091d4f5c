/// What a random number is for. Draws of different purposes are independent of one another.
///
/// The list is open: `let dropout: Purpose = "dropout"` is a purpose like the ones named here.
public struct Purpose: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { self.init(rawValue: value) }

  public var description: String { rawValue }

  /// Weights and biases of the layers.
  public static let weights: Purpose = "weights"
  /// The network's input.
  public static let input: Purpose = "input"
  /// The random embedding of text.
  public static let embedding: Purpose = "embedding"
  /// Starting bases, test vectors and other helpers of an algorithm.
  public static let probe: Purpose = "probe"
}

/// The address of random numbers: everything a draw depends on, except the tensor's name.
///
/// A draw is a pure function of (seed, sample, purpose, layer, tensor name, index in the tensor). It does not depend on
/// the order in which tensors are drawn, on the depth of the network or on the thread that draws. Hence the input does
/// not depend on the depth, a shallow network is the prefix of a deep one, and any sample can be computed alone.
///
/// ```swift
/// let key = RandomKey(seed: 0, sample: 3, purpose: .weights)
/// var stream = key.layer(7).stream("linear1.weight")
/// let weights = stream.uniforms(count: 64 * 16, low: -0.25, high: 0.25)
/// ```
public struct RandomKey: Hashable, Sendable {
  /// The seed of the run.
  public var seed: UInt64
  /// Number of the sample. Any integer; negative numbers are addresses of their own.
  public var sample: Int
  /// What the numbers are for.
  public var purpose: Purpose
  /// Index of the layer; 0 for what belongs to no layer, such as the input (its purpose keeps it apart from layer 0).
  public var layer: Int

  /// An address.
  public init(seed: UInt64, sample: Int, purpose: Purpose, layer: Int = 0) {
    self.seed = seed
    self.sample = sample
    self.purpose = purpose
    self.layer = layer
  }

  /// The same address in the layer of the given index.
  public func layer(_ index: Int) -> RandomKey {
    var key = self
    key.layer = index
    return key
  }

  /// The same address with another purpose.
  public func purpose(_ purpose: Purpose) -> RandomKey {
    var key = self
    key.purpose = purpose
    return key
  }

  /// The random numbers of one tensor, from its first element on. Equal keys and names give equal streams.
  public func stream(_ tensorName: String) -> RandomStream {
    // 0xFF occurs in no UTF-8 text, so ("ab", "c") and ("a", "bc") differ.
    var hash = StableHash()
    hash.absorb(purpose.rawValue.utf8)
    hash.absorb(CollectionOfOne<UInt8>(0xFF))
    hash.absorb(tensorName.utf8)
    // The counter has 32 bits each for layer and sample; what does not fit there goes into the key.
    hash.absorb(highBits: sample)
    hash.absorb(highBits: layer)
    // For a fixed name this maps seeds one to one, for a fixed seed it maps hashes one to one.
    let key = StableHash.finalize(StableHash.finalize(seed &+ 0x9E37_79B9_7F4A_7C15) ^ hash.value)
    return RandomStream(
      key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)),
      layer: UInt32(truncatingIfNeeded: layer), sample: UInt32(truncatingIfNeeded: sample))
  }
}

/// A 64-bit hash that is the same in every process and on every machine (`Hasher` is salted per process): FNV-1a, whose
/// weak high bits are then mixed.
package struct StableHash {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  package var value: UInt64 { Self.finalize(state) }

  package mutating func absorb(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
  }

  mutating func absorb(highBits number: Int) {
    let high = UInt32(truncatingIfNeeded: Int64(number) >> 32)
    absorb((0..<4).map { UInt8(truncatingIfNeeded: high >> (8 * $0)) })
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection in which each input bit flips each output bit
  /// with a probability near one half.
  static func finalize(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
