import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Null directions of whole stacks: each normaliser takes some from every token or from every feature, and no others come with
/// the depth, because the next one's are in general position to what is left.
@Suite("Null values of stacks with normalisers")
struct NullCountTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var norm: String
    var perToken = 0
    var perFeature = 0
    var testDescription: String { norm }
  }

  static let rows = [
    Row(norm: "layernorm", perToken: 2), Row(norm: "layernorm-simple", perToken: 2),
    Row(norm: "layernorm-simple:deviation=unbiased", perToken: 2), Row(norm: "adanorm", perToken: 2),
    Row(norm: "adanorm:detached=false", perToken: 2), Row(norm: "detachnorm:detach=mean", perToken: 1),
    Row(norm: "detachnorm:detach=deviation", perToken: 1), Row(norm: "detachnorm:detach=both"),
    Row(norm: "rmsnorm", perToken: 1), Row(norm: "batchnorm", perFeature: 2), Row(norm: "frn", perFeature: 1),
  ]

  @Test("Without ε: mean and scale of each token, or of each feature", arguments: rows)
  func counts(row: Row) throws {
    let (tokens, width) = (5, 6)
    let normalizer = try Variant<NormalizerName>(text: row.norm).setting("eps", 0)
    for connection in [Variant(Connection.norm), Variant(.postLN)] {
      for depth in [1, 3] {
        let architectures: [Architecture] = [
          .transformer(
            connection, depth: depth, width: width, tokens: tokens, heads: 2, hidden: 24, activation: .tanh,
            normalizer: normalizer),
          .fullyConnected(
            connection, depth: depth, width: width, tokens: tokens, activation: .tanh, normalizer: normalizer),
        ]
        for architecture in architectures {
          var parameters = generalParameters(of: architecture)
          for parameter in architecture.parameters where parameter.role == .normThreshold {
            // Below everything, so that no unit is shut.
            parameters[parameter.name] = Tensor(shape: parameter.shape, repeating: -20)
          }
          let stack: Stack<Double> = try architecture.stack(parameters)
          let linearization = Linearization(of: stack, at: Reference.input(tokens, width))
          let found = try #require(try linearization.resolvedSingularValues().first)
          let expected = architecture.size - row.perToken * tokens - row.perFeature * width
          #expect(found.logSingularValues.count == expected, "\(architecture.title)")
          #expect(found.unresolved == 0)
          // The dense J shows the same gap while its smallest values stand above its rounding.
          let dense = try linearization.jacobian().singularValues()
          guard depth == 1 else { continue }
          #expect(dense.count { $0 > 1e-9 * dense[0] } == expected, "\(architecture.title)")
          #expect(dense[expected...].allSatisfy { $0 <= 1e-13 * dense[0] })
        }
      }
    }
  }
}
