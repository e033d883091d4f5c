import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

/// What connections do to weights at initialisation, as drawn, and constants of papers.
@Suite("Rules of initialisation of connections")
struct ConnectionRuleTests {
  static let key = RandomKey(seed: 2, sample: 0, purpose: .weights)

  struct Row: CustomTestStringConvertible, Sendable {
    var connection: Connection
    var depth: Int
    /// The factor on values, attention outputs and feed-forward matrices, to six decimals.
    var factor: Double
    /// Whether a branch's last matrix is 0 instead.
    var lastIsZero = false
    var testDescription: String { "\(connection.rawValue), \(depth) layers" }
  }

  static let rows = [
    Row(connection: .deepnorm, depth: 6, factor: 0.379918), Row(connection: .deepnorm, depth: 12, factor: 0.319472),
    Row(connection: .deepnorm, depth: 100, factor: 0.188030), Row(connection: .tFixup, depth: 6, factor: 0.428092),
    Row(connection: .tFixup, depth: 12, factor: 0.359981), Row(connection: .subLN, depth: 12, factor: 1.782710),
    // (2 · 8)^(−1/2)
    Row(connection: .fixup, depth: 8, factor: 0.25, lastIsZero: true),
  ]

  /// Half a unit of the last of six decimals.
  static let printed = 0.5e-6 + 1e-15

  @Test("Drawn weights against those of a connection without a rule", arguments: rows)
  func factors(row: Row) throws {
    func drawn(_ connection: Connection) -> (Architecture, Parameters) {
      let architecture = Architecture.transformer(
        Variant(connection), depth: row.depth, width: 8, tokens: 3, heads: 4, keyValueHeads: 2, hidden: 6,
        feedForward: .swiglu)
      return (architecture, Initializer(.xavierUniform).parameters(of: architecture, random: Self.key))
    }
    let ((architecture, own), (_, plain)) = (drawn(row.connection), drawn(.vanilla))
    for parameter in architecture.parameters where parameter.shape.count == 2 {
      let (own, plain) = (try #require(own[parameter.name]), try #require(plain[parameter.name]))
      // 8 rows of queries and 4 of keys stay as they are; behind them are 4 of values.
      let compared = parameter.role == .packedProjection ? 12 * 8 : 0
      #expect(own.elements[..<compared] == plain.elements[..<compared])
      let isLast = parameter.role == .attentionOutput || parameter.role == .feedForwardOutput
      if row.lastIsZero, isLast {
        #expect(own.maximumMagnitude == 0)
        continue
      }
      let factors = own.elements.indices.dropFirst(compared).map { own.elements[$0] / plain.elements[$0] }
      // A rounded product, divided again.
      #expect(factors.allSatisfy { abs($0 - row.factor) <= Self.printed }, "\(parameter.name): \(factors[0])")
    }
  }

  @Test("DeepNorm's skip", arguments: [(6, 1.861210), (12, 2.213364), (100, 3.760603)])
  func deepnormSkip(depth: Int, alpha: Double) throws {
    let architecture = Architecture.transformer(.deepnorm, depth: depth, width: 4, tokens: 2, heads: 1, hidden: 4)
    let parameters = Initializer(.xavierUniform).parameters(of: architecture, random: Self.key)
    let stack: Stack<Double> = try architecture.stack(parameters)
    for layer in stack.layers {
      for sublayer in try #require(layer as? Chain<Double>).layers {
        guard case .scalar(let skip) = try #require(sublayer as? Sublayer<Double>).skip else {
          Issue.record("The skip has no weight.")
          continue
        }
        #expect(abs(skip - alpha) <= Self.printed)
      }
    }
  }

  @Test("Fixup's law is He's, its multipliers are 1 and its only matrix in a fully connected layer is 0")
  func fixup() throws {
    #expect(Connection.fixup.defaultInitializer == .heNormal)
    let architecture = Architecture.fullyConnected(.fixup, depth: 3, width: 5)
    let parameters = Initializer(.heNormal).parameters(of: architecture, random: Self.key)
    for layer in 0..<3 {
      #expect(try #require(parameters["layers.\(layer).weight"]).maximumMagnitude == 0)
      #expect(parameters["layers.\(layer).branch_weight"] == Tensor(shape: [1], repeating: 1))
    }
  }
}
