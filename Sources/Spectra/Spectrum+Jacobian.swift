public import SpectraAnalysis
public import SpectraDifferentiation
public import SpectraLinearAlgebra

extension Spectrum {
  /// The spectrum of a layer's exact Jacobian at an input of shape `[tokens, features]`.
  ///
  /// ```swift
  /// let spectrum = try Spectrum(ofJacobianOf: stack, at: input)
  /// ```
  ///
  /// - Parameters:
  ///   - layer: any map between signals, a single layer or a whole stack; it need not keep the shape.
  ///   - input: where the Jacobian is taken.
  ///   - method: how. `auto` takes the singular values of the dense Jacobian where each of them stands a factor 10⁸ above
  ///     its noise floor, else those of the product of its factors (`Linearization.resolvedSingularValues`).
  ///   - layers: how many layers the map has, which the Lyapunov exponents of a resolved spectrum are taken per; none
  ///     are given where it is nil.
  ///   - threads: how many blocks of tangents run at once. The spectrum is the same, bit for bit, for any number.
  /// - Throws: `LinearAlgebraError` where a Jacobian is not finite or a decomposition does not converge;
  ///   `SpectrumError` where a singular value leaves the range of the precision.
  public init(
    ofJacobianOf layer: some Layer<Double>, at input: Tensor<Double>, method: MethodChoice = .auto, layers: Int? = nil,
    threads: Int = 1
  ) throws {
    let linearization = Linearization(of: layer, at: input)
    if method != .resolved {
      // What the dense Jacobian cannot express, such as one beyond the range of its numbers, is left to the other method.
      let product = Result<Spectrum, any Error> { try Spectrum(of: linearization.jacobian(threads: threads)) }
      if method == .product || (try? product.get())?.isAccurateProduct == true {
        self = try product.get()
        return
      }
    }
    let values = try linearization.resolvedSingularValues(threads: threads)[0]
    try self.init(
      resolved: values, rows: linearization.output.count, columns: linearization.inputCount, layers: layers)
  }

  /// The spectrum of a layer's exact Jacobian in single precision, by one singular value decomposition.
  ///
  /// - Throws: as above.
  public init(ofJacobianOf layer: some Layer<Float>, at input: Tensor<Float>, threads: Int = 1) throws {
    try self.init(of: jacobian(of: layer, at: input, threads: threads))
  }
}
