import CLAPACKE
import RealModule

extension Tensor<Double> {
  /// The n eigenvalues of a square matrix, which need not be symmetric, by descending magnitude; complex ones come in
  /// conjugate pairs.
  ///
  /// LAPACK's `geev`: each carries an absolute error of the order eps · ‖A‖ · κ, κ the condition of the eigenvalue.
  ///
  /// - Precondition: the matrix is square.
  /// - Throws: `LinearAlgebraError` where the matrix is not finite or the QR iteration does not converge.
  public func eigenvalues() throws(LinearAlgebraError) -> [(real: Double, imaginary: Double)] {
    precondition(rows == columns, "A matrix of shape \(shape) is not square and has no eigenvalues.")
    let operation = "eigenvalue decomposition"
    try requireFinite(for: operation)
    let order = rows
    if order == 0 { return [] }
    // LAPACK destroys its argument; a row-major matrix is its transpose, with the same eigenvalues.
    var matrix = elements
    var (real, imaginary) = ([Double](repeating: 0, count: order), [Double](repeating: 0, count: order))
    Backend.pinned()
    let info = Int(
      LAPACKE_dgeev(
        LAPACK_COL_MAJOR, Backend.letter("N"), Backend.letter("N"), Int32(order), &matrix, Int32(order), &real,
        &imaginary, nil, 1, nil, 1))
    if info < 0 { throw .failed(operation: operation, rows: order, columns: order, info: info) }
    if info > 0 { throw .notConverged(operation: operation, rows: order, columns: order) }
    func magnitude(_ value: (real: Double, imaginary: Double)) -> Double { .hypot(value.real, value.imaginary) }
    return zip(real, imaginary).map { (real: $0, imaginary: $1) }.sorted { magnitude($0) > magnitude($1) }
  }
}
