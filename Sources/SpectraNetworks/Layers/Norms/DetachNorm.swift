public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// LayerNorm-simple whose statistics are constants to the derivative (Xu et al. 2019, arXiv 1911.07013, section 3.2).
///
/// The value is that of `LayerNormSimple`. With both detached the derivative at a token is I/σ, with the deviation
/// (I − 11ᵀ/d)/σ, with the mean (I − x̂x̂ᵀ/d)/σ.
public struct DetachNorm<Scalar: NetworkScalar>: Layer {
  /// What is detached.
  public var detached: DetachedNormStatistics
  /// What σ is, and where epsilon goes.
  public var deviation: DeviationConvention
  /// Keeps σ from 0; 0 is allowed.
  public var epsilon: Scalar

  /// A norm, which has no weights.
  public init(
    detaching detached: DetachedNormStatistics = .both, deviation: DeviationConvention = .population,
    epsilon: Scalar = 1e-5
  ) {
    (self.detached, self.deviation, self.epsilon) = (detached, deviation, epsilon)
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    x.normalized(Normalization(deviation: deviation, epsilon: epsilon), detaching: detached.statistics)
  }
}

/// The statistics that `DetachNorm` detaches, by name.
public enum DetachedNormStatistics: String, Sendable, Hashable, Codable, CaseIterable {
  case mean
  case deviation
  case both

  /// The same as a set.
  public var statistics: DetachedStatistics {
    switch self {
    case .mean: .mean
    case .deviation: .deviation
    case .both: [.mean, .deviation]
    }
  }
}
