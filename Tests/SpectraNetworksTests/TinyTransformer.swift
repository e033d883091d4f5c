import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra

@testable import SpectraNetworks

/// The deterministic Transformer of the fixtures: 3 tokens of width 8, 2 heads, hidden width 16, 2 layers, weights by a
/// formula, no biases.
enum TinyTransformer {
  static let (tokens, width, hidden, heads, depth) = (3, 8, 16, 2, 2)

  /// The `[rows, columns]` matrix of the fixture, in the row-vector convention y = x M.
  static func matrix(_ tag: Int, _ rows: Int, _ columns: Int) -> Tensor<Double> {
    let scale = (2 / Double(rows + columns)).squareRoot() * 2.0.squareRoot()
    return Tensor(rows: rows, columns: columns) { i, j in
      let (tag, i, j) = (Double(tag), Double(i), Double(j))
      return scale * .sin(1.7 * tag + 0.9 * i * (j + 1) + 2.3 * j + 0.4 * i * i)
    }
  }

  /// X₀, shape `[3, 8]`.
  static var input: Tensor<Double> {
    Tensor(rows: tokens, columns: width) { i, j in
      .cos(0.8 * Double(i) * (Double(j) + 1) + 0.35 * Double(j) * Double(j))
    }
  }

  static func architecture(
    _ connection: Variant<Connection>, finalNorm: Bool = false, epsilon: Double? = nil,
    activation: Variant<ActivationName> = .relu, normalizer: Variant<NormalizerName>? = nil, mask: AttentionMask = .none
  ) -> Architecture {
    .transformer(
      connection, depth: depth, width: width, tokens: tokens, heads: heads, hidden: hidden, activation: activation,
      normalizer: normalizer, mask: mask, finalNorm: finalNorm, normEpsilon: epsilon)
  }

  static func architecture(
    _ connection: Connection, finalNorm: Bool = false, epsilon: Double? = nil,
    activation: Variant<ActivationName> = .relu, normalizer: Variant<NormalizerName>? = nil, mask: AttentionMask = .none
  ) -> Architecture {
    architecture(
      Variant(connection), finalNorm: finalNorm, epsilon: epsilon, activation: activation, normalizer: normalizer,
      mask: mask)
  }

  static func parameters(of architecture: Architecture) -> Parameters {
    var parameters = Initializer(.xavierUniform)
      .parameters(of: architecture, random: .init(seed: 0, sample: 0, purpose: .weights))
    for layer in 0..<depth {
      let tag = 10 * layer
      let projections = (1...3).map { matrix(tag + $0, width, width).transposed.elements }
      parameters["layers.\(layer).self_attn.in_proj_weight"] = Tensor(
        shape: [3 * width, width], elements: projections.flatMap { $0 })
      parameters["layers.\(layer).self_attn.out_proj.weight"] = matrix(tag + 4, width, width).transposed
      parameters["layers.\(layer).linear1.weight"] = matrix(tag + 5, width, hidden).transposed
      parameters["layers.\(layer).linear2.weight"] = matrix(tag + 6, hidden, width).transposed
    }
    return parameters
  }
}
