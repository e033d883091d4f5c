public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// A normaliser by name, with its settings; those of another name are not read.
public struct Normalizer: Sendable, Hashable, Codable {
  /// Which one.
  public var name: NormalizerName
  /// ε; the name's default where nil.
  public var epsilon: Double?
  /// What σ is, of `layernorm-simple`, `detachnorm` and `adanorm`.
  public var deviation = DeviationConvention.population
  /// What `detachnorm` holds constant.
  public var detached = DetachedNormStatistics.both
  /// C of `adanorm`.
  public var scale = 1.0
  /// k of `adanorm`.
  public var slope = 0.1
  /// Whether C (1 − k y) of `adanorm` is a constant to the derivative.
  public var detachesScale = true
  /// ε_l of `frn`.
  public var singleTokenEpsilon = 1e-4

  /// A normaliser with its default settings.
  public init(_ name: NormalizerName, epsilon: Double? = nil) { (self.name, self.epsilon) = (name, epsilon) }
}

extension Normalizer {
  /// The layer for so many features; nil of `none`, which needs no layer.
  ///
  /// - Parameter weights: those of `name.weights`, `features` elements each; at initialisation where one is missing.
  public func layer<Scalar: NetworkScalar>(
    features: Int, weights: [NormalizerWeight: Tensor<Scalar>] = [:], as: Scalar.Type = Scalar.self
  ) -> (any Layer<Scalar>)? {
    func weight(_ weight: NormalizerWeight) -> Tensor<Scalar> {
      weights[weight] ?? Tensor(shape: [features], repeating: Scalar(weight.initialValue))
    }
    let epsilon = Scalar(epsilon ?? name.defaultEpsilon)
    return switch name {
    case .layernorm: LayerNorm(gain: weight(.weight), bias: weight(.bias), epsilon: epsilon)
    case .layernormSimple: LayerNormSimple(deviation: deviation, epsilon: epsilon)
    case .detachnorm: DetachNorm(detaching: detached, deviation: deviation, epsilon: epsilon)
    case .adanorm:
      AdaNorm(
        scale: Scalar(scale), slope: Scalar(slope), detachesScale: detachesScale, deviation: deviation,
        epsilon: epsilon)
    case .rmsnorm: RMSNorm(gain: weight(.weight), epsilon: epsilon)
    case .batchnorm: BatchNorm(gain: weight(.weight), bias: weight(.bias), epsilon: epsilon)
    case .frn:
      FilterResponseNorm(
        gain: weight(.weight), bias: weight(.bias), threshold: weight(.tau), epsilon: epsilon,
        singleTokenEpsilon: Scalar(singleTokenEpsilon))
    case .none: nil
    }
  }
}
