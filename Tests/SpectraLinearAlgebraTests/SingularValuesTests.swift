import RealModule
import Testing

@testable import SpectraLinearAlgebra

@Suite("Singular values")
struct SingularValuesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var matrix: Tensor<Double>
    /// Descending.
    var values: [Double]

    init(_ name: String, _ matrix: Tensor<Double>, _ values: [Double]) {
      (testDescription, self.matrix, self.values) = (name, matrix, values.sorted(by: >))
    }
  }

  static let rows: [Row] = {
    let graded = (0..<12).map { Double.pow(10, -Double($0)) }
    let sizes = 1...20
    let rotation = Tensor(rows: [[Double.cos(0.3), -.sin(0.3)], [.sin(0.3), .cos(0.3)]])
    func rotated(_ values: [Double], _ rows: Int, _ columns: Int) -> Tensor<Double> {
      reflection(rows, phase: 1).multiplied(by: diagonal(values, rows, columns))
        .multiplied(by: reflection(columns, phase: 2))
    }
    return [
      Row("one number", Tensor(rows: [[-3]]), [3]),
      Row("the number 0", Tensor(rows: [[0]]), [0]),
      Row("diagonal, unsorted and signed", diagonal([0.5, -7, 0, 2], 4, 4), [7, 2, 0.5, 0]),
      Row("rotation", rotation, [1, 1]),
      Row("all zero", Tensor(shape: [3, 5], repeating: 0), [0, 0, 0]),
      // u vᵀ has the one value |u||v|: |(1, 2, 2)| = 3, |(2, 3, 6)| = 7.
      Row("rank one", Tensor(rows: 3, columns: 3) { [1, 2, 2][$0] * [2, 3, 6][$1] }, [21, 0, 0]),
      Row("row", Tensor(rows: [[3, 4, 12]]), [13]),
      Row("column", Tensor(rows: [[3], [4], [12]]), [13]),
      Row("tall", rotated([5, 3, 1], 7, 3), [5, 3, 1]),
      Row("wide", rotated([5, 3, 1], 3, 7), [5, 3, 1]),
      Row("graded over 11 decades", rotated(graded, 12, 12), graded),
      Row("graded, tall", rotated(graded, 33, 12), graded),
      Row("reflection", reflection(16, phase: 4), Array(repeating: 1, count: 16)),
      // Second differences: 2 − 2 cos(kπ/(n + 1)).
      Row(
        "tridiagonal Toeplitz", Tensor(rows: 20, columns: 20) { $0 == $1 ? 2 : abs($0 - $1) == 1 ? -1 : 0 },
        sizes.map { 2 - 2 * .cos(Double($0) * .pi / 21) }),
      // The inverse of first differences: 1/(2 sin((2k − 1)π/(4n + 2))).
      Row(
        "lower triangle of ones", Tensor(rows: 20, columns: 20) { $1 <= $0 ? 1 : 0 },
        sizes.map { 1 / (2 * .sin((2 * Double($0) - 1) * .pi / 82)) }),
      // Eigenvalues by mpmath with 60 digits.
      Row(
        "Hilbert matrix", Tensor(rows: 8, columns: 8) { 1 / Double($0 + $1 + 1) },
        [
          1.6959389969219494521, 0.29812521131693070618, 0.026212843578119047797, 0.0014676881177418673116,
          0.000054369433697499423624, 1.2943320918728114803e-6, 1.7988737458175766773e-8, 1.1115389663724424271e-10,
        ]),
    ]
  }()

  /// What the docstring promises: an absolute error of max(m, n)·eps·σ₁. The matrix itself is rounded when it is made,
  /// which may move values by as much again.
  static func check<Scalar: NetworkScalar>(_ row: Row, _: Scalar.Type) throws {
    let matrix: Tensor<Scalar> = row.matrix.converted()
    for (name, matrix) in [("as it is", matrix), ("transposed", matrix.transposed)] {
      let values = try matrix.singularValues()
      #expect(values.count == row.values.count)
      #expect(values == values.sorted(by: >))
      let tolerance = 2 * Double(max(matrix.rows, matrix.columns)) * Double(Scalar.ulpOfOne) * row.values[0]
      for (value, expected) in zip(values, row.values) {
        #expect(abs(Double(value) - expected) <= tolerance, "\(name): \(value), not \(expected)")
        #expect(value >= 0)
      }
    }
  }

  @Test("Closed forms", arguments: Precision.allCases, rows)
  func closedForms(precision: Precision, row: Row) throws {
    switch precision {
    case .float: try Self.check(row, Float.self)
    case .double: try Self.check(row, Double.self)
    }
  }

  @Test("The identity's values are 1 to the last bit", arguments: [1, 2, 16, 64, 130])
  func identity(size: Int) throws {
    #expect(try Tensor<Double>.identity(size).singularValues().allSatisfy { $0 == 1 })
    #expect(try Tensor<Float>.identity(size).singularValues().allSatisfy { $0 == 1 })
  }

  @Test("An empty matrix has no values", arguments: [(0, 0), (0, 3), (3, 0)])
  func empty(rows: Int, columns: Int) throws {
    #expect(try Tensor<Double>(shape: [rows, columns], elements: []).singularValues().isEmpty)
  }

  @Test("The extremes of the exponent neither overflow nor underflow", arguments: [1e300, 1e-300])
  func extremes(scale: Double) throws {
    let values = try diagonal([3 * scale, scale], 2, 2).singularValues() as [Double]
    for (value, expected) in zip(values, [3 * scale, scale]) { #expect(abs(value / expected - 1) < 1e-14) }
  }

  @Test("The argument survives, and the sum of squares is Frobenius's")
  func argument() throws {
    let matrix: Tensor<Double> = wave(13, 21)
    let copy = matrix
    let squares = try matrix.singularValues().reduce(0) { $0 + $1 * $1 }
    #expect(matrix == copy)
    let frobenius = matrix.elements.reduce(0) { $0 + $1 * $1 }
    // 13 values, each off by 21·eps·σ₁ at most, and σ₁² is at most the sum.
    #expect(abs(squares - frobenius) <= 2 * 13 * 21 * Double.ulpOfOne * frobenius)
  }

  @Test("Equal matrices have values of equal bits, from any thread")
  func reproducible() throws {
    let matrix: Tensor<Double> = wave(40, 40)
    let first = try matrix.singularValues()
    for other in Parallel.map(Array(0..<6), threads: 3, { _ in try? matrix.singularValues() }) {
      #expect(other?.map(\.bitPattern) == first.map(\.bitPattern))
    }
  }
}

@Suite("Singular values that cannot be had")
struct SingularValuesErrorTests {
  @Test("NaN and infinity are named with their place", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(bad: Double) {
    var matrix: Tensor<Double> = wave(3, 4)
    matrix[1, 2] = bad
    matrix[2, 0] = .nan  // the first one counts
    let expected = LinearAlgebraError.notFinite(operation: "singular value decomposition", row: 1, column: 2)
    #expect(throws: expected) { try matrix.singularValues() }
    #expect(
      expected.description
        == "The singular value decomposition needs finite numbers, but the matrix has NaN or infinity at row 1, column 2."
    )
    #expect(throws: expected) { try matrix.converted(to: Float.self).singularValues() }
  }

  @Test("Where divide and conquer fails, QR iteration takes over with the matrix as it was")
  func retry() throws {
    let matrix: Tensor<Double> = wave(9, 6)
    var calls = 0
    let values = try matrix.singularValues(byDivideAndConquer: { elements, rows, columns, _ in
      calls += 1
      for index in 0..<rows * columns { elements[index] = .nan }  // LAPACK destroys its argument also where it fails
      return 3
    })
    #expect(calls == 1)
    let tolerance = 9 * Double.ulpOfOne * values[0]
    for (value, expected) in zip(values, try matrix.singularValues()) { #expect(abs(value - expected) <= tolerance) }
  }

  @Test("The two routines agree in both precisions", arguments: [(5, 5), (4, 9), (9, 4), (1, 6)])
  func routines(rows: Int, columns: Int) throws {
    let double: Tensor<Double> = wave(rows, columns)
    let float: Tensor<Float> = wave(rows, columns)
    for (value, other) in zip(
      try double.singularValues(), try double.singularValues(byDivideAndConquer: Double.gesvd))
    {
      #expect(abs(value - other) <= 2 * 9 * .ulpOfOne * 9)  // σ₁ ≤ √(9·9)
    }
    for (value, other) in zip(try float.singularValues(), try float.singularValues(byDivideAndConquer: Float.gesvd)) {
      #expect(abs(value - other) <= 2 * 9 * .ulpOfOne * 9)
    }
  }

  @Test("Where both fail the error says so")
  func notConverged() {
    let matrix: Tensor<Double> = wave(4, 6)
    let expected = LinearAlgebraError.notConverged(operation: "singular value decomposition", rows: 4, columns: 6)
    #expect(throws: expected) {
      try matrix.singularValues(byDivideAndConquer: { _, _, _, _ in 1 }, byQRIteration: { _, _, _, _ in 2 })
    }
    #expect(
      expected.description
        == "The singular value decomposition of a 4 × 6 matrix did not converge, nor did its retry by QR iteration.")
  }

  @Test("A refused argument is no case for the retry")
  func failed() {
    let matrix: Tensor<Double> = wave(4, 6)
    let expected = LinearAlgebraError.failed(
      operation: "singular value decomposition", rows: 4, columns: 6, info: -1010)
    #expect(throws: expected) {
      try matrix.singularValues(
        byDivideAndConquer: { _, _, _, _ in -1010 },
        byQRIteration: { _, _, _, _ in
          Issue.record("gesvd was called after a refusal.")
          return 0
        })
    }
    #expect(expected.description.contains("info = -1010"))
  }
}
