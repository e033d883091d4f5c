import SpectraLinearAlgebra
import Testing

@testable import SpectraDifferentiation

/// What must hold for the plans of any map whatever, on some hundred of them.
@Suite("Plans of maps that were put together by chance")
struct RandomMapTests {
  static let seeds: Range<UInt64> = 0..<200

  /// For how many tangents a plan is searched, and how many at once, which say what merging and calls cost: from where hardly
  /// anything is merged to where everything is.
  static let searches = [(10, 1_000_000), (100, 1_000_000), (1_000_000, 1_000_000), (1_000_000, 2000)]

  /// How many tangents run at once, and the bytes of token blocks in a group: every window alone, some, all together.
  static let runs = [(3, 1), (5, 2000), (100, 1 << 30)]

  @Test("J is that of pushing every primitive", arguments: [false, true])
  func agreement(mayBeEmpty: Bool) {
    /// The largest element of all tangents on the way, where an early one may be much larger than J.
    func largestTangent<Scalar: NetworkScalar>(of map: Linearization<Scalar>, from unit: Tangents<Scalar>) -> Scalar {
      var (largest, workspace) = (Scalar(1), Workspace<Scalar>())
      _ = map.run(unit, through: 0..<map.steps.count, of: map.steps[...], in: &workspace) { _, block in
        largest = max(largest, Scalar.maximumMagnitude(block.elements))
      }
      return largest
    }
    func check<Scalar: NetworkScalar>(_ seeds: Range<UInt64>, _: Scalar.Type) {
      for seed in seeds {
        let map = RandomMap.linearization(seed: seed, mayBeEmpty: mayBeEmpty, as: Scalar.self)
        let (tokens, features) = (map.inputShape[0], map.inputShape[1])
        let unit = Tangents<Scalar>(unit: 0..<map.inputCount, tokens: tokens, features: features)
        let direct = map.push(unit).map(\.columns)
        let largest = largestTangent(of: map, from: unit)
        for (directions, atOnce) in Self.searches {
          let plan = map.plan(directions: directions, chunk: atOnce)
          for (chunk, bytes) in Self.runs {
            let planned = map.jacobians(by: plan, chunk: chunk, threads: 1, groupBytes: bytes)
            for (planned, direct) in zip(planned, direct) {
              // Sums are taken in another order, and each tangent on the way is off by roundings of its largest element. The
              // largest difference of these seeds is 250 of these; a LayerNorm of nearly equal features can make it any number.
              let allowed = 500 * Scalar.ulpOfOne * largest
              #expect(distance(planned, direct) <= allowed, "seed \(seed): \(map.steps.map(\.name)), \(plan)")
            }
          }
        }
      }
    }
    check(Self.seeds, Double.self)
    check(0..<50, Float.self)
  }

  @Test("The same bits for any number of threads")
  func threads() {
    for seed in Self.seeds {
      let map = RandomMap.linearization(seed: seed, as: Double.self)
      let plan = map.plan(directions: 1_000_000, chunk: 1_000_000)
      func bits(threads: Int) -> [[UInt64]] {
        map.jacobians(by: plan, chunk: 3, threads: threads, groupBytes: 2000).map { $0.elements.map(\.bitPattern) }
      }
      #expect(bits(threads: 3) == bits(threads: 1), "seed \(seed)")
    }
  }
}
