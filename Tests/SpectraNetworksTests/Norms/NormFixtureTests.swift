import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Printed digits of an independent float64 implementation for stacks of other normalisers than LayerNorm.
@Suite("Stacks of normalisers, printed digits")
struct NormFixtureTests {
  /// The deterministic Transformer with a norm of one's own, before or after each sublayer.
  struct Tiny: Layer {
    typealias Scalar = Double
    var norm: Variant<NormalizerName>
    var activation: any Activation
    var isNormFirst: Bool

    func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double {
      func weight(_ tag: Int, _ rows: Int, _ columns: Int) -> Tensor<Double> {
        TinyTransformer.matrix(tag, rows, columns).transposed
      }
      let norm: any Layer<Double> = norm.layer(features: TinyTransformer.width)!
      func connected(_ x: S, _ branch: (S) -> S) -> S { isNormFirst ? x + branch(norm(x)) : norm(x + branch(x)) }
      var x = x
      for tag in [0, 10] {
        x = connected(x) { x in
          S.concatenated((1...3).map { x.linear(weight(tag + $0, 8, 8)) }, along: .features)
            .packedAttention(heads: 2).linear(weight(tag + 4, 8, 8))
        }
        x = connected(x) { $0.linear(weight(tag + 5, 8, 16)).activated(by: activation).linear(weight(tag + 6, 16, 8)) }
      }
      return x
    }
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var network: Tiny
    var firstOutput, lastOutput, meanSquared, largest, second, median: Double
    var zeros: Int
    var firstEntry, cornerEntry: Double
  }

  static let rows: [Row] = {
    let (detached, whole) = (
      Tiny(norm: .adanorm(isDetached: true).setting("eps", 0), activation: ReLU(), isNormFirst: false),
      Tiny(norm: .adanorm(isDetached: false).setting("eps", 0), activation: ReLU(), isNormFirst: false)
    )
    return [
      Row(
        testDescription: "pre-ln, RMSNorm, gelu",
        network: Tiny(norm: .rmsnorm, activation: GELU(), isNormFirst: true),
        firstOutput: 2.332899002105, lastOutput: 0.655523352939, meanSquared: 5.422862891722, largest: 7.510222303882,
        second: 4.484207523074, median: 0.836163183561, zeros: 0, firstEntry: 0.473000252910,
        cornerEntry: 0.670571280870),
      Row(
        testDescription: "post-ln, AdaNorm", network: whole, firstOutput: 1.033499962737, lastOutput: 0.048273823278,
        meanSquared: 6.017838727515, largest: 8.908530148188, second: 5.532498121615, median: 0.435937559175, zeros: 6,
        firstEntry: -0.117415406319, cornerEntry: 0.426248728085),
      Row(
        testDescription: "post-ln, AdaNorm, detached", network: detached, firstOutput: 1.033499962737,
        lastOutput: 0.048273823278, meanSquared: 4.941421835661, largest: 7.574940117395, second: 5.587147911330,
        median: 0.490838900033, zeros: 6, firstEntry: -0.050657303005, cornerEntry: 0.491348484496),
    ]
  }()

  @Test("Values, entries of J and singular values", arguments: rows)
  func fixture(row: Row) throws {
    let linearization = Linearization(of: row.network, at: TinyTransformer.input)
    let j = linearization.jacobian()
    let values = try j.singularValues()
    let pairs = [
      (linearization.output[0, 0], row.firstOutput), (linearization.output[2, 7], row.lastOutput),
      (values.reduce(0) { $0 + $1 * $1 } / 24, row.meanSquared), (values[0], row.largest), (values[1], row.second),
      ((values[11] + values[12]) / 2, row.median), (j[0, 0], row.firstEntry), (j[0, 23], row.cornerEntry),
    ]
    for (found, printed) in pairs {
      // Half a unit of the last of twelve decimals, and a relative 10⁻¹² for rounding on both sides.
      #expect(abs(found - printed) <= 0.5e-12 + 1e-12 * abs(printed), "\(found), printed \(printed)")
    }
    #expect(values.count { $0 <= 1e-11 * values[0] } == row.zeros)
  }

  @Test("The resolved method finds the same, and the zeros as zeros", arguments: rows)
  func resolved(row: Row) throws {
    let linearization = Linearization(of: row.network, at: TinyTransformer.input)
    let found = try #require(try linearization.resolvedSingularValues().first)
    let dense = try linearization.jacobian().singularValues()
    #expect(found.logSingularValues.count == 24 - row.zeros && found.unresolved == 0)
    for (value, sigma) in zip(found.logSingularValues, dense) {
      #expect(abs(value - .log(sigma)) <= 20 * .ulpOfOne * dense[0] / sigma + (found.logError ?? 0))
    }
  }
}
