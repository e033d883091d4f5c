import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra

/// Weights, and inputs, that need no random numbers; the same numbers in both precisions.
func wave<Scalar: NetworkScalar>(_ rows: Int, _ columns: Int, phase: Int = 0) -> Tensor<Scalar> {
  Tensor(rows: rows, columns: columns) { row, column in
    let (i, j, phase) = (Double(row), Double(column), Double(phase))
    return Scalar(Float(0.8 * Double.sin(1.7 * phase + 0.9 * i * (j + 1) + 2.3 * j + 0.4 * i * i)))
  }
}

/// Every primitive of `Signal` as a layer of its own.
struct Primitive<Scalar: NetworkScalar>: Layer {
  var kind: PrimitiveKind

  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    func weight(_ rows: Int, _ columns: Int, phase: Int = 1) -> Tensor<Scalar> { wave(rows, columns, phase: phase) }
    switch kind {
    case .sum: return x + x.linear(weight(4, 4))
    case .sumWithItself: return x + x
    case .sumOverRepeatedRow: return x + x[tokens: 1..<2]
    case .sumOverRepeatedColumn: return x[features: 2..<3] + x
    case .sumOfRowAndColumn: return x[tokens: 0..<1] + x[features: 0..<1]
    case .sumWithOne: return x + x[tokens: 0..<1][features: 1..<2]
    case .difference: return x.linear(weight(4, 4)) - x
    case .negative: return -x
    case .scaling: return 2.5 * x
    case .scalingByZero: return 0 * x
    case .shift: return x + 0.75
    case .product: return x * x.linear(weight(4, 4))
    case .square: return x * x
    case .productWithRow: return x * x.mean(over: .tokens)
    case .productWithColumn: return x.mean(over: .features) * x
    case .productOfRowAndColumn: return x[tokens: 2..<3] * x[features: 3..<4]
    case .addingVector: return x.adding(Tensor(shape: [4], elements: [1, 2, 3, 4]))
    case .addingRow: return x.adding(weight(1, 4))
    case .addingColumn: return x.adding(weight(3, 1))
    case .addingOne: return x.adding(Tensor(shape: [1, 1], repeating: 3))
    case .addingMatrix: return x.adding(weight(3, 4))
    case .multipliedByVector: return x.multiplied(elementwiseBy: Tensor(shape: [4], elements: [1, -2, 3, 0]))
    case .multipliedByRow: return x.multiplied(elementwiseBy: weight(1, 4))
    case .multipliedByColumn: return x.multiplied(elementwiseBy: weight(3, 1))
    case .multipliedByMatrix: return x.multiplied(elementwiseBy: weight(3, 4))
    case .activated: return x.activated(by: Function.product)
    case .sumOverTokens: return x.sum(over: .tokens)
    case .sumOverFeatures: return x.sum(over: .features)
    case .meanOverTokens: return x.mean(over: .tokens)
    case .meanOverFeatures: return x.mean(over: .features)
    case .repeatedTokens: return x[tokens: 1..<2].repeated(to: [5, 4])
    case .repeatedFeatures: return x[features: 1..<2].repeated(to: [3, 7])
    case .reshaped: return x.reshaped(tokens: 2, features: 6)
    case .transposed: return x.transposed()
    case .features: return x[features: 1..<3]
    case .runsOfFeatures: return x[features: [2..<4, 0..<1, 2..<4, 1..<1, 1..<3]]
    case .noFeatures: return x[features: 2..<2]
    case .tokens: return x[tokens: 1..<3]
    case .concatenatedTokens: return .concatenated([x, x[tokens: 2..<3], x * x], along: .tokens)
    case .concatenatedFeatures: return .concatenated([x[features: 3..<4], x * x, x], along: .features)
    case .linear: return x.linear(weight(5, 4))
    case .linearWithBias: return x.linear(weight(2, 4), bias: Tensor(shape: [2], elements: [0.5, -2]))
    case .mixed: return x.mixed(by: weight(2, 3))
    case .matrixProduct: return x.linear(weight(2, 4)).transposed().matrixProduct(x)
    case .gramMatrix: return x.matrixProduct(x.transposed())
    case .layerNorm: return x.layerNorm()
    case .layerNormWithWeights:
      return x.layerNorm(
        gain: Tensor(shape: [4], elements: [1, 0.5, -2, 3]), bias: Tensor(shape: [4], elements: [0.1, 0.2, 0.3, 0.4]),
        epsilon: 0.125)
    case .layerNormWithoutEpsilon: return x.layerNorm(epsilon: 0)
    case .rootMeanSquareNorm: return x.rootMeanSquareNorm()
    case .rootMeanSquareNormWithWeights:
      return x.rootMeanSquareNorm(
        gain: Tensor(shape: [4], elements: [1, 0.5, -2, 3]), bias: Tensor(shape: [4], elements: [0.1, 0.2, 0.3, 0.4]),
        epsilon: 0.125)
    case .unbiasedNorm: return x.normalized(Normalization(deviation: .unbiased, epsilon: 0.25))
    case .normOverTokens: return x.normalizedOverTokens(Normalization(epsilon: 0.125))
    case .rootMeanSquareNormOverTokens:
      return x.normalizedOverTokens(
        Normalization(isCentered: false, epsilon: 0), gain: Tensor(shape: [4], elements: [1, 0.5, -2, 3]),
        bias: Tensor(shape: [4], elements: [0.1, 0.2, 0.3, 0.4]))
    case .unbiasedNormOverTokens:
      return x.normalizedOverTokens(Normalization(deviation: .unbiased, epsilon: 0.25))
    case .normWithDetachedMean: return x.normalized(Normalization(epsilon: 0.125), detaching: .mean)
    case .normWithDetachedDeviation: return x.normalized(Normalization(epsilon: 0.125), detaching: .deviation)
    case .normWithDetachedStatistics:
      return x.normalized(Normalization(epsilon: 0.125), detaching: [.mean, .deviation])
    case .detached: return x.detached()
    case .productWithDetached: return x * x.linear(weight(4, 4)).detached()
    case .sumWithDetachedRow: return x * x + x.mean(over: .tokens).detached()
    case .softmax: return x.softmax()
    case .attention: return x.packedAttention(heads: 1)
    case .attentionOfTwoHeads: return x.packedAttention(heads: 2)
    case .causalAttention: return x.packedAttention(heads: 2, mask: .causal)
    case .causalAttentionOfSingleFeatures: return x.packedAttention(heads: 4, mask: .causal)
    case .attentionOfOneToken: return x.packedAttention(heads: 2, mask: .causal)
    case .windowedAttention: return x.packedAttention(heads: 2, mask: .window(2))
    case .biasedAttention:
      return x.packedAttention(AttentionSettings(heads: 2, scale: 0.75, bias: weight(3, 3), rowScale: weight(3, 1)))
    case .forbiddingAttention:
      // A key forbidden by the bias, others by the mask: no key is left to the first query but itself.
      var bias = weight(3, 3)
      bias[2, 1] = -.infinity
      return x.packedAttention(
        AttentionSettings(heads: 2, mask: .causal, bias: bias, softmaxWeight: 0.5, centringWeight: 2))
    case .shapedAttention:
      return x.packedAttention(
        AttentionSettings(heads: 2, mask: .window(2), identityWeight: 1, softmaxWeight: 1, centringWeight: 1))
    case .skipInitializedAttention:
      return x.packedAttention(
        AttentionSettings(heads: 2, mask: .causal, identityWeight: 1, softmaxWeight: 0, centringWeight: 0.5))
    case .separateAttention:
      return .attention(
        query: x, key: x.linear(weight(4, 4)), value: x.linear(weight(4, 4, phase: 2)), heads: 2, mask: .none)
    case .separateCausalAttention:
      return .attention(
        query: x.linear(weight(4, 4, phase: 3)), key: x, value: x.linear(weight(4, 4)), heads: 2, mask: .causal)
    }
  }
}

enum PrimitiveKind: String, CaseIterable, Sendable {
  case sum, sumWithItself, sumOverRepeatedRow, sumOverRepeatedColumn, sumOfRowAndColumn, sumWithOne, difference
  case negative, scaling, scalingByZero, shift
  case product, square, productWithRow, productWithColumn, productOfRowAndColumn
  case addingVector, addingRow, addingColumn, addingOne, addingMatrix
  case multipliedByVector, multipliedByRow, multipliedByColumn, multipliedByMatrix
  case activated, sumOverTokens, sumOverFeatures, meanOverTokens, meanOverFeatures
  case repeatedTokens, repeatedFeatures, reshaped, transposed, features, runsOfFeatures, noFeatures, tokens
  case concatenatedTokens, concatenatedFeatures
  case linear, linearWithBias, mixed, matrixProduct, gramMatrix
  case layerNorm, layerNormWithWeights, layerNormWithoutEpsilon, softmax
  case rootMeanSquareNorm, rootMeanSquareNormWithWeights, unbiasedNorm
  case normWithDetachedMean, normWithDetachedDeviation, normWithDetachedStatistics
  case detached, productWithDetached, sumWithDetachedRow
  case normOverTokens, rootMeanSquareNormOverTokens, unbiasedNormOverTokens
  case attention, attentionOfTwoHeads, causalAttention, causalAttentionOfSingleFeatures, attentionOfOneToken
  case windowedAttention, biasedAttention, forbiddingAttention, shapedAttention, skipInitializedAttention
  case separateAttention, separateCausalAttention

  /// The shape that the primitive above is written for; never square, so that no two extents can be confused.
  var inputShape: (tokens: Int, features: Int) {
    switch self {
    case .attention, .attentionOfTwoHeads, .causalAttention, .causalAttentionOfSingleFeatures, .windowedAttention,
      .biasedAttention, .forbiddingAttention, .shapedAttention, .skipInitializedAttention:
      (3, 12)
    case .attentionOfOneToken: (1, 12)
    default: (3, 4)
    }
  }

  func input<Scalar: NetworkScalar>(_: Scalar.Type = Scalar.self) -> Tensor<Scalar> {
    wave(inputShape.tokens, inputShape.features, phase: 7)
  }
}

extension PrimitiveKind {
  /// What the primitive's derivative at x is the derivative of: the plain function itself, or where something is detached, the
  /// function in which that is a constant.
  func differentiated(at x: Tensor<Double>) -> (Tensor<Double>) -> Tensor<Double> {
    /// (x − μ)/√(variance + 0.125) of each token, with statistics of this value or of the point of linearisation.
    func norm(mean: Bool, deviation: Bool) -> (Tensor<Double>) -> Tensor<Double> {
      func statistics(_ value: Tensor<Double>, _ row: Int) -> (mean: Double, deviation: Double) {
        let row = (0..<value.columns).map { value[row, $0] }
        let mean = row.reduce(0, +) / Double(row.count)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
        return (mean, (variance + 0.125).squareRoot())
      }
      return { value in
        Tensor(rows: value.rows, columns: value.columns) { row, column in
          (value[row, column] - statistics(mean ? x : value, row).mean)
            / statistics(deviation ? x : value, row).deviation
        }
      }
    }
    switch self {
    case .normWithDetachedMean: return norm(mean: true, deviation: false)
    case .normWithDetachedDeviation: return norm(mean: false, deviation: true)
    case .normWithDetachedStatistics: return norm(mean: true, deviation: true)
    case .detached: return { _ in x }
    case .productWithDetached:
      let factor = x.linear(wave(4, 4, phase: 1))
      return { $0 * factor }
    case .sumWithDetachedRow:
      let row = x.mean(over: .tokens)
      return { $0 * $0 + row }
    default: return { Primitive(kind: self)($0) }
    }
  }
}

/// The largest difference of two tensors' elements; infinite where shapes differ or an element is NaN.
func distance<Scalar: NetworkScalar>(_ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Scalar {
  guard x.shape == y.shape else { return .infinity }
  return zip(x.elements, y.elements).reduce(0) { farthest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(farthest, difference)
  }
}

/// The Jacobian of a plain function by central differences, column by column.
func centralDifferences(
  at x: Tensor<Double>, step h: Double, _ function: (Tensor<Double>) -> Tensor<Double>
) -> Tensor<Double> {
  let columns = x.elements.indices.map { index in
    var (up, down) = (x, x)
    up.elements[index] += h
    down.elements[index] -= h
    return zip(function(up).elements, function(down).elements).map { ($0 - $1) / (2 * h) }
  }
  return Tensor(rows: columns[0].count, columns: columns.count) { columns[$1][$0] }
}
