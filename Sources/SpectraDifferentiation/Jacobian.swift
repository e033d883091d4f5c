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
    precondition(chunk ?? 1 > 0, "A chunk of \(chunk ?? 1) tangents is empty.")
    let plan = plan
    let widest = plan.windows.map(\.widest).max() ?? 1
    let chunk = chunk ?? Self.chunk(widest: widest, directions: inputCount)
    let found = jacobians(by: plan, chunk: chunk, threads: threads)
    if found.allSatisfy(\.isFinite) || plan == directPlan { return found }
    // The matrix of a stretch may overflow where no tangent does.
    return jacobians(by: directPlan, chunk: chunk, threads: threads)
  }

  /// The same by a given plan.
  func jacobians(
    by plan: JacobianPlan, chunk: Int, threads: Int, groupBytes: Int = Self.groupBytes
  ) -> [Tensor<Scalar>] {
    filling(outputs.map { [$0.count, inputCount] }) {
      fill($0, by: plan, chunk: chunk, groupBytes: groupBytes, threads: threads)
    }
  }

  /// Matrices of the given shapes whose memory `body` fills, all at once.
  ///
  /// An array lends memory that nobody has written only within a closure, and a closure for each of ten thousand results would
  /// overflow the stack. So only the last one is filled in place; the others lie in memory of their own until they are
  /// copied, one after the other.
  private func filling(_ shapes: [[Int]], _ body: ([DisjointColumns<Scalar>]) -> Void) -> [Tensor<Scalar>] {
    guard let last = shapes.last else { return [] }
    let counts = shapes.dropLast().map { $0.reduce(1, *) }
    let others = counts.map { DisjointColumns(pointer: UnsafeMutablePointer<Scalar>.allocate(capacity: $0)) }
    let count = last.reduce(1, *)
    let elements = [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      body(others + [DisjointColumns(pointer: buffer.baseAddress)])
      initialized = count
    }
    let copied = zip(shapes, zip(counts, others)).map { shape, memory in
      defer { memory.1.pointer?.deallocate() }
      return Tensor(shape: shape, elements: Array(UnsafeBufferPointer(start: memory.1.pointer, count: memory.0)))
    }
    return copied + [Tensor(shape: last, elements: elements)]
  }

  /// As many tangents as let the widest block have 2¹⁷ elements; at least 16.
  ///
  /// Few tangents make small matrix products, many push the blocks out of the cache. Measured on a Zen 4 core with 1 MiB of
  /// second-level cache: 64 to 128 for a plan of Post-LN of 16 tokens × 64; pushing every primitive, 256 for a fully connected
  /// stack of width 512, twice as fast as 16, and everything at once for 4 tokens × 16.
  static func chunk(widest: Int, directions: Int) -> Int { max(16, min(directions, 131_072 / max(1, widest))) }
}
