import Foundation
import Testing

@testable import SpectraRandom

/// The seeds are fixed, so these tests cannot fail by chance; the bounds are five standard deviations of each estimate,
/// which a right generator would exceed for one seed in a million.
@Suite("Statistics of the keyed streams")
struct StatisticalTests {
  static let count = 40_000
  static let base = RandomKey(seed: 2024, sample: 3, purpose: .weights, layer: 5)

  /// That the mean of `values` is `expected` to five standard errors, given the variance of one value.
  static func expectMean(
    _ values: some Collection<Double>, _ expected: Double, variance: Double, _ name: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let mean = values.reduce(0, +) / Double(values.count)
    let tolerance = 5 * (variance / Double(values.count)).squareRoot()
    #expect(abs(mean - expected) <= tolerance, name, sourceLocation: sourceLocation)
  }

  /// That no point of the empirical distribution is further from the true one than 2.7/√n: by Kolmogorov's law the
  /// probability of more is 2·exp(−2·2.7²) = 9·10⁻⁷, that of five standard deviations.
  static func expectDistribution(_ values: [Double], _ cumulative: (Double) -> Double) {
    let n = Double(values.count)
    let distance = values.sorted().enumerated().reduce(0) { farthest, element in
      let probability = cumulative(element.element)
      return max(farthest, probability - Double(element.offset) / n, Double(element.offset + 1) / n - probability)
    }
    #expect(distance <= 2.7 / n.squareRoot())
  }

  @Test("Uniform numbers")
  func uniforms() {
    var stream = Self.base.stream("w")
    let values = stream.uniforms(count: Self.count, low: -0.5, high: 0.5)
    #expect(values.allSatisfy { $0 >= -0.5 && $0 < 0.5 })
    // The moments of U(−½, ½): 1/12, 1/80, 1/448, 1/2304 for the powers 2, 4, 6, 8.
    Self.expectMean(values, 0, variance: 1 / 12, "mean")
    Self.expectMean(values.map { pow($0, 2) }, 1 / 12, variance: 1 / 80 - 1 / 144, "variance")
    Self.expectMean(values.map { pow($0, 4) }, 1 / 80, variance: 1 / 2304 - 1 / 6400, "fourth moment")
    Self.expectMean(zip(values, values.dropFirst()).map(*), 0, variance: 1 / 144, "neighbours")
    Self.expectDistribution(values) { $0 + 0.5 }
  }

  @Test("Normal numbers")
  func normals() {
    var stream = Self.base.stream("w")
    let values = stream.normals(count: Self.count)
    // The moments of N(0, 1): 1, 3, 15, 105 for the powers 2, 4, 6, 8.
    Self.expectMean(values, 0, variance: 1, "mean")
    Self.expectMean(values.map { pow($0, 2) }, 1, variance: 3 - 1, "variance")
    Self.expectMean(values.map { pow($0, 3) }, 0, variance: 15, "third moment")
    Self.expectMean(values.map { pow($0, 4) }, 3, variance: 105 - 9, "fourth moment")
    Self.expectDistribution(values) { 0.5 * erfc(-$0 / 2.0.squareRoot()) }
    // Both of a pair share a radius: their products, and those of their squares, would show it.
    let pairs = stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    Self.expectMean(pairs.map { $0.0 * $0.1 }, 0, variance: 1, "pairs")
    Self.expectMean(pairs.map { ($0.0 * $0.0 - 1) * ($0.1 * $0.1 - 1) }, 0, variance: 4, "squares of pairs")
    Self.expectMean(zip(values, values.dropFirst()).map(*), 0, variance: 1, "neighbours")
  }

  @Test("Scaled normal numbers have the mean and the standard deviation asked for")
  func scaledNormals() {
    var stream = Self.base.stream("w")
    let values = stream.normals(count: 10_000, mean: 3, standardDeviation: 0.1)
    Self.expectMean(values, 3, variance: 0.01, "mean")
    Self.expectMean(values.map { ($0 - 3) * ($0 - 3) }, 0.01, variance: 2 * 1e-4, "variance")
  }

  @Test("Streams whose keys differ in one field by one are uncorrelated", arguments: neighbours)
  func neighbouringStreams(key: RandomKey, name: String) {
    var first = Self.base.stream("w0")
    var second = key.stream(name)
    let n = 10_000
    let products = zip(first.normals(count: n), second.normals(count: n)).map(*)
    Self.expectMean(products, 0, variance: 1, "products of normal numbers")
    let uniforms = zip(
      first.uniforms(count: n, low: -0.5, high: 0.5), second.uniforms(count: n, low: -0.5, high: 0.5))
    Self.expectMean(uniforms.map(*), 0, variance: 1 / 144, "products of uniform numbers")
  }

  @Test("First draws of many keys are uniform: what differs between keys is as random as what follows in a stream")
  func acrossKeys() {
    let side = 100
    let values = (0..<side * side).map { index in
      var stream = RandomKey(seed: 0, sample: index / side, purpose: .weights, layer: index % side).stream("w")
      return stream.uniform()
    }
    Self.expectDistribution(values) { $0 }
    Self.expectMean(values, 0.5, variance: 1 / 12, "mean")
    let acrossLayers = zip(values, values.dropFirst()).map { ($0 - 0.5) * ($1 - 0.5) }
    let acrossSamples = zip(values, values.dropFirst(side)).map { ($0 - 0.5) * ($1 - 0.5) }
    Self.expectMean(acrossLayers, 0, variance: 1 / 144, "neighbouring layers")
    Self.expectMean(acrossSamples, 0, variance: 1 / 144, "neighbouring samples")
  }

  static var neighbours: [(RandomKey, String)] {
    func changed(_ change: (inout RandomKey) -> Void) -> RandomKey {
      var key = base
      change(&key)
      return key
    }
    return [
      (changed { $0.seed += 1 }, "w0"), (changed { $0.sample += 1 }, "w0"), (changed { $0.layer += 1 }, "w0"),
      (changed { $0.purpose = .input }, "w0"), (base, "w1"),
      // Exchanged fields, and fields that differ only above the counter's 32 bits.
      (changed { ($0.sample, $0.layer) = ($0.layer, $0.sample) }, "w0"),
      (changed { $0.sample += 1 << 32 }, "w0"), (changed { $0.layer += 1 << 32 }, "w0"),
    ]
  }
}
