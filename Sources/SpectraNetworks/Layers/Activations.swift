public import RealModule
public import SpectraDifferentiation

// Each activation is its formula; derivatives come from dual numbers. At a kink the derivative is the flatter side's:
// relu′(0) = 0.

/// φ(x) = x.
public struct LinearActivation: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x }
}

/// φ(x) = max(x, 0), with φ′(0) = 0; NaN stays NaN, so that an overflow before it is not hidden.
public struct ReLU: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x <= 0 ? 0 : x }
  public var kinks: [Double] { [0] }
}

/// φ(x) = x where x > 0, slope · x elsewhere.
public struct LeakyReLU: Activation {
  /// The slope below 0; PyTorch's default is 0.01.
  public var slope: Double
  public init(slope: Double = 0.01) { self.slope = slope }
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x > 0 ? x : T(constant: slope) * x }
  public var kinks: [Double] { [0] }
}

/// φ(x) = x Φ(x), Φ the normal distribution function, written with erfc so that the left tail keeps its digits.
///
/// Hendrycks, Gimpel 2016, arXiv 1606.08415.
public struct GELU: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T {
    x * 0.5 * .erfc(-x * T(constant: 0.5.squareRoot()))
  }
}

/// The tanh approximation of GELU: φ(x) = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))).
public struct GELUTanh: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T {
    // Out here tanh is ±1 and its slope below the least number, in any precision; x³ would overflow and leave NaN.
    if x > 30 { return x }
    if x < -30 { return 0 }
    return 0.5 * x * (1 + .tanh(T(constant: (2 / Double.pi).squareRoot()) * (x + 0.044715 * x * x * x)))
  }
}

/// φ(x) = tanh x.
public struct Tanh: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { .tanh(x) }
}

/// φ(x) = erf x.
public struct ErrorFunction: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { .erf(x) }
}

/// φ(x) = min(max(x, −1), 1), with φ′(±1) = 0 as in PyTorch.
public struct HardTanh: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x >= 1 ? 1 : (x <= -1 ? -1 : x) }
  public var kinks: [Double] { [-1, 1] }
}

/// φ(x) = 1/(1 + e^{−x}).
public struct Sigmoid: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { logistic(x) }
}

/// φ(x) = x/(1 + e^{−x}), also called swish.
public struct SiLU: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x * logistic(x) }
}

/// φ(x) = ln(1 + eˣ).
public struct Softplus: Activation {
  public init() {}
  @inlinable public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T {
    // The exponential of a negative number on either side, so nothing overflows.
    x > 0 ? x + .log(onePlus: .exp(-x)) : .log(onePlus: .exp(x))
  }
}

/// 1/(1 + e^{−x}), from the exponential of a negative number so that nothing overflows.
@inlinable
func logistic<T: DifferentiableScalar>(_ x: T) -> T {
  if x > 0 { return 1 / (1 + .exp(-x)) }
  let e = T.exp(x)
  return e / (1 + e)
}
