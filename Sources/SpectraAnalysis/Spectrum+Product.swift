public import SpectraLinearAlgebra

// The product method: one singular value decomposition of the dense Jacobian.

extension Spectrum {
  /// The spectrum of a dense m × n Jacobian by one singular value decomposition, which needs no copy of a Jacobian that
  /// the caller gives up (`Tensor.singularValues()`).
  ///
  /// - Throws: `LinearAlgebraError` where the matrix is not finite or the decomposition does not converge;
  ///   `SpectrumError` where a singular value leaves the range of the precision.
  public init<Scalar>(of jacobian: consuming Tensor<Scalar>) throws {
    let (rows, columns) = (jacobian.rows, jacobian.columns)
    try self.init(singularValues: (consume jacobian).singularValues(), rows: rows, columns: columns)
  }

  /// A spectrum from the singular values that a backward-stable decomposition in `Scalar` found.
  ///
  /// Such a decomposition finds every σ with an absolute error of the order eps · σ₁ (LAPACK Users' Guide, 4.9.1), so
  /// values at or below max(m, n) · eps · σ₁ are *unresolved*, and those computed as exactly 0 are *zeros*. The same
  /// bound gives the estimated error of ln σ for the smallest live value, to first order
  /// max(m, n) · eps · σ₁ / σ, which is below 1 by definition of live. It covers the decomposition and a Jacobian
  /// rounded once; it does not know how many layers the Jacobian went through.
  ///
  /// - Parameters:
  ///   - singularValues: all min(rows, columns) values, in any order.
  ///   - rows: m, the number of outputs.
  ///   - columns: n, the number of inputs.
  /// - Throws: `SpectrumError` where their number is wrong or one is negative, NaN or infinite.
  public init<Scalar: NetworkScalar>(singularValues: [Scalar], rows: Int, columns: Int) throws(SpectrumError) {
    var nonZero: [Double] = []
    for value in singularValues {
      guard value.isFinite else { throw .notFinite(quantity: "singular value", value: Double(value)) }
      guard value >= 0 else { throw .negative(value: Double(value)) }
      if value > 0 { nonZero.append(.log(Double(value))) }
    }
    nonZero.sort(by: >)
    // In logarithms the floor itself cannot underflow, however small σ₁ is.
    let relativeFloor: Double = .log(Double(Swift.max(rows, columns, 1))) + .log(Double(Scalar.ulpOfOne))
    let noiseFloor = nonZero.first.map { $0 + relativeFloor }
    let liveCount = nonZero.count { value in noiseFloor.map { value > $0 } ?? false }
    let unresolved = Array(nonZero.dropFirst(liveCount))
    try self.init(
      method: .product, precisionName: Scalar.precisionName, rows: rows, columns: columns,
      logSingularValues: Array(nonZero.prefix(liveCount)), unresolvedLogSingularValues: unresolved,
      zeros: singularValues.count - nonZero.count, unresolved: unresolved.count,
      unresolvedBelow: unresolved.isEmpty ? nil : noiseFloor, noiseFloor: noiseFloor,
      logError: noiseFloor.flatMap { floor in liveCount > 0 ? .exp(floor - nonZero[liveCount - 1]) : nil })
  }
}
