public import SpectraDifferentiation
public import SpectraLinearAlgebra

extension NormalizerName: VariantName {
  public static var kind: String { "a normaliser" }

  public var settings: [Setting] { Self.settings[self] ?? [] }

  /// Made once: they are looked up for every layer.
  private static let settings = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.madeSettings) })

  private var madeSettings: [Setting] {
    let epsilon = Setting(
      "eps", Setting.notNegative, .number(defaultEpsilon), "ε, added to the mean square whose root divides")
    let deviation = Setting(
      "deviation", .word(DeviationConvention.allCases.map(\.rawValue)), .word("population"),
      "what divides: √(variance + ε), or as in the paper's code the root of the unbiased variance, plus ε")
    switch self {
    case .none: return []
    case .layernorm, .rmsnorm, .batchnorm, .frn: return [epsilon]
    case .layernormSimple: return [epsilon, deviation]
    case .detachnorm:
      return [
        epsilon, deviation,
        Setting(
          "detach", .word(DetachedNormStatistics.allCases.map(\.rawValue)), .word("both"),
          "what is a constant in the derivative"),
      ]
    case .adanorm:
      return [
        epsilon, deviation, Setting("k", Setting.anyNumber, .number(0.1), "k"),
        Setting("c", Setting.anyNumber, .number(1), "C"),
        Setting("detached", .flag, .word("true"), "whether C (1 − k y) is a constant in the derivative"),
      ]
    }
  }

  /// The parameters it has, by the last part of their names.
  var parameters: [(suffix: String, role: ParameterDescription.Role)] {
    weights.map { weight in
      let role: ParameterDescription.Role =
        switch weight {
        case .weight: .normGain
        case .bias: .normBias
        case .tau: .normThreshold
        }
      return (weight.rawValue, role)
    }
  }
}

extension Variant<NormalizerName> {
  public static var layernorm: Self { Variant(.layernorm) }
  public static var rmsnorm: Self { Variant(.rmsnorm) }
  public static var batchnorm: Self { Variant(.batchnorm) }
  public static var frn: Self { Variant(.frn) }
  /// AdaNorm, its factor C (1 − k y) a constant in the derivative or not.
  public static func adanorm(isDetached: Bool) -> Self {
    Variant(.adanorm).setting("detached", word: isDetached ? "true" : "false")
  }

  /// The layer for so many features; nil of `none`, which needs no layer.
  ///
  /// - Parameter weights: those of `name.weights` by name, `features` elements each; at initialisation where one is
  ///   missing.
  public func layer<Scalar: NetworkScalar>(
    features: Int, weights: [NormalizerWeight: Tensor<Scalar>] = [:]
  ) -> (any Layer<Scalar>)? {
    layer { weights[$0] ?? Tensor(shape: [features], repeating: Scalar($0.initialValue)) }
  }

  /// The layer with weights from a function of their names.
  func layer<Scalar: NetworkScalar>(_ weight: (NormalizerWeight) -> Tensor<Scalar>) -> (any Layer<Scalar>)? {
    let epsilon = Scalar(number("eps") ?? name.defaultEpsilon)
    let deviation = word("deviation").flatMap { DeviationConvention(rawValue: $0) } ?? .population
    return switch name {
    case .layernorm: LayerNorm(gain: weight(.weight), bias: weight(.bias), epsilon: epsilon)
    case .layernormSimple: LayerNormSimple(deviation: deviation, epsilon: epsilon)
    case .detachnorm:
      DetachNorm(
        detaching: word("detach").flatMap { DetachedNormStatistics(rawValue: $0) } ?? .both, deviation: deviation,
        epsilon: epsilon)
    case .adanorm:
      AdaNorm(
        scale: Scalar(number("c") ?? 1), slope: Scalar(number("k") ?? 0), detachesScale: isOn("detached"),
        deviation: deviation, epsilon: epsilon)
    case .rmsnorm: RMSNorm(gain: weight(.weight), epsilon: epsilon)
    case .batchnorm: BatchNorm(gain: weight(.weight), bias: weight(.bias), epsilon: epsilon)
    case .frn:
      FilterResponseNorm(gain: weight(.weight), bias: weight(.bias), threshold: weight(.tau), epsilon: epsilon)
    case .none: nil
    }
  }
}
