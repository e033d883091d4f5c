import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Which tokens' outputs depend on which tokens' inputs.
@Suite("Blocks of J under a window")
struct BlockStructureTests {
  /// Every connection but the one whose normaliser couples tokens.
  static let connections = Connection.allCases.filter { $0 != .xskipBN }

  /// A layer attends once, to the last N tokens: after L layers a token has heard of the last L (N − 1) before it.
  @Test("Block (i, j) is 0 unless i − L (N − 1) ≤ j ≤ i", arguments: connections, [1, 2, 3])
  func windows(connection: Connection, window: Int) throws {
    let (tokens, width) = (7, 4)
    for depth in 1...3 {
      let architecture = Architecture.transformer(
        connection, depth: depth, width: width, tokens: tokens, heads: 2, hidden: 6, activation: .tanh,
        mask: .window(window))
      let stack: Stack<Double> = try architecture.stack(generalParameters(of: architecture))
      let j = jacobian(of: stack, at: Reference.input(tokens, width))
      for output in 0..<tokens {
        for input in 0..<tokens {
          let isZero = (0..<width * width).allSatisfy {
            j[output * width + $0 / width, input * width + $0 % width] == 0
          }
          let isHeard = input <= output && output - input <= depth * (window - 1)
          #expect(isZero == !isHeard, "token \(output) by token \(input) after \(depth) layers")
        }
      }
    }
  }
}
