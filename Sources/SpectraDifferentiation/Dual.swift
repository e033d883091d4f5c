public import RealModule

/// A dual number a + b·ε with ε² = 0: a value and its derivative along one direction.
///
/// Arithmetic on dual numbers is forward-mode differentiation: `f(Dual(x, derivative: 1)).derivative` is f′(x), exact to
/// rounding, for any f written over `DifferentiableScalar`. The library differentiates activations this way; whole
/// networks carry blocks of tangents through `DualTensor` and `Linearization` instead.
///
/// Comparison is by value; two dual numbers are equal only where value and derivative both are, so that `x == 0` is
/// never a shortcut that loses a derivative.
@frozen
public struct Dual<Base: DifferentiableScalar>: Sendable {
  /// The value a.
  public var value: Base
  /// The derivative b.
  public var derivative: Base

  /// The dual number `value + derivative · ε`; a constant where no derivative is given.
  @inlinable @inline(__always)
  public init(_ value: Base, derivative: Base = 0) {
    self.value = value
    self.derivative = derivative
  }

  /// The image under a function with value `value` and slope `slope` at this number: the chain rule.
  @inlinable @inline(__always)
  func mapped(to value: Base, slope: @autoclosure () -> Base) -> Dual {
    // A constant stays one also where the slope is infinite, as that of √ at 0.
    Dual(value, derivative: derivative == 0 ? 0 : slope() * derivative)
  }
}

/// What an activation or any other scalar function may use: `Float`, `Double` and dual numbers over them, which include
/// dual numbers of dual numbers: their derivative's derivative is the second one.
public protocol DifferentiableScalar: RealFunctions, AlgebraicField, Comparable, ExpressibleByFloatLiteral, Sendable {
  /// A number that does not depend on the variable, rounded to the precision at hand.
  init(constant: Double)
  /// π.
  static var pi: Self { get }
  /// ∞.
  static var infinity: Self { get }
}

extension Float: DifferentiableScalar {
  @inlinable @inline(__always)
  public init(constant: Double) { self.init(constant) }
}

extension Double: DifferentiableScalar {
  @inlinable @inline(__always)
  public init(constant: Double) { self = constant }
}

extension Dual: DifferentiableScalar {
  @inlinable @inline(__always)
  public init(constant: Double) { self.init(Base(constant: constant)) }

  @inlinable @inline(__always)
  public static var pi: Dual { Dual(.pi) }

  @inlinable @inline(__always)
  public static var infinity: Dual { Dual(.infinity) }
}

// MARK: - Arithmetic

extension Dual: Comparable {
  @inlinable @inline(__always)
  public static func < (x: Dual, y: Dual) -> Bool { x.value < y.value }

  // The protocol's own are negations of <, and so true of NaN: a function would take another branch than with a
  // floating-point number.

  @inlinable @inline(__always)
  public static func <= (x: Dual, y: Dual) -> Bool { x.value <= y.value }

  @inlinable @inline(__always)
  public static func > (x: Dual, y: Dual) -> Bool { x.value > y.value }

  @inlinable @inline(__always)
  public static func >= (x: Dual, y: Dual) -> Bool { x.value >= y.value }
}

extension Dual: ExpressibleByFloatLiteral {
  @inlinable @inline(__always)
  public init(floatLiteral literal: Base.FloatLiteralType) { self.init(Base(floatLiteral: literal)) }
}

extension Dual: AlgebraicField {
  public typealias Magnitude = Dual

  @inlinable @inline(__always)
  public init(integerLiteral literal: Base.IntegerLiteralType) { self.init(Base(integerLiteral: literal)) }

  @inlinable
  public init?<Source: BinaryInteger>(exactly source: Source) {
    guard let value = Base(exactly: source) else { return nil }
    self.init(value)
  }

  @inlinable @inline(__always)
  public static var zero: Dual { Dual(0) }

  /// |x|, whose derivative at 0 is taken as 0.
  @inlinable @inline(__always)
  public var magnitude: Dual {
    value < 0 ? -self : (value == 0 ? .zero : self)
  }

  @inlinable @inline(__always)
  public static prefix func - (x: Dual) -> Dual { Dual(-x.value, derivative: -x.derivative) }

  @inlinable @inline(__always)
  public static func + (x: Dual, y: Dual) -> Dual { Dual(x.value + y.value, derivative: x.derivative + y.derivative) }

  @inlinable @inline(__always)
  public static func - (x: Dual, y: Dual) -> Dual { Dual(x.value - y.value, derivative: x.derivative - y.derivative) }

  @inlinable @inline(__always)
  public static func * (x: Dual, y: Dual) -> Dual {
    Dual(x.value * y.value, derivative: x.derivative * y.value + x.value * y.derivative)
  }

  @inlinable @inline(__always)
  public static func / (x: Dual, y: Dual) -> Dual {
    let quotient = x.value / y.value
    return Dual(quotient, derivative: (x.derivative - quotient * y.derivative) / y.value)
  }

  @inlinable @inline(__always)
  public static func += (x: inout Dual, y: Dual) { x = x + y }

  @inlinable @inline(__always)
  public static func -= (x: inout Dual, y: Dual) { x = x - y }

  @inlinable @inline(__always)
  public static func *= (x: inout Dual, y: Dual) { x = x * y }

  @inlinable @inline(__always)
  public static func /= (x: inout Dual, y: Dual) { x = x / y }

  @inlinable @inline(__always)
  public var reciprocal: Dual? { value.reciprocal == nil ? nil : 1 / self }
}
