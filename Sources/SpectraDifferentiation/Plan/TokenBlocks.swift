import SpectraLinearAlgebra

/// The matrices that take each token's tangents from one node to another, shape `[operand features, features]`: one for each
/// token, or one for all.
struct TokenBlocks<Scalar: NetworkScalar>: Sendable {
  /// Row k of a token is the image of the tangent that moves its feature k; 1 token where all have the same.
  let images: Tangents<Scalar>
  /// For each of these tokens the rows that are not all zero: a masked token has few.
  let rows: [Range<Int>]

  init(_ images: Tangents<Scalar>) {
    self.images = images
    let (size, width) = (images.directions, images.features)
    rows = images.elements.withUnsafeBufferPointer { elements in
      (0..<images.tokens).map { token in
        guard let matrix = elements.baseAddress.map({ $0 + token * size * width }) else { return 0..<0 }
        func isZero(_ row: Int) -> Bool { Scalar.isZero(matrix + row * width, count: width) }
        var (first, last) = (0, size)
        while first < size, isZero(first) { first += 1 }
        while last > first, isZero(last - 1) { last -= 1 }
        return first..<last
      }
    }
  }

  /// Whether all tokens have the same matrix.
  var isUniform: Bool { images.tokens == 1 }

  /// Σ over operands of what their blocks make of their tangents: one matrix product a token, or one for all.
  static func apply(
    _ blocks: [(blocks: TokenBlocks, tangents: Tangents<Scalar>)], to result: inout Tangents<Scalar>
  ) {
    let (directions, width) = (result.directions, result.features)
    // Tokens of the result that have been written; occupied tokens are neighbours, so this is a range, too.
    var written = 0..<0
    result.elements.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      for (block, tangents) in blocks {
        let occupied = tangents.occupied
        if occupied.isEmpty { continue }
        // Between ranges that do not touch nothing has tangents.
        if !written.isEmpty, occupied.lowerBound > written.upperBound || occupied.upperBound < written.lowerBound {
          let gap =
            min(written.upperBound, occupied.upperBound)..<max(written.lowerBound, occupied.lowerBound)
          (target + gap.lowerBound * directions * width).update(
            repeating: 0, count: gap.count * directions * width)
          written = min(written.lowerBound, gap.lowerBound)..<max(written.upperBound, gap.upperBound)
        }
        block.apply(tangents, adding: written, to: target)
        written =
          written.isEmpty
          ? occupied
          : min(written.lowerBound, occupied.lowerBound)..<max(written.upperBound, occupied.upperBound)
      }
    }
    result.occupied = written
  }

  /// Writes the products of the tokens in `tangents.occupied`, added to what is there for those in `written`.
  private func apply(_ tangents: Tangents<Scalar>, adding written: Range<Int>, to target: UnsafeMutablePointer<Scalar>)
  {
    let (directions, size, width) = (tangents.directions, tangents.features, images.features)
    tangents.elements.withUnsafeBufferPointer { source in
      images.elements.withUnsafeBufferPointer { images in
        guard let source = source.baseAddress, let images = images.baseAddress else { return }
        for tokens in tangents.occupied.split(by: written) {
          let beta: Scalar = written.contains(tokens.lowerBound) ? 1 : 0
          for group in isUniform ? [tokens] : tokens.map({ $0..<($0 + 1) }) {
            let token = group.lowerBound
            let rows = self.rows[isUniform ? 0 : token]
            let result = target + token * directions * width
            if rows.isEmpty {
              if beta == 0 { result.update(repeating: 0, count: group.count * directions * width) }
              continue
            }
            Scalar.matrixProduct(
              m: group.count * directions, n: width, k: rows.count,
              a: source + token * directions * size + rows.lowerBound, strideA: size,
              b: images + ((isUniform ? 0 : token) * size + rows.lowerBound) * width, strideB: width, beta: beta,
              c: result, strideC: width)
          }
        }
      }
    }
  }

  /// The blocks of two stretches one after the other.
  func followed(by next: TokenBlocks) -> TokenBlocks {
    let tokens = isUniform ? next.images.tokens : images.tokens
    var result = Tangents<Scalar>(
      tokens: tokens, directions: images.directions, features: next.images.features)
    Self.apply([(next, images.repeated(tokens: tokens))], to: &result)
    return TokenBlocks(result)
  }
}

// MARK: - Single tokens

extension TokenBlocks {
  /// The columns that are not zero in all of several blocks of one token; at least one.
  static func usedColumns(of blocks: [TokenBlocks]) -> [Int] {
    let width = blocks.first?.images.features ?? 0
    var largest = Scalar.array(repeating: 0, count: width)
    for block in blocks {
      largest.withUnsafeMutableBufferPointer { largest in
        block.images.elements.withUnsafeBufferPointer { elements in
          guard let target = largest.baseAddress, let source = elements.baseAddress else { return }
          for row in 0..<block.images.directions {
            Scalar.accumulateMagnitudes(source + row * width, count: width, into: target)
          }
        }
      }
    }
    // A NaN is no zero either.
    let used = largest.indices.filter { !(largest[$0] == 0) }
    return used.isEmpty && width > 0 ? [0] : used
  }

  /// The block of one token with some of its rows or columns.
  func keeping(rows: [Int]? = nil, columns: [Int]? = nil) -> TokenBlocks {
    let (size, width) = (images.directions, images.features)
    let (rows, columns) = (rows ?? Array(0..<size), columns ?? Array(0..<width))
    var kept = Tangents<Scalar>(tokens: 1, directions: rows.count, features: columns.count)
    kept.withUnsafePointers(to: images) { source, target in
      for (index, row) in rows.enumerated() {
        Scalar.gather(source + row * width, columns, into: target + index * columns.count)
      }
    }
    return TokenBlocks(kept)
  }
}

extension Range<Int> {
  /// The range cut where another begins and ends.
  fileprivate func split(by other: Range<Int>) -> [Range<Int>] {
    let edges = [other.lowerBound, other.upperBound].filter { $0 > lowerBound && $0 < upperBound }
    let cuts = [lowerBound] + (edges.count == 2 && edges[0] == edges[1] ? [edges[0]] : edges) + [upperBound]
    return zip(cuts, cuts.dropFirst()).map { $0..<$1 }
  }
}

extension Tangents {
  /// The images of one token's unit tangents in a range under a matrix of shape `[inputs, outputs]`: rows of it.
  init(rows: Range<Int>, of matrix: Tensor<Scalar>) {
    let width = matrix.columns
    self.init(
      tokens: 1, directions: rows.count, features: width,
      elements: Array(matrix.elements[(rows.lowerBound * width)..<(rows.upperBound * width)]))
  }

  /// The same tangents for each of several tokens, where these are those of one.
  func repeated(tokens count: Int) -> Tangents {
    if tokens == count { return self }
    precondition(tokens == 1, "Tangents of \(tokens) tokens cannot become those of \(count).")
    let size = elements.count
    let all = [Scalar](unsafeUninitializedCapacity: count * size) { target, initialized in
      elements.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        for token in 0..<count { (target + token * size).initialize(from: source, count: size) }
      }
      initialized = count * size
    }
    return Tangents(tokens: count, directions: directions, features: features, elements: all)
  }

  /// Writes zeros where no token has tangents, for readers that do not look.
  mutating func fillUnoccupied() {
    if occupied == 0..<tokens { return }
    let size = directions * features
    let occupied = occupied
    elements.withUnsafeMutableBufferPointer { elements in
      elements[..<(occupied.lowerBound * size)].update(repeating: 0)
      elements[(occupied.upperBound * size)...].update(repeating: 0)
    }
    self.occupied = 0..<tokens
  }
}
