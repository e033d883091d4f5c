import RealModule
import SpectraLinearAlgebra

/// An elementwise function φ, written once and differentiated by dual numbers.
///
/// ```swift
/// struct Swish: Activation {
///   var slope = 1.5
///   func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x / (1 + .exp(-T(constant: slope) * x)) }
/// }
/// ```
///
/// Where φ has a kink its derivative is the one of the branch taken at the kink: write `x <= 0 ? 0 : x` for a ReLU with
/// relu′(0) = 0 (and not `x > 0 ? x : 0`, which makes 0 of a NaN).
public protocol Activation: Sendable {
  /// φ(x).
  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T

  /// φ and φ′ of every element. The default differentiates `callAsFunction` by dual numbers.
  func valuesAndDerivatives(_ x: [Double]) -> (values: [Double], derivatives: [Double])
  /// φ and φ′ of every element. The default differentiates `callAsFunction` by dual numbers.
  func valuesAndDerivatives(_ x: [Float]) -> (values: [Float], derivatives: [Float])

  /// φ, φ′ and φ″ of every element. The default differentiates `callAsFunction` twice by dual numbers; far out, where φ′ is
  /// below the least number, φ″ may be NaN.
  func valuesAndTwoDerivatives(_ x: [Double]) -> (values: [Double], first: [Double], second: [Double])

  /// Where φ′ jumps, or is not differentiable: none by default. Means over Gaussian arguments are integrated from kink
  /// to kink.
  var kinks: [Double] { get }
}

// The defaults are inlinable and concrete in the precision so that the module that conforms compiles them for its
// own function: a generic loop through the protocol would cost a hundred times as much.
extension Activation {
  @inlinable
  public func valuesAndDerivatives(_ x: [Double]) -> (values: [Double], derivatives: [Double]) {
    var (values, derivatives) = (x, x)
    for index in x.indices {
      let y = self(Dual(x[index], derivative: 1))
      (values[index], derivatives[index]) = (y.value, y.derivative)
    }
    return (values, derivatives)
  }

  @inlinable
  public func valuesAndDerivatives(_ x: [Float]) -> (values: [Float], derivatives: [Float]) {
    var (values, derivatives) = (x, x)
    for index in x.indices {
      let y = self(Dual(x[index], derivative: 1))
      (values[index], derivatives[index]) = (y.value, y.derivative)
    }
    return (values, derivatives)
  }

  @inlinable
  public func valuesAndTwoDerivatives(_ x: [Double]) -> (values: [Double], first: [Double], second: [Double]) {
    var (values, first, second) = (x, x, x)
    for index in x.indices {
      let y = self(Dual(Dual(x[index], derivative: 1), derivative: Dual(1)))
      (values[index], first[index], second[index]) = (y.value.value, y.value.derivative, y.derivative.derivative)
    }
    return (values, first, second)
  }

  @inlinable
  public var kinks: [Double] { [] }
}

extension Activation {
  /// The concrete one of the two requirements.
  func linearized<Scalar: NetworkScalar>(_ x: [Scalar]) -> (values: [Scalar], derivatives: [Scalar]) {
    // The types are equal where the condition holds, so the bits are; `as?` would convert element by element.
    if Scalar.self == Double.self {
      return unsafeBitCast(
        valuesAndDerivatives(unsafeBitCast(x, to: [Double].self)), to: (values: [Scalar], derivatives: [Scalar]).self)
    }
    precondition(Scalar.self == Float.self, "NetworkScalar has two conformances, Float and Double.")
    return unsafeBitCast(
      valuesAndDerivatives(unsafeBitCast(x, to: [Float].self)), to: (values: [Scalar], derivatives: [Scalar]).self)
  }
}
