public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// AdaNorm, C (1 − k y) ⊙ y with y = (x − μ)/σ of each token (Xu et al. 2019, arXiv 1911.07013, section 4).
///
/// In the paper φ(y) = C (1 − k y) is a constant to the derivative, which is C diag(1 − k y) J_LN then, and
/// C diag(1 − 2k y) J_LN otherwise.
public struct AdaNorm<Scalar: NetworkScalar>: Layer {
  /// C.
  public var scale: Scalar
  /// k.
  public var slope: Scalar
  /// Whether φ(y) is a constant to the derivative.
  public var detachesScale: Bool
  /// What σ is, and where epsilon goes; the paper's code has `.unbiased`.
  public var deviation: DeviationConvention
  /// Keeps σ from 0; 0 is allowed.
  public var epsilon: Scalar

  /// A norm, which has no weights; k = 0.1 is the paper's.
  public init(
    scale: Scalar = 1, slope: Scalar = 0.1, detachesScale: Bool = true, deviation: DeviationConvention = .population,
    epsilon: Scalar = 1e-5
  ) {
    (self.scale, self.slope, self.detachesScale) = (scale, slope, detachesScale)
    (self.deviation, self.epsilon) = (deviation, epsilon)
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    let y = x.normalized(Normalization(deviation: deviation, epsilon: epsilon))
    if !detachesScale { return y.activated(by: ScaledByItself(scale: Double(scale), slope: Double(slope))) }
    return (-(scale * slope) * y.detached() + scale) * y
  }
}

/// C (1 − k y) y.
struct ScaledByItself: Activation {
  var scale: Double
  var slope: Double
  func callAsFunction<T: DifferentiableScalar>(_ y: T) -> T { T(constant: scale) * ((1 - T(constant: slope) * y) * y) }
}
