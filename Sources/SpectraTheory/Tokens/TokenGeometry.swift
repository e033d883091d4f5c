import RealModule
public import SpectraLinearAlgebra

/// How long the tokens of a state are, how much alike, and how far from being all the same.
///
/// Of a state X of shape `[n tokens, d features]` with tokens x_i. Distances of tokens are computed from their differences and not
/// as 1 minus a cosine, so that they keep their digits down to 1e-30.
public struct TokenGeometry: Sendable, Equatable {
  /// The number of tokens.
  public let tokens: Int
  /// ln q; −∞ for a state of zeros. It is finite where q itself over- or underflows.
  public let logMeanSquare: Double
  /// 1 − p/q = Σ_i ‖x_i − x̄‖²/(q d (n − 1)), x̄ the mean token; nil for one token and for a state of zeros.
  public let correlationDistance: Double?
  /// 1 − ρ; nil for one token and where a token is zero.
  public let cosineDistance: Double?
  /// ‖X − 1x̄ᵀ‖/‖X‖ in the norm ‖·‖_{1,∞} = √(‖·‖₁ ‖·‖_∞) of the largest column sum and the largest row sum of magnitudes
  /// (Dong, Cordonnier, Loukas 2021, arXiv 2103.03404, with the mean token as their code has it); nil for one token and for a
  /// state of zeros.
  public let residual: Double?
  /// ‖X − 1x̄ᵀ‖_F/‖X‖_F, the distance from the nearest state of equal tokens; nil as `residual`.
  public let frobeniusResidual: Double?

  /// q = (1/(n d)) Σ_i ‖x_i‖², the mean square of all elements.
  public var meanSquare: Double { .exp(logMeanSquare) }
  /// p/q, where p = (2/(n (n − 1) d)) Σ_{i<j} x_i · x_j: the cosine of tokens of equal lengths.
  public var correlation: Double? { correlationDistance.map { 1 - $0 } }
  /// ρ = (2/(n (n − 1))) Σ_{i<j} x_i · x_j/(‖x_i‖ ‖x_j‖), the mean cosine of two tokens; at 1 they have collapsed to rank one.
  public var cosine: Double? { cosineDistance.map { 1 - $0 } }

  /// The geometry of a state of shape `[tokens, features]`; nil where an element is not finite.
  public init?<Scalar: NetworkScalar>(of state: Tensor<Scalar>) {
    let largest = Double(state.maximumMagnitude)
    guard largest.isFinite, state.count > 0 else { return nil }
    tokens = state.rows
    guard largest > 0 else {
      logMeanSquare = -.infinity
      (correlationDistance, cosineDistance, residual, frobeniusResidual) = (nil, nil, nil, nil)
      return
    }
    // In units of the largest element no square overflows, and none that counts underflows.
    let scaled: Tensor<Double> = state.converted(to: Double.self).map { $0 / largest }
    let square = Self.square(scaled)
    logMeanSquare = .log(square / Double(scaled.count)) + 2 * .log(largest)
    guard tokens > 1 else {
      (correlationDistance, cosineDistance, residual, frobeniusResidual) = (nil, nil, nil, nil)
      return
    }
    let deviation = Self.deviation(scaled)
    let others = Double(tokens - 1)
    correlationDistance = Self.square(deviation) / square * Double(tokens) / others
    residual = Self.norm(deviation) / Self.norm(scaled)
    frobeniusResidual = (Self.square(deviation) / square).squareRoot()
    cosineDistance = Self.directions(scaled).map { Self.square(Self.deviation($0)) / others }
  }

  private static func square(_ x: Tensor<Double>) -> Double { x.elements.reduce(0) { $0 + $1 * $1 } }

  /// X − 1x̄ᵀ. Differences from the first token are exact where tokens are close to one another, and so is what is left of
  /// them after their own mean.
  private static func deviation(_ x: Tensor<Double>) -> Tensor<Double> {
    var result = x
    for feature in 0..<x.columns {
      let first = x[0, feature]
      let mean = (0..<x.rows).reduce(0) { $0 + (x[$1, feature] - first) } / Double(x.rows)
      for token in 0..<x.rows { result[token, feature] = (x[token, feature] - first) - mean }
    }
    return result
  }

  /// Every token divided by its length; nil where one has none.
  private static func directions(_ x: Tensor<Double>) -> Tensor<Double>? {
    var result = x
    for token in 0..<x.rows {
      let row = x.elements[token * x.columns..<(token + 1) * x.columns]
      // Twice, so that a token far shorter than the longest one keeps its digits.
      let largest = row.reduce(0) { max($0, abs($1)) }
      guard largest > 0 else { return nil }
      let length = row.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
      for feature in 0..<x.columns { result[token, feature] = x[token, feature] / largest / length }
    }
    return result
  }

  /// ‖M‖_{1,∞}.
  private static func norm(_ x: Tensor<Double>) -> Double {
    let columns = (0..<x.columns).map { column in (0..<x.rows).reduce(0) { $0 + abs(x[$1, column]) } }.max() ?? 0
    let rows = (0..<x.rows).map { row in (0..<x.columns).reduce(0) { $0 + abs(x[row, $1]) } }.max() ?? 0
    return (columns * rows).squareRoot()
  }
}
