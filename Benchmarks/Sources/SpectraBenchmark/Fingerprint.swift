import Foundation
import Spectra

/// A few numbers by which programs see that they took the same Jacobian, so that nobody is timed at another job.
struct Fingerprint: Sendable, Encodable {
  /// √Σ J².
  var frobenius: Double
  /// (2/N) Σ cos(i) · J[i, j] · sin(j): unlike the norm it tells a matrix from its transpose. At most `frobenius` in
  /// magnitude, or hardly more.
  var probe: Double
  /// The largest singular value, where they were taken.
  var largest: Double?

  init<Scalar: NetworkScalar>(of matrix: Tensor<Scalar>) {
    let (rows, columns) = (matrix.rows, matrix.columns)
    let sines = (0..<columns).map { sin(Double($0)) }
    var (squares, probe) = (0.0, 0.0)
    matrix.elements.withUnsafeBufferPointer { elements in
      for row in 0..<rows {
        // Row by row: long sums of as many terms would lose digits that are compared.
        var (rowSquares, rowProbe) = (0.0, 0.0)
        for column in 0..<columns {
          let value = Double(elements[row * columns + column])
          rowSquares += value * value
          rowProbe += value * sines[column]
        }
        squares += rowSquares
        probe += cos(Double(row)) * rowProbe
      }
    }
    frobenius = squares.squareRoot()
    self.probe = 2 * probe / Double(max(rows, columns))
  }
}
