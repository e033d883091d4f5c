import Spectra
import Testing

@testable import SpectraReproduction

/// The residual on a scale of its own against attention as it is computed everywhere else.
@Suite("Rank collapse beyond the precision of tokens")
struct RankCollapseTests {
  static let (tokens, width) = (6, 12)

  static func weights(_ layer: Int) -> [Tensor<Double>] {
    ["query", "key", "value"].map {
      Initializer(.lecunNormal).weight(
        outputs: width, inputs: width,
        from: RandomKey(seed: 3, sample: 0, purpose: .weights).layer(layer).stream($0))
    }
  }

  /// ln (‖res X‖/‖X‖) of a plain tensor.
  static func logRatio(_ x: Tensor<Double>) -> Double {
    let means = (0..<x.columns).map { column in (0..<x.rows).reduce(0) { $0 + x[$1, column] } / Double(x.rows) }
    let residual = Tensor(rows: x.rows, columns: x.columns) { x[$0, $1] - means[$1] }
    return Double.log(residual.rootMeanSquare / x.rootMeanSquare)
  }

  @Test("Both agree while double precision holds the residual")
  func agrees() {
    var x = gaussianInput(tokens: Self.tokens, width: Self.width, sample: 5)
    var collapse = CollapsingTokens(x)
    #expect(abs(collapse.logRatio - Self.logRatio(x)) <= 1e-14)
    for layer in 0..<3 {
      let w = Self.weights(layer)
      let packed = Tensor(shape: [3 * Self.width, Self.width], elements: w.flatMap { $0.transposed.elements })
      let attention = SelfAttention(
        inputProjection: Linear(weight: packed), outputProjection: Linear(weight: .identity(Self.width)), heads: 1)
      x = attention(x)
      collapse = collapse.attended(query: w[0], key: w[1], value: w[2])
      // What X holds of the residual is rounded to eps of X: relative to the residual, eps/ratio times a few operations of
      // 12 terms.
      let ratio = Double.exp(collapse.logRatio)
      #expect(abs(collapse.logRatio - Self.logRatio(x)) <= 100 * .ulpOfOne / ratio, "layer \(layer + 1)")
      #expect(ratio > 1e-12, "the comparison says nothing once the residual is rounding")
    }
  }

  @Test("Far beyond the smallest number the cube still holds")
  func cube() {
    var collapse = CollapsingTokens(gaussianInput(tokens: Self.tokens, width: Self.width, sample: 5))
    var logarithms: [Double] = []
    for layer in 0..<12 {
      let w = Self.weights(layer)
      collapse = collapse.attended(query: w[0], key: w[1], value: w[2])
      logarithms.append(collapse.logRatio)
    }
    #expect(logarithms.allSatisfy(\.isFinite) && logarithms[11] < -10_000)
    // ln ratio_(l+1) = 3 ln ratio_l + a constant of the weights, some tens at the most.
    #expect(abs(logarithms[11] / logarithms[10] - 3) <= 100 / abs(logarithms[10]))
  }
}
