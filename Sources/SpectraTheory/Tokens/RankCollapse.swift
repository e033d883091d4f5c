import RealModule

/// How fast attention without skips makes tokens equal (Dong, Cordonnier, Loukas 2021, *Attention is not all you need*, arXiv
/// 2103.03404).
public enum RankCollapse {
  /// What the residual's exponent is multiplied by in a layer of attention without skip: cubic, doubly exponential over layers.
  public static let exponentPerLayer = 3.0

  /// ln of the bound of theorem 2.2 and its form for H heads: ‖res(SAN(X))‖_{1,∞} ≤ (4 γ β H/√d_qk)^((3^L − 1)/2) ‖res(X)‖^(3^L).
  ///
  /// The bound is not sharp: it holds for all weights within β.
  ///
  /// - Parameters:
  ///   - logResidual: ln ‖res(X)‖_{1,∞} of the input, not divided by ‖X‖.
  ///   - layers: L, 0 or more.
  ///   - weightBound: β ≥ ‖W_QK‖₁ ‖W_V‖_{1,∞} of every layer and head.
  ///   - attentionBound: γ, which depends on the attention's elements.
  ///   - keySize: d_qk, features of queries and keys of a head.
  ///   - heads: H.
  public static func logBound(
    logResidual: Double, layers: Int, weightBound: Double, attentionBound: Double, keySize: Int, heads: Int = 1
  ) -> Double {
    let power = Double.pow(exponentPerLayer, Double(layers))
    let factor = Double.log(4 * attentionBound * weightBound * Double(heads) / Double(keySize).squareRoot())
    return (power - 1) / 2 * factor + power * logResidual
  }

  /// ln r_{l+1}/ln r_l of relative residuals r_l: they approach 3 once the residuals are small. nil where a residual is not below 1.
  public static func exponents(ofLogResiduals logarithms: [Double]) -> [Double?] {
    zip(logarithms, logarithms.dropFirst()).map { $0 < 0 && $1 < 0 ? $1 / $0 : nil }
  }

  /// q and p after L residual layers of linear, uniform attention x_i + α (1/n) Σ_j W x_j, elements of W of variance 1/d: the
  /// mean of the tokens grows by 1 + α² a layer and q − p stays, so that p/q → 1 unless α² = O(1/L).
  ///
  /// Noci et al. 2022, *Signal Propagation in Transformers*, arXiv 2206.03126, whose statement this is for weights of independent
  /// elements.
  ///
  /// - Parameters:
  ///   - meanSquare: q_0, the mean of ‖x_i‖²/d.
  ///   - meanProduct: p_0, the mean of x_i · x_j/d over pairs.
  public static func linearAttention(
    meanSquare: Double, meanProduct: Double, tokens: Int, residualWeight: Double, layers: Int
  ) -> (meanSquare: Double, meanProduct: Double) {
    let mean = (meanSquare + Double(tokens - 1) * meanProduct) / Double(tokens)
    // s_L − s_0 without the rounding of s_L.
    let growth = mean * .expMinusOne(Double(layers) * .log(onePlus: residualWeight * residualWeight))
    return (meanSquare + growth, meanProduct + growth)
  }
}
