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

  /// The function itself.
  public var activation: any Activation {
    switch self {
    case .linear: LinearActivation()
    case .relu: ReLU()
    case .leakyReLU: LeakyReLU()
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

  /// Its formula, as text.
  public var equation: String {
    switch self {
    case .linear: "x"
    case .relu: "max(x, 0), φ′(0) = 0"
    case .leakyReLU: "x for x > 0, else 0.01 x"
    case .gelu: "x Φ(x), exact"
    case .geluTanh: "½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))"
    case .tanh: "tanh x"
    case .erf: "erf x"
    case .hardTanh: "min(max(x, −1), 1)"
    case .sigmoid: "1/(1 + exp(-x))"
    case .silu: "x/(1 + exp(-x))"
    case .softplus: "ln(1 + exp(x))"
    }
  }

  /// The standard deviation σ_w of Gaussian weights that is taken where none is named: √2 for relu, else 1.
  public var defaultSigmaW: Double { self == .relu ? 2.0.squareRoot() : 1 }

  /// The slope below 0 that He's initialisers account for.
  var negativeSlope: Double { self == .leakyReLU ? LeakyReLU().slope : 0 }
}
