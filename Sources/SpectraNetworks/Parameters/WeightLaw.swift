import SpectraLinearAlgebra
import SpectraRandom

/// The law of one matrix.
enum WeightLaw: Equatable {
  case uniform(bound: Double)
  case normal(standardDeviation: Double)
  case orthogonal(gain: Double)
  /// A smaller orthogonal matrix V and its negative, so that rows, columns or both are mirrored: [V; −V], [V, −V],
  /// [V, −V; −V, V].
  case mirrored(gain: Double, rows: Bool, columns: Bool)

  /// The elements of a `[rows, columns]` matrix, row-major.
  func draw(rows: Int, columns: Int, from stream: inout RandomStream) -> [Double] {
    switch self {
    case .uniform(let bound): stream.uniforms(count: rows * columns, low: -bound, high: bound)
    case .normal(let deviation): stream.normals(count: rows * columns, standardDeviation: deviation)
    case .orthogonal(let gain): orthogonal(rows: rows, columns: columns, gain: gain, from: &stream).elements
    case .mirrored(let gain, let mirroredRows, let mirroredColumns):
      mirrored(
        orthogonal(
          rows: mirroredRows ? rows / 2 : rows, columns: mirroredColumns ? columns / 2 : columns, gain: gain,
          from: &stream), rows: rows, columns: columns)
    }
  }

  /// Orthonormal columns, or rows where the matrix is wide: Q of a Gaussian matrix's QR with R's diagonal positive.
  private func orthogonal(
    rows: Int, columns: Int, gain: Double, from stream: inout RandomStream
  ) -> Tensor<Double> {
    let (tall, narrow) = (max(rows, columns), min(rows, columns))
    let gaussian = Tensor(shape: [tall, narrow], elements: stream.normals(count: tall * narrow))
    guard let factors = try? gaussian.qrFactorization() else {
      preconditionFailure("The QR factorisation of a finite Gaussian matrix exists.")
    }
    let q = factors.withPositiveDiagonal.q
    return (rows >= columns ? q : q.transposed).map { gain * $0 }
  }

  /// A matrix of copies of V, with the sign changed from each copy to its neighbours.
  private func mirrored(_ v: Tensor<Double>, rows: Int, columns: Int) -> [Double] {
    let copies = Tensor(rows: rows, columns: columns) { row, column in
      let (rowCopy, vRow) = row.quotientAndRemainder(dividingBy: v.rows)
      let (columnCopy, vColumn) = column.quotientAndRemainder(dividingBy: v.columns)
      return (rowCopy + columnCopy).isMultiple(of: 2) ? v[vRow, vColumn] : -v[vRow, vColumn]
    }
    return copies.elements
  }
}
