public import RealModule

// Each function beside its derivative.

extension Dual: ElementaryFunctions {
  @inlinable @inline(__always)
  public static func exp(_ x: Dual) -> Dual {
    let value = Base.exp(x.value)
    return x.mapped(to: value, slope: value)
  }

  @inlinable @inline(__always)
  public static func expMinusOne(_ x: Dual) -> Dual { x.mapped(to: .expMinusOne(x.value), slope: .exp(x.value)) }

  @inlinable @inline(__always)
  public static func cosh(_ x: Dual) -> Dual { x.mapped(to: .cosh(x.value), slope: .sinh(x.value)) }

  @inlinable @inline(__always)
  public static func sinh(_ x: Dual) -> Dual { x.mapped(to: .sinh(x.value), slope: .cosh(x.value)) }

  /// tanh′ = 1 − tanh², taken as 1/cosh² so that it stays accurate where tanh rounds to ±1.
  @inlinable @inline(__always)
  public static func tanh(_ x: Dual) -> Dual {
    x.mapped(
      to: .tanh(x.value),
      slope: {
        let c = 1 / Base.cosh(x.value)
        return c * c
      }())
  }

  @inlinable @inline(__always)
  public static func cos(_ x: Dual) -> Dual { x.mapped(to: .cos(x.value), slope: -.sin(x.value)) }

  @inlinable @inline(__always)
  public static func sin(_ x: Dual) -> Dual { x.mapped(to: .sin(x.value), slope: .cos(x.value)) }

  @inlinable @inline(__always)
  public static func tan(_ x: Dual) -> Dual {
    let value = Base.tan(x.value)
    return x.mapped(to: value, slope: 1 + value * value)
  }

  @inlinable @inline(__always)
  public static func log(_ x: Dual) -> Dual { x.mapped(to: .log(x.value), slope: 1 / x.value) }

  @inlinable @inline(__always)
  public static func log(onePlus x: Dual) -> Dual { x.mapped(to: .log(onePlus: x.value), slope: 1 / (1 + x.value)) }

  @inlinable
  public static func acosh(_ x: Dual) -> Dual {
    x.mapped(to: .acosh(x.value), slope: 1 / (.sqrt(x.value - 1) * .sqrt(x.value + 1)))
  }

  @inlinable
  public static func asinh(_ x: Dual) -> Dual { x.mapped(to: .asinh(x.value), slope: 1 / .hypot(1, x.value)) }

  @inlinable
  public static func atanh(_ x: Dual) -> Dual {
    x.mapped(to: .atanh(x.value), slope: 1 / ((1 - x.value) * (1 + x.value)))
  }

  @inlinable
  public static func acos(_ x: Dual) -> Dual {
    x.mapped(to: .acos(x.value), slope: -1 / .sqrt((1 - x.value) * (1 + x.value)))
  }

  @inlinable
  public static func asin(_ x: Dual) -> Dual {
    x.mapped(to: .asin(x.value), slope: 1 / .sqrt((1 - x.value) * (1 + x.value)))
  }

  @inlinable
  public static func atan(_ x: Dual) -> Dual { x.mapped(to: .atan(x.value), slope: 1 / (1 + x.value * x.value)) }

  @inlinable
  public static func pow(_ x: Dual, _ y: Dual) -> Dual {
    let value = Base.pow(x.value, y.value)
    let base = x.derivative == 0 ? 0 : y.value * .pow(x.value, y.value - 1) * x.derivative
    // 0^y is 0 for every y > 0, although ln 0 is infinite.
    let exponent = y.derivative == 0 || value == 0 ? 0 : value * .log(x.value) * y.derivative
    return Dual(value, derivative: base + exponent)
  }

  @inlinable
  public static func pow(_ x: Dual, _ n: Int) -> Dual {
    x.mapped(to: .pow(x.value, n), slope: n == 0 ? 0 : Base(constant: Double(n)) * .pow(x.value, n - 1))
  }

  @inlinable @inline(__always)
  public static func sqrt(_ x: Dual) -> Dual {
    let value = Base.sqrt(x.value)
    return x.mapped(to: value, slope: 1 / (2 * value))
  }

  @inlinable
  public static func root(_ x: Dual, _ n: Int) -> Dual {
    let value = Base.root(x.value, n)
    return x.mapped(to: value, slope: x.value == 0 ? .infinity : value / (Base(constant: Double(n)) * x.value))
  }
}

extension Dual: RealFunctions {
  /// The angle of a vector, whose derivative at 0 is taken as 0.
  @inlinable
  public static func atan2(y: Dual, x: Dual) -> Dual {
    let radius = Base.hypot(x.value, y.value)
    let turned = (x.value / radius) * y.derivative - (y.value / radius) * x.derivative
    return Dual(.atan2(y: y.value, x: x.value), derivative: radius == 0 ? 0 : turned / radius)
  }

  /// erf′(x) = 2/√π · exp(−x²).
  @inlinable @inline(__always)
  public static func erf(_ x: Dual) -> Dual {
    x.mapped(to: .erf(x.value), slope: gaussian(x.value))
  }

  /// 2/√π · exp(−x²).
  @inlinable @inline(__always)
  static func gaussian(_ x: Base) -> Base {
    let two: Base = 2
    return two / .sqrt(.pi) * .exp(-x * x)
  }

  @inlinable @inline(__always)
  public static func erfc(_ x: Dual) -> Dual {
    x.mapped(to: .erfc(x.value), slope: -gaussian(x.value))
  }

  @inlinable
  public static func exp2(_ x: Dual) -> Dual {
    let value = Base.exp2(x.value)
    return x.mapped(to: value, slope: value * .log(2))
  }

  @inlinable
  public static func exp10(_ x: Dual) -> Dual {
    let value = Base.exp10(x.value)
    return x.mapped(to: value, slope: value * .log(10))
  }

  /// The length of a vector, whose derivative at 0 is taken as 0, as that of |x|.
  @inlinable
  public static func hypot(_ x: Dual, _ y: Dual) -> Dual {
    let value = Base.hypot(x.value, y.value)
    let slope = (x.value / value) * x.derivative + (y.value / value) * y.derivative
    return Dual(value, derivative: value == 0 ? 0 : slope)
  }

  @inlinable
  public static func gamma(_ x: Dual) -> Dual {
    let value = Base.gamma(x.value)
    return x.mapped(to: value, slope: value * digamma(x.value))
  }

  @inlinable
  public static func log2(_ x: Dual) -> Dual { x.mapped(to: .log2(x.value), slope: 1 / (x.value * .log(2))) }

  @inlinable
  public static func log10(_ x: Dual) -> Dual { x.mapped(to: .log10(x.value), slope: 1 / (x.value * .log(10))) }

  @inlinable
  public static func logGamma(_ x: Dual) -> Dual { x.mapped(to: .logGamma(x.value), slope: digamma(x.value)) }

  @inlinable
  public static func signGamma(_ x: Dual) -> FloatingPointSign { Base.signGamma(x.value) }

  /// ψ(x) = (ln Γ)′(x): reflection for x < 0, recurrence up to x ≥ 10, then the asymptotic series to x⁻¹², whose
  /// first neglected term is below 1e-15 there (Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.18).
  @usableFromInline
  static func digamma(_ argument: Base) -> Base {
    if argument < 0 {
      return digamma(1 - argument) - .pi / .tan(.pi * argument)
    }
    var (x, result) = (argument, Base.zero)
    while x < 10 {
      result -= 1 / x
      x += 1
    }
    let y = 1 / (x * x)
    let coefficients: [Double] = [-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760]
    let series = coefficients.reversed().reduce(Base.zero) { sum, coefficient in sum * y + Base(constant: coefficient) }
    let logarithm: Base = .log(x) - 1 / (2 * x)
    return result + logarithm + y * series
  }
}
