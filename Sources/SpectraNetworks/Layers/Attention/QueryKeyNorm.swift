import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra

/// How each head's queries and keys are normalised before their products, without weights.
public enum QueryKeyNorm: String, Sendable, Codable, CaseIterable {
  /// Not at all.
  case none
  /// (x − μ)/√(variance + 1e-5) of each head's features: Dehghani et al. 2023, *Scaling Vision Transformers to 22 Billion
  /// Parameters*, arXiv 2302.05442.
  case layerNorm = "layernorm"
  /// x/√(mean of squares + 1e-6) of each head's features.
  case rmsNorm = "rmsnorm"
  /// x/√(sum of squares + 1e-12) of each head's features, so that scores are cosines times the scale: Henry et al. 2020,
  /// *Query-Key Normalization for Transformers*, arXiv 2010.04245.
  case cosine

  /// Its formula, as text, of one head's queries or keys x.
  public var equation: String {
    switch self {
    case .none: "x"
    case .layerNorm: "(x − μ)/√(variance + 1e-5) (Dehghani et al. 2023, arXiv 2302.05442)"
    case .rmsNorm: "x/√(mean(x²) + 1e-6)"
    case .cosine: "x/√(sum(x²) + 1e-12) (Henry et al. 2020, arXiv 2010.04245)"
    }
  }

  /// Heads of `headSize` features side by side, each normalised.
  ///
  /// Sums over a head are products with a matrix of zeros and ones, so that a plan sees primitives that leave each token alone.
  func callAsFunction<S: Signal>(_ x: S, headSize: Int) -> S {
    func normalized(_ x: S, squaresScale: Double, epsilon: Double) -> S {
      let squares = (x * x).heads(of: headSize, summedTimes: squaresScale)
      return x * squares.activated(by: ReciprocalRoot(epsilon: epsilon)).spread(overHeadsOf: headSize)
    }
    let share = 1 / Double(headSize)
    switch self {
    case .none: return x
    case .layerNorm:
      let mean = x.heads(of: headSize, summedTimes: share).spread(overHeadsOf: headSize)
      return normalized(x - mean, squaresScale: share, epsilon: 1e-5)
    case .rmsNorm: return normalized(x, squaresScale: share, epsilon: 1e-6)
    case .cosine: return normalized(x, squaresScale: 1, epsilon: 1e-12)
    }
  }
}

extension Signal {
  /// The sum over each head's features times a number: shape `[tokens, heads · size]` to `[tokens, heads]`.
  fileprivate func heads(of size: Int, summedTimes scale: Double) -> Self {
    linear(Tensor(rows: features / size, columns: features) { $1 / size == $0 ? Scalar(scale) : 0 })
  }

  /// Each head's number in all of its features: shape `[tokens, heads]` to `[tokens, heads · size]`.
  fileprivate func spread(overHeadsOf size: Int) -> Self {
    linear(Tensor(rows: features * size, columns: features) { $0 / size == $1 ? 1 : 0 })
  }
}

/// 1/√(x + eps).
private struct ReciprocalRoot: Activation {
  var epsilon: Double

  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { 1 / T.sqrt(x + T(constant: epsilon)) }
}
