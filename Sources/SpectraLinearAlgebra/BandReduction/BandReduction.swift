/// Stage one of the values-only decomposition: a dense matrix to an upper band by orthogonal transformations from both
/// sides.
///
/// Großer & Lang 1999, *Efficient parallel reduction to bidiagonal form*: QR of a panel of columns, then LQ of the panel
/// of rows beside it, `width` at a time. Both transformations are kept in compact form, I − V T Vᵀ (Schreiber & Van Loan
/// 1989), and reach the rest of the matrix as one update of rank 2 · `width`, so that a step passes over the matrix
/// three times, in matrix products only. The matrix is destroyed; nothing else is kept of the transformations.
struct BandReduction<Scalar: NetworkScalar> {
  typealias Pointer = UnsafeMutablePointer<Scalar>

  /// The matrix, `rows` ≥ `columns`, which is stored by rows or, where it is the transpose of what was given, by columns.
  let matrix: Pointer
  var rows: Int
  let columns: Int
  let stride: Int
  let isStoredByRows: Bool
  /// The number of superdiagonals that remain.
  let width: Int

  // Factors of the running update A − V Y − X V₂ᵀ, each a set of contiguous rows so that LAPACK sees columns:
  private let left: Pointer  // [2 · width, rows]: Vᵀ of the column panel, below it Xᵀ
  private let right: Pointer  // [2 · width, columns]: Y, below it V₂ᵀ of the row panel
  private let weighted: Pointer  // [width, rows]: (V T)ᵀ of either panel
  private let triangle: Pointer  // [width, width]: Tᵀ
  private let scratch: Pointer  // [width, width]

  /// The number of elements of workspace that a reduction needs.
  static func workspaceCount(rows: Int, columns: Int, width: Int) -> Int {
    let (rows, columns) = (paddedStride(rows), paddedStride(columns))
    return 3 * width * rows + 2 * width * columns + 2 * width * width
  }

  /// A reduction of the row-major `rows` × `columns` matrix, or of its transpose where that is the taller one.
  init(matrix: Pointer, rows: Int, columns: Int, width: Int, workspace: Pointer) {
    self.matrix = matrix
    (self.rows, self.columns) = (max(rows, columns), min(rows, columns))
    (stride, isStoredByRows) = (columns, rows >= columns)
    self.width = width
    left = workspace
    weighted = left + 2 * width * Self.paddedStride(self.rows)
    right = weighted + width * Self.paddedStride(self.rows)
    triangle = right + 2 * width * Self.paddedStride(self.columns)
    scratch = triangle + width * width
  }

  /// A distance of rows that keeps them off the same cache sets.
  private static func paddedStride(_ count: Int) -> Int { (count + 7) / 8 * 8 + 8 }

  /// Writes the upper band that the matrix is orthogonally equivalent to.
  func reduce(into band: Band<Scalar>) -> Int {
    for start in Swift.stride(from: 0, to: columns, by: width) {
      let count = min(width, columns - start)
      let rest = columns - start - count
      let info = factorColumns(start, count)
      if info != 0 { return info }
      let (leftStride, rightStride) = (Self.paddedStride(rows - start), Self.paddedStride(rest))
      for column in 0..<count {
        for row in 0...column { band[start + row, start + column] = left[column * leftStride + row] }
      }
      if rest == 0 { break }
      project(start, count, rest, leftStride, rightStride)

      // The panel of rows as the column panel's reflectors leave it, and its LQ.
      let panel = right + count * rightStride
      copyRows(start, count, from: start + count, rest, to: panel, rightStride)
      Scalar.gemm(
        transposeA: true, transposeB: false, m: count, n: rest, k: count, alpha: -1, a: left, strideA: leftStride,
        b: right, strideB: rightStride, beta: 1, c: panel, strideC: rightStride)
      let reflectors = min(count, rest)
      let infoOfRows = factor(panel, rest, count, rightStride)
      if infoOfRows != 0 { return infoOfRows }
      for row in 0..<count {
        for column in 0...min(row, reflectors - 1) {
          band[start + row, start + count + column] = panel[row * rightStride + column]
        }
      }
      weigh(panel, reflectors, rest, rightStride)
      update(start, count, rest, reflectors, leftStride, rightStride)
    }
    return 0
  }

  /// Replaces a matrix with many more rows than columns by the triangle of its QR factorisation.
  mutating func triangularize() -> Int {
    for start in Swift.stride(from: 0, to: columns, by: width) {
      let count = min(width, columns - start)
      let rest = columns - start - count
      let info = factorColumns(start, count)
      if info != 0 { return info }
      let (leftStride, rightStride) = (Self.paddedStride(rows - start), Self.paddedStride(rest))
      for column in 0..<count {
        for row in 0..<(columns - start) {
          self[start + row, start + column].pointee = row <= column ? left[column * leftStride + row] : 0
        }
      }
      if rest == 0 { break }
      project(start, count, rest, leftStride, rightStride)
      subtract(
        rows: rows - start, left, leftStride, columns: rest, right, rightStride, rank: count,
        from: self[start, start + count])
    }
    rows = columns
    return 0
  }

  // MARK: Panels

  private subscript(row: Int, column: Int) -> Pointer {
    matrix + (isStoredByRows ? row * stride + column : column * stride + row)
  }

  /// QR of the column panel into `left` and `triangle`.
  private func factorColumns(_ start: Int, _ count: Int) -> Int {
    let (height, leftStride) = (rows - start, Self.paddedStride(rows - start))
    if isStoredByRows {
      Scalar.transpose(
        self[start, start], rows: height, columns: count, stride: stride, into: left, stride: leftStride)
    } else {
      for column in 0..<count {
        (left + column * leftStride).update(from: self[start, start + column], count: height)
      }
    }
    return factor(left, height, count, leftStride)
  }

  private func copyRows(
    _ row: Int, _ count: Int, from column: Int, _ width: Int, to target: Pointer, _ targetStride: Int
  ) {
    if isStoredByRows {
      for index in 0..<count {
        (target + index * targetStride).update(from: self[row + index, column], count: width)
      }
    } else {
      Scalar.transpose(
        self[row, column], rows: width, columns: count, stride: stride, into: target, stride: targetStride)
    }
  }

  /// QR of the column-major `rows` × `columns` panel, in place.
  private func factor(_ panel: Pointer, _ rows: Int, _ columns: Int, _ stride: Int) -> Int {
    triangle.update(repeating: 0, count: width * width)  // LAPACK leaves the half below T's diagonal as it is
    return Scalar.geqrt(
      matrix: panel, rows: rows, columns: columns, stride: stride, triangle: triangle, scratch: scratch)
  }

  // MARK: Products

  /// `weighted` ← (V T)ᵀ, once what stands above the reflectors is cleared: V with its ones and zeros, ready for products.
  private func weigh(_ panel: Pointer, _ count: Int, _ length: Int, _ stride: Int) {
    for column in 0..<count {
      (panel + column * stride).update(repeating: 0, count: column)
      panel[column * stride + column] = 1
    }
    Scalar.gemm(
      transposeA: false, transposeB: false, m: count, n: length, k: count, alpha: 1, a: triangle, strideA: count,
      b: panel, strideB: stride, beta: 0, c: weighted, strideC: stride)
  }

  /// Y ← (V T)ᵀ A for the columns right of the panel in `left`.
  private func project(_ start: Int, _ count: Int, _ rest: Int, _ leftStride: Int, _ rightStride: Int) {
    let height = rows - start
    weigh(left, count, height, leftStride)
    Scalar.gemm(
      transposeA: false, transposeB: !isStoredByRows, m: count, n: rest, k: height, alpha: 1, a: weighted,
      strideA: leftStride, b: self[start, start + count], strideB: stride, beta: 0, c: right, strideC: rightStride)
  }

  /// X ← (A − V Y) V₂ T₂, then A ← A − V Y − X V₂ᵀ, for what remains below and right of both panels.
  private func update(
    _ start: Int, _ count: Int, _ rest: Int, _ reflectors: Int, _ leftStride: Int, _ rightStride: Int
  ) {
    let height = rows - start - count
    let (remaining, v) = (self[start + count, start + count], left + count)
    let x = v + count * leftStride
    Scalar.gemm(
      transposeA: false, transposeB: isStoredByRows, m: reflectors, n: height, k: rest, alpha: 1, a: weighted,
      strideA: rightStride, b: remaining, strideB: stride, beta: 0, c: x, strideC: leftStride)
    Scalar.gemm(
      transposeA: false, transposeB: true, m: count, n: reflectors, k: rest, alpha: 1, a: right, strideA: rightStride,
      b: weighted, strideB: rightStride, beta: 0, c: scratch, strideC: reflectors)
    Scalar.gemm(
      transposeA: true, transposeB: false, m: reflectors, n: height, k: count, alpha: -1, a: scratch,
      strideA: reflectors, b: v, strideB: leftStride, beta: 1, c: x, strideC: leftStride)
    subtract(
      rows: height, v, leftStride, columns: rest, right, rightStride, rank: count + reflectors, from: remaining)
  }

  /// A ← A − LᵀR, which is −RᵀL where A is stored by columns.
  private func subtract(
    rows: Int, _ l: Pointer, _ leftStride: Int, columns: Int, _ r: Pointer, _ rightStride: Int, rank: Int,
    from target: Pointer
  ) {
    if isStoredByRows {
      Scalar.gemm(
        transposeA: true, transposeB: false, m: rows, n: columns, k: rank, alpha: -1, a: l, strideA: leftStride, b: r,
        strideB: rightStride, beta: 1, c: target, strideC: stride)
    } else {
      Scalar.gemm(
        transposeA: true, transposeB: false, m: columns, n: rows, k: rank, alpha: -1, a: r, strideA: rightStride, b: l,
        strideB: leftStride, beta: 1, c: target, strideC: stride)
    }
  }
}
