import RealModule
import SpectraDifferentiation

/// Every function of one argument that an activation may call.
enum Function: String, CaseIterable, Sendable, Activation {
  case exp, expMinusOne, exp2, exp10, cosh, sinh, tanh, cos, sin, tan
  case log, logOnePlus, log2, log10, acosh, asinh, atanh, acos, asin, atan
  case sqrt, root3, root5, inverseRoot, pow0, pow1, pow3, powMinus2, powHalf
  case erf, erfc, gamma, logGamma, magnitude, negative, reciprocal
  case square, sum, difference, product, quotient, compound

  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T {
    switch self {
    case .exp: .exp(x)
    case .expMinusOne: .expMinusOne(x)
    case .exp2: .exp2(x)
    case .exp10: .exp10(x)
    case .cosh: .cosh(x)
    case .sinh: .sinh(x)
    case .tanh: .tanh(x)
    case .cos: .cos(x)
    case .sin: .sin(x)
    case .tan: .tan(x)
    case .log: .log(x)
    case .logOnePlus: .log(onePlus: x)
    case .log2: .log2(x)
    case .log10: .log10(x)
    case .acosh: .acosh(x)
    case .asinh: .asinh(x)
    case .atanh: .atanh(x)
    case .acos: .acos(x)
    case .asin: .asin(x)
    case .atan: .atan(x)
    case .sqrt: .sqrt(x)
    case .root3: .root(x, 3)
    case .root5: .root(x, 5)
    case .inverseRoot: .root(x, -2)
    case .pow0: .pow(x, 0)
    case .pow1: .pow(x, 1)
    case .pow3: .pow(x, 3)
    case .powMinus2: .pow(x, -2)
    case .powHalf: .pow(x, T(constant: 0.5))
    case .erf: .erf(x)
    case .erfc: .erfc(x)
    case .gamma: .gamma(x)
    case .logGamma: .logGamma(x)
    case .magnitude: x < 0 ? -x : x
    case .negative: -x
    case .reciprocal: 1 / x
    case .square: x * x
    case .sum: x + 2 * x + 0.5
    case .difference: 3 - x - 0.25 * x
    case .product: x * .sin(x) * .exp(-x)
    case .quotient: (x + 2) / (x * x + 1)
    case .compound: compound(x)
    }
  }

  /// Uses the mutating operators.
  private func compound<T: DifferentiableScalar>(_ x: T) -> T {
    var y = x
    y += 3
    y *= x
    y -= x
    y /= x * x + 2
    return y
  }

  /// Points at 0.4 or more from the nearest singularity, exact in both precisions.
  var points: [Double] {
    switch self {
    case .exp10: [-1.5, -0.125, 0, 0.5, 1.25]
    case .tan: [-0.75, -0.125, 0, 0.5, 0.875]
    case .logOnePlus: [-0.5, 0, 0.25, 1, 6.5]
    case .acosh: [1.5, 2, 7.25]
    case .atanh, .acos, .asin: [-0.5, -0.125, 0, 0.25, 0.5]
    case .log, .log2, .log10, .sqrt, .inverseRoot, .powHalf: [0.5, 1, 1.75, 8]
    case .root3, .root5, .powMinus2, .magnitude, .reciprocal: [-8, -1.25, -0.5, 0.5, 1, 3.5]
    case .gamma, .logGamma: [-1.5, -0.5, 0.5, 1, 2.25, 6]
    default: [-2.5, -1, -0.25, 0, 0.5, 1, 3.25]
    }
  }
}

/// f′(x) by Romberg's extrapolation of central differences over five halvings.
///
/// With steps from h = 1/20 to h/16 the truncation error is (h/r)¹⁰·2⁻²⁰ of f's size within the radius of convergence
/// r ≥ 0.4, below 1e-15; rounding gives some 3·eps·|f|/(h/16) = 2e-13·|f|.
func extrapolatedDerivative(at x: Double, _ f: (Double) -> Double) -> Double {
  var row: [Double] = []
  for level in 0..<5 {
    let h = 0.05 / Double(1 << level)
    var next = [(f(x + h) - f(x - h)) / (2 * h)]
    for (order, previous) in row.enumerated() {
      let factor = Double(1 << (2 * (order + 1)))
      next.append((factor * next[order] - previous) / (factor - 1))
    }
    row = next
  }
  return row[4]
}
