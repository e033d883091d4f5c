import Testing

@testable import SpectraLinearAlgebra

@Suite("QR factorisation")
struct QRTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var matrix: Tensor<Double>
  }

  static let rows = [
    Row(testDescription: "1 × 1, negative", matrix: Tensor(rows: [[-2]])),
    Row(testDescription: "square", matrix: wave(8, 8)),
    Row(testDescription: "tall", matrix: wave(33, 7)),
    Row(testDescription: "wide", matrix: wave(7, 33)),
    Row(testDescription: "column", matrix: wave(5, 1)),
    Row(testDescription: "row", matrix: wave(1, 5)),
    Row(testDescription: "all zero", matrix: Tensor(shape: [4, 3], repeating: 0)),
    Row(testDescription: "rank one", matrix: Tensor(rows: 5, columns: 4) { Double($0 + 1) * Double(3 - 2 * $1) }),
    Row(
      testDescription: "rank two",
      matrix: Tensor(rows: 6, columns: 6) { Double($0) + Double($1) }),
    Row(testDescription: "identity", matrix: .identity(4)),
  ]

  /// Householder QR is backward stable: orthogonality to m·n·eps, reconstruction to m·n·eps·‖A‖ (Higham 2002, theorem
  /// 19.4, whose constants are small; 4 stands for them).
  static func check<Scalar: NetworkScalar>(_ original: Tensor<Double>, _: Scalar.Type) throws {
    let matrix: Tensor<Scalar> = original.converted()
    let (m, n) = (matrix.rows, matrix.columns)
    let size = min(m, n)
    let factors = try matrix.qrFactorization()
    let tolerance = 4 * Scalar(m * n) * Scalar.ulpOfOne
    let norm = matrix.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for (name, factors) in [("LAPACK's", factors), ("positive", factors.withPositiveDiagonal)] {
      #expect(factors.q.shape == [m, size])
      #expect(factors.r.shape == [size, n])
      #expect(
        distance(factors.q.multiplied(by: factors.q, transposingSelf: true), .identity(size)) <= tolerance, "\(name)")
      #expect(distance(factors.q.multiplied(by: factors.r), matrix) <= tolerance * norm, "\(name)")
      for row in 0..<size { for column in 0..<min(row, n) { #expect(factors.r[row, column] == 0) } }
    }
    let positive = factors.withPositiveDiagonal
    for index in 0..<size { #expect(positive.r[index, index] >= 0) }
    #expect(positive.withPositiveDiagonal == positive)
  }

  @Test("Orthogonal, triangular, and their product is the matrix", arguments: Precision.allCases, rows)
  func factors(precision: Precision, row: Row) throws {
    switch precision {
    case .float: try Self.check(row.matrix, Float.self)
    case .double: try Self.check(row.matrix, Double.self)
    }
  }

  @Test("With a positive diagonal the factors of a full-rank matrix are unique")
  func unique() throws {
    // Made of known factors; R's inverse has norm 1, so factors move by little more than rounding.
    let q: Tensor<Double> = reflection(6, phase: 2)
    let r = Tensor<Double>(rows: 6, columns: 6) { $0 == $1 ? 2 + Double($0) : $0 < $1 ? 0.25 : 0 }
    let factors = try q.multiplied(by: r).qrFactorization().withPositiveDiagonal
    #expect(distance(factors.q, q) <= 200 * .ulpOfOne)
    #expect(distance(factors.r, r) <= 200 * .ulpOfOne * 7)
  }

  @Test("An empty matrix has empty factors", arguments: [(0, 0), (0, 3), (3, 0)])
  func empty(rows: Int, columns: Int) throws {
    let factors = try Tensor<Double>(shape: [rows, columns], elements: []).qrFactorization()
    #expect(factors.q.shape == [rows, 0])
    #expect(factors.r.shape == [0, columns])
    #expect(factors.withPositiveDiagonal == factors)
  }

  @Test("NaN and infinity are named with their place", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(bad: Float) {
    var matrix: Tensor<Float> = wave(3, 5)
    matrix[2, 4] = bad
    let expected = LinearAlgebraError.notFinite(operation: "QR factorisation", row: 2, column: 4)
    #expect(throws: expected) { try matrix.qrFactorization() }
    #expect(
      expected.description
        == "The QR factorisation needs finite numbers, but the matrix has NaN or infinity at row 2, column 4.")
  }
}
