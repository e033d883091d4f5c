public import SpectraDifferentiation

/// The activations that can be named on the command line and in records.
public enum ActivationName: String, Sendable, Codable, CaseIterable {
  case linear
  case relu
  case leakyReLU = "leaky-relu"
  case gelu
  case geluTanh = "gelu-tanh"
  case tanh
  case erf
  case hardTanh = "hard-tanh"
  case sigmoid
  case silu
  case softplus
  case crelu

  /// Its formula, as text.
  public var equation: String {
    switch self {
    case .linear: "x"
    case .relu: "max(x, 0), φ′(0) = 0"
    case .leakyReLU: "x for x > 0, else slope · x"
    case .gelu: "x Φ(x), exact"
    case .geluTanh: "½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))"
    case .tanh: "tanh x"
    case .erf: "erf x"
    case .hardTanh: "min(max(x, −1), 1)"
    case .sigmoid: "1/(1 + exp(-x))"
    case .silu: "x/(1 + exp(-x))"
    case .softplus: "ln(1 + exp(x))"
    case .crelu: "(max(x, 0), max(−x, 0)), twice the features for the next matrix; with fc F = W φ(x) + b"
    }
  }

  /// The function itself; of `crelu` its two halves' ReLU.
  public var activation: any Activation { Variant(self).untransformed }

  /// Where it was introduced, where that is not common knowledge.
  public var source: String? {
    switch self {
    case .gelu, .geluTanh: "Hendrycks, Gimpel 2016, arXiv 1606.08415"
    case .silu: "Elfwing, Uchibe, Doya 2017, arXiv 1702.03118"
    case .crelu: "Shang et al. 2016, Concatenated Rectified Linear Units, arXiv 1603.05201"
    default: nil
    }
  }
}

extension ActivationName: VariantName {
  public static var kind: String { "an activation" }

  public var settings: [Setting] { Self.settings[self] ?? [] }

  /// Made once: they are looked up for every layer.
  private static let settings = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.madeSettings) })

  private var madeSettings: [Setting] {
    let transform = Setting(
      "transform", .word(["none", "dks", "tat"]), .word("none"),
      "f(x) = s (φ(a x + b) + t) instead of φ, constants solved for D = layers. Deep Kernel Shaping (Martens et al. 2021, "
        + "arXiv 2110.01765): Q(1) = 1, Q′(1) = 1, C(0) = 0, C′(1) = ζ^(1/D). Tailored Activation Transformation (Zhang et "
        + "al. 2022, arXiv 2203.08120): Q(1) = 1, Q′(1) = 1, C′(1) = 1, C″(1) = τ/D; of leaky-relu its slope a, times "
        + "√(2/(1 + a²)), so that C applied D times takes 0 to η. Q(q) = E[f(√q z₁)²], C(c) = E[f(z₁) f(z₂)]/Q(1), "
        + "z₁ and z₂ standard normal of correlation c")
    let zeta = Setting(
      "zeta", .between(1, .infinity), .number(1.5), "ζ of dks, the largest slope of the network's C map")
    let tau = Setting(
      "tau", .between(0, .infinity), .number(0.3), "τ of tat, the curvature of the network's C map at 1")
    let eta = Setting("eta", .between(0, 1), .number(0.9), "η of tat, the network's C map at 0")
    let layers = Setting(
      "layers", .count(upTo: 1_000_000), rule: "depth",
      "the number of nonlinear layers in a row that dks and tat count on")
    switch self {
    case .crelu: return []
    // Neither transformation has a solution for one or two lines, which is what naming one says.
    case .linear, .relu: return [transform]
    case .leakyReLU:
      return [Setting("slope", Setting.anyNumber, .number(0.01), "slope below 0"), transform, eta, layers]
    // C″(1) is infinite.
    case .hardTanh: return [transform, zeta, layers]
    case .gelu, .geluTanh, .tanh, .erf, .sigmoid, .silu, .softplus: return [transform, zeta, tau, layers]
    }
  }
}

extension Variant<ActivationName> {
  public static var linear: Self { Variant(.linear) }
  public static var relu: Self { Variant(.relu) }
  public static var leakyReLU: Self { Variant(.leakyReLU) }
  public static var gelu: Self { Variant(.gelu) }
  public static var geluTanh: Self { Variant(.geluTanh) }
  public static var tanh: Self { Variant(.tanh) }
  public static var erf: Self { Variant(.erf) }
  public static var hardTanh: Self { Variant(.hardTanh) }
  public static var sigmoid: Self { Variant(.sigmoid) }
  public static var silu: Self { Variant(.silu) }
  public static var softplus: Self { Variant(.softplus) }
  public static var crelu: Self { Variant(.crelu) }

  /// The function as named, before any transformation; of `crelu` its two halves' ReLU.
  public var untransformed: any Activation {
    switch name {
    case .linear: LinearActivation()
    case .relu, .crelu: ReLU()
    case .leakyReLU: LeakyReLU(slope: negativeSlope)
    case .gelu: GELU()
    case .geluTanh: GELUTanh()
    case .tanh: Tanh()
    case .erf: ErrorFunction()
    case .hardTanh: HardTanh()
    case .sigmoid: Sigmoid()
    case .silu: SiLU()
    case .softplus: Softplus()
    }
  }

  /// Whether it is transformed by DKS or TAT.
  public var isTransformed: Bool { word("transform").map { $0 != "none" } ?? false }

  /// The standard deviation σ_w of Gaussian weights that is taken where none is named: √2 for relu, else 1.
  public var defaultSigmaW: Double { name == .relu && !isTransformed ? 2.0.squareRoot() : 1 }

  /// The slope below 0 that He's initialisers account for.
  var negativeSlope: Double { number("slope") ?? 0 }
}
