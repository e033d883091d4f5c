import Testing

@testable import SpectraLinearAlgebra

@Suite("Tensors")
struct TensorTests {
  @Test("Elements are row-major, however the tensor is made")
  func making() {
    let expected = Tensor<Double>(shape: [2, 3], elements: [0, 1, 2, 10, 11, 12])
    #expect(Tensor(rows: 2, columns: 3) { Double(10 * $0 + $1) } == expected)
    #expect(Tensor(rows: [[0, 1, 2], [10, 11, 12]]) == expected)
    #expect(expected[1, 2] == 12)
    #expect((expected.rows, expected.columns, expected.count) == (2, 3, 6))
    #expect(Tensor<Float>(shape: [2, 2], repeating: 7).elements == [7, 7, 7, 7])
    #expect(Tensor<Float>.identity(3).elements == [1, 0, 0, 0, 1, 0, 0, 0, 1])
    #expect(Tensor<Double>(shape: [], elements: [4]).count == 1)
    #expect(Tensor<Double>(rows: []).shape == [0, 0])

    var changed = expected
    changed[0, 1] = 5
    #expect(changed.elements == [0, 5, 2, 10, 11, 12])
    #expect(changed != expected)
    // Equal elements under another shape are another tensor.
    #expect(expected.reshaped([3, 2]) != expected)
    #expect(expected.reshaped([3, 2])[2, 0] == 11)
  }

  /// The transpose works in tiles of 16: sizes on both sides of the edge.
  @Test("Transposes", arguments: [(0, 3), (3, 0), (1, 1), (1, 7), (2, 3), (15, 16), (16, 17), (33, 5), (40, 49)])
  func transposing(rows: Int, columns: Int) {
    let matrix: Tensor<Double> = Tensor(rows: rows, columns: columns) { Double(1000 * $0 + $1) }
    let expected: Tensor<Double> = Tensor(rows: columns, columns: rows) { Double(1000 * $1 + $0) }
    #expect(matrix.transposed == expected)
    #expect(matrix.transposed.transposed == matrix)
  }

  @Test("Conversion rounds to nearest and keeps the bits where nothing changes")
  func converting() {
    let doubles = Tensor<Double>(shape: [1, 3], elements: [1.0 / 3, 16_777_217, -0.0])
    let floats: Tensor<Float> = doubles.converted()
    #expect(floats.elements.map(\.bitPattern) == [Float(1.0 / 3), 16_777_216, -0.0].map(\.bitPattern))
    let same: Tensor<Double> = doubles.converted()
    #expect(same.elements.map(\.bitPattern) == doubles.elements.map(\.bitPattern))
    #expect(floats.converted(to: Double.self).elements[1] == 16_777_216)
  }

  @Test("Elementwise arithmetic")
  func arithmetic() {
    let x = Tensor<Double>(rows: [[1, 2, 3], [4, 5, 6]])
    let y = Tensor<Double>(rows: [[6, 5, 4], [3, 2, 1]])
    #expect(Tensor.combination(1, x, 1, y) == Tensor(shape: [2, 3], repeating: 7))
    #expect(Tensor.combination(2, x, -1, y) == Tensor(rows: [[-4, -1, 2], [5, 8, 11]]))
    #expect(x.scaled(by: -2) == Tensor(rows: [[-2, -4, -6], [-8, -10, -12]]))
    #expect(Tensor.elementwiseProduct(x, y) == Tensor(rows: [[6, 10, 12], [12, 10, 6]]))
    #expect(
      x.addingToRows(Tensor(shape: [3], elements: [10, 20, 30])) == Tensor(rows: [[11, 22, 33], [14, 25, 36]]))
    #expect(x.map { $0 * $0 }.elements == [1, 4, 9, 16, 25, 36])

    #expect(
      x.affine(weight: Tensor(rows: [[1, 0, 1], [0, 2, 0]]), bias: Tensor(shape: [2], elements: [10, 20]))
        == Tensor(rows: [[14, 24], [20, 30]]))
    #expect(x.affine(weight: Tensor(rows: [[1, 1, 1]]), bias: nil) == Tensor(rows: [[6], [15]]))
    // Without inputs what is left is the bias.
    #expect(
      Tensor<Double>(shape: [2, 0], elements: [])
        .affine(weight: Tensor(shape: [1, 0], elements: []), bias: Tensor(shape: [1], elements: [3]))
        == Tensor(rows: [[3], [3]]))

    let empty = Tensor<Double>(shape: [0, 3], elements: [])
    #expect(Tensor.combination(1, empty, 1, empty) == empty)
    #expect(empty.scaled(by: 2).addingToRows(Tensor(shape: [3], repeating: 1)) == empty)
    #expect(Tensor.elementwiseProduct(empty, empty) == empty)
  }

  @Test("Finiteness and magnitude see every element", arguments: 0..<9)
  func finiteness(position: Int) {
    for bad in [Double.nan, -.nan, .infinity, -.infinity] {
      var tensor = Tensor<Double>(rows: 3, columns: 3) { Double($0) - Double($1) }
      #expect(tensor.isFinite)
      #expect(tensor.maximumMagnitude == 2)
      tensor.elements[position] = bad
      #expect(!tensor.isFinite)
      #expect(bad.isNaN ? tensor.maximumMagnitude.isNaN : tensor.maximumMagnitude == .infinity)
      #expect(!tensor.converted(to: Float.self).isFinite)
    }
  }

  @Test("The largest finite numbers are finite, and nothing is largest where there is nothing")
  func extremes() {
    let huge = Tensor<Double>(shape: [2, 2], repeating: .greatestFiniteMagnitude)
    #expect(huge.isFinite)
    #expect(huge.maximumMagnitude == .greatestFiniteMagnitude)
    #expect(Tensor<Float>(shape: [1, 5], elements: [0, -0.0, .leastNonzeroMagnitude, -3, 2]).maximumMagnitude == 3)
    let empty = Tensor<Double>(shape: [0, 4], elements: [])
    #expect(empty.isFinite)
    #expect(empty.maximumMagnitude == 0)
  }

}

/// Preconditions print their sentence in debug builds only; the trap itself is in every build.
private func expectSentence(
  _ sentence: String, in result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
) {
  #if DEBUG
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains(sentence), sourceLocation: sourceLocation)
  #endif
}

@Suite("Misuse of tensors traps with a sentence")
struct TensorTrapTests {
  @Test func elements() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor<Double>(shape: [2, 2], elements: [1, 2, 3])
    }
    expectSentence("A tensor of shape [2, 2] cannot hold 3 elements.", in: result)
  }

  @Test func matrix() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor<Double>(shape: [4], repeating: 0).rows
    }
    expectSentence("A tensor of shape [4] is not a matrix.", in: result)
  }

  @Test func sum() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor<Double>.combination(1, .init(shape: [1, 2], repeating: 0), 1, .init(shape: [2, 1], repeating: 0))
    }
    expectSentence("Tensors of shapes [1, 2] and [2, 1] cannot be added.", in: result)
  }

  @Test func product() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor<Double>(shape: [2, 3], repeating: 0).multiplied(by: Tensor(shape: [2, 3], repeating: 0))
    }
    expectSentence("Matrices of shapes [2, 3] and [2, 3] cannot be multiplied.", in: result)
  }
}
