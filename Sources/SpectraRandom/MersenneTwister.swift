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

  @inline(__always)
  mutating func next() -> UInt32 {
    if position == Self.size { twist() }
    var word = state[position]
    position += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9D2C_5680
    word ^= (word << 15) & 0xEFC6_0000
    return word ^ (word >> 18)
  }

  /// Passes over `count` words.
  mutating func skip(_ count: Int) {
    var left = count
    while left > Self.size - position {
      left -= Self.size - position
      twist()
    }
    position += left
  }

  @inline(never)
  private mutating func twist() {
    let (size, shift) = (Self.size, Self.shift)
    state.withUnsafeMutableBufferPointer { state in
      func step(_ j: Int, _ next: Int, _ far: Int) {
        let joined = (state[j] & 0x8000_0000) | (state[next] & 0x7FFF_FFFF)
        // All bits or none: the last bit is random, and every second branch would be mispredicted.
        let feedback = 0x9908_B0DF & (0 &- (joined & 1))
        state[j] = state[far] ^ (joined >> 1) ^ feedback
      }
      for j in 0..<size - shift { step(j, j + 1, j + shift) }
      for j in size - shift..<size - 1 { step(j, j + 1, j + shift - size) }
      step(size - 1, 0, shift - 1)
    }
    position = 0
  }
}
