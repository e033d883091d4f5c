public import SpectraDifferentiation

/// φ̂(x) = output_scale · (φ(input_scale · x + input_shift) + output_shift): an activation moved and scaled, as DKS and TAT
/// do to give it the wanted kernel (Martens et al. 2021, arXiv 2110.01765, section 5).
public struct TransformedActivation: Activation {
  /// φ.
  public var base: any Activation
  /// Multiplies φ's argument.
  public var inputScale: Double
  /// Added to φ's argument.
  public var inputShift: Double
  /// Added to φ's value, before it is scaled.
  public var outputShift: Double
  /// Multiplies the result.
  public var outputScale: Double

  /// φ moved and scaled; φ itself where nothing is given.
  public init(
    _ base: any Activation, inputScale: Double = 1, inputShift: Double = 0, outputShift: Double = 0,
    outputScale: Double = 1
  ) {
    self.base = base
    self.inputScale = inputScale
    self.inputShift = inputShift
    self.outputShift = outputShift
    self.outputScale = outputScale
  }

  public func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T {
    T(constant: outputScale)
      * (base(T(constant: inputScale) * x + T(constant: inputShift)) + T(constant: outputShift))
  }

  // The base's own loops, compiled for it, and the chain rule around them: one call through `any Activation` for all
  // elements.

  public func valuesAndDerivatives(_ x: [Double]) -> (values: [Double], derivatives: [Double]) {
    var (values, derivatives) = base.valuesAndDerivatives(x.map { inputScale * $0 + inputShift })
    let slope = outputScale * inputScale
    for index in x.indices {
      values[index] = outputScale * (values[index] + outputShift)
      derivatives[index] *= slope
    }
    return (values, derivatives)
  }

  public func valuesAndDerivatives(_ x: [Float]) -> (values: [Float], derivatives: [Float]) {
    let (inner, outer) = (Float(inputScale), Float(outputScale))
    let (before, after) = (Float(inputShift), Float(outputShift))
    var (values, derivatives) = base.valuesAndDerivatives(x.map { inner * $0 + before })
    let slope = Float(outputScale * inputScale)
    for index in x.indices {
      values[index] = outer * (values[index] + after)
      derivatives[index] *= slope
    }
    return (values, derivatives)
  }

  public func valuesAndTwoDerivatives(_ x: [Double]) -> (values: [Double], first: [Double], second: [Double]) {
    var (values, first, second) = base.valuesAndTwoDerivatives(x.map { inputScale * $0 + inputShift })
    let (slope, curvature) = (outputScale * inputScale, outputScale * inputScale * inputScale)
    for index in x.indices {
      values[index] = outputScale * (values[index] + outputShift)
      first[index] *= slope
      second[index] *= curvature
    }
    return (values, first, second)
  }

  public var kinks: [Double] {
    inputScale == 0 ? [] : base.kinks.map { ($0 - inputShift) / inputScale }
  }
}
