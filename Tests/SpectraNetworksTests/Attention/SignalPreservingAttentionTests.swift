import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

@Suite("Signal-preserving attention") struct SignalPreservingAttentionTests {
  typealias Kernel = SignalPreservingAttention.Kernel

  /// Ten decimals are printed: half a unit of the last, and what a sum of a few rounded numbers adds.
  static let printed = 0.5e-10 + 1e-14

  static func agree(_ values: [Double], _ expected: [Double], within tolerance: Double = printed) -> Bool {
    values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= tolerance }
  }

  static func lastRow(_ matrix: Tensor<Double>) -> [Double] { Array(matrix.elements.suffix(matrix.columns)) }

  @Test("E-SPA by an independent implementation: schedule, matrices, row sums, biases")
  func exponentialGolden() {
    let attention = SignalPreservingAttention(.exponential(), depth: 6, tokens: 5)
    #expect(attention.decay(afterLayer: 0) == .infinity)
    #expect(
      Self.agree(
        (1...6).map { attention.decay(afterLayer: $0) },
        [0.3115984467, 0.1210899201, 0.0525416771, 0.0236829058, 0.0108441705, 0.005]))
    #expect(
      Self.agree(
        Self.lastRow(attention.matrix(layer: 1)), [0.2875398594, 0.2674090309, 0.3651754357, 0.4986858461, 0.681008493])
    )
    #expect(
      Self.agree(
        attention.rowScale(layer: 1).elements, [1, 1.4132840098, 1.7159217716, 1.9375359951, 2.0998186651]))
    #expect(
      Self.agree(
        Self.lastRow(attention.matrix(layer: 6)), [0.3165647966, 0.003909242, 0.0039288372, 0.0039485306, 0.681008493]))
    #expect(Self.agree([attention.rowScale(layer: 6).elements[4]], [1.0093598994]))
    #expect(
      Self.agree(
        Self.lastRow(attention.bias(layer: 6)),
        [-1.1595436967, -5.5537281428, -5.5487281428, -5.5437281428, -0.3934968686]))
    // Two layers, of the fixture.
    #expect(
      Self.agree([SignalPreservingAttention(.exponential(), depth: 2, tokens: 3).decay(afterLayer: 1)], [0.0525416771]))
  }

  @Test("U-SPA by an independent implementation: schedule, matrices, row sums")
  func uniformGolden() {
    let attention = SignalPreservingAttention(.uniform(), depth: 6, tokens: 5)
    #expect(
      Self.agree(
        (0...6).map { attention.similarity(afterLayer: $0) },
        [0, 0.2352755087, 0.4151964524, 0.5527864045, 0.6580048107, 0.7384679028, 0.8]))
    #expect(
      Self.agree(
        Self.lastRow(attention.matrix(layer: 1)), [0.2352755087, 0.185117427, 0.1526536726, 0.1299037658, 0.9328444893])
    )
    #expect(
      Self.agree(
        attention.rowScale(layer: 1).elements, [1, 1.2072042278, 1.3745297043, 1.5148925774, 1.6357948633]))
    #expect(
      Self.agree(
        Self.lastRow(attention.matrix(layer: 6)),
        [0.1300000953, 0.0175268014, 0.0080538785, 0.0052187024, 0.8764843359]
      ))
  }

  static let kernels: [Kernel] = [
    .exponential(), .exponential(decay: 1e-9), .exponential(decay: 0.7), .exponential(decay: 40),
    .uniform(), .uniform(similarity: 1e-9), .uniform(similarity: 0.999999),
  ]

  @Test("The closed forms are the Cholesky factors' quotients", arguments: kernels)
  func cholesky(kernel: Kernel) throws {
    let (depth, tokens) = (4, 7)
    let attention = SignalPreservingAttention(kernel, depth: depth, tokens: tokens)
    for layer in 1...depth {
      let factor = Self.cholesky(attention.kernelMatrix(afterLayer: layer))
      let before = Self.cholesky(attention.kernelMatrix(afterLayer: layer - 1))
      // A L' = L, without dividing by L': its smallest pivot is the kernel's condition, up to 1e9 here. Both factors carry
      // rounding of the kernel's, amplified by 1/pivot; A's elements are at most about 1.
      let pivot = (0..<tokens).map { min(before[$0, $0], factor[$0, $0]) }.min() ?? 0
      let difference = (attention.matrix(layer: layer).multiplied(by: before).elements, factor.elements)
      let error = zip(difference.0, difference.1).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error <= 50 * .ulpOfOne / pivot, "\(kernel), layer \(layer): \(error)")
    }
  }

  /// The lower triangular factor, by the textbook's recurrence.
  private static func cholesky(_ matrix: Tensor<Double>) -> Tensor<Double> {
    var factor = Tensor<Double>(shape: matrix.shape, repeating: 0)
    for row in 0..<matrix.rows {
      for column in 0...row {
        let rest = (0..<column).reduce(matrix[row, column]) { $0 - factor[row, $1] * factor[column, $1] }
        factor[row, column] = row == column ? rest.squareRoot() : rest / factor[column, column]
      }
    }
    return factor
  }

  @Test(
    "Signals keep their size at every depth, and end with the wanted kernel",
    arguments: [(5, 6), (3, 1), (1, 3), (128, 96)]
  )
  func invariants(tokens: Int, depth: Int) {
    for kernel in [Kernel.exponential(), .uniform()] {
      let attention = SignalPreservingAttention(kernel, depth: depth, tokens: tokens)
      var product = Tensor<Double>.identity(tokens)
      for layer in 1...depth {
        let matrix = attention.matrix(layer: layer)
        #expect(matrix.elements.allSatisfy { $0 >= 0 })
        product = matrix.multiplied(by: product)
        // Each layer rounds each element, all of them positive, by a few units: it moves a sum of squares by that share.
        let tolerance = 10 * Double(layer) * .ulpOfOne
        let sums = (0..<tokens).map { row in (0..<tokens).reduce(0) { $0 + product[row, $1] * product[row, $1] } }
        // The two sums here round by half a unit a term.
        #expect(
          abs(sums.reduce(0, +) / Double(tokens) - 1) <= tolerance + Double(tokens) * .ulpOfOne,
          "\(kernel), layer \(layer)")
        let gram = product.multiplied(by: product.transposed)
        let wanted = attention.kernelMatrix(afterLayer: layer)
        let error = zip(gram.elements, wanted.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(error <= tolerance, "\(kernel), layer \(layer): \(error)")
      }
    }
  }

  @Test("Softmax and row sums give the matrix back, down to 1e-85", arguments: [Kernel.exponential(), .uniform()])
  func biases(kernel: Kernel) {
    let (tokens, depth) = (128, 96)
    let attention = SignalPreservingAttention(kernel, depth: depth, tokens: tokens)
    var smallest = 0.0
    for layer in [1, 2, 48, 96] {
      let (bias, scale, matrix) = (
        attention.bias(layer: layer), attention.rowScale(layer: layer), attention.matrix(layer: layer)
      )
      let values = bias.softmax().multiplied(elementwiseBy: scale.reshaped([tokens, 1]))
      // Logarithms of up to 200 are rounded to 200 eps, which is the relative error of what they stand for.
      for (value, expected) in zip(values.elements, matrix.elements) {
        #expect(abs(value - expected) <= 500 * .ulpOfOne * expected)
      }
      for row in 0..<tokens {
        for column in 0..<tokens {
          #expect((bias[row, column] == -.infinity) == (column > row))
          if column <= row { smallest = min(smallest, bias[row, column]) }
        }
      }
    }
    // The first layer's ρ^127 with ρ = √(1 − α^(1/48)), and its row sum.
    if case .exponential = kernel { #expect(abs(smallest / .log(10) + 84.48330024012742) < 1e-10) }
  }

  @Test("Parameters out of range have a sentence")
  func problems() {
    for kernel in [
      Kernel.uniform(similarity: 0), .uniform(similarity: 1), .uniform(similarity: .nan), .exponential(decay: 0),
      .exponential(decay: -1), .exponential(decay: .nan), .exponential(decay: .infinity),
    ] {
      let problem = kernel.problem ?? ""
      #expect(problem.hasSuffix(".") && problem.contains("must lie between"), "\(kernel)")
    }
    for kernel in Self.kernels { #expect(kernel.problem == nil) }
  }
}
