import RealModule
import SpectraLinearAlgebra
import Testing

@testable import SpectraDifferentiation

@Suite("Primitives")
struct PrimitiveTests {
  @Test("The Jacobian by three ways", arguments: PrimitiveKind.allCases)
  func jacobians(kind: PrimitiveKind) {
    let (layer, x) = (Primitive<Double>(kind: kind), kind.input(Double.self))
    let plain = layer(x)
    let linearization = Linearization(of: layer, at: x)
    let j = linearization.jacobian()
    #expect(linearization.output == plain)
    #expect(j.shape == [plain.count, x.count])

    // Duals run the same rules in the same order; what is summed in another order differs by rounding.
    let dual = layer(
      DualTensor(x, tangents: Tangents(unit: 0..<x.count, tokens: x.rows, features: x.columns)))
    #expect(dual.value == plain)
    #expect(distance(dual.tangents.columns, j) <= 64 * .ulpOfOne * j.maximumMagnitude)

    guard plain.count > 0 else { return }
    // Truncation h²·|f‴|/6 and rounding eps·|f|/h, balanced at h = eps^⅓; the third derivatives of these functions are
    // below 100 of the sizes of f and J here.
    let h = Double.pow(.ulpOfOne, 1.0 / 3)
    let tolerance = 100 * (h * h + .ulpOfOne / h) * (plain.maximumMagnitude + j.maximumMagnitude)
    #expect(distance(centralDifferences(at: x, step: h, kind.differentiated(at: x)), j) <= tolerance)
  }

  @Test("Single precision agrees with double to its own rounding", arguments: PrimitiveKind.allCases)
  func single(kind: PrimitiveKind) {
    let double = jacobian(of: Primitive<Double>(kind: kind), at: kind.input())
    let single = jacobian(of: Primitive<Float>(kind: kind), at: kind.input())
    // Sums of a dozen terms, quotients by deviations and sums of exponentials: some tens of roundings of the largest.
    let scale = max(1, double.maximumMagnitude)
    #expect(distance(single.converted(), double) <= 100 * Double(Float.ulpOfOne) * scale)
  }

  /// A plan believes it, and small maps are not planned: no other test of a new primitive would see that it is wrong.
  @Test("What a primitive says of its tokens is true", arguments: PrimitiveKind.allCases)
  func coupling(kind: PrimitiveKind) {
    let linearization = Linearization(of: Primitive<Double>(kind: kind), at: kind.input())
    for step in linearization.steps where step.coupling != .mixed {
      let values = step.operands.map { linearization.value(ofNode: $0) }
      for (moved, value) in values.enumerated() {
        let operands = values.enumerated().map { position, value in
          position == moved
            ? Tangents<Double>(unit: 0..<value.count, tokens: value.rows, features: value.columns)
            : Tangents<Double>(tokens: value.rows, directions: values[moved].count, features: value.columns)
        }
        var (result, scratch) = (
          Tangents<Double>(tokens: step.tokens, directions: value.count, features: step.features), Scratch<Double>()
        )
        step.pushforward(operands, &result, &scratch)
        let j = result.columns
        for row in 0..<j.rows {
          for column in 0..<j.columns {
            let tokens = (row / step.features, column / value.columns)
            if tokens.0 != tokens.1 {
              #expect(j[row, column] == 0, "\(step.name) mixes tokens")
            } else if step.coupling == .uniform {
              let ofFirst = j[row % step.features, column % value.columns]
              #expect(j[row, column] == ofFirst, "\(step.name) has another matrix for token \(tokens.0)")
            }
          }
        }
      }
    }
  }

  @Test("Values by hand")
  func values() {
    let x = Tensor<Double>(rows: [[1, 2, 3], [4, 5, 6]])
    func value(_ map: (Recorded<Double>) -> Recorded<Double>) -> Tensor<Double> {
      Linearization(at: x) { [map($0)] }.output
    }
    #expect(value { $0 + $0[tokens: 1..<2] } == Tensor(rows: [[5, 7, 9], [8, 10, 12]]))
    #expect(value { $0[tokens: 0..<1] + $0[features: 0..<1] } == Tensor(rows: [[2, 3, 4], [5, 6, 7]]))
    #expect(value { $0 * $0[features: 2..<3] } == Tensor(rows: [[3, 6, 9], [24, 30, 36]]))
    #expect(value { 2 * -$0 + 1 } == Tensor(rows: [[-1, -3, -5], [-7, -9, -11]]))
    #expect(value { $0 - $0[tokens: 0..<1] } == Tensor(rows: [[0, 0, 0], [3, 3, 3]]))
    #expect(value { $0.sum(over: .tokens) } == Tensor(rows: [[5, 7, 9]]))
    #expect(value { $0.sum(over: .features) } == Tensor(rows: [[6], [15]]))
    #expect(value { $0.mean(over: .tokens) } == Tensor(rows: [[2.5, 3.5, 4.5]]))
    #expect(value { $0.transposed() } == Tensor(rows: [[1, 4], [2, 5], [3, 6]]))
    #expect(value { $0.reshaped(tokens: 3, features: 2) } == Tensor(rows: [[1, 2], [3, 4], [5, 6]]))
    #expect(value { $0.matrixProduct($0.transposed()) } == Tensor(rows: [[14, 32], [32, 77]]))
    #expect(value { $0.mixed(by: Tensor(rows: [[1, -1]])) } == Tensor(rows: [[-3, -3, -3]]))
    #expect(
      value { $0.linear(Tensor(rows: [[1, 0, -1]]), bias: Tensor(shape: [1], elements: [10])) }
        == Tensor(rows: [[8], [8]]))
    #expect(
      value { .concatenated([$0[features: 2..<3], $0], along: .features) }
        == Tensor(rows: [[3, 1, 2, 3], [6, 4, 5, 6]]))
    #expect(
      value { .concatenated([$0[tokens: 1..<2], $0], along: .tokens) }
        == Tensor(rows: [[4, 5, 6], [1, 2, 3], [4, 5, 6]]))
  }

  @Test("Softmax neither overflows nor depends on a shift", arguments: [0, 1000, -1000, 1e300])
  func softmaxShift(shift: Double) {
    let p = Linearization(at: Tensor<Double>(rows: [[shift, shift, shift]])) { [$0.softmax()] }
    for probability in p.output.elements { #expect(abs(probability - 1.0 / 3) <= .ulpOfOne) }
    // ∂p_i/∂s_j = p_i (δ_ij − p_j).
    let j = p.jacobian()
    for row in 0..<3 {
      for column in 0..<3 { #expect(abs(j[row, column] - (row == column ? 2.0 / 9 : -1.0 / 9)) <= .ulpOfOne) }
    }
  }

  /// Ba, Kiros, Hinton 2016: mean 0, variance 1 (with eps: v/(v + eps)); the derivative has the null direction 1.
  @Test("LayerNorm centres and scales each token")
  func layerNorm() {
    let x: Tensor<Double> = wave(3, 5)
    let normed = Linearization(at: x) { [$0.layerNorm(epsilon: 0)] }
    for token in 0..<3 {
      let row = normed.output.elements[token * 5..<token * 5 + 5]
      #expect(abs(row.reduce(0, +)) <= 20 * .ulpOfOne)
      #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 5) <= 20 * .ulpOfOne)
    }
    let j = normed.jacobian()
    let ones = Tensor<Double>(shape: [15, 1], repeating: 1)
    #expect(j.multiplied(by: ones).maximumMagnitude <= 50 * .ulpOfOne * j.maximumMagnitude)
    // Without eps a token's scale is a null direction too: J x = 0.
    #expect(j.multiplied(by: x.reshaped([15, 1])).maximumMagnitude <= 50 * .ulpOfOne * j.maximumMagnitude)
  }

  @Test("Attention to equal keys is the mean of the values; causal attention of the ones so far")
  func uniformAttention() {
    // Queries and keys 0, values of one head: rows 1, 2, 3.
    let packed = Tensor<Double>(rows: 3, columns: 6) { row, column in column < 4 ? 0 : Double(row + 1) }
    #expect(distance(packed.packedAttention(heads: 1), Tensor(shape: [3, 2], repeating: 2)) <= 2 * .ulpOfOne * 3)
    let causal = packed.packedAttention(heads: 2, mask: .causal)
    let expected = Tensor<Double>(rows: [[1, 1], [1.5, 1.5], [2, 2]])
    #expect(distance(causal, expected) <= 2 * .ulpOfOne * 3)
    let last = packed.packedAttention(heads: 2, mask: .window(2))
    #expect(distance(last, Tensor(rows: [[1, 1], [1.5, 1.5], [2.5, 2.5]])) <= 2 * .ulpOfOne * 3)
  }

  @Test("Causal attention: exact zeros for later tokens", arguments: [1, 2, 4])
  func causalZeros(heads: Int) {
    let x: Tensor<Double> = wave(4, 12)
    let j = Linearization(at: x) { [$0.packedAttention(heads: heads, mask: .causal)] }.jacobian()
    for row in 0..<j.rows {
      for column in 0..<j.columns where column / 12 > row / 4 { #expect(j[row, column] == 0) }
    }
    // And none where there must be none: the values' entries on the diagonal blocks.
    for token in 0..<4 { #expect(j[token * 4, token * 12 + 8] > 0) }
  }
}
