import RealModule
import Testing

@testable import SpectraLinearAlgebra

/// The two-stage decomposition at bands of any width, also of matrices for which `gesdd` would be chosen.
private func twoStage<Scalar: NetworkScalar>(_ matrix: Tensor<Scalar>, bandWidth: Int) -> [Scalar] {
  var elements = matrix.elements
  var values = [Scalar](repeating: .nan, count: min(matrix.rows, matrix.columns))
  let info = elements.withUnsafeMutableBufferPointer { elements in
    values.withUnsafeMutableBufferPointer { values in
      Scalar.twoStageSingularValues(
        elements.baseAddress!, matrix.rows, matrix.columns, values.baseAddress!, bandWidth: bandWidth)
    }
  }
  #expect(info == 0)
  return values
}

/// Both decompositions are backward stable: their values are those of A + E with |E| of the order eps · σ₁, and no value
/// moves by more than |E| (Weyl). max(m, n) · eps · σ₁ each is what the package promises of either.
private func expectClose<Scalar: NetworkScalar>(
  _ values: [Scalar], _ expected: [Double], side: Int, _ comment: Comment,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, comment, sourceLocation: sourceLocation)
  #expect(values == values.sorted(by: >), comment, sourceLocation: sourceLocation)
  let tolerance = 2 * Double(side) * Double(Scalar.ulpOfOne) * (expected.first ?? 0)
  let farthest = zip(values, expected).map { abs(Double($0) - $1) }.max() ?? 0
  #expect(farthest <= tolerance, comment, sourceLocation: sourceLocation)
}

@Suite("Singular values in two stages")
struct TwoStageTests {
  @Test("Closed forms, whatever the width of the band", arguments: SingularValuesTests.rows, [1, 2, 3, 8, 32])
  func closedForms(row: SingularValuesTests.Row, bandWidth: Int) {
    func check<Scalar: NetworkScalar>(_: Scalar.Type) {
      let matrix: Tensor<Scalar> = row.matrix.converted()
      let side = max(matrix.rows, matrix.columns)
      expectClose(twoStage(matrix, bandWidth: bandWidth), row.values, side: side, "as it is, \(Scalar.self)")
      expectClose(
        twoStage(matrix.transposed, bandWidth: bandWidth), row.values, side: side, "transposed, \(Scalar.self)")
    }
    check(Double.self)
    check(Float.self)
  }

  // At the edges of bands and of the eight lanes, and with so many more rows than columns that QR goes first.
  @Test(
    "As gesdd finds them, whatever the shape",
    arguments: [
      (1, 1), (1, 9), (9, 1), (2, 2), (2, 3), (15, 15), (16, 17), (17, 16), (31, 32), (33, 33), (63, 63), (64, 65),
      (65, 64), (66, 66), (97, 95), (129, 128), (50, 83), (50, 84), (84, 50), (200, 50), (50, 200), (300, 3), (3, 300),
    ])
  func shapes(rows: Int, columns: Int) throws {
    func check<Scalar: NetworkScalar>(_: Scalar.Type) throws {
      let matrix: Tensor<Scalar> = wave(rows, columns)
      let expected = try matrix.singularValues(byDivideAndConquer: Scalar.gesdd).map { Double($0) }
      for bandWidth in [5, 16, 32] {
        expectClose(
          twoStage(matrix, bandWidth: bandWidth), expected, side: max(rows, columns), "\(Scalar.self), \(bandWidth)")
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  /// An order for which two stages are chosen, not a multiple of anything.
  static let order = TwoStage.smallestOrder + 11

  @Test("Large matrices with closed forms")
  func large() throws {
    func check<Scalar: NetworkScalar>(_ matrix: Tensor<Scalar>, _ expected: [Double], _ name: Comment) throws {
      expectClose(try matrix.singularValues(), expected.sorted(by: >), side: Self.order, name)
    }
    let n = Self.order
    let reflection: Tensor<Double> = reflection(n, phase: 2)
    try check(reflection, Array(repeating: 1, count: n), "reflection")
    try check(reflection.converted(to: Float.self), Array(repeating: 1, count: n), "reflection, single")
    let graded = (0..<n).map { Double.pow(10, -Double($0) / 8) }
    try check(
      reflection.multiplied(by: diagonal(graded, n, n)).multiplied(by: Self.other), graded, "graded over 25 decades")
    let differences = Tensor<Double>(rows: n, columns: n) { $0 == $1 ? 2 : abs($0 - $1) == 1 ? -1 : 0 }
    try check(differences, (1...n).map { 2 - 2 * .cos(Double($0) * .pi / Double(n + 1)) }, "second differences")
    // u vᵀ with |u|² = n, |v|² = 4n.
    let one = Tensor<Double>(rows: n, columns: n) { ($0 % 3 == 0 ? 1 : -1) * ($1 % 2 == 0 ? 2 : -2) }
    try check(one, [2 * Double(n)] + Array(repeating: 0, count: n - 1), "rank one")
    #expect(try Tensor<Double>.identity(n).singularValues().allSatisfy { $0 == 1 })
    #expect(try Tensor<Float>(shape: [n, n + 2], repeating: 0).singularValues().allSatisfy { $0 == 0 })
  }

  static let other: Tensor<Double> = reflection(order, phase: 5)

  @Test("A matrix times a power of two has the values times it, at the ends of the range too")
  func extremes() {
    // Exact scaling changes no rounding; LAPACK's dqds scales by other numbers than powers of two, hence the tolerance.
    func check<Scalar: NetworkScalar>(_ exponents: [Scalar.Exponent], _: Scalar.Type) {
      let matrix: Tensor<Scalar> = wave(37, 29)
      let expected = twoStage(matrix, bandWidth: 8).map { Double($0) }
      for exponent in exponents {
        let scale = Scalar(sign: .plus, exponent: exponent, significand: 1)
        let values = twoStage(matrix.map { $0 * scale }, bandWidth: 8).map { $0 / scale }
        expectClose(values, expected, side: 4, "2^\(exponent), \(Scalar.self)")
      }
    }
    check([-960, -200, 200, 1010], Double.self)
    check([-100, -30, 30, 115], Float.self)
  }

  @Test("Subnormal numbers have values")
  func subnormal() {
    let values = twoStage(diagonal([3, 1], 2, 2).map { $0 * Double.leastNonzeroMagnitude }, bandWidth: 2)
    #expect(values == [3 * Double.leastNonzeroMagnitude, Double.leastNonzeroMagnitude])
  }

  @Test("Equal matrices have values of equal bits, from any thread, and the argument survives unless given up")
  func reproducible() throws {
    var matrix: Tensor<Double> = wave(Self.order, Self.order - 1)
    let (first, copy) = (try matrix.singularValues(), matrix)
    for other in Parallel.map(Array(0..<4), threads: 2, { [matrix] _ in try? matrix.singularValues() }) {
      #expect(other?.map(\.bitPattern) == first.map(\.bitPattern))
    }
    #expect(matrix == copy)
    matrix.elements[0] += 0  // no other reference to these elements
    #expect(try (consume matrix).singularValues() == first)
  }

  @Test("NaN is named with its place")
  func notFinite() {
    var matrix: Tensor<Double> = wave(Self.order, Self.order)
    matrix[150, 7] = .nan
    let expected = LinearAlgebraError.notFinite(operation: "singular value decomposition", row: 150, column: 7)
    #expect(throws: expected) { try matrix.singularValues() }
  }

  @Test("Bidiagonal matrices by dqds and by its substitute", arguments: [1, 2, 50], [false, true])
  func bidiagonal(count: Int, byQRIteration: Bool) {
    func check<Scalar: NetworkScalar>(_: Scalar.Type) {
      var diagonal = [Scalar](repeating: 1, count: count)
      var superdiagonal = [Scalar](repeating: 1, count: count)
      #expect(
        Scalar.bdsqr(
          diagonal: &diagonal, superdiagonal: &superdiagonal, count: count, byQRIteration: byQRIteration) == 0)
      for (index, value) in diagonal.enumerated() {
        let expected: Double = 2 * .cos(Double(index + 1) * .pi / Double(2 * count + 1))
        // Both find all values to a relative error of a modest multiple of count · eps (LAPACK Users' Guide, 4.9.1).
        #expect(abs(Double(value) / expected - 1) <= 10 * Double(count) * Double(Scalar.ulpOfOne))
      }
    }
    check(Double.self)
    check(Float.self)
  }
}
