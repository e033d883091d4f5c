import Testing

@testable import SpectraRandom

@Suite("Keyed random streams")
struct RandomStreamTests {
  /// From an independent implementation of the key, of Philox and of Box–Muller (the latter with 40 digits). A
  /// change here changes every network that anyone has drawn: do not make one lightly.
  @Test("The addressed draws never change", arguments: golden)
  func pinned(key: RandomKey, name: String, words: [UInt64], normals: [Double]) {
    var stream = key.stream(name)
    #expect(words.map { _ in stream.next() } == words)
    stream = key.stream(name)
    #expect(words.map { _ in stream.uniform() } == words.map { Double($0 >> 11) * 0x1p-53 })
    stream = key.stream(name)
    for (value, expected) in zip(stream.normals(count: normals.count), normals) {
      // Errors in units in the last place: log < 1 (halved by the root), root ½, sine 2, product ½.
      #expect(abs(value - expected) <= 4 * expected.ulp)
    }
  }

  @Test("The bits of the normal numbers are the same on every machine")
  func portableBits() {
    var stream = RandomKey(seed: 0, sample: 0, purpose: .weights).stream("linear1.weight")
    #expect(checksum(stream.normals(count: 1000)) == 0x300e_887f_f714_ae8c)
  }

  @Test("Both initialisers address the same stream")
  func initialisers() {
    let key = RandomKey(seed: 9, sample: 4, purpose: .weights)
    var first = key.layer(2).stream("out_proj.weight")
    var second = RandomStream(seed: 9, sample: 4, purpose: .weights, layer: 2, name: "out_proj.weight")
    #expect(first.next() == second.next())
    #expect(key.purpose(.input) == RandomKey(seed: 9, sample: 4, purpose: .input))
  }

  @Test("Bulk and single calls give the same sequence", arguments: [0, 1, 2, 3, 7, 8])
  func bulkEqualsSingle(count: Int) {
    // Preceded by none, a uniform or a normal number, so that a word or a normal number is left over.
    for before in 0..<3 {
      var bulk = RandomKey(seed: 1, sample: 0, purpose: .weights).stream("w")
      if before == 1 { _ = bulk.uniform() }
      if before == 2 { _ = bulk.normal() }
      var single = bulk
      #expect(bulk.uniforms(count: count, low: -2, high: 3) == (0..<count).map { _ in single.uniform(in: -2, 3) })
      #expect(
        bulk.normals(count: count, mean: 2, standardDeviation: 0.5)
          == (0..<count).map { _ in 2 + 0.5 * single.normal() })
      #expect(bulk.uniform() == single.uniform())
      #expect(bulk.normal() == single.normal())
      #expect(bulk.normal() == single.normal())
    }
  }

  @Test("A shorter draw is the prefix of a longer one")
  func prefix() {
    let key = RandomKey(seed: 3, sample: 1, purpose: .input)
    var short = key.stream("x")
    var long = key.stream("x")
    #expect(short.normals(count: 5) == Array(long.normals(count: 32).prefix(5)))
  }

  @Test("A normal number that is left over outlives uniform ones")
  func leftOverNormal() {
    var stream = RandomKey(seed: 3, sample: 1, purpose: .input).stream("x")
    var undisturbed = stream
    let first = stream.normal()
    _ = stream.uniforms(count: 3)
    #expect([first, stream.normal()] == undisturbed.normals(count: 2))
  }

  @Test("Keys that differ in anything give different streams")
  func distinctKeys() {
    let limits = [0, 1, -1, 1 << 32, 1 << 32 + 1, -1 << 32, Int(Int32.max), Int(UInt32.max), .min, .max]
    var seen: Set<UInt64> = []
    var count = 0
    func add(_ key: RandomKey, _ name: String) {
      var stream = key.stream(name)
      seen.insert(stream.next())
      count += 1
    }
    for seed in [0, 1, 1 << 32, 1 << 63, UInt64.max] {
      for sample in limits {
        for layer in limits { add(RandomKey(seed: seed, sample: sample, purpose: .weights, layer: layer), "w") }
      }
    }
    let key = RandomKey(seed: 0, sample: 0, purpose: .weights)
    for name in ["", "W", "w ", "ww", "weights", "π", "\0"] { add(key, name) }
    for purpose in [.input, .embedding, .probe, "", "weight", "weightsw"] as [Purpose] {
      add(key.purpose(purpose), "w")
    }
    add(key.purpose("weightsw"), "")
    #expect(seen.count == count)
  }

  @Test("The standard library's algorithms draw from a stream")
  func randomNumberGenerator() {
    var stream = RandomKey(seed: 0, sample: 0, purpose: "shuffle").stream("order")
    #expect(Array(0..<20).shuffled(using: &stream).sorted() == Array(0..<20))
  }

  @Test("No draw takes nothing")
  func emptyDraws() {
    var stream = RandomKey(seed: 0, sample: 0, purpose: .weights).stream("w")
    var untouched = stream
    _ = stream.uniform()
    _ = untouched.uniform()
    #expect(stream.uniforms(count: 0).isEmpty)
    #expect(stream.normals(count: 0).isEmpty)
    #expect(stream.next() == untouched.next())
  }

  @Test("A negative count is a programmer's error")
  func negativeCount() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomKey(seed: 0, sample: 0, purpose: .weights).stream("w")
      _ = stream.normals(count: -1)
    }
  }

  static let golden: [(RandomKey, String, [UInt64], [Double])] = [
    (
      RandomKey(seed: 0, sample: 0, purpose: .weights), "linear1.weight",
      [0xd9eb_0b56_9431_c751, 0xe42d_7284_1b45_b024, 0x1619_4ed4_1151_d5ab, 0x6df2_bef1_c430_0e4d],
      [1.514411980092987, -1.2318422095618617, -0.3838927884893549, 0.1821650709939706]
    ),
    (
      RandomKey(seed: 42, sample: 3, purpose: .input, layer: -1), "x",
      [0xea09_1241_53d2_0b96, 0xcdfe_c3bc_ed6b_d465, 0x85ae_0d40_045e_392c, 0x6b7e_5a0f_b1fb_62dc],
      [0.7463644539085251, -2.086728067305027, -1.0646378538402597, 0.5861895615711227]
    ),
    (
      RandomKey(seed: .max, sample: 1 << 40 + 5, purpose: "πurpose", layer: 7), "",
      [0x86b9_f22b_63b1_58a1, 0x10cc_3f1a_e410_3552, 0xc751_9e3a_8b18_13bf, 0x779b_e1cb_90fd_11c1],
      [1.1199719149021283, 0.4898149632583095, -1.6998142055666126, 0.35510859072007595]
    ),
  ]
}
