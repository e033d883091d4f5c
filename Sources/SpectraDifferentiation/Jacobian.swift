public import SpectraLinearAlgebra

/// The exact Jacobian of a layer at an input of shape `[tokens, features]`: shape `[outputs, inputs]`, both flattened
/// token-major, and square only where the layer keeps the shape.
public func jacobian<Scalar: NetworkScalar>(
  of layer: some Layer<Scalar>, at input: Tensor<Scalar>, threads: Int = 1
) -> Tensor<Scalar> {
  Linearization(of: layer, at: input).jacobian(threads: threads)
}

/// The exact Jacobian of a map given as a closure, shape `[outputs, inputs]`.
public func jacobian<Scalar: NetworkScalar>(
  at input: Tensor<Scalar>, threads: Int = 1, of map: (Recorded<Scalar>) throws -> Recorded<Scalar>
) rethrows -> Tensor<Scalar> {
  try Linearization(at: input) { [try map($0)] }.jacobian(threads: threads)
}

extension Linearization {
  /// The Jacobian of the map's only (or last) result, shape `[outputs, inputs]`.
  ///
  /// - Parameters:
  ///   - chunk: how many tangents run at once; by default as many as keep the blocks in the processor's cache. J does
  ///     not depend on it beyond rounding, memory grows linearly with it.
  ///   - threads: how many chunks run at once. J is the same, bit for bit, for any number.
  public func jacobian(chunk: Int? = nil, threads: Int = 1) -> Tensor<Scalar> {
    guard let last = jacobians(chunk: chunk, threads: threads).last else {
      preconditionFailure("A map without results has no Jacobian.")
    }
    return last
  }

  /// The Jacobians of all results of the map from one pass, each of shape `[outputs, inputs]`.
  public func jacobians(chunk: Int? = nil, threads: Int = 1) -> [Tensor<Scalar>] {
    let chunk = chunk ?? defaultChunk
    precondition(chunk > 0, "A chunk of \(chunk) tangents is empty.")
    let inputs = inputCount
    // Chunk edges depend on the map alone, never on the number of threads: so do the bits of the result.
    let ranges = stride(from: 0, to: inputs, by: chunk).map { $0..<min($0 + chunk, inputs) }
    return filling(outputs.map { [$0.count, inputs] }) { targets in
      Parallel.forEach(ranges, threads: threads, state: Workspace<Scalar>.init) { range, workspace in
        let unit = Tangents<Scalar>(unit: range, tokens: inputShape[0], features: inputShape[1])
        for (block, target) in zip(push(unit, in: &workspace), targets) {
          guard let base = target.pointer else { continue }
          block.writeColumns(into: base + range.lowerBound, stride: inputs)
        }
      }
    }
  }

  /// Matrices of the given shapes whose memory `body` fills, all at once and without a copy.
  private func filling(
    _ shapes: [[Int]], _ targets: [DisjointColumns<Scalar>] = [], _ body: ([DisjointColumns<Scalar>]) -> Void
  ) -> [Tensor<Scalar>] {
    guard let shape = shapes.first else {
      body(targets)
      return []
    }
    var others: [Tensor<Scalar>] = []
    let count = shape.reduce(1, *)
    let elements = [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      others = filling(Array(shapes.dropFirst()), targets + [DisjointColumns(pointer: buffer.baseAddress)], body)
      initialized = count
    }
    return [Tensor(shape: shape, elements: elements)] + others
  }

  /// As many tangents as let the widest block, the feed-forward's hidden one, have 2¹⁷ elements; at least 16.
  ///
  /// Few tangents waste the packing of weights in each matrix product, many push the blocks out of the cache. Measured
  /// on a Zen 4 core with 1 MiB of second-level cache, best chunk of 8, 16, 32 … : 32 for Post-LN of 16 tokens × 64 and
  /// × 128 features, in Double and Float, 10 to 30 % ahead of 8 and of 128; 256 for a fully connected stack of width
  /// 512, twice as fast as 16; everything at once for 4 tokens × 16.
  var defaultChunk: Int {
    let widest = steps.map { $0.tokens * $0.features }.max() ?? 1
    return Self.chunk(widest: widest, directions: inputCount)
  }

  static func chunk(widest: Int, directions: Int) -> Int { max(16, min(directions, 131_072 / max(1, widest))) }
}

/// The memory of a Jacobian that several workers fill, each in its own columns.
///
/// - Safety: `@unchecked Sendable` because each worker writes only the columns of the ranges it took, ranges do not
///   overlap, and nobody reads before all workers have ended.
private struct DisjointColumns<Scalar>: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Scalar>?
}
