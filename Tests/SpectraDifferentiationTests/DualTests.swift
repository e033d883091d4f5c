import RealModule
import Testing

@testable import SpectraDifferentiation

@Suite("Dual numbers")
struct DualTests {
  @Test("Every function against extrapolated differences", arguments: Function.allCases)
  func derivatives(function: Function) {
    for point in function.points {
      let dual = function(Dual(point, derivative: 1))
      #expect(dual.value == function(point), "the value at \(point)")
      let expected = extrapolatedDerivative(at: point) { function($0) }
      // 2e-13 of rounding in the differences (see there), of the largest f within the steps; 50 for that and for slack.
      let tolerance = 1e-11 * (abs(dual.value) + abs(expected) + 1)
      #expect(abs(dual.derivative - expected) <= tolerance, "\(dual.derivative), not \(expected), at \(point)")

      // The chain rule: along a direction of 3 the derivative triples; along none it is 0.
      #expect(abs(function(Dual(point, derivative: 3)).derivative - 3 * dual.derivative) <= 1e-14 * abs(3 * expected))
      #expect(function(Dual(point)).derivative == 0)

      // The same in single precision, whose points are the same numbers.
      let single = function(Dual(Float(point), derivative: 1))
      let size = Float(abs(dual.value) + abs(dual.derivative) + 1)
      #expect(abs(single.value - Float(dual.value)) <= 16 * .ulpOfOne * size)
      #expect(abs(single.derivative - Float(dual.derivative)) <= 64 * .ulpOfOne * size)
    }
  }

  @Test("Identities of derivatives", arguments: [-1.25, -0.5, 0.25, 0.75, 1.3])
  func identities(point: Double) {
    let x = Dual(point, derivative: 1)
    let close = { (dual: Dual<Double>, derivative: Double) in
      abs(dual.derivative - derivative) <= 1e-14 * (1 + abs(derivative))
    }
    #expect(Dual.exp(x).derivative == Dual.exp(x).value)
    #expect(close(.sin(x) * .sin(x) + .cos(x) * .cos(x), 0))
    #expect(close(.cosh(x) * .cosh(x) - .sinh(x) * .sinh(x), 0))
    #expect(close(.tanh(x), 1 - .tanh(point) * .tanh(point)))
    #expect(close(.erf(x) + .erfc(x), 0))
    #expect(close(.log(.exp(x)), 1))
    #expect(close(.atan(.tan(x)), 1))
    #expect(close(.asinh(.sinh(x)), 1))
    #expect(close(.atanh(.tanh(x)), 1))
    #expect(close(.expMinusOne(x) + 1 - .exp(x), 0))
    #expect(close(.pow(x, 3), 3 * point * point))
    #expect(close(.root(x * x * x, 3), 1))
    #expect(close(.exp2(x) / .exp(x * .log(2)), 0))
    #expect(close(.exp10(x) / .exp(x * .log(10)), 0))
    // Γ(x + 1) = x Γ(x) and ln|Γ|′ = Γ′/Γ.
    #expect(abs((Dual.gamma(x + 1) - x * .gamma(x)).derivative) <= 1e-12 * (1 + abs(Dual.gamma(x).derivative)))
    #expect(abs(Dual.logGamma(x).derivative - Dual.gamma(x).derivative / Dual.gamma(x).value) <= 1e-12 * 10)
    // Angle and radius of a rotating vector: derivatives 1 and 0.
    let (cosine, sine) = (Dual.cos(x), Dual.sin(x))
    #expect(close(.atan2(y: sine, x: cosine), 1))
    #expect(close(.hypot(sine, cosine), 0))
  }

  @Test("Functions of two arguments against extrapolated differences along both")
  func twoArguments() {
    typealias Function2 = (
      name: String, dual: (Dual<Double>, Dual<Double>) -> Dual<Double>, plain: (Double, Double) -> Double
    )
    let functions: [Function2] = [
      ("+", { $0 + $1 }, { $0 + $1 }), ("-", { $0 - $1 }, { $0 - $1 }), ("*", { $0 * $1 }, { $0 * $1 }),
      ("/", { $0 / $1 }, { $0 / $1 }), ("pow", { .pow($0, $1) }, { .pow($0, $1) }),
      ("hypot", { .hypot($0, $1) }, { .hypot($0, $1) }), ("atan2", { .atan2(y: $0, x: $1) }, { .atan2(y: $0, x: $1) }),
    ]
    for (name, dual, plain) in functions {
      for (x, y) in [(0.5, 2.0), (1.75, -0.75), (3, 0.5), (0.75, 3)] {
        for (dx, dy) in [(1.0, 0.0), (0, 1), (0.5, -2)] {
          let result = dual(Dual(x, derivative: dx), Dual(y, derivative: dy))
          let expected = extrapolatedDerivative(at: 0) { plain(x + 0.5 * $0 * dx, y + 0.5 * $0 * dy) } * 2
          #expect(result.value == plain(x, y))
          #expect(abs(result.derivative - expected) <= 1e-11 * (1 + abs(expected)), "\(name) at \(x), \(y)")
        }
      }
    }
  }

  @Test("tanh, erf and the logistic function keep the digits of vanishing slopes")
  func tails() {
    // 1 − tanh² would be 0 here; literals by mpmath.
    let slope = Dual.tanh(Dual(40.0, derivative: 1)).derivative
    #expect(abs(slope / 7.2194055513816606892e-35 - 1) < 1e-13)
    #expect(Dual.tanh(Dual(1e308, derivative: 1)).derivative == 0)
    #expect(Dual.erf(Dual(1e200, derivative: 1)).derivative == 0)
  }

  @Test("Kinks and vertical slopes")
  func kinks() {
    let zero = Dual(0.0, derivative: 1)
    #expect(zero.magnitude == Dual(0))
    #expect(Dual(-0.0, derivative: 1).magnitude.derivative == 0)
    #expect(Dual(-2.0, derivative: 1).magnitude == Dual(2, derivative: -1))
    #expect(Dual(2.0, derivative: 1).magnitude == Dual(2, derivative: 1))
    #expect((zero > 0 ? zero : 0).derivative == 0)
    #expect(max(zero, 0).derivative == 0)

    #expect(Dual.sqrt(zero).derivative == .infinity)
    #expect(Dual.root(zero, 3).derivative == .infinity)
    #expect(Dual.log(zero).derivative == .infinity)
    // A constant has no derivative, also where the function has a vertical one.
    let constant = Dual<Double>(0)
    #expect(Dual.sqrt(constant) == constant)
    #expect(Dual.root(constant, 3) == constant)
    #expect(Dual.pow(constant, Dual(0.5)) == constant)
    #expect(Dual.hypot(constant, constant) == constant)
    #expect(Dual.atan2(y: constant, x: constant) == constant)
    // As |x|: the derivative at the kink is taken as 0.
    #expect(Dual.hypot(zero, constant) == constant)
    // 0^y is 0 for all y > 0.
    #expect(Dual.pow(constant, Dual(2, derivative: 1)) == constant)
    #expect(Dual.pow(zero, Dual(2)) == constant)
    #expect(Dual.pow(zero, 1).derivative == 1)
    #expect(Dual.pow(zero, 0) == Dual(1))
  }

  @Test("Order is that of the values, also of NaN; equality needs both parts")
  func comparison() {
    let numbers: [Double] = [-.infinity, -1, -0.0, 0, 2, .infinity, .nan]
    for (x, y) in numbers.flatMap({ x in numbers.map { (x, $0) } }) {
      let a = Dual<Double>(x, derivative: 1)
      let b = Dual<Double>(y, derivative: -1)
      #expect((a < b) == (x < y), "\(x) < \(y)")
      #expect((a <= b) == (x <= y), "\(x) <= \(y)")
      #expect((a > b) == (x > y), "\(x) > \(y)")
      #expect((a >= b) == (x >= y), "\(x) >= \(y)")
    }
    #expect(Dual(1.0, derivative: 2) == Dual(1, derivative: 2))
    #expect(Dual(1.0, derivative: 2) != Dual(1, derivative: 3))
    #expect(Dual(0.0, derivative: 1) != 0)
    #expect(Dual<Double>(0, derivative: 0) == 0)
    #expect(Dual(Double.nan) != Dual(Double.nan))
  }

  @Test("Dual numbers of dual numbers carry the second derivative", arguments: [-1.5, -0.25, 0.5, 2])
  func nested(x: Double) {
    let variable = Dual(Dual(x, derivative: 1), derivative: Dual(1))
    func second(_ y: Dual<Dual<Double>>) -> Double { y.derivative.derivative }
    let cases: [(Dual<Dual<Double>>, Double)] = [
      (variable * variable * variable, 6 * x), (1 / variable, 2 / (x * x * x)), (.exp(2 * variable), 4 * .exp(2 * x)),
      (.sin(variable * variable), 2 * .cos(x * x) - 4 * x * x * .sin(x * x)),
      (.tanh(variable), -2 * .tanh(x) / (.cosh(x) * .cosh(x))),
      (.erf(variable), -4 * x / Double.pi.squareRoot() * .exp(-x * x)),
      (.log(onePlus: .exp(variable)), .exp(x) / ((1 + .exp(x)) * (1 + .exp(x)))),
      (variable.magnitude, 0), (.pow(variable, 4), 12 * x * x), (.sqrt(4 + variable), -0.25 * .pow(4 + x, -1.5)),
      (.gamma(1), 0),
    ]
    // A dozen roundings of numbers of this size.
    for (y, expected) in cases { #expect(abs(second(y) - expected) <= 64 * .ulpOfOne * max(1, abs(expected))) }
    #expect((variable * variable).value == Dual(x * x, derivative: 2 * x))
  }

  @Test("Literals and conversions are constants")
  func constants() {
    #expect((3 as Dual<Double>) == Dual(3, derivative: 0))
    #expect((0.1 as Dual<Float>) == Dual(0.1 as Float))
    #expect(Dual<Float>(constant: 0.1).value == 0.1)
    #expect(Dual<Double>(constant: 0.1).value == 0.1)
    #expect(Dual<Double>.zero == 0)
    #expect(Dual<Float>(exactly: 16_777_216)?.value == 16_777_216)
    #expect(Dual<Float>(exactly: 16_777_217) == nil)
    // As RealModule has it: nil where the reciprocal would be subnormal.
    #expect(Dual(1.5e308, derivative: 1).reciprocal == nil)
    #expect(Dual(4.0, derivative: 8).reciprocal == Dual(0.25, derivative: -0.5))
    #expect(Dual.signGamma(Dual(-0.5, derivative: 1)) == .minus)
  }
}

@Suite("The digamma function")
struct DigammaTests {
  /// By mpmath, 20 digits.
  static let values: [(x: Double, psi: Double)] = [
    (1, -0.57721566490153286061), (0.5, -1.9635100260214234794), (10, 2.2517525890667211076),
    (-0.5, 0.036489973978576520559), (3.25, 1.0169909110681790364), (100, 4.6001618527380874002),
    (-2.75, -1.9590552649779970098), (1e-3, -1000.5755719318103005), (25.5, 3.2189424728839197665),
  ]

  @Test("Literals", arguments: values)
  func literals(x: Double, psi: Double) {
    // Ten steps of recurrence and the reflection each round terms no larger than 10 + |ψ|.
    #expect(abs(Dual<Double>.digamma(x) - psi) <= 2e-15 * (10 + abs(psi)))
    #expect(abs(Dual<Float>.digamma(Float(x)) - Float(psi)) <= 10 * .ulpOfOne * (10 + Float(abs(psi))))
  }

  @Test(
    "ψ(x + 1) = ψ(x) + 1/x across the change to the asymptotic series", arguments: [0.3, 1.7, 8.5, 9, 9.5, 10, 12.25])
  func recurrence(x: Double) {
    #expect(abs(Dual<Double>.digamma(x + 1) - Dual<Double>.digamma(x) - 1 / x) <= 1e-14)
  }
}

@Suite("Activations")
struct ActivationTests {
  /// As a user writes one.
  struct Swish: Activation {
    var slope = 1.5
    func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x / (1 + .exp(-T(constant: slope) * x)) }
  }

  /// One that knows its derivative.
  struct Doubling: Activation {
    func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { 2 * x }
    func valuesAndDerivatives(_ x: [Double]) -> (values: [Double], derivatives: [Double]) {
      (x.map { 2 * $0 }, x.map { _ in 42 })
    }
  }

  @Test("The default derivative of arrays is that of the numbers, in both precisions")
  func arrays() {
    let x = [-2, -0.5, 0, 0.25, 3]
    let (values, derivatives) = Swish().linearized(x)
    for (index, x) in x.enumerated() {
      let logistic = 1 / (1 + Double.exp(-1.5 * x))
      #expect(abs(values[index] - x * logistic) <= 4e-16 * (1 + abs(x)))
      #expect(abs(derivatives[index] - (logistic + 1.5 * x * logistic * (1 - logistic))) <= 1e-15 * (1 + abs(x)))
    }
    let single = Swish().linearized(x.map { Float($0) })
    for index in x.indices {
      #expect(abs(single.values[index] - Float(values[index])) <= 8 * .ulpOfOne)
      #expect(abs(single.derivatives[index] - Float(derivatives[index])) <= 8 * .ulpOfOne)
    }
    #expect(Swish().linearized([Double]()).values.isEmpty)
  }

  @Test("A derivative that the type states is used")
  func ownDerivative() {
    let x: any Activation = Doubling()
    #expect(x.linearized([1.0, 2]).derivatives == [42, 42])
    #expect(x.linearized([1 as Float, 2]).derivatives == [2, 2])
  }
}
