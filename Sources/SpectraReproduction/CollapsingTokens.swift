import Spectra

/// Self-attention without skips, followed far into the collapse of its tokens: X = 1 xᵀ + R with the residual R on a scale of
/// its own, so that every digit of it is right however small it has become.
///
/// In double precision tokens that differ by less than 10⁻¹⁶ are equal, after four layers; R is then still known here. With
/// Q = X W^Q and so on, row i of the scores is a number of its own, which softmax does not see, plus a_j + b_ij, where
/// a_j = q̄ · W^K r_j/√d is the same for all queries and b_ij = (W^Q r_i) · (W^K r_j)/√d. With α_j = exp(a_j) − 1,
/// f_ij = exp(a_j) (exp(b_ij) − 1), Z_i = 1 + mean α + mean_j f_ij and Σ_j r_j = 0, what the outputs have in common is
/// x + c, c = Σ_j α_j r_j/(n (1 + mean α)), and what they differ by is
///
/// r′_i = W^V (Σ_j f_ij r_j/n − c mean_j f_ij)/Z_i,
///
/// three factors of the size of R and no difference of nearly equal numbers: the cube of Dong, Cordonnier and Loukas 2021,
/// *Attention is not all you need*, arXiv 2103.03404, term by term.
struct CollapsingTokens {
  /// x, what all tokens have in common.
  private(set) var mean: [Double]
  /// R/exp(logScale), rows that sum to 0, of Frobenius norm 1.
  private(set) var residual: Tensor<Double>
  /// ln of the Frobenius norm of R.
  private(set) var logScale: Double

  /// The state at an input of shape `[tokens, width]`.
  init(_ x: Tensor<Double>) {
    mean = Self.columnMeans(x)
    (residual, logScale) = (x, 0)
    normalize(subtracting: mean)
  }

  /// ln of ‖R‖_F/‖X‖_F.
  var logRatio: Double {
    // ‖X‖² = n ‖x‖² + ‖R‖²
    let common = Double(residual.rows) * mean.reduce(0) { $0 + $1 * $1 }
    return logScale - 0.5 * Double.log(common + Double.exp(2 * logScale))
  }

  /// The state after one head with weights W^Q, W^K, W^V of shape `[width, width]`, rows x ↦ x W.
  func attended(query: Tensor<Double>, key: Tensor<Double>, value: Tensor<Double>) -> CollapsingTokens {
    let (tokens, width) = (residual.rows, residual.columns)
    let root = Double(width).squareRoot()
    let scale = Double.exp(logScale)
    let commonQuery = Tensor(shape: [1, width], elements: mean).multiplied(by: query)
    let keys = residual.multiplied(by: key)
    // a_j and b_ij on the scales of R and of R².
    let a = commonQuery.multiplied(by: keys.transposed).scaled(by: 1 / root)
    let b = residual.multiplied(by: query).multiplied(by: keys.transposed).scaled(by: 1 / root)
    // α_j on the scale of R, f_ij on that of R².
    let alpha = a.elements.map { Self.relativeExpMinusOne($0, scale: scale) }
    let f = Tensor(rows: tokens, columns: tokens) { i, j in
      Double.exp(scale * a[0, j]) * Self.relativeExpMinusOne(b[i, j], scale: scale * scale)
    }
    let n = Double(tokens)
    let alphaMean = alpha.reduce(0, +) / n
    let norm = 1 + scale * alphaMean
    // c on the scale of R².
    var common = [Double](repeating: 0, count: width)
    for j in 0..<tokens { for k in 0..<width { common[k] += alpha[j] * residual[j, k] / (n * norm) } }
    // r′ on the scale of R³.
    let mixed = f.multiplied(by: residual).scaled(by: 1 / n)
    let differences = Tensor(rows: tokens, columns: width) { i, k in
      let fMean = f.elements[i * tokens..<(i + 1) * tokens].reduce(0, +) / n
      return (mixed[i, k] - scale * common[k] * fMean) / (norm + scale * scale * fMean)
    }
    var result = self
    let states = Tensor(
      shape: [1, width], elements: zip(mean, common).map { $0 + scale * scale * $1 })
    result.mean = states.multiplied(by: value).elements
    result.residual = differences.multiplied(by: value)
    result.logScale = 3 * logScale
    let shift = Self.columnMeans(result.residual)
    result.mean = zip(result.mean, shift).map { $0 + Double.exp(3 * logScale) * $1 }
    result.normalize(subtracting: shift)
    return result
  }

  /// Centres the residual and brings it to norm 1.
  private mutating func normalize(subtracting shift: [Double]) {
    residual = Tensor(rows: residual.rows, columns: residual.columns) { residual[$0, $1] - shift[$1] }
    let length = residual.rootMeanSquare * Double(residual.count).squareRoot()
    residual = residual.scaled(by: 1 / length)
    logScale += .log(length)
  }

  private static func columnMeans(_ x: Tensor<Double>) -> [Double] {
    (0..<x.columns).map { column in (0..<x.rows).reduce(0) { $0 + x[$1, column] } / Double(x.rows) }
  }

  /// (exp(scale · x) − 1)/scale, x where the scale underflows.
  private static func relativeExpMinusOne(_ x: Double, scale: Double) -> Double {
    let argument = scale * x
    return abs(argument) < 1e-300 ? x : x * (Double.expMinusOne(argument) / argument)
  }
}
