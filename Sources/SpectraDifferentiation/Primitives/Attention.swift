import SpectraLinearAlgebra

extension Signal {
  /// The softmax of each token's features.
  public func softmax() -> Self {
    Self.applying("softmax", to: [self]) { values in
      let x = values[0]
      var probabilities = x
      probabilities.softmaxRows()
      let p = probabilities
      return Linearized(p, coupling: .separate, operations: 3 * OperationCount.elementwise(p.count)) {
        tangents, dy, _ in
        let (tokens, directions, features) = (dy.tokens, dy.directions, dy.features)
        dy.copy(tangents[0])
        dy.elements.withUnsafeMutableBufferPointer { dy in
          p.elements.withUnsafeBufferPointer { p in
            guard let dy = dy.baseAddress, let p = p.baseAddress else { return }
            for token in 0..<tokens {
              Scalar.softmaxTangents(
                dy + token * directions * features, count: directions, width: features, stride: features,
                probabilities: p + token * features)
            }
          }
        }
      }
    }
  }

  /// Multi-head scaled dot-product attention of packed queries, keys and values: shape `[tokens, 3 · width]` to
  /// `[tokens, width]`, softmax(QKᵀ/√d_head) V for each head, heads side by side.
  ///
  /// Columns hold all queries, then all keys, then all values, each with its heads in contiguous blocks, as PyTorch's
  /// `MultiheadAttention` packs them. Vaswani et al. 2017, *Attention Is All You Need*.
  public func packedAttention(heads: Int, mask: AttentionMask = .none) -> Self {
    packedAttention(AttentionSettings(heads: heads, mask: mask))
  }

  /// Multi-head attention of packed queries, keys and values, shape `[tokens, 3 · width]` to `[tokens, width]`: what the
  /// settings make of them.
  public func packedAttention(_ settings: AttentionSettings<Scalar>) -> Self {
    precondition(
      features % 3 == 0, "Packed queries, keys and values of \(features) features are not three equal parts.")
    let width = features / 3
    settings.check(tokens: tokens, width: width)
    return Self.applying("attention", to: [self]) { values in
      let kernel = AttentionKernel(packed: values[0], settings)
      var result = Linearized(kernel.output, operations: kernel.operations) { tangents, result, scratch in
        kernel.push(tangents[0], into: &result, scratch: &scratch)
      }
      result.parts = LinearParts { kernel.parts(withMatrices: $0) }
      return result
    }
  }

  /// Multi-head scaled dot-product attention of separate queries, keys and values, each `[tokens, width]`.
  public static func attention(
    query: Self, key: Self, value: Self, heads: Int, mask: AttentionMask = .none
  ) -> Self {
    concatenated([query, key, value], along: .features).packedAttention(heads: heads, mask: mask)
  }
}

/// Attention at a point: probabilities kept, tangents pushed through them.
///
/// Of a head with probabilities P, queries Q, keys K and values V of `size` features, scores S = QKᵀ/√size:
/// dS = (dQ Kᵀ + Q dKᵀ)/√size, dP = P ∘ (dS − Σ_j P ∘ dS), dO = dP V + P dV. With other settings O = A V, and
/// dO = β r ∘ dP V + A dV.
struct AttentionKernel<Scalar: NetworkScalar>: Sendable {
  let tokens: Int
  let width: Int
  let heads: Int
  let size: Int
  let scale: Scalar
  let mask: AttentionMask
  let packed: Tensor<Scalar>
  /// For each head the matrix P, shape `[heads · tokens, tokens]`.
  let probabilities: Tensor<Scalar>
  /// For each head the matrix A that values are multiplied by, of the same shape: P itself without further settings.
  let weights: Tensor<Scalar>
  /// β r, what dP counts by for each query; nil where all are 1.
  let gains: [Scalar]?
  /// Shape `[tokens, width]`.
  let output: Tensor<Scalar>

  init(packed: Tensor<Scalar>, _ settings: AttentionSettings<Scalar>) {
    tokens = packed.rows
    width = packed.columns / 3
    heads = settings.heads
    size = width / heads
    scale = settings.scale ?? 1 / Scalar(size).squareRoot()
    mask = settings.mask
    self.packed = packed
    gains = settings.gains(tokens: tokens)
    probabilities = Self.probabilities(packed, heads: heads, scale: scale, mask: mask, bias: settings.bias)
    weights = Self.weights(probabilities, gains: gains, constant: settings.constantPart(tokens: tokens))
    output = Self.output(weights, packed, heads: heads)
  }

  /// Whether dQ and dK come to nothing: β r = 0 for every query.
  var isConstant: Bool { gains?.allSatisfy { $0 == 0 } ?? false }

  /// P of every head.
  private static func probabilities(
    _ packed: Tensor<Scalar>, heads: Int, scale: Scalar, mask: AttentionMask, bias: Tensor<Scalar>?
  ) -> Tensor<Scalar> {
    let (tokens, width) = (packed.rows, packed.columns / 3)
    let size = width / heads
    let isMasked = mask != .none
    var probabilities = Tensor<Scalar>(shape: [heads * tokens, tokens], repeating: 0)
    packed.elements.withUnsafeBufferPointer { packed in
      probabilities.elements.withUnsafeMutableBufferPointer { probabilities in
        guard let packed = packed.baseAddress, let probabilities = probabilities.baseAddress else { return }
        for head in 0..<heads {
          let (q, k) = (packed + head * size, packed + width + head * size)
          let p = probabilities + head * tokens * tokens
          Scalar.gemm(
            transposeA: false, transposeB: true, m: tokens, n: tokens, k: size, alpha: scale, a: q,
            strideA: 3 * width, b: k, strideB: 3 * width, beta: 0, c: p, strideC: tokens)
          bias?.elements.withUnsafeBufferPointer { bias in
            if let bias = bias.baseAddress { Scalar.accumulate(1, bias, count: tokens * tokens, into: p) }
          }
          for query in 0..<tokens {
            if isMasked {
              for key in 0..<tokens where !mask.allows(query: query, key: key) {
                p[query * tokens + key] = -.infinity
              }
            }
            Scalar.softmax(p + query * tokens, width: tokens)
          }
        }
      }
    }
    return probabilities
  }

  /// A of every head.
  private static func weights(
    _ probabilities: Tensor<Scalar>, gains: [Scalar]?, constant: Tensor<Scalar>?
  ) -> Tensor<Scalar> {
    if gains == nil, constant == nil { return probabilities }
    let tokens = probabilities.columns
    var weights = probabilities
    weights.elements.withUnsafeMutableBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      for row in 0..<probabilities.rows {
        let (query, own) = (row % tokens, weights + row * tokens)
        if let gains { Scalar.scale(gains[query], own, count: tokens, into: own) }
        constant?.elements.withUnsafeBufferPointer { constant in
          if let constant = constant.baseAddress {
            Scalar.accumulate(1, constant + query * tokens, count: tokens, into: own)
          }
        }
      }
    }
    return weights
  }

  /// A V of every head.
  private static func output(_ weights: Tensor<Scalar>, _ packed: Tensor<Scalar>, heads: Int) -> Tensor<Scalar> {
    let (tokens, width) = (packed.rows, packed.columns / 3)
    let size = width / heads
    var output = Tensor<Scalar>(shape: [tokens, width], repeating: 0)
    packed.elements.withUnsafeBufferPointer { packed in
      weights.elements.withUnsafeBufferPointer { weights in
        output.elements.withUnsafeMutableBufferPointer { output in
          guard let packed = packed.baseAddress, let weights = weights.baseAddress, let output = output.baseAddress
          else { return }
          for head in 0..<heads {
            Scalar.gemm(
              transposeA: false, transposeB: false, m: tokens, n: size, k: tokens, alpha: 1,
              a: weights + head * tokens * tokens, strideA: tokens, b: packed + 2 * width + head * size,
              strideB: 3 * width, beta: 0, c: output + head * size, strideC: width)
          }
        }
      }
    }
    return output
  }

  /// Scores' tangents are laid out [query, key, direction], so that the softmax runs along directions, whole vectors
  /// at a time, and both products with them are matrix products.
  func push(_ tangents: Tangents<Scalar>, into result: inout Tangents<Scalar>, scratch: inout Scratch<Scalar>) {
    if isConstant { return mixValues(tangents, first: 2 * width, to: &result, scratch: &scratch) }
    let directions = tangents.directions
    let stride = 3 * width
    let scoreCount = tokens * tokens * directions
    let valueCount = tokens * directions * size
    result.withUnsafePointers(to: tangents) { source, target in
      packed.elements.withUnsafeBufferPointer { packed in
        withMatrices { probabilities, weights in
          guard let packed = packed.baseAddress else { return }
          scratch.withRoom(for: scoreCount + 2 * valueCount + directions) { room in
            let scores = room
            let (values, mixed) = (room + scoreCount, room + scoreCount + valueCount)
            let mean = mixed + valueCount
            for head in 0..<heads {
              let (q, k, v) = (head * size, width + head * size, 2 * width + head * size)
              let p = probabilities + head * tokens * tokens
              // Q dKᵀ for all queries, keys and directions at once.
              Scalar.gemm(
                transposeA: false, transposeB: true, m: tokens, n: tokens * directions, k: size, alpha: scale,
                a: packed + q, strideA: stride, b: source + k, strideB: stride, beta: 0, c: scores,
                strideC: tokens * directions)
              // A dV for all directions and features of the head at once.
              Scalar.copyColumns(
                source + v, stride: stride, rows: tokens * directions, columns: size, into: values, stride: size)
              Scalar.gemm(
                transposeA: false, transposeB: false, m: tokens, n: directions * size, k: tokens, alpha: 1,
                a: weights + head * tokens * tokens, strideA: tokens, b: values, strideB: directions * size, beta: 0,
                c: mixed, strideC: directions * size)
              for query in 0..<tokens {
                let own = scores + query * tokens * directions
                // + K dQᵀ of this query, then the softmax.
                Scalar.gemm(
                  transposeA: false, transposeB: true, m: tokens, n: directions, k: size, alpha: scale, a: packed + k,
                  strideA: stride, b: source + query * directions * stride + q, strideB: stride, beta: 1, c: own,
                  strideC: directions)
                Scalar.softmaxTangents(
                  own, keys: tokens, directions: directions, probabilities: p + query * tokens, mean: mean)
                // β r dP V + what A dV gave.
                let rows = target + query * directions * width + q
                Scalar.copyColumns(
                  mixed + query * directions * size, stride: size, rows: directions, columns: size, into: rows,
                  stride: width)
                Scalar.gemm(
                  transposeA: true, transposeB: false, m: directions, n: size, k: tokens, alpha: gains?[query] ?? 1,
                  a: own, strideA: directions, b: packed + v, strideB: stride, beta: 1, c: rows, strideC: width)
              }
            }
          }
        }
      }
    }
  }
}

extension AttentionKernel {
  /// Calls `body` with the memory of P and of A.
  private func withMatrices(_ body: (UnsafePointer<Scalar>, UnsafePointer<Scalar>) -> Void) {
    probabilities.elements.withUnsafeBufferPointer { probabilities in
      weights.elements.withUnsafeBufferPointer { weights in
        guard let probabilities = probabilities.baseAddress, let weights = weights.baseAddress else { return }
        body(probabilities, weights)
      }
    }
  }
}

extension Tensor {
  /// Replaces every row of scores by its softmax.
  fileprivate mutating func softmaxRows() {
    let (rows, width) = (rows, columns)
    elements.withUnsafeMutableBufferPointer { scores in
      guard let scores = scores.baseAddress else { return }
      for row in 0..<rows { Scalar.softmax(scores + row * width, width: width) }
    }
  }
}
