/// The engine of PyTorch's CPU generator: mt19937 of Matsumoto and Nishimura (1998), 32-bit words.
struct MersenneTwister: Sendable {
  private static let size = 624
  private static let shift = 397

  private var state: [UInt32]
  private var position = Self.size

  init(seed: UInt32) {
    state = [UInt32](repeating: seed, count: Self.size)
    for j in 1..<Self.size {
      let previous = state[j - 1]
      state[j] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(j)
    }
  }

  mutating func next() -> UInt32 {
    if position == Self.size { twist() }
    var word = state[position]
    position += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9D2C_5680
    word ^= (word << 15) & 0xEFC6_0000
    return word ^ (word >> 18)
  }

  private mutating func twist() {
    for j in 0..<Self.size {
      let joined = (state[j] & 0x8000_0000) | (state[(j + 1) % Self.size] & 0x7FFF_FFFF)
      let feedback = joined & 1 == 0 ? 0 : 0x9908_B0DF as UInt32
      state[j] = state[(j + Self.shift) % Self.size] ^ (joined >> 1) ^ feedback
    }
    position = 0
  }
}
