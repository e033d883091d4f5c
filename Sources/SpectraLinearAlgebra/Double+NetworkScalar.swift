import CLAPACKE
import COpenBLAS
public import RealModule

// The calls into OpenBLAS and LAPACKE for double precision; `Float+NetworkScalar.swift` is the same file with other
// letters.

extension Double: NetworkScalar {
  public static var precisionName: String { "double" }

  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int,
    alpha: Double, a: UnsafePointer<Double>, strideA: Int, b: UnsafePointer<Double>, strideB: Int,
    beta: Double, c: UnsafeMutablePointer<Double>, strideC: Int
  ) {
    Backend.pinned()
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      Int32(m), Int32(n), Int32(k), alpha, a, Int32(strideA), b, Int32(strideB), beta, c, Int32(strideC))
  }

  public static func gesdd(
    _ matrix: UnsafeMutablePointer<Double>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Double>
  ) -> Int {
    Backend.pinned()
    // A row-major matrix is its transpose in column-major order, with the same singular values.
    return Int(
      LAPACKE_dgesdd(
        LAPACK_COL_MAJOR, Backend.letter("N"), Int32(columns), Int32(rows), matrix,
        Int32(max(columns, 1)), values, nil, 1, nil, 1))
  }

  public static func gesvd(
    _ matrix: UnsafeMutablePointer<Double>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Double>
  ) -> Int {
    Backend.pinned()
    var unconverged = [Double](repeating: 0, count: max(1, min(rows, columns)))
    return Int(
      LAPACKE_dgesvd(
        LAPACK_COL_MAJOR, Backend.letter("N"), Backend.letter("N"), Int32(columns), Int32(rows), matrix,
        Int32(max(columns, 1)), values, nil, 1, nil, 1, &unconverged))
  }

  public static func geqrf(
    matrix: UnsafeMutablePointer<Double>, rows: Int, columns: Int, stride: Int,
    reflectors: UnsafeMutablePointer<Double>
  ) -> Int {
    Backend.pinned()
    return Int(
      LAPACKE_dgeqrf(
        LAPACK_COL_MAJOR, Int32(rows), Int32(columns), matrix, Int32(max(stride, 1)), reflectors))
  }

  public static func orgqr(
    matrix: UnsafeMutablePointer<Double>, rows: Int, columns: Int, stride: Int, reflectors: UnsafePointer<Double>,
    reflectorCount: Int
  ) -> Int {
    Backend.pinned()
    return Int(
      LAPACKE_dorgqr(
        LAPACK_COL_MAJOR, Int32(rows), Int32(columns), Int32(reflectorCount), matrix,
        Int32(max(stride, 1)), reflectors))
  }

  public static func geqrt(
    matrix: UnsafeMutablePointer<Double>, rows: Int, columns: Int, stride: Int, triangle: UnsafeMutablePointer<Double>,
    scratch: UnsafeMutablePointer<Double>
  ) -> Int {
    Backend.pinned()
    let count = Int32(min(rows, columns))
    return Int(
      LAPACKE_dgeqrt_work(
        LAPACK_COL_MAJOR, Int32(rows), Int32(columns), count, matrix, Int32(stride), triangle, count, scratch))
  }

  public static func bdsqr(
    diagonal: UnsafeMutablePointer<Double>, superdiagonal: UnsafeMutablePointer<Double>, count: Int, byQRIteration: Bool
  ) -> Int {
    Backend.pinned()
    // LAPACK leaves dqds for QR iteration as soon as there is a vector to rotate.
    var vector = [Double](repeating: 0, count: count)
    var scratch = [Double](repeating: 0, count: 4 * count)
    return Int(
      LAPACKE_dbdsqr_work(
        LAPACK_COL_MAJOR, Backend.letter("U"), Int32(count), 0, byQRIteration ? 1 : 0, 0, diagonal, superdiagonal, nil,
        1, &vector, 1, nil, 1, &scratch))
  }
}
