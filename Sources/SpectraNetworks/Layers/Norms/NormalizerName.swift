/// The normalisers that can be named on the command line and in records.
public enum NormalizerName: String, CaseIterable, Codable, Sendable {
  case layernorm
  case layernormSimple = "layernorm-simple"
  case detachnorm
  case adanorm
  case rmsnorm
  case batchnorm
  case frn
  case none

  /// The defining equation, x ↦.
  public var equation: String {
    switch self {
    case .layernorm: "γ (x − μ)/√(σ² + ε) + β, μ and σ of each token"
    case .layernormSimple: "(x − μ)/√(σ² + ε), or (x − μ)/(s + ε) with d − 1 in s"
    case .detachnorm: "(x − μ)/√(σ² + ε), with μ, σ or both constant to the derivative"
    case .adanorm: "C (1 − k y) y with y = (x − μ)/√(σ² + ε), C (1 − k y) constant to the derivative or not"
    case .rmsnorm: "γ x/√(mean(x²) + ε), the mean of each token"
    case .batchnorm: "γ (x − μ)/√(σ² + ε) + β, μ and σ of each feature over all tokens"
    case .frn: "max(γ x/√(mean(x²) + ε) + β, τ), the mean of each feature over all tokens; of a single token ε + 1e-4"
    case .none: "x"
    }
  }

  /// Where it was introduced.
  public var source: String {
    switch self {
    case .layernorm: "Ba, Kiros, Hinton 2016, Layer Normalization, arXiv 1607.06450"
    case .layernormSimple, .detachnorm, .adanorm:
      "Xu et al. 2019, Understanding and Improving Layer Normalization, arXiv 1911.07013"
    case .rmsnorm: "Zhang, Sennrich 2019, Root Mean Square Layer Normalization, arXiv 1910.07467"
    case .batchnorm: "Ioffe, Szegedy 2015, Batch Normalization, arXiv 1502.03167"
    case .frn: "Singh, Krishnan 2019, Filter Response Normalization Layer, arXiv 1911.09737"
    case .none: "the identity"
    }
  }

  /// Whether a token's result depends on other tokens.
  public var couplesTokens: Bool {
    switch self {
    case .batchnorm, .frn: true
    case .layernorm, .layernormSimple, .detachnorm, .adanorm, .rmsnorm, .none: false
    }
  }

  /// ε where none is given.
  public var defaultEpsilon: Double {
    switch self {
    case .rmsnorm, .frn: 1e-6
    case .layernorm, .layernormSimple, .detachnorm, .adanorm, .batchnorm, .none: 1e-5
    }
  }

  /// The weights it has, in the order of files.
  public var weights: [NormalizerWeight] {
    switch self {
    case .layernorm, .batchnorm: [.weight, .bias]
    case .rmsnorm: [.weight]
    case .frn: [.weight, .bias, .tau]
    case .layernormSimple, .detachnorm, .adanorm, .none: []
    }
  }
}

/// A weight of a normaliser, by the last part of its name in files: `norm1.weight`. Its shape is `[features]`.
public enum NormalizerWeight: String, CaseIterable, Codable, Sendable {
  /// γ.
  case weight
  /// β.
  case bias
  /// τ, the threshold of `frn`.
  case tau

  /// What every element is at initialisation.
  public var initialValue: Double { self == .weight ? 1 : 0 }
}
