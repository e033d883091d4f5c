import Testing

@testable import SpectraLinearAlgebra

@Suite("Matrix products")
struct ProductTests {
  static let sizes = [1, 2, 3, 7, 16, 33]

  /// A recursive or blocked sum of k products errs by at most k·u·(|A||B|) with u = eps/2 (Higham 2002, eq. 3.13), the
  /// library's and the loop's together by k·eps·(|A||B|).
  static func check<Scalar: NetworkScalar>(m: Int, n: Int, k: Int, _: Scalar.Type) {
    for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
      let a: Tensor<Scalar> = transposeA ? wave(k, m) : wave(m, k)
      let b: Tensor<Scalar> = transposeB ? wave(n, k, phase: 1) : wave(k, n, phase: 1)
      let product = a.multiplied(by: b, transposingSelf: transposeA, transposingOther: transposeB)
      #expect(product.shape == [m, n])
      var excess: Scalar = 0
      for row in 0..<m {
        for column in 0..<n {
          var (total, magnitude): (Scalar, Scalar) = (0, 0)
          for index in 0..<k {
            let x = a.elements[transposeA ? index * m + row : row * k + index]
            let y = b.elements[transposeB ? column * k + index : index * n + column]
            total += x * y
            magnitude += abs(x * y)
          }
          let bound = Scalar(k + 1) * .ulpOfOne * magnitude
          excess = max(excess, abs(product.elements[row * n + column] - total) - bound)
        }
      }
      #expect(excess <= 0, "m \(m), n \(n), k \(k), transposed \(transposeA), \(transposeB)")
    }
  }

  @Test("All transpositions agree with the definition", arguments: Precision.allCases, sizes)
  func products(precision: Precision, m: Int) {
    for n in Self.sizes {
      for k in Self.sizes {
        switch precision {
        case .float: Self.check(m: m, n: n, k: k, Float.self)
        case .double: Self.check(m: m, n: n, k: k, Double.self)
        }
      }
    }
  }

  @Test("Small products are exact")
  func exact() {
    let a = Tensor<Double>(rows: [[1, 2, 3], [4, 5, 6]])
    let b = Tensor<Double>(rows: [[7, 8], [9, 10], [11, 12]])
    #expect(a.multiplied(by: b) == Tensor(rows: [[58, 64], [139, 154]]))
    #expect(a.multiplied(by: a, transposingOther: true) == Tensor(rows: [[14, 32], [32, 77]]))
    #expect(
      a.multiplied(by: a, transposingSelf: true) == Tensor(rows: [[17, 22, 27], [22, 29, 36], [27, 36, 45]]))
    #expect(
      a.multiplied(by: b, transposingSelf: true, transposingOther: true)
        == Tensor(rows: [[39, 49, 59], [54, 68, 82], [69, 87, 105]]))
    #expect(a.multiplied(by: .identity(3)) == a)
  }

  @Test("An empty extent gives an empty matrix, an empty sum zeros")
  func empty() {
    func zeros(_ rows: Int, _ columns: Int) -> Tensor<Double> { Tensor(shape: [rows, columns], repeating: 0) }
    #expect(zeros(0, 3).multiplied(by: zeros(3, 2)) == zeros(0, 2))
    #expect(zeros(2, 3).multiplied(by: zeros(3, 0)) == zeros(2, 0))
    #expect(zeros(2, 0).multiplied(by: zeros(0, 3)) == zeros(2, 3))
  }

  /// The scheduler of a parallel BLAS could split the sums differently from call to call.
  @Test("Equal products have equal bits, from any thread")
  func reproducible() {
    let a: Tensor<Double> = wave(61, 67)
    let b: Tensor<Double> = wave(67, 59, phase: 3)
    let first = a.multiplied(by: b)
    for other in Parallel.map(Array(0..<8), threads: 4, { _ in a.multiplied(by: b) }) {
      #expect(other.elements.map(\.bitPattern) == first.elements.map(\.bitPattern))
    }
  }
}
