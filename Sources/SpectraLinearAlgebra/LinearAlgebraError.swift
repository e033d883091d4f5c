/// What a decomposition could not do.
public enum LinearAlgebraError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The matrix holds NaN or infinity, first at this row and column.
  case notFinite(operation: String, row: Int, column: Int)
  /// Neither the decomposition nor its retry by implicit QR iteration converged.
  case notConverged(operation: String, rows: Int, columns: Int)
  /// LAPACK refused an argument or could not allocate its workspace.
  case failed(operation: String, rows: Int, columns: Int, info: Int)

  public var description: String {
    switch self {
    case .notFinite(let operation, let row, let column):
      "The \(operation) needs finite numbers, but the matrix has NaN or infinity at row \(row), column \(column)."
    case .notConverged(let operation, let rows, let columns):
      "The \(operation) of a \(rows) × \(columns) matrix did not converge, nor did its retry by QR iteration."
    case .failed(let operation, let rows, let columns, let info):
      "LAPACK's \(operation) of a \(rows) × \(columns) matrix failed with info = \(info); memory may have run out."
    }
  }
}

extension Tensor {
  func requireFinite(for operation: String) throws(LinearAlgebraError) {
    guard !isFinite, let index = elements.firstIndex(where: { !$0.isFinite }) else { return }
    throw .notFinite(operation: operation, row: index / columns, column: index % columns)
  }
}
