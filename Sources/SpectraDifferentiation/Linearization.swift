public import SpectraLinearAlgebra

/// A map at a point, linearised: its values computed once, and the recorded list of primitives through which any
/// number of tangents can be pushed afterwards.
///
/// ```swift
/// let linearization = Linearization(of: network, at: input)
/// linearization.output                  // the plain value
/// linearization.jacobian()              // exact, shape [outputs, inputs]
/// ```
///
/// Tangents run in chunks, so memory beyond the Jacobian itself grows with the chunk and not with the input.
public struct Linearization<Scalar: NetworkScalar>: Sendable {
  /// The values of the map's results, each of shape `[tokens, features]`.
  public let outputs: [Tensor<Scalar>]

  /// Where the map was linearised.
  let input: Tensor<Scalar>
  let steps: [Recorder<Scalar>.Step]
  let outputNodes: [Int]
  /// For each step the nodes that no later step reads.
  let released: [[Int]]

  /// Linearises a layer at an input of shape `[tokens, features]`.
  public init(of layer: some Layer<Scalar>, at input: Tensor<Scalar>) {
    self.init(at: input) { [layer($0)] }
  }

  /// Linearises a map with several results, as all states of a stack, at an input of shape `[tokens, features]`.
  public init(
    at input: Tensor<Scalar>, of map: (Recorded<Scalar>) throws -> [Recorded<Scalar>]
  ) rethrows {
    precondition(input.shape.count == 2, "An input has shape [tokens, features], not \(input.shape).")
    let recorder = Recorder<Scalar>()
    let results = try map(Recorded(value: input, node: 0, recorder: recorder))
    precondition(
      results.allSatisfy { $0.recorder === recorder },
      "A linearised map must return values computed from its own argument.")
    self.init(input: input, steps: recorder.steps, outputs: results.map(\.value), outputNodes: results.map(\.node))
  }

  /// A linearisation of recorded steps, without those on which no output depends.
  init(input: Tensor<Scalar>, steps: [Recorder<Scalar>.Step], outputs: [Tensor<Scalar>], outputNodes: [Int]) {
    let pruned = Self.pruned(steps, outputs: outputNodes)
    self.input = input
    self.outputs = outputs
    self.steps = pruned.steps
    self.outputNodes = pruned.outputs
    released = Self.releases(pruned.steps, outputs: pruned.outputs)
  }

  /// The shape `[tokens, features]` of the input.
  public var inputShape: [Int] { input.shape }

  /// The value of a map's only (or last) result.
  public var output: Tensor<Scalar> {
    guard let last = outputs.last else { preconditionFailure("A map without results has no output.") }
    return last
  }

  /// The number of inputs: tokens · features.
  public var inputCount: Int { inputShape[0] * inputShape[1] }
}

// MARK: - Pushing tangents

extension Linearization {
  /// Pushes a block of the input's tangents forward: one block for each result.
  public func push(_ tangents: Tangents<Scalar>) -> [Tangents<Scalar>] {
    var workspace = Workspace<Scalar>()
    return push(tangents, in: &workspace)
  }

  func push(_ tangents: Tangents<Scalar>, in workspace: inout Workspace<Scalar>) -> [Tangents<Scalar>] {
    precondition(
      [tangents.tokens, tangents.features] == inputShape,
      "Tangents of [\(tangents.tokens), \(tangents.features)] do not fit an input of shape \(inputShape).")
    let nodes = run(tangents, through: 0..<steps.count, of: steps[...], in: &workspace)
    return outputNodes.map { node in
      guard let block = nodes[node] else { preconditionFailure("Output node \(node) was released.") }
      return block
    }
  }

  /// Runs the steps of a range on the tangents of the node at its start. Block i of the result belongs to node
  /// `range.lowerBound + i`, nil where it was no longer needed.
  ///
  /// - Parameters:
  ///   - steps: those of the linearisation, or the same ones at another point.
  ///   - change: called with the result of each step, before others read it.
  func run(
    _ tangents: Tangents<Scalar>, through range: Range<Int>, of steps: ArraySlice<Recorder<Scalar>.Step>,
    in workspace: inout Workspace<Scalar>,
    change: ((Recorder<Scalar>.Step, inout Tangents<Scalar>) -> Void)? = nil
  ) -> [Tangents<Scalar>?] {
    let start = range.lowerBound
    var nodes = [Tangents<Scalar>?](repeating: nil, count: range.count + 1)
    nodes[0] = tangents
    for index in range {
      let step = steps[index]
      let operands = step.operands.map { node in
        guard let block = nodes[node - start] else {
          preconditionFailure("Node \(node) was released before its last use.")
        }
        return block
      }
      var result = workspace.block(tokens: step.tokens, directions: tangents.directions, features: step.features)
      step.pushforward(operands, &result, &workspace.scratch)
      change?(step, &result)
      nodes[index + 1 - start] = result
      for node in released[index] {
        if node != start, let block = nodes[node - start] { workspace.recycle(block) }
        nodes[node - start] = nil
      }
    }
    return nodes
  }
}

/// The blocks one worker reuses from step to step and from chunk to chunk, so that a running loop allocates nothing.
struct Workspace<Scalar: NetworkScalar> {
  var scratch = Scratch<Scalar>()
  private var free: [Int: [[Scalar]]] = [:]

  mutating func block(tokens: Int, directions: Int, features: Int) -> Tangents<Scalar> {
    let count = tokens * directions * features
    // Every step overwrites its whole result, so nothing need be in it before.
    let elements =
      free[count]?.popLast() ?? Array(unsafeUninitializedCapacity: count) { _, initialized in initialized = count }
    return Tangents(tokens: tokens, directions: directions, features: features, elements: elements)
  }

  mutating func recycle(_ block: Tangents<Scalar>) { free[block.elements.count, default: []].append(block.elements) }
}

// MARK: - Preparing the list

extension Linearization {
  /// The steps that some output depends on, with nodes renumbered.
  private static func pruned(
    _ steps: [Recorder<Scalar>.Step], outputs: [Int]
  ) -> (steps: [Recorder<Scalar>.Step], outputs: [Int]) {
    var needed = [Bool](repeating: false, count: steps.count + 1)
    for node in outputs { needed[node] = true }
    for index in steps.indices.reversed() where needed[index + 1] {
      for operand in steps[index].operands { needed[operand] = true }
    }
    if !needed.dropFirst().contains(false) { return (steps, outputs) }
    var renumbered = [Int](repeating: 0, count: steps.count + 1)
    var kept: [Recorder<Scalar>.Step] = []
    for (index, var step) in steps.enumerated() where needed[index + 1] {
      step.operands = step.operands.map { renumbered[$0] }
      kept.append(step)
      renumbered[index + 1] = kept.count
    }
    return (kept, outputs.map { renumbered[$0] })
  }

  private static func releases(_ steps: [Recorder<Scalar>.Step], outputs: [Int]) -> [[Int]] {
    var lastUse = [Int](repeating: -1, count: steps.count + 1)
    for (index, step) in steps.enumerated() { for operand in step.operands { lastUse[operand] = index } }
    for node in outputs { lastUse[node] = -1 }
    var released = [[Int]](repeating: [], count: steps.count)
    for (node, index) in lastUse.enumerated() where index >= 0 { released[index].append(node) }
    return released
  }
}
