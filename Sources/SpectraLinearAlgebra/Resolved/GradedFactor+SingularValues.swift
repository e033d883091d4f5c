#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// All singular values of diag(eˢ) · U to high relative accuracy, however far s spans.
//
// A one-sided Jacobi iteration would do it for moderate spans, but LAPACK's (`gejsv`) bottoms out near ln σ = −735
// without a word, and costs as much as everything else together. Here:
//
//   1. The unshifted QR iteration. With M = D L, D = diag(eˢ) and L lower triangular, M = (D L D⁻¹) D. The matrix
//      L̃ = D L D⁻¹ has elements exp(s_i − s_j) L_ij, i ≥ j, none of them large where s descends. L̃ = Q R̃ gives
//      Mᵀ ≅ D R̃ᵀ, which is again a diagonal times a lower triangular matrix. The rounding of this QR is a small
//      perturbation of the *columns of L̃*, which the scaling D on the right does not amplify: (L̃ + E) D = (I + E L̃⁻¹) M,
//      a relative perturbation of all singular values by at most ‖E L̃⁻¹‖ ≈ eps · κ(L̃) (Eisenstat and Ipsen 1995).
//      Each round shrinks what couples rows i and j of sizes eˢ by the factor e^(s_i − s_j).
//   2. Windows. After `rounds` of them, values farther apart than `margin` in ln σ are coupled by less than
//      e^(−margin · (rounds + 1)), which moves a singular value by the square of that. So each value is read from a
//      diagonal block that reaches `margin` beyond it on both sides, by `gesdd` in double precision, where the block's
//      span costs e^(core + margin) of its accuracy.

extension GradedFactor {
  /// How far the values of one window may lie apart, in ln σ, without the margins.
  private static let core = 6.0
  /// How far a window reaches beyond the values that are read from it.
  private static let margin = 4.0
  /// 4 rounds and a margin of 4: coupling e⁻²⁰, whose square is below eps/10.
  private static let rounds = 4

  /// ln of what rounding leaves of rows that depend on others.
  var logRounding: Double { (logScales.max() ?? 0) + log(Double(size) * Double.ulpOfOne) }

  /// ln σ of all singular values, descending, without those whose rows depend on others to the last digit, and an
  /// estimate of the error that this decomposition adds to them.
  func logSingularValues() throws(LinearAlgebraError) -> (values: [Double], error: Double) {
    if size == 0 { return ([], 0) }
    var work = Decomposition(self)
    if work.span <= Self.core + Self.margin, let found = try work.window(0, size - 1),
      case let span = found[0] - found[size - 1], span <= Self.core + 2 * Self.margin
    {
      return (found, Self.error(span: span, size: size))
    }
    try work.makeLower()
    for _ in 0..<Self.rounds { try work.iterate() }
    return try work.windows(core: Self.core, margin: Self.margin)
  }

  /// `gesdd`'s error in the smallest value of a block: eps · σ₁/σ, times a slowly growing function of the size that √size
  /// covers amply (LAPACK Users' Guide, 4.9.1).
  fileprivate static func error(span: Double, size: Int) -> Double {
    exp(span) * Double.ulpOfOne * Double(size).squareRoot()
  }
}

/// diag(eˢ) · L in work: rows sorted by s.
private struct Decomposition {
  var size: Int
  var logScales: [Double]
  var rows: [Double]

  init(_ factor: GradedFactor) {
    size = factor.size
    logScales = factor.logScales
    rows = factor.rows
    sort()
  }

  var span: Double { logScales.first.map { $0 - (logScales.min() ?? $0) } ?? 0 }

  mutating func sort() {
    let order = logScales.indices.sorted { (-logScales[$0], $0) < (-logScales[$1], $1) }
    if order.elementsEqual(logScales.indices) { return }
    logScales = order.map { logScales[$0] }
    rows = order.flatMap { rows[($0 * size)..<(($0 + 1) * size)] }
  }

  /// The largest amount by which a later row is larger than an earlier one.
  var disorder: Double {
    var (smallest, worst) = (Double.infinity, 0.0)
    for scale in logScales {
      worst = max(worst, scale - smallest)
      smallest = min(smallest, scale)
    }
    return worst
  }

  /// D U = D L Q: the orthogonal factor on the right is dropped.
  mutating func makeLower() throws(LinearAlgebraError) {
    try factor()
    normalize()
    // A row that vanished comes last, and takes no column of the others.
    guard logScales.contains(-.infinity) else { return }
    sort()
    try factor()
    let left = logScales.count { $0 > -.infinity }
    rows = (0..<left).flatMap { rows[($0 * size)..<($0 * size + left)] }
    (size, logScales) = (left, Array(logScales[..<left]))
    normalize()
  }

  /// LQ of `rows`, upper triangle cleared.
  private mutating func factor() throws(LinearAlgebraError) {
    try DenseRoutines.lowerTriangle(of: &rows, rows: size, columns: size)
    for row in 0..<size { for column in (row + 1)..<max(size, row + 1) { rows[row * size + column] = 0 } }
  }

  private mutating func normalize() {
    rows.withUnsafeMutableBufferPointer { rows in
      for row in 0..<size {
        let length = DenseVector.normalize(rows.baseAddress! + row * size, count: size)
        logScales[row] += log(length)
      }
    }
  }

  /// One step of the QR iteration: L̃ᵀ = (D L D⁻¹)ᵀ = R̃ᵀ Qᵀ, and R̃ᵀ is the next L.
  mutating func iterate() throws(LinearAlgebraError) {
    if disorder > 1 {
      sort()
      try makeLower()
    }
    var transposed = [Double](repeating: 0, count: size * size)
    transposed.withUnsafeMutableBufferPointer { target in
      rows.withUnsafeBufferPointer { rows in
        for row in 0..<size {
          for column in 0...row {
            let element = rows[row * size + column]
            if element != 0 { target[column * size + row] = element * exp(logScales[row] - logScales[column]) }
          }
        }
      }
    }
    rows = transposed
    try makeLower()
  }

  /// ln σ of the diagonal block of rows `low` … `high`, descending; nil where one is lost to underflow.
  func window(_ low: Int, _ high: Int) throws(LinearAlgebraError) -> [Double]? {
    let reference = logScales[low...high].max() ?? 0
    let block = Tensor<Double>(rows: high - low + 1, columns: high - low + 1) { row, column in
      rows[(low + row) * size + low + column] * exp(logScales[low + row] - reference)
    }
    let values = try block.singularValues()
    return values.contains(0) ? nil : values.map { log($0) + reference }
  }

  /// The largest element of L̃ that couples rows of a window's core with rows outside the window.
  private func largestCoupling(of core: ClosedRange<Int>, outside window: ClosedRange<Int>) -> Double {
    var largest = 0.0
    func consider(_ row: Int, _ column: Int) {
      let element = rows[row * size + column]
      if element != 0 { largest = max(largest, abs(element) * exp(logScales[row] - logScales[column])) }
    }
    for row in core { for column in 0..<window.lowerBound { consider(row, column) } }
    for row in (window.upperBound + 1)..<max(size, window.upperBound + 1) {
      for column in core { consider(row, column) }
    }
    return largest
  }

  func windows(core: Double, margin: Double) throws(LinearAlgebraError) -> (values: [Double], error: Double) {
    var values: [Double] = []
    var error = 0.0
    var start = 0
    while start < size {
      var end = start
      while end + 1 < size, logScales[start] - logScales[end + 1] <= core { end += 1 }
      var (low, high) = (start, end)
      while low > 0, logScales[low - 1] - logScales[start] <= margin { low -= 1 }
      while high + 1 < size, logScales[end] - logScales[high + 1] <= margin { high += 1 }
      guard let found = try window(low, high) else {
        throw .notConverged(operation: "resolved singular value decomposition", rows: size, columns: size)
      }
      values += found[(start - low)...(end - low)]
      error = max(error, GradedFactor.error(span: found[0] - found[end - low], size: high - low + 1))
      let coupling = largestCoupling(of: start...end, outside: low...high)
      error = max(error, coupling * coupling * Double(size))
      start = end + 1
    }
    return (values.sorted(by: >), error)
  }
}
