import SpectraLinearAlgebra

// Attention's derivative as simpler maps, for a plan that merges these with their neighbours.

extension AttentionKernel {
  /// What one tangent costs.
  var operations: Int {
    if isConstant { return mixingOperations }
    let scores = heads * tokens * tokens
    return 4 * tokens * tokens * width + 4 * OperationCount.elementwise(scores)
      + 4 * OperationCount.elementwise(tokens * width)
  }

  /// What A dV of one tangent costs.
  private var mixingOperations: Int { tokens * tokens * width + 4 * OperationCount.elementwise(tokens * width) }

  /// The same derivative taken apart. Scores of a token have `tokens · heads` features, ordered by the other token and then
  /// the head:
  ///
  /// 1. dS of each query from its own dQ, and for each key what its own dK gives to the scores of all queries: the
  ///    same two matrices for every token;
  /// 2. the latter handed over from keys to queries, the only step beside A dV in which tokens meet;
  /// 3. softmax with β r, and dP V, for each query alone.
  ///
  /// So what stands before and after attention can be merged with its own two ends.
  func parts(withMatrices: Bool) -> [LinearStep<Scalar>] {
    if isConstant {
      return [
        .features((2 * width)..<(3 * width), of: 0, width: 3 * width, tokens: tokens),  // 1: dV
        mixingStep(of: 1),
      ]
    }
    let pairs = tokens * heads
    let matrices = withMatrices ? pairMatrices : nil
    let ordered = matrices?.ordered
    let scoreCost = OperationCount.elementwise(tokens * pairs)
    return [
      // Node 0 holds queries, keys and values; the results below are nodes 1, 2, ….
      .features(0..<width, of: 0, width: 3 * width, tokens: tokens),  // 1: dQ
      .features(width..<(2 * width), of: 0, width: 3 * width, tokens: tokens),  // 2: dK
      .features((2 * width)..<(3 * width), of: 0, width: 3 * width, tokens: tokens),  // 3: dV
      .uniform(matrices?.fromQueries, width, pairs, of: 1, tokens: tokens),  // 4
      .uniform(matrices?.fromKeys, width, pairs, of: 2, tokens: tokens),  // 5
      LinearStep(
        operands: [5], tokens: tokens, features: pairs, coupling: .mixed, operations: 2 * scoreCost,
        isAwareOfOccupancy: true
      ) { dx, dy, _ in handOver(dx[0], to: &dy) },  // 6
      .sum(of: 4, 6, tokens: tokens, features: pairs),  // 7: dS
      LinearStep(
        operands: [7], tokens: tokens, features: pairs, coupling: .separate,
        operations: (gains == nil ? 3 : 4) * scoreCost
      ) { dx, dy, _ in if let ordered { pushSoftmax(dx[0], ordered, to: &dy) } },  // 8: dP
      .uniform(matrices?.toOutput, pairs, width, of: 8, tokens: tokens),  // 9: dP V
      mixingStep(of: 3),  // 10: A dV
      .sum(of: 9, 10, tokens: tokens, features: width),  // 11
    ]
  }

  private func mixingStep(of values: Int) -> LinearStep<Scalar> {
    LinearStep(
      operands: [values], tokens: tokens, features: width, coupling: .mixed, operations: mixingOperations,
      isAwareOfOccupancy: true
    ) { dx, dy, scratch in mixValues(dx[0], first: 0, to: &dy, scratch: &scratch) }
  }

  private typealias Matrices = (
    fromQueries: Tensor<Scalar>, fromKeys: Tensor<Scalar>, toOutput: Tensor<Scalar>, ordered: Tensor<Scalar>
  )

  /// The matrices from dQ and dK to scores and from dP to the output, shapes `[width, pairs]`, `[width, pairs]` and
  /// `[pairs, width]`, in which each head has its own rows and columns, and the probabilities in the order of scores, shape
  /// `[tokens, pairs]`.
  private var pairMatrices: Matrices {
    let pairs = tokens * heads
    func zeros(_ rows: Int, _ columns: Int) -> Tensor<Scalar> { Tensor(shape: [rows, columns], repeating: 0) }
    var (fromQueries, fromKeys) = (zeros(width, pairs), zeros(width, pairs))
    var (toOutput, ordered) = (zeros(pairs, width), zeros(tokens, pairs))
    for token in 0..<tokens {
      for head in 0..<heads {
        let pair = token * heads + head
        for feature in (head * size)..<((head + 1) * size) {
          let place = feature * pairs + pair
          fromQueries.elements[place] = scale * packed.elements[token * 3 * width + width + feature]
          fromKeys.elements[place] = scale * packed.elements[token * 3 * width + feature]
          toOutput.elements[pair * width + feature] = packed.elements[token * 3 * width + 2 * width + feature]
        }
        for key in 0..<tokens {
          ordered.elements[token * pairs + key * heads + head] =
            probabilities.elements[(head * tokens + token) * tokens + key]
        }
      }
    }
    return (fromQueries, fromKeys, toOutput, ordered)
  }

  /// The tokens that hear of some others.
  private func reach(of tokens: Range<Int>) -> Range<Int> {
    if tokens.isEmpty { return tokens }
    let hearing = (0..<self.tokens).filter { query in tokens.contains { mask.allows(query: query, key: $0) } }
    guard let first = hearing.first, let last = hearing.last else { return 0..<0 }
    return first..<(last + 1)
  }

  /// For every direction: what key j gives to query i goes to query i, at j.
  private func handOver(_ source: Tangents<Scalar>, to result: inout Tangents<Scalar>) {
    let (directions, pairs, heads) = (source.directions, tokens * heads, heads)
    let keys = source.occupied
    let queries = reach(of: keys)
    result.withUnsafePointers(to: source) { source, target in
      Scalar.exchange(
        source, into: target, queries: queries, keys: keys, tokens: pairs / heads, directions: directions, heads: heads)
    }
    result.occupied = queries
  }

  /// β r ∘ dP with dP = P ∘ (dS − Σ_j P ∘ dS) of each query.
  private func pushSoftmax(
    _ source: Tangents<Scalar>, _ ordered: Tensor<Scalar>, to result: inout Tangents<Scalar>
  ) {
    let (directions, tokens, heads) = (source.directions, tokens, heads)
    let pairs = tokens * heads
    result.overwrite(from: source) { source, _, target in
      ordered.elements.withUnsafeBufferPointer { p in
        guard let p = p.baseAddress else { return }
        for query in 0..<tokens {
          let start = query * directions * pairs
          Scalar.softmaxTangents(
            source + start, into: target + start, count: directions, keys: tokens, heads: heads,
            probabilities: p + query * pairs)
          if let gains {
            let count = directions * pairs
            Scalar.scale(gains[query], target + start, count: count, into: target + start)
          }
        }
      }
    }
  }

  /// A dV of every head, where features of dV start at `first` of the source's.
  func mixValues(
    _ source: Tangents<Scalar>, first start: Int, to result: inout Tangents<Scalar>, scratch: inout Scratch<Scalar>
  ) {
    let (directions, tokens, stride) = (source.directions, tokens, source.features)
    let keys = source.occupied
    let queries = reach(of: keys)
    result.occupied = queries
    if queries.isEmpty { return }
    let row = directions * size
    result.withUnsafePointers(to: source) { source, target in
      weights.elements.withUnsafeBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        scratch.withRoom(for: (keys.count + queries.count) * row) { values in
          let mixed = values + keys.count * row
          for head in 0..<heads {
            let first = head * size
            Scalar.copyColumns(
              source + (keys.lowerBound * directions * stride + start + first), stride: stride,
              rows: keys.count * directions,
              columns: size, into: values, stride: size)
            Scalar.gemm(
              transposeA: false, transposeB: false, m: queries.count, n: row, k: keys.count, alpha: 1,
              a: weights + ((head * tokens + queries.lowerBound) * tokens + keys.lowerBound), strideA: tokens,
              b: values, strideB: row, beta: 0, c: mixed, strideC: row)
            Scalar.copyColumns(
              mixed, stride: size, rows: queries.count * directions, columns: size,
              into: target + (queries.lowerBound * directions * width + first), stride: width)
          }
        }
      }
    }
  }
}
