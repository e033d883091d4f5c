/// A thin QR factorisation, A = Q · R.
public struct QRFactorization<Scalar: NetworkScalar>: Sendable, Equatable {
  /// Orthonormal columns, shape `[m, min(m, n)]`.
  public var q: Tensor<Scalar>
  /// Upper triangular (trapezoidal where m < n), shape `[min(m, n), n]`. Its diagonal may be negative.
  public var r: Tensor<Scalar>

  /// The same factorisation with R's diagonal made non-negative, which makes it unique for a matrix of full rank.
  ///
  /// Q of a Gaussian matrix is then Haar distributed (Mezzadri 2007, *How to generate random matrices from the
  /// classical compact groups*).
  public var withPositiveDiagonal: QRFactorization {
    var result = self
    let (size, columns) = (r.rows, r.columns)
    for index in 0..<size where r[index, index] < 0 {
      for column in 0..<columns { result.r[index, column] = -r[index, column] }
      for row in 0..<q.rows { result.q[row, index] = -q[row, index] }
    }
    return result
  }
}

extension Tensor {
  /// The thin Householder QR factorisation of an m × n matrix, by LAPACK's `geqrf` and `orgqr`.
  ///
  /// - Throws: `LinearAlgebraError` where the matrix is not finite.
  public func qrFactorization() throws(LinearAlgebraError) -> QRFactorization<Scalar> {
    let operation = "QR factorisation"
    let (rows, columns) = (rows, columns)
    let size = Swift.min(rows, columns)
    try requireFinite(for: operation)
    if size == 0 {
      return QRFactorization(
        q: Tensor(shape: [rows, 0], elements: []), r: Tensor(shape: [0, columns], elements: []))
    }
    var work = transposed.elements  // column-major for LAPACK
    var reflectors = [Scalar](repeating: 0, count: size)
    var info = work.withUnsafeMutableBufferPointer { work in
      reflectors.withUnsafeMutableBufferPointer { reflectors in
        Scalar.geqrf(
          matrix: work.baseAddress!, rows: rows, columns: columns, stride: rows, reflectors: reflectors.baseAddress!)
      }
    }
    guard info == 0 else { throw .failed(operation: operation, rows: rows, columns: columns, info: info) }
    let r = Tensor(rows: size, columns: columns) { row, column in row <= column ? work[column * rows + row] : 0 }
    info = work.withUnsafeMutableBufferPointer { work in
      reflectors.withUnsafeBufferPointer { reflectors in
        Scalar.orgqr(
          matrix: work.baseAddress!, rows: rows, columns: size, stride: rows, reflectors: reflectors.baseAddress!,
          reflectorCount: size)
      }
    }
    guard info == 0 else { throw .failed(operation: operation, rows: rows, columns: columns, info: info) }
    let q = Tensor(shape: [size, rows], elements: Array(work[..<(size * rows)])).transposed
    return QRFactorization(q: q, r: r)
  }
}
