public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// LayerNorm without gain and bias, (x − μ)/σ of each token (Xu et al. 2019, *Understanding and Improving Layer
/// Normalization*, arXiv 1911.07013, section 3.1).
///
/// The paper's code takes the other convention, `.unbiased`: (x − μ)/(s + eps) with d − 1 in s.
public struct LayerNormSimple<Scalar: NetworkScalar>: Layer {
  /// What σ is, and where epsilon goes.
  public var deviation: DeviationConvention
  /// Keeps σ from 0; 0 is allowed.
  public var epsilon: Scalar

  /// A norm, which has no weights.
  public init(deviation: DeviationConvention = .population, epsilon: Scalar = 1e-5) {
    (self.deviation, self.epsilon) = (deviation, epsilon)
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    x.normalized(Normalization(deviation: deviation, epsilon: epsilon))
  }
}
