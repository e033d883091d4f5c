import CLAPACKE
import COpenBLAS
public import RealModule

// The calls into OpenBLAS and LAPACKE for single precision; `Double+NetworkScalar.swift` is the same file with other
// letters.

extension Float: NetworkScalar {
  public static var precisionName: String { "float" }

  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int,
    alpha: Float, a: UnsafePointer<Float>, strideA: Int, b: UnsafePointer<Float>, strideB: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, strideC: Int
  ) {
    Backend.pinned()
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      Int32(m), Int32(n), Int32(k), alpha, a, Int32(strideA), b, Int32(strideB), beta, c, Int32(strideC))
  }

  public static func gesdd(
    _ matrix: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Float>
  ) -> Int {
    Backend.pinned()
    // A row-major matrix is its transpose in column-major order, with the same singular values.
    return Int(
      LAPACKE_sgesdd(
        LAPACK_COL_MAJOR, Backend.letter("N"), Int32(columns), Int32(rows), matrix,
        Int32(max(columns, 1)), values, nil, 1, nil, 1))
  }

  public static func gesvd(
    _ matrix: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Float>
  ) -> Int {
    Backend.pinned()
    var unconverged = [Float](repeating: 0, count: max(1, min(rows, columns)))
    return Int(
      LAPACKE_sgesvd(
        LAPACK_COL_MAJOR, Backend.letter("N"), Backend.letter("N"), Int32(columns), Int32(rows), matrix,
        Int32(max(columns, 1)), values, nil, 1, nil, 1, &unconverged))
  }

  public static func geqrf(
    matrix: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int,
    reflectors: UnsafeMutablePointer<Float>
  ) -> Int {
    Backend.pinned()
    return Int(
      LAPACKE_sgeqrf(
        LAPACK_COL_MAJOR, Int32(rows), Int32(columns), matrix, Int32(max(stride, 1)), reflectors))
  }

  public static func orgqr(
    matrix: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int, reflectors: UnsafePointer<Float>,
    reflectorCount: Int
  ) -> Int {
    Backend.pinned()
    return Int(
      LAPACKE_sorgqr(
        LAPACK_COL_MAJOR, Int32(rows), Int32(columns), Int32(reflectorCount), matrix,
        Int32(max(stride, 1)), reflectors))
  }

  public static func geqrt(
    matrix: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int, triangle: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) -> Int {
    Backend.pinned()
    let count = Int32(min(rows, columns))
    return Int(
      LAPACKE_sgeqrt_work(
        LAPACK_COL_MAJOR, Int32(rows), Int32(columns), count, matrix, Int32(stride), triangle, count, scratch))
  }

  public static func bdsqr(
    diagonal: UnsafeMutablePointer<Float>, superdiagonal: UnsafeMutablePointer<Float>, count: Int, byQRIteration: Bool
  ) -> Int {
    Backend.pinned()
    // LAPACK leaves dqds for QR iteration as soon as there is a vector to rotate.
    var vector = [Float](repeating: 0, count: count)
    var scratch = [Float](repeating: 0, count: 4 * count)
    return Int(
      LAPACKE_sbdsqr_work(
        LAPACK_COL_MAJOR, Backend.letter("U"), Int32(count), 0, byQRIteration ? 1 : 0, 0, diagonal, superdiagonal, nil,
        1, &vector, 1, nil, 1, &scratch))
  }
}
