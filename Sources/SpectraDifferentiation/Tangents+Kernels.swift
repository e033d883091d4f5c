import SpectraLinearAlgebra

// What pushforwards are made of: whole-block operations on tangents.

extension Tangents {
  /// Calls `body(source, target)` with the memory of another block and of this one; not at all where one is empty.
  mutating func withUnsafePointers(
    to source: Tangents, _ body: (UnsafePointer<Scalar>, UnsafeMutablePointer<Scalar>) -> Void
  ) {
    source.elements.withUnsafeBufferPointer { source in
      elements.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        body(source, target)
      }
    }
  }

  /// Calls `body(source, count, target)` with the memory of a block and of this one, `count` elements long.
  mutating func overwrite(
    from source: Tangents, _ body: (UnsafePointer<Scalar>, Int, UnsafeMutablePointer<Scalar>) -> Void
  ) {
    let count = elements.count
    withUnsafePointers(to: source) { body($0, count, $1) }
  }

  /// Overwrites this block with another of its size.
  mutating func copy(_ source: Tangents) { overwrite(from: source) { $2.update(from: $0, count: $1) } }

  /// Calls `body(x, y, count, target)` with the memory of two blocks of this one's size and of this one.
  mutating func overwrite(
    from x: Tangents, _ y: Tangents,
    _ body: (UnsafePointer<Scalar>, UnsafePointer<Scalar>, Int, UnsafeMutablePointer<Scalar>) -> Void
  ) {
    overwrite(from: x) { x, count, target in
      y.elements.withUnsafeBufferPointer { y in
        guard let y = y.baseAddress else { return }
        body(x, y, count, target)
      }
    }
  }

  /// Overwrites this block with `source`, each token's tangents multiplied elementwise by that token's row of `factor`.
  mutating func multiply(_ source: Tangents, byEachTokens factor: Tensor<Scalar>) {
    elements.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      source.multiplied(byEachTokens: factor, into: target)
    }
  }

  /// Writes this block, each token's tangents multiplied elementwise by that token's row of `factor`.
  func multiplied(byEachTokens factor: Tensor<Scalar>, into target: UnsafeMutablePointer<Scalar>) {
    let (tokens, directions, features) = (tokens, directions, features)
    elements.withUnsafeBufferPointer { source in
      factor.elements.withUnsafeBufferPointer { factor in
        guard let source = source.baseAddress, let factor = factor.baseAddress else { return }
        for token in 0..<tokens {
          let start = token * directions * features
          Scalar.multiply(
            source + start, by: factor + token * features, period: features, repeats: directions,
            into: target + start)
        }
      }
    }
  }

  /// Overwrites this block with some features of a block of `width` features a token, from `first` on.
  mutating func copyFeatures(_ first: Int, ofEvery width: Int, from source: Tangents) {
    let (rows, features) = (tokens * directions, features)
    overwrite(from: source) { source, _, target in
      Scalar.copyColumns(
        source + first, stride: width, rows: rows, columns: features, into: target, stride: features)
    }
  }

  /// Overwrites this block with `source · matrix` on every token and direction: one product over all rows.
  mutating func multiply(_ source: Tangents, byMatrix matrix: Tensor<Scalar>, transposed: Bool) {
    let (rows, outputs) = (tokens * directions, features)
    overwrite(from: source) { source, _, target in
      matrix.elements.withUnsafeBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        if !transposed {
          Scalar.matrixProduct(
            m: rows, n: outputs, k: matrix.rows, a: source, strideA: matrix.rows, b: weights, strideB: outputs, beta: 0,
            c: target, strideC: outputs)
          return
        }
        Scalar.gemm(
          transposeA: false, transposeB: transposed, m: rows, n: outputs, k: transposed ? matrix.columns : matrix.rows,
          alpha: 1, a: source, strideA: transposed ? matrix.columns : matrix.rows, b: weights, strideB: matrix.columns,
          beta: 0, c: target, strideC: outputs)
      }
    }
  }

  /// Overwrites this block with `matrix · source`, tokens mixed, or adds that: one product over all columns.
  mutating func mix(_ source: Tangents, by matrix: Tensor<Scalar>, adding: Bool) {
    let columns = directions * features
    overwrite(from: source) { source, _, target in
      matrix.elements.withUnsafeBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        Scalar.gemm(
          transposeA: false, transposeB: false, m: matrix.rows, n: columns, k: matrix.columns, alpha: 1, a: weights,
          strideA: matrix.columns, b: source, strideB: columns, beta: adding ? 1 : 0, c: target, strideC: columns)
      }
    }
  }
}

extension Tensor {
  /// Constant weights with extents of 1 repeated to the shape of the value they meet.
  func repeated(to shape: [Int]) -> Tensor {
    let own = self.shape.count == 1 ? [1, self.shape[0]] : self.shape
    precondition(
      own.count == 2 && (own[0] == 1 || own[0] == shape[0]) && (own[1] == 1 || own[1] == shape[1]),
      "Weights of shape \(self.shape) do not fit a value of shape \(shape).")
    if own == shape { return reshaped(shape) }
    if own[1] == shape[1] { return Tensor(shape: shape, repeating: 0).addingToRows(self) }
    return Tensor(rows: shape[0], columns: shape[1]) { row, column in
      elements[(own[0] == 1 ? 0 : row) * own[1] + (own[1] == 1 ? 0 : column)]
    }
  }
}
