import SpectraLinearAlgebra

// A linearised map as a product: the nodes of the recorded list through which everything later goes cut it into
// factors. Nobody declares them; in a stack they are the states of layers and sublayers and what stands between them.

extension Linearization {
  /// The nodes on which alone all later steps depend, ascending, from the input (0) to the last node.
  var cuts: [Int] {
    // The earliest operand of any step from here on.
    var earliest = [Int](repeating: steps.count, count: steps.count + 1)
    for index in steps.indices.reversed() {
      earliest[index] = min(earliest[index + 1], steps[index].operands.min() ?? index)
    }
    return (0...steps.count).filter { earliest[$0] >= $0 }
  }

  /// The value of a node, of shape `[tokens, features]`.
  func value(ofNode node: Int) -> Tensor<Scalar> { node == 0 ? input : steps[node - 1].value }

  /// The names of the steps between two nodes: equal ones behave alike.
  func kind(of range: Range<Int>) -> String { steps[range].map(\.name).joined(separator: ", ") }

  /// The same map with some of its results only.
  package func restricted(toOutputs indices: [Int]) -> Linearization {
    Linearization(
      input: input, steps: steps, outputs: indices.map { outputs[$0] }, outputNodes: indices.map { outputNodes[$0] })
  }

  /// The images of row vectors under the steps between two cuts: shape `[count, elements of the last node]`.
  ///
  /// - Parameter steps: those of the linearisation, or the same ones at another point.
  func images(
    ofRows rows: Tensor<Scalar>, through range: Range<Int>, of steps: ArraySlice<Recorder<Scalar>.Step>, threads: Int
  ) -> Tensor<Scalar> {
    if range.isEmpty { return rows }
    let (source, target) = (value(ofNode: range.lowerBound), value(ofNode: range.upperBound))
    let widest = self.steps[range].map { $0.value.count }.max() ?? 1
    let chunk = Self.chunk(widest: widest, directions: rows.rows)
    let ranges = stride(from: 0, to: rows.rows, by: chunk).map { $0..<min($0 + chunk, rows.rows) }
    let width = target.count
    let elements = [Scalar](unsafeUninitializedCapacity: rows.rows * width) { buffer, initialized in
      initialized = rows.rows * width
      let images = DisjointRows(pointer: buffer.baseAddress)
      Parallel.forEach(ranges, threads: threads, state: Workspace<Scalar>.init) { directions, workspace in
        var block = workspace.block(tokens: source.rows, directions: directions.count, features: source.columns)
        block.readRows(rows, directions)
        var nodes = run(block, through: range, of: steps[range], in: &workspace)
        guard let images = images.pointer, let result = nodes.removeLast() else { return }
        result.writeRows(into: images + directions.lowerBound * width)
        workspace.recycle(result)
        workspace.recycle(block)
      }
    }
    return Tensor(shape: [rows.rows, width], elements: elements)
  }

  /// The steps between two cuts at another value of the first.
  ///
  /// - Parameter holdsUnits: whether activations of straight pieces have slope 1 where they had one and 0 where they had
  ///   none, so that no unit switches on or off, and go on along their piece, so that a gate that is shut stays shut;
  ///   otherwise, and where they are curved, they have slope and value at the other point. A curved one's slope of 0 is an
  ///   underflow.
  func steps(
    _ range: Range<Int>, at start: Tensor<Scalar>, holdsUnits: Bool
  ) -> ArraySlice<Recorder<Scalar>.Step> {
    var moved = steps[range]
    for index in range {
      let step = moved[index]
      let operands = step.operands.map { $0 == range.lowerBound ? start : moved[$0 - 1].value }
      let result = step.rule(operands)
      moved[index].value = result.value
      moved[index].pushforward = result.pushforward
      if holdsUnits, step.name == Self.activationName, Self.isPiecewiseLinear(step) {
        let slopes = Self.slopes(of: step)
        let isOn = slopes.map { $0 == 0 ? Scalar(0) : Scalar(1) }
        let shift = Tensor.combination(1, operands[0], -1, value(ofNode: step.operands[0]))
        moved[index].value = .combination(1, step.value, 1, .elementwiseProduct(slopes, shift))
        moved[index].pushforward = { dx, dy, _ in dy.multiply(dx[0], byEachTokens: isOn) }
      }
    }
    return moved
  }

  /// Whether an activation takes a few slopes only, like ReLU, seen on a grid about 0.
  private static func isPiecewiseLinear(_ step: Recorder<Scalar>.Step) -> Bool {
    let grid = Tensor<Scalar>(rows: 1, columns: 64) { Scalar($1 - 32) / 8 + 1 / 16 }
    let result = step.rule([grid])
    let there = Recorder<Scalar>.Step(
      name: step.name, operands: [0], value: result.value, rule: step.rule, pushforward: result.pushforward)
    return Set(slopes(of: there).elements).count <= 8
  }

  /// The derivative of an elementwise step.
  private static func slopes(of step: Recorder<Scalar>.Step) -> Tensor<Scalar> {
    var scratch = Scratch<Scalar>()
    let ones = Tangents<Scalar>(
      tokens: step.tokens, directions: 1, features: step.features,
      elements: [Scalar](repeating: 1, count: step.value.count))
    var slopes = ones
    step.pushforward([ones], &slopes, &scratch)
    return Tensor(shape: step.value.shape, elements: slopes.elements)
  }

  /// The primitive whose derivative has kinks.
  static var activationName: String { "activation" }
}

extension Tangents {
  /// Overwrites this block with rows of a matrix, each a direction flattened token-major.
  mutating func readRows(_ rows: Tensor<Scalar>, _ range: Range<Int>) {
    let (tokens, directions, features) = (tokens, directions, features)
    elements.withUnsafeMutableBufferPointer { target in
      rows.elements.withUnsafeBufferPointer { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        for (direction, row) in range.enumerated() {
          for token in 0..<tokens {
            (target + (token * directions + direction) * features).update(
              from: source + (row * tokens + token) * features, count: features)
          }
        }
      }
    }
  }

  /// Writes each direction, flattened token-major, as a row.
  func writeRows(into target: UnsafeMutablePointer<Scalar>) {
    elements.withUnsafeBufferPointer { source in
      guard let source = source.baseAddress else { return }
      for direction in 0..<directions {
        for token in 0..<tokens {
          (target + (direction * tokens + token) * features).update(
            from: source + (token * directions + direction) * features, count: features)
        }
      }
    }
  }
}

/// The memory of a matrix that several workers fill, each its own rows.
///
/// - Safety: `@unchecked Sendable` because each worker writes only the rows of the ranges it took, ranges do not
///   overlap, and nobody reads before all workers have ended.
private struct DisjointRows<Scalar>: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Scalar>?
}
