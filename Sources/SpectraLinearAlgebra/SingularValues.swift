extension Tensor {
  /// The min(m, n) singular values of an m × n matrix, descending.
  ///
  /// By LAPACK's `gesdd`; where that does not converge, by `gesvd`. Every value carries an absolute error of the order
  /// eps · σ₁: values at or below max(m, n) · eps · σ₁ are rounding noise, whatever their digits say.
  ///
  /// - Throws: `LinearAlgebraError` where the matrix is not finite or neither routine converges.
  public func singularValues() throws(LinearAlgebraError) -> [Scalar] {
    try singularValues(byDivideAndConquer: Scalar.gesdd)
  }

  typealias SingularValueRoutine =
    (_ matrix: UnsafeMutablePointer<Scalar>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Scalar>) -> Int

  /// The retry and its failure are reached by routines that report failure, which no test can provoke: hence the
  /// parameters.
  func singularValues(
    byDivideAndConquer gesdd: @escaping SingularValueRoutine,
    byQRIteration gesvd: @escaping SingularValueRoutine = Scalar.gesvd
  ) throws(LinearAlgebraError) -> [Scalar] {
    let operation = "singular value decomposition"
    let (rows, columns) = (rows, columns)
    try requireFinite(for: operation)
    var info = 0
    for routine in [gesdd, gesvd] {
      var matrix = elements  // LAPACK destroys its argument
      var values = [Scalar](repeating: 0, count: Swift.min(rows, columns))
      if values.isEmpty { return [] }
      info = matrix.withUnsafeMutableBufferPointer { matrix in
        values.withUnsafeMutableBufferPointer { values in
          routine(matrix.baseAddress!, rows, columns, values.baseAddress!)
        }
      }
      if info == 0 { return values }
      if info < 0 { throw .failed(operation: operation, rows: rows, columns: columns, info: info) }
    }
    throw .notConverged(operation: operation, rows: rows, columns: columns)
  }
}
