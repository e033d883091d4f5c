public import SpectraAnalysis
public import SpectraDifferentiation
public import SpectraLinearAlgebra

extension Spectrum {
  /// The spectrum of a layer's exact Jacobian at an input of shape `[tokens, features]`, by one singular value
  /// decomposition.
  ///
  /// ```swift
  /// let spectrum = try Spectrum(ofJacobianOf: stack, at: input)
  /// ```
  ///
  /// - Parameters:
  ///   - layer: any map between signals, a single layer or a whole stack; it need not keep the shape.
  ///   - input: where the Jacobian is taken.
  ///   - threads: how many blocks of tangents run at once. The spectrum is the same, bit for bit, for any number.
  /// - Throws: `LinearAlgebraError` where the Jacobian is not finite or the decomposition does not converge;
  ///   `SpectrumError` where a singular value leaves the range of the precision.
  public init<Scalar: NetworkScalar>(
    ofJacobianOf layer: some Layer<Scalar>, at input: Tensor<Scalar>, threads: Int = 1
  ) throws {
    try self.init(of: jacobian(of: layer, at: input, threads: threads))
  }
}
