import CLAPACKE
import COpenBLAS

/// The routines that the resolved method calls and nothing else does, in double precision on row-major matrices.
///
/// LAPACK sees a row-major matrix as its transpose; each routine says what that makes of its result. All run on one
/// thread; what is worth sharing among threads is cut into panels whose edges do not depend on their number.
enum DenseRoutines {
  typealias Matrix = UnsafeMutablePointer<Double>

  /// The edges of the panels that threads share: what OpenBLAS is fastest at on a processor with AVX-512.
  private static let (productPanel, gramPanel, solvePanel) = (128, 256, 512)

  /// G ← V · Vᵀ of `count` rows of `width` elements: the upper triangle of the Gram matrix.
  static func gram(_ rows: UnsafePointer<Double>, count: Int, width: Int, into gram: Matrix, threads: Int) {
    let shared = Shared(source: rows, target: gram)
    forEachPanel(count, gramPanel, threads: threads) { start, end in
      Backend.pinned()
      let own = shared.source + start * width
      let diagonal = shared.target + start * count + start
      cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasNoTrans, Int32(end - start), Int32(width), 1, own, Int32(width), 0, diagonal,
        Int32(count))
      if end == count { return }
      Double.gemm(
        transposeA: false, transposeB: true, m: end - start, n: count - end, k: width, alpha: 1, a: own, strideA: width,
        b: shared.source + end * width, strideB: width, beta: 0, c: diagonal + (end - start), strideC: count)
    }
  }

  /// Cholesky, G = RᵀR, R in the upper triangle in place; returns how many leading columns were factored.
  static func cholesky(_ gram: Matrix, count: Int) -> Int {
    Backend.pinned()
    // The upper triangle of rows is the lower triangle of columns.
    let info = Int(LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, Backend.letter("L"), Int32(count), gram, Int32(max(1, count))))
    return info == 0 ? count : max(0, info - 1)
  }

  /// V ← R⁻ᵀ · V for the leading `count` rows of V; R is upper triangular with row stride `stride`.
  static func solve(
    transposedUpper r: UnsafePointer<Double>, stride: Int, rows: Matrix, count: Int, width: Int, threads: Int
  ) {
    let shared = Shared(source: r, target: rows)
    forEachPanel(width, solvePanel, threads: threads) { start, end in
      Backend.pinned()
      cblas_dtrsm(
        CblasRowMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, Int32(count), Int32(end - start), 1,
        shared.source, Int32(stride), shared.target + start, Int32(width))
    }
  }

  /// U ← W · U for upper triangular W and U of shape `[count, count]`.
  static func multiply(upper w: UnsafePointer<Double>, byUpper u: Matrix, count: Int, threads: Int) {
    let shared = Shared(source: w, target: u)
    forEachPanel(count, productPanel, threads: threads) { start, end in
      Backend.pinned()
      // Rows below the panel's last column are zero and stay so.
      cblas_dtrmm(
        CblasRowMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(end), Int32(end - start), 1,
        shared.source, Int32(count), shared.target + start, Int32(count))
    }
  }

  /// The diagonal of R, in absolute value, of a column-pivoted QR factorisation (`geqp3`) of the matrix whose columns
  /// are the given rows, which are destroyed.
  static func pivotedDiagonal(_ rows: Matrix, count: Int, width: Int) throws(LinearAlgebraError) -> [Double] {
    let size = min(count, width)
    if size == 0 { return [] }
    Backend.pinned()
    var pivots = [Int32](repeating: 0, count: count)
    var reflectors = [Double](repeating: 0, count: size)
    let info = LAPACKE_dgeqp3(
      LAPACK_COL_MAJOR, Int32(width), Int32(count), rows, Int32(width), &pivots, &reflectors)
    guard info == 0 else {
      throw .failed(operation: "pivoted QR factorisation", rows: width, columns: count, info: Int(info))
    }
    return (0..<size).map { abs(rows[$0 * width + $0]) }
  }

  /// LQ of the row-major `rows` × `columns` matrix: the lower triangle of the leading rows becomes L; the rest is
  /// scratch.
  static func lowerTriangle(of matrix: inout [Double], rows: Int, columns: Int) throws(LinearAlgebraError) {
    if min(rows, columns) == 0 { return }
    var reflectors = [Double](repeating: 0, count: min(rows, columns))
    let info = matrix.withUnsafeMutableBufferPointer { matrix in
      reflectors.withUnsafeMutableBufferPointer { reflectors in
        Double.geqrf(
          matrix: matrix.baseAddress!, rows: columns, columns: rows, stride: columns,
          reflectors: reflectors.baseAddress!)
      }
    }
    guard info == 0 else {
      throw .failed(operation: "LQ factorisation", rows: rows, columns: columns, info: info)
    }
  }

  private static func forEachPanel(
    _ extent: Int, _ panel: Int, threads: Int, _ body: @Sendable (_ start: Int, _ end: Int) -> Void
  ) {
    let starts = Array(stride(from: 0, to: extent, by: panel))
    let run: @Sendable (Int, inout Void) -> Void = { start, _ in body(start, min(start + panel, extent)) }
    Parallel.forEach(starts, threads: threads, state: {}, run)
  }

  /// - Safety: `@unchecked Sendable` because each panel writes its own rows or columns of the target only, reads of the
  ///   source are of memory nobody writes, and the caller waits for all panels.
  private struct Shared: @unchecked Sendable {
    let source: UnsafePointer<Double>
    let target: Matrix
  }
}
