import ComplexModule
import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// What a `SelfAttention` layer may be told, in numbers and names.
struct AttentionCase: CustomTestStringConvertible, Sendable {
  var name: String
  var tokens = 4
  var width = 8
  var heads = 2
  var keyValueHeads: Int?
  var mask = AttentionMask.none
  var scale = AttentionScale.inverseSquareRoot
  var hasBias = false
  var hasRowScale = false
  var weights = (identity: 0.0, softmax: 1.0, centring: 0.0)
  var queryKeyNorm = QueryKeyNorm.none
  var rotary: RotaryPositions?
  var hasInnerNorm = false

  var testDescription: String { name }

  /// One for each setting, and mixtures.
  static let all: [AttentionCase] = [
    AttentionCase(name: "plain"),
    AttentionCase(name: "window", mask: .window(2)),
    AttentionCase(name: "shared keys and values", heads: 4, keyValueHeads: 2),
    AttentionCase(name: "one head of keys and values", heads: 4, keyValueHeads: 1, mask: .causal),
    AttentionCase(name: "inverse scale", scale: .inverse),
    AttentionCase(name: "scale of 1", scale: .number(1)),
    AttentionCase(name: "bias", hasBias: true),
    AttentionCase(name: "row scale", mask: .causal, hasRowScale: true),
    AttentionCase(name: "bias and row scale", hasBias: true, hasRowScale: true),
    AttentionCase(name: "value skip", weights: (0.75, 0.5, 0)),
    AttentionCase(name: "value skip alone", mask: .causal, weights: (1, 0, 0)),
    AttentionCase(name: "shaped", weights: (1, 1, 1)),
    AttentionCase(name: "shaped, causal", mask: .causal, weights: (1, 0.5, 0.25)),
    AttentionCase(name: "shaped, window and bias", mask: .window(3), hasBias: true, weights: (1, 0.5, 0.25)),
    AttentionCase(name: "layernorm", queryKeyNorm: .layerNorm),
    AttentionCase(name: "rmsnorm", queryKeyNorm: .rmsNorm),
    AttentionCase(name: "cosine", scale: .number(3), queryKeyNorm: .cosine),
    AttentionCase(name: "rotary", rotary: RotaryPositions()),
    AttentionCase(name: "rotary neighbours", mask: .causal, rotary: RotaryPositions(base: 100, pairing: .neighbours)),
    AttentionCase(name: "inner norm", hasInnerNorm: true),
    AttentionCase(
      name: "everything", tokens: 5, width: 16, heads: 4, keyValueHeads: 2, mask: .window(3), scale: .number(0.7),
      hasBias: true, hasRowScale: true, weights: (0.5, 1.5, 0.25), queryKeyNorm: .rmsNorm, rotary: RotaryPositions(),
      hasInnerNorm: true),
  ]

  /// Numbers by formula, the same in both precisions.
  static func wave(_ rows: Int, _ columns: Int, _ phase: Double) -> Tensor<Double> {
    Tensor(rows: rows, columns: columns) { row, column in
      let (i, j) = (Double(row), Double(column))
      return Double(Float(0.8 * .sin(1.7 * phase + 0.9 * i * (j + 1) + 2.3 * j + 0.4 * i * i)))
    }
  }

  var input: Tensor<Double> { Self.wave(tokens, width, 5) }
  var projection: Tensor<Double> { Self.wave(width + 2 * (keyValueHeads ?? heads) * (width / heads), width, 1) }
  var projectionBias: Tensor<Double> { Self.wave(1, projection.rows, 2).reshaped([projection.rows]) }
  var output: Tensor<Double> { Self.wave(width, width, 3) }
  var bias: Tensor<Double>? {
    guard hasBias else { return nil }
    // Rows of a bias that forbids a key, too.
    var bias = Self.wave(tokens, tokens, 4)
    bias[tokens - 1, tokens - 2] = -.infinity
    return bias
  }
  var rowScale: Tensor<Double>? { hasRowScale ? Self.wave(tokens, 1, 6) : nil }

  func layer<Scalar: NetworkScalar>(as: Scalar.Type = Scalar.self) -> SelfAttention<Scalar> {
    SelfAttention(
      inputProjection: Linear(weight: projection.converted(), bias: projectionBias.converted()),
      outputProjection: Linear(weight: output.converted()),
      settings: AttentionSettings(
        heads: heads, mask: mask, scale: scale.value(headSize: width / heads), bias: bias?.converted(),
        rowScale: rowScale?.converted(), identityWeight: Scalar(weights.identity),
        softmaxWeight: Scalar(weights.softmax), centringWeight: Scalar(weights.centring)),
      keyValueHeads: keyValueHeads, queryKeyNorm: queryKeyNorm, rotary: rotary,
      innerNorm: hasInnerNorm ? LayerNorm<Scalar>(features: width) : nil)
  }
}

/// The equations of such a layer over complex numbers, in loops: nothing of the package but the case's numbers.
struct PlainAttention {
  typealias Number = Complex<Double>
  var attention: AttentionCase

  /// The Jacobian `[outputs][inputs]` by complex steps: Im f(x + ih)/h, in which nothing cancels.
  var jacobian: [[Double]] {
    let step = 1e-200
    let x = attention.input
    var columns: [[Double]] = []
    for token in 0..<x.rows {
      for feature in 0..<x.columns {
        var moved = self.input
        moved[token][feature].imaginary = step
        columns.append(self(moved).joined().map { $0.imaginary / step })
      }
    }
    return columns[0].indices.map { row in columns.map { $0[row] } }
  }

  var value: [Double] { self(input).joined().map(\.real) }

  private var input: [[Number]] {
    let x = attention.input
    return (0..<x.rows).map { row in (0..<x.columns).map { Number(x[row, $0]) } }
  }

  private func linear(_ x: [Number], _ weight: Tensor<Double>, _ bias: Tensor<Double>? = nil) -> [Number] {
    (0..<weight.rows).map { row in
      x.indices.reduce(Number(bias?.elements[row] ?? 0)) { $0 + Number(weight[row, $1]) * x[$1] }
    }
  }

  /// One head's query or key of a token: normalised, then rotated.
  private func prepared(_ x: [Number], token: Int) -> [Number] {
    let size = Double(x.count)
    let squares = x.reduce(Number(0)) { $0 + $1 * $1 }
    var y = x
    switch attention.queryKeyNorm {
    case .none: break
    case .layerNorm: y = normalized(x)
    case .rmsNorm: y = x.map { $0 / .sqrt(squares / Number(size) + Number(1e-6)) }
    case .cosine: y = x.map { $0 / .sqrt(squares + Number(1e-12)) }
    }
    guard let rotary = attention.rotary else { return y }
    let half = x.count / 2
    var rotated = y
    for pair in 0..<half {
      let angle = Double(token) / .pow(rotary.base, 2 * Double(pair) / size)
      let (a, b) = rotary.pairing == .halves ? (pair, pair + half) : (2 * pair, 2 * pair + 1)
      // (a + ib) e^{iθ}, spelled out for numbers that are complex themselves.
      let (cosine, sine) = (Number(.cos(angle)), Number(.sin(angle)))
      rotated[a] = y[a] * cosine - y[b] * sine
      rotated[b] = y[a] * sine + y[b] * cosine
    }
    return rotated
  }

  private func normalized(_ x: [Number]) -> [Number] {
    let size = Number(Double(x.count))
    let mean = x.reduce(0, +) / size
    let variance = x.reduce(Number(0)) { $0 + ($1 - mean) * ($1 - mean) } / size
    return x.map { ($0 - mean) / .sqrt(variance + Number(1e-5)) }
  }

  private func callAsFunction(_ x: [[Number]]) -> [[Number]] {
    let (width, heads) = (attention.width, attention.heads)
    let (size, shared) = (width / heads, attention.keyValueHeads ?? heads)
    let packed = x.map { linear($0, attention.projection, attention.projectionBias) }
    var mixed = x.map { $0.map { _ in Number(0) } }
    for head in 0..<heads {
      let group = head * shared / heads
      let queries = packed.enumerated().map { prepared(Array($1[(head * size)..<((head + 1) * size)]), token: $0) }
      let keys = packed.enumerated().map { token, row in
        prepared(Array(row[(width + group * size)..<(width + (group + 1) * size)]), token: token)
      }
      let first = width + (shared + group) * size
      for query in x.indices {
        let allowed = x.indices.filter { key in
          let isForbidden = attention.bias.map { $0[query, key] == -.infinity } ?? false
          switch attention.mask {
          case .none: return !isForbidden
          case .causal: return key <= query && !isForbidden
          case .window(let count): return key <= query && key > query - count && !isForbidden
          }
        }
        let scale =
          switch attention.scale {
          case .inverseSquareRoot: 1 / Double(size).squareRoot()
          case .inverse: 1 / Double(size)
          case .number(let number): number
          }
        let exponentials = allowed.map { key in
          let product = (0..<size).reduce(Number(0)) { $0 + queries[query][$1] * keys[key][$1] }
          return Number.exp(Number(scale) * product + Number(attention.bias?[query, key] ?? 0))
        }
        let total = exponentials.reduce(0, +)
        var row = x.map { _ in Number(0) }
        for (key, exponential) in zip(allowed, exponentials) {
          let gain = attention.weights.softmax * (attention.rowScale?[query, 0] ?? 1)
          row[key] = Number(gain) * exponential / total - Number(attention.weights.centring / Double(allowed.count))
        }
        row[query] += Number(attention.weights.identity)
        for feature in 0..<size {
          mixed[query][head * size + feature] = x.indices.reduce(Number(0)) {
            $0 + row[$1] * packed[$1][first + feature]
          }
        }
      }
    }
    if attention.hasInnerNorm { mixed = mixed.map(normalized) }
    return mixed.map { linear($0, attention.output) }
  }
}
