extension Tensor {
  /// The min(m, n) singular values of an m × n matrix, descending.
  ///
  /// Large matrices in two stages, by way of a band (`NetworkScalar.twoStageSingularValues`), small ones by LAPACK's
  /// `gesdd`; where either does not converge, by implicit QR iteration. Every value carries an absolute error of the order
  /// eps · σ₁: values at or below max(m, n) · eps · σ₁ are rounding noise, whatever their digits say.
  ///
  /// A large matrix is its own working copy where the caller gives it up, as in `(consume matrix).singularValues()`;
  /// where it is used again, it is copied first.
  ///
  /// - Complexity: 8/3 · n³ operations for n × n; beside the matrix, memory for at most half of one, and for an
  ///   eighth of one at order 4096.
  /// - Throws: `LinearAlgebraError` where the matrix is not finite or no routine converges.
  public consuming func singularValues() throws(LinearAlgebraError) -> [Scalar] {
    let (rows, columns) = (rows, columns)
    let order = Swift.min(rows, columns)
    if order < TwoStage.smallestOrder { return try singularValues(byDivideAndConquer: Scalar.gesdd) }
    try requireFinite(for: Self.decomposition)
    var values = [Scalar](repeating: 0, count: order)
    let info = elements.withUnsafeMutableBufferPointer { matrix in
      values.withUnsafeMutableBufferPointer { values in
        Scalar.twoStageSingularValues(
          matrix.baseAddress!, rows, columns, values.baseAddress!, bandWidth: TwoStage.bandWidth(order: order))
      }
    }
    if info < 0 { throw .failed(operation: Self.decomposition, rows: rows, columns: columns, info: info) }
    if info > 0 { throw .notConverged(operation: Self.decomposition, rows: rows, columns: columns) }
    return values
  }

  private static var decomposition: String { "singular value decomposition" }

  typealias SingularValueRoutine =
    (_ matrix: UnsafeMutablePointer<Scalar>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Scalar>) -> Int

  /// The retry and its failure are reached by routines that report failure, which no test can provoke: hence the
  /// parameters.
  func singularValues(
    byDivideAndConquer gesdd: @escaping SingularValueRoutine,
    byQRIteration gesvd: @escaping SingularValueRoutine = Scalar.gesvd
  ) throws(LinearAlgebraError) -> [Scalar] {
    let operation = Self.decomposition
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
