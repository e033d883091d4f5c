import Testing

@testable import SpectraRandom

@Suite("PyTorch's CPU generator")
struct TorchGeneratorTests {
  @Test("The engine gives mt19937's words")
  func engine() {
    var generator = TorchGenerator(seed: 0)
    let words = (0..<6).map { _ in generator.nextWord() }
    #expect(words == [2_357_136_044, 2_546_248_239, 3_071_714_933, 3_626_093_760, 2_588_848_963, 3_684_848_379])
  }

  @Test("The ten-thousandth word of the standard seed is the one that ISO C++ requires of std::mt19937")
  func tenThousandthWord() {
    var generator = TorchGenerator(seed: 5489)
    for _ in 1..<10_000 { _ = generator.nextWord() }
    #expect(generator.nextWord() == 4_123_659_995)
  }

  /// Counts on both sides of 16, where PyTorch changes its rule, and of 624, the engine's size.
  @Test(
    "Passing over draws leaves the generator where drawing does",
    arguments: [0, 1, 15, 16, 17, 33, 623, 624, 625, 2000])
  func skipping(count: Int) {
    for before in [0, 3, 624] {
      var (drawn, skipped) = (TorchGenerator(seed: 9), TorchGenerator(seed: 9))
      for _ in 0..<before { _ = (drawn.nextWord(), skipped.nextWord()) }
      _ = drawn.uniform(count: count)
      skipped.skipUniform(count: count)
      #expect(drawn.nextWord() == skipped.nextWord())
      _ = drawn.normal(count: count)
      skipped.skipNormal(count: count)
      // Three by the rule for a few: the number of a pair in hand is the same, too.
      #expect(drawn.normal(count: 3) == skipped.normal(count: 3))
    }
  }

  @Test("Bit patterns of PyTorch's draws at seed 0", arguments: bitPatterns)
  func seedZero(name: String, draw: @Sendable (inout TorchGenerator) -> [Float], expected: [Int: UInt32]) {
    var generator = TorchGenerator(seed: 0)
    let values = draw(&generator)
    for (index, bits) in expected { #expect(values[index].bitPattern == bits, "\(name)[\(index)]") }
  }

  @Test("All bits of PyTorch's draws", arguments: TorchGoldenDraw.all)
  func goldenDraws(golden: TorchGoldenDraw) {
    var generator = TorchGenerator(seed: golden.seed)
    let bits: [UInt64] =
      switch golden.call {
      case .normal: generator.normal(count: golden.count).map { UInt64($0.bitPattern) }
      case .scaledNormal:
        generator.normal(count: golden.count, mean: 0.5, standardDeviation: 0.02).map { UInt64($0.bitPattern) }
      case .uniform: generator.uniform(count: golden.count, low: -0.3, high: 0.7).map { UInt64($0.bitPattern) }
      case .uniformDoubles: generator.uniformDoubles(count: golden.count, low: -0.3, high: 0.7).map(\.bitPattern)
      }
    #expect(bits.first == golden.first)
    #expect(bits.last == golden.last)
    #expect(checksum(bits) == golden.checksum)
  }

  @Test("Normal numbers in float64", arguments: TorchGoldenDraw.normalDoubles)
  func normalDoubles(seed: UInt64, count: Int, first: Double, last: Double) throws {
    var generator = TorchGenerator(seed: seed)
    let values = generator.normalDoubles(count: count)
    // √, log (halved by the root), sin or cos, and the product: below 1 unit each, 4 together.
    #expect(abs(try #require(values.first) - first) <= 4 * first.ulp)
    #expect(abs(try #require(values.last) - last) <= 4 * last.ulp)
  }

  @Test("Large and small draws mixed: the cached normal number survives what is drawn in between")
  func mixedDraws() {
    var generator = TorchGenerator(seed: 0)
    let draws = [
      generator.normal(count: 3), generator.normal(count: 20), generator.uniform(count: 5), generator.normal(count: 2),
      generator.normalDoubles(count: 1).map { Float($0) }, generator.normal(count: 4),
    ]
    // torch.randn(3), randn(20), rand(5), randn(2), randn(1, dtype=float64), randn(4): first and last of each.
    let expected: [UInt32] = [
      0x3fc5_3f5c, 0xc00b_7149, 0xbeb6_5675, 0x3d57_1217, 0x3e0e_0bcc, 0x3e8e_771c, 0x3f11_84b6, 0x3fd8_13b6,
      0xc00a_13ac, 0xc00a_13ac, 0xbfb2_455a, 0xbfb1_1a41,
    ]
    #expect(draws.flatMap { [$0[0].bitPattern, $0[$0.count - 1].bitPattern] } == expected)
  }

  @Test("A new seed forgets the cached normal number")
  func reset() {
    var generator = TorchGenerator(seed: 1)
    _ = generator.normal(count: 1)
    generator.reset(seed: 0)
    var fresh = TorchGenerator(seed: 0)
    #expect(generator.normal(count: 3) == fresh.normal(count: 3))
  }

  @Test("Only the low 32 bits of the seed count")
  func wideSeeds() {
    var wide = TorchGenerator(seed: 7 + 1 << 32)
    var narrow = TorchGenerator(seed: 7)
    #expect(wide.uniform(count: 4) == narrow.uniform(count: 4))
  }

  @Test("No draw takes no word")
  func emptyDraws() {
    var generator = TorchGenerator(seed: 0)
    #expect(generator.uniform(count: 0).isEmpty)
    #expect(generator.normal(count: 0).isEmpty)
    #expect(generator.xavierUniform(outputs: 0, inputs: 0).isEmpty)
    #expect(generator.nextWord() == 2_357_136_044)
  }

  @Test("A negative count is a programmer's error")
  func negativeCount() async {
    await #expect(processExitsWith: .failure) {
      var generator = TorchGenerator(seed: 0)
      _ = generator.uniform(count: -1)
    }
  }

  @Test("Bounds of the initialisers")
  func bounds() {
    // √(6/(16 + 48)), √(6/(16 + 64)), √(6/(512 + 2048)), which PyTorch computes with four roundings.
    let xavier: [(outputs: Int, inputs: Int, bound: Double)] = [
      (48, 16, 0.30618621784789724), (64, 16, 0.27386127875258304), (512, 2048, 0.04841229182759271),
    ]
    for (outputs, inputs, bound) in xavier {
      #expect(abs(TorchGenerator.xavierBound(outputs: outputs, inputs: inputs) - bound) <= 2 * bound.ulp)
    }
    // PyTorch, too, gives 1.4999999999999998 for 3·√(6/24).
    #expect(TorchGenerator.xavierBound(outputs: 8, inputs: 16, gain: 3) == 1.4999999999999998)
    #expect(abs(TorchGenerator.kaimingBound(inputs: 16) - 0.25) <= 0.25.ulp)
    #expect(abs(TorchGenerator.kaimingBound(inputs: 6, slope: 0) - 1) <= 1.0.ulp)
    #expect(TorchGenerator.linearBiasBound(inputs: 64) == 0.125)
  }

  static let bitPatterns: [(String, @Sendable (inout TorchGenerator) -> [Float], [Int: UInt32])] = [
    (
      "randn(64)", { $0.normal(count: 64) },
      [0: 0xbf90_1b85, 1: 0xbf93_808a, 7: 0xc007_5fc1, 8: 0x3ea5_0138, 15: 0xbe7d_367c, 63: 0xbf0d_30fc]
    ),
    (
      "randn(10)", { $0.normal(count: 10) },
      [0: 0x3fc5_3f5c, 1: 0xbe96_3c50, 2: 0xc00b_7149, 3: 0x3f11_84b6, 4: 0xbf8a_d1a1, 9: 0xbece_830b]
    ),
    (
      "randn(20)", { $0.normal(count: 20) },
      [0: 0xbf90_1b85, 3: 0xbede_255d, 4: 0x3f19_4d8b, 5: 0xbfc7_0d5b, 18: 0x4000_519a, 19: 0x3d5c_1b3a]
    ),
    (
      "xavier_uniform_(empty(48, 16))", { $0.xavierUniform(outputs: 48, inputs: 16) },
      [0: 0xbb16_3b71, 1: 0x3e28_3195, 2: 0xbe81_06d0, 3: 0xbe66_be0f, 16: 0x3df7_e711, 767: 0x3e88_021a]
    ),
    (
      "kaiming_uniform_(empty(16, 16), a=√5)", { $0.kaimingUniform(outputs: 16, inputs: 16) },
      [0: 0xbaf5_5400, 1: 0x3e09_545e, 2: 0xbe52_b316, 3: 0xbe3c_6680, 16: 0x3dca_6960, 255: 0xbdbd_5b84]
    ),
    (
      "kaiming_uniform_(empty(16, 48), a=√5)", { $0.kaimingUniform(outputs: 16, inputs: 48) },
      [0: 0xba8d_a3e8, 1: 0x3d9e_9313, 2: 0xbdf3_4b7e, 3: 0xbdd9_8bc9, 16: 0x3d69_b98d, 767: 0x3e00_3ad2]
    ),
  ]
}
