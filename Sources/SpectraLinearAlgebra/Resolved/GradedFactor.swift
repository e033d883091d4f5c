#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A square matrix diag(eˢ) · U whose rows differ in size by more than any floating-point number can: U is upper
/// triangular with rows of length 1, s holds the logarithms of their sizes.
///
/// A product of triangular factors stays triangular, so one more factor costs a third of a full matrix product. Every
/// row is formed relative to its own largest term: nothing overflows, and what underflows is below 10⁻⁸⁰ of its row.
struct GradedFactor: Sendable, Equatable {
  /// The number of rows and columns.
  private(set) var size: Int
  /// s, one for each row.
  private(set) var logScales: [Double]
  /// U, row-major; zero below the diagonal.
  private(set) var rows: [Double]

  /// The identity.
  init(identity size: Int) {
    self.size = size
    logScales = Array(repeating: 0, count: size)
    rows = Tensor<Double>.identity(size).elements
  }

  /// Multiplies from the left by a factor of `orthonormalization`: R · diag(eˢ) · U.
  mutating func multiply(by factor: Orthonormalization, threads: Int) throws(LinearAlgebraError) {
    precondition(factor.columns == size, "A factor of \(factor.columns) columns does not fit \(size) rows.")
    let (count, columns) = (factor.rank, size)
    if count < columns { try removeNegligibleComponents() }
    let logColumns = zip(logScales, factor.logNorms).map { $0 + $1 }
    var weights = factor.r
    // The largest scale right of each column bounds every term of a row, as no element of R exceeds 1.
    var largestFrom = logColumns
    for column in stride(from: columns - 2, through: 0, by: -1) {
      largestFrom[column] = max(largestFrom[column], largestFrom[column + 1])
    }
    var references = [Double](repeating: 0, count: count)
    weights.withUnsafeMutableBufferPointer { weights in
      for row in 0..<count {
        let pivot = factor.pivots[row]
        let start = row * columns
        var reference = largestFrom[pivot]
        if logColumns[pivot] + log(abs(weights[start + pivot])) < reference - 500 {
          // Rare: the row's own term is far below the bound, so the bound may be far above all terms.
          reference = -.infinity
          for column in pivot..<columns where weights[start + column] != 0 {
            reference = max(reference, log(abs(weights[start + column])) + logColumns[column])
          }
        }
        references[row] = reference
        for column in pivot..<columns where weights[start + column] != 0 {
          // A zero may stand in a column that is larger than the row by more than a number can be; and the least numbers
          // have no reciprocal.
          let exponent = (logColumns[column] - reference) / 2
          weights[start + column] = weights[start + column] * exp(exponent) * exp(exponent)
        }
      }
    }
    if count == columns {
      rows.withUnsafeMutableBufferPointer { rows in
        guard let rows = rows.baseAddress else { return }
        weights.withUnsafeBufferPointer { weights in
          DenseRoutines.multiply(upper: weights.baseAddress!, byUpper: rows, count: count, threads: threads)
        }
      }
    } else {
      rows =
        Tensor(shape: [count, columns], elements: weights)
        .multiplied(by: Tensor(shape: [columns, columns], elements: rows)).elements
    }
    size = count
    logScales = references
    normalizeRows(of: columns)
    if count < columns { try makeSquare(columns: columns) }
  }

  /// Makes every row orthogonal to those that are larger by more than a vanishing direction can be seen at, before one of
  /// them vanishes.
  ///
  /// What a small row has along a much larger one changes nothing while that is there: taking it off is a perturbation
  /// (I + E) T with E below 150 · size · eps, and of the values by its square. But it is nothing that the small row's
  /// direction has by itself, only what rounding and the order of elimination put there; left behind by a large row that
  /// vanishes, it would be mistaken for the row's own.
  private mutating func removeNegligibleComponents() throws(LinearAlgebraError) {
    // Rank is decided at size · eps; a component that vanished there was smaller than that by a factor of order 1.
    let negligible = log(1 / (Double(size) * Double.ulpOfOne)) - 5
    guard let largest = logScales.max(), let smallest = logScales.min(), largest - smallest > negligible else { return }
    let order = logScales.indices.sorted { (-logScales[$0], $0) < (-logScales[$1], $1) }
    // U = L Z: the orthogonal Z on the right is dropped.
    var lower = order.flatMap { rows[($0 * size)..<(($0 + 1) * size)] }
    try DenseRoutines.lowerTriangle(of: &lower, rows: size, columns: size)
    for (row, original) in order.enumerated() {
      for column in 0..<size {
        let isOwn = column <= row && logScales[order[column]] - logScales[original] <= negligible
        rows[original * size + column] = isOwn ? lower[row * size + column] : 0
      }
    }
  }

  private mutating func normalizeRows(of columns: Int) {
    rows.withUnsafeMutableBufferPointer { rows in
      guard let rows = rows.baseAddress else { return }
      for row in 0..<size {
        let length = DenseVector.normalize(rows + row * columns, count: columns)
        logScales[row] += log(length)
      }
    }
  }

  /// Drops the right orthogonal factor of an RQ factorisation, which no singular value depends on. It acts on each row
  /// alone, so the rows' scales do not matter.
  private mutating func makeSquare(columns: Int) throws(LinearAlgebraError) {
    // RQ is LQ with rows and columns in reverse order.
    var reversed = Array(rows.reversed())
    try DenseRoutines.lowerTriangle(of: &reversed, rows: size, columns: columns)
    var square = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in row..<size {
        square[row * size + column] = reversed[(size - 1 - row) * columns + (size - 1 - column)]
      }
    }
    rows = square
  }
}

/// Vectors of doubles.
enum DenseVector {
  /// The Euclidean length, whatever the elements' size.
  static func length(_ x: UnsafePointer<Double>, count: Int) -> Double {
    let plain = Double.dot(x, x, count: count)
    if plain > 1e-200, plain < 1e200 { return plain.squareRoot() }
    var largest = 0.0
    for index in 0..<count {
      let magnitude = abs(x[index])
      if !(magnitude <= largest) { largest = magnitude }
    }
    guard largest > 0, largest.isFinite else { return largest }
    // Powers of two: exact, and in two factors because the smallest numbers have no reciprocal.
    let exponent = -largest.exponent
    let (first, second) = (
      Double(sign: .plus, exponent: exponent / 2, significand: 1),
      Double(sign: .plus, exponent: exponent - exponent / 2, significand: 1)
    )
    var sum = 0.0
    for index in 0..<count {
      let scaled = x[index] * first * second
      sum += scaled * scaled
    }
    return sum.squareRoot() / first / second
  }

  /// Divides by the length and returns it; a vector of length 0 stays.
  static func normalize(_ x: UnsafeMutablePointer<Double>, count: Int) -> Double {
    let length = length(x, count: count)
    guard length > 0, length.isFinite else { return length }
    if length > 1e-290 {
      Double.scale(1 / length, x, count: count, into: x)
    } else {
      for index in 0..<count { x[index] = x[index] / length }
    }
    return length
  }
}
