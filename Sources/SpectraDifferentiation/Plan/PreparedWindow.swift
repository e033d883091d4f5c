import SpectraLinearAlgebra

/// A window of a plan with everything it takes to run tangents through it.
struct PreparedWindow<Scalar: NetworkScalar>: Sendable {
  /// The stages in order.
  fileprivate(set) var stages: [Stage]
  /// For each of its nodes that is a result of the map, which results it is.
  let outputs: [Int: [Int]]
  private let nodeCount: Int

  struct Stage: Sendable {
    var node: Int
    var operands: [Int]
    var step: LinearStep<Scalar>
    /// The width of the result: the step's features, or those of them that are not always zero.
    var features: Int
    /// For each operand its blocks; nil where the step is pushed.
    var blocks: [TokenBlocks<Scalar>]?
    /// The nodes that no later stage reads.
    var released: [Int] = []
  }

  init(stages: [Stage], nodeCount: Int, outputs: [Int: [Int]]) {
    var stages = stages
    var lastUse = [Int: Int]()
    for (index, stage) in stages.enumerated() {
      for operand in stage.operands { lastUse[operand] = index }
    }
    for (node, index) in lastUse.sorted(by: { $0.key < $1.key }) { stages[index].released.append(node) }
    self.stages = stages
    self.nodeCount = nodeCount
    self.outputs = outputs
  }

  /// Runs tangents of the window's first node to its last one. They are given up, and go back to the workspace: what is read
  /// without a look at which tokens are occupied is filled where it lies.
  ///
  /// - Parameter output: called with each result of the map on the way.
  func run(
    _ tangents: consuming Tangents<Scalar>, in workspace: inout Workspace<Scalar>,
    output: (_ index: Int, _ block: Tangents<Scalar>) -> Void
  ) -> Tangents<Scalar> {
    var nodes = [Tangents<Scalar>?](repeating: nil, count: nodeCount)
    let directions = tangents.directions
    nodes[0] = consume tangents
    for stage in stages {
      let step = stage.step
      var result = workspace.block(tokens: step.tokens, directions: directions, features: stage.features)
      if let blocks = stage.blocks {
        TokenBlocks.apply(
          zip(blocks, stage.operands).map { ($0, Self.formed(nodes, $1)) }, to: &result)
      } else {
        var occupied = result.occupied
        if !step.isAwareOfOccupancy {
          let ranges = stage.operands.map { Self.formed(nodes, $0).occupied }
          if step.coupling != .mixed, let first = ranges.first {
            occupied = ranges.reduce(first) { min($0.lowerBound, $1.lowerBound)..<max($0.upperBound, $1.upperBound) }
          }
          for operand in stage.operands { nodes[operand]?.fillUnoccupied() }
        }
        step.pushforward(stage.operands.map { Self.formed(nodes, $0) }, &result, &workspace.scratch)
        if !step.isAwareOfOccupancy { result.occupied = occupied }
      }
      nodes[stage.node] = result
      for index in outputs[stage.node] ?? [] { output(index, result) }
      for node in stage.released where node != nodeCount - 1 {
        if let block = nodes[node] { workspace.recycle(block) }
        nodes[node] = nil
      }
    }
    return Self.formed(nodes, nodeCount - 1)
  }

  private static func formed(_ nodes: [Tangents<Scalar>?], _ node: Int) -> Tangents<Scalar> {
    guard let block = nodes[node] else { preconditionFailure("Node \(node) was released before its last use.") }
    return block
  }
}

// MARK: - Features that are always zero

extension PreparedWindow {
  /// Drops the features of a single token's tangents that are zero in every direction, as those of ReLU's inactive units: from
  /// the blocks that make them and from those that read them. With half of all units inactive a fully connected stack costs a
  /// quarter.
  ///
  /// - Parameters:
  ///   - start: the features that the first window's first node has kept; nil where it has all.
  ///   - isEndReadByBlocks: whether what comes after the last window reads its last node through token blocks only.
  /// - Returns: the windows, and the features that the last node has kept.
  static func droppingZeros(
    _ windows: [PreparedWindow], start: [Int]?, isEndReadByBlocks: Bool
  ) -> (windows: [PreparedWindow], kept: [Int]?) {
    var result: [PreparedWindow] = []
    var start = start
    for (position, var window) in windows.enumerated() {
      let isEndRead = position + 1 < windows.count ? windows[position + 1].readsByBlocks(0) : isEndReadByBlocks
      var kept: [Int: [Int]] = [:]
      kept[0] = start
      for index in window.stages.indices {
        let stage = window.stages[index]
        guard var blocks = stage.blocks else { continue }
        blocks = zip(blocks, stage.operands).map { block, operand in
          kept[operand].map { block.keeping(rows: $0) } ?? block
        }
        let isResult = window.outputs[stage.node] != nil
        let isEnd = stage.node == window.nodeCount - 1
        if stage.step.tokens == 1, !isResult, window.readsByBlocks(stage.node), !isEnd || isEndRead {
          let columns = TokenBlocks.usedColumns(of: blocks)
          // Gathering is not worth while for a few.
          if columns.count * 8 <= stage.features * 7 {
            blocks = blocks.map { $0.keeping(columns: columns) }
            kept[stage.node] = columns
            window.stages[index].features = columns.count
          }
        }
        window.stages[index].blocks = blocks
      }
      start = kept[window.nodeCount - 1]
      result.append(window)
    }
    return (result, start)
  }

  /// Whether all stages that read a node do so through token blocks.
  private func readsByBlocks(_ node: Int) -> Bool {
    stages.allSatisfy { $0.blocks != nil || !$0.operands.contains(node) }
  }
}

/// A window of a plan before its token blocks are computed.
struct PlannedWindow<Scalar: NetworkScalar>: Sendable {
  private let window: JacobianPlan.Window
  private let steps: [LinearStep<Scalar>]
  private let startFeatures: Int
  private let outputs: [Int: [Int]]
  private let isFormed: [Bool]
  private let hasBlocks: Bool

  /// - Parameters:
  ///   - outputs: for each node of the linearisation that is a result, which results it is.
  ///   - chunks: how many chunks of tangents will run through it.
  init(
    _ window: JacobianPlan.Window, of linearization: Linearization<Scalar>, outputs: [Int: [Int]], chunks: Int
  ) {
    self.window = window
    let range = window.steps
    hasBlocks = window.blockElements > 0
    let isRepeated = hasBlocks || chunks > 1
    let hasImages = hasBlocks
    var own = linearization.steps[range].map {
      LinearStep($0, withParts: window.isExpanded, isRepeated: isRepeated, hasImages: hasImages)
    }
    for index in own.indices { own[index].operands = own[index].operands.map { $0 - range.lowerBound } }
    let (expanded, nodes) = own.expandingParts()
    steps = expanded
    startFeatures = linearization.value(ofNode: range.lowerBound).columns
    self.outputs = Dictionary(
      uniqueKeysWithValues: range.compactMap { step in
        outputs[step + 1].map { (nodes[step + 1 - range.lowerBound], $0) }
      })
    var isFormed = [Bool](repeating: false, count: expanded.count + 1)
    isFormed[0] = true
    for stage in window.stages { isFormed[stage.node] = true }
    self.isFormed = isFormed
  }

  /// Token blocks between two nodes that must be computed by pushing unit tangents.
  struct Request: Sendable, Hashable {
    var source: Int
    var target: Int
  }

  private func features(_ node: Int) -> Int { node == 0 ? startFeatures : steps[node - 1].features }

  /// The pushes that its stages need.
  var requests: [(stage: Int, request: Request)] {
    if !hasBlocks { return [] }
    return window.stages.enumerated().flatMap { index, stage -> [(stage: Int, request: Request)] in
      guard case .blocks(let sources, let pivot) = stage.method else { return [] }
      let first = sources.map { (index, Request(source: $0, target: pivot ?? stage.node)) }
      return first + (pivot.map { [(index, Request(source: $0, target: stage.node))] } ?? [])
    }
  }

  /// Parts of a request small enough for the widest block of tangents on the way to stay in the cache.
  func directionRanges(_ request: Request) -> [Range<Int>] {
    let count = features(request.source)
    // A value without features has a block, too, if an empty one: each request has one.
    if count == 0 { return [0..<0] }
    let widest = steps[request.source..<request.target].map { $0.tokens * $0.features }.max() ?? 1
    let chunk = Linearization<Scalar>.chunk(widest: widest, directions: count)
    return stride(from: 0, to: count, by: chunk).map { $0..<min($0 + chunk, count) }
  }

  /// The images of some unit tangents of the source, all tokens at once, or one token where all are alike.
  func images(
    _ entry: (stage: Int, request: Request), _ directions: Range<Int>, in workspace: inout Workspace<Scalar>
  ) -> Tangents<Scalar> {
    let (source, target) = (entry.request.source, entry.request.target)
    let width = features(source)
    var unit = Tangents<Scalar>(tokens: 1, directions: directions.count, features: width)
    // Blocks of one token are small; the others come from the workspace and go back.
    for (row, feature) in directions.enumerated() { unit.elements[row * width + feature] = 1 }
    var blocks: [Int: Tangents<Scalar>] = [source: unit]
    for node in inside(entry.stage) where node > source && node <= target {
      let step = steps[node - 1]
      guard step.operands.contains(where: { blocks[$0] != nil }) else { continue }
      if step.operands == [source], let matrix = step.matrix {
        blocks[node] = Tangents(rows: directions, of: matrix)
        continue
      }
      let isUniform =
        step.coupling == .uniform && step.operands.allSatisfy { blocks[$0].map { $0.tokens == 1 } ?? true }
      let tokens = isUniform ? 1 : step.tokens
      let operands = step.operands.map { operand in
        blocks[operand]?.repeated(tokens: tokens)
          ?? Tangents(tokens: tokens, directions: directions.count, features: features(operand))
      }
      var result = workspace.block(tokens: tokens, directions: directions.count, features: step.features)
      step.pushforward(operands, &result, &workspace.scratch)
      blocks[node] = result
    }
    let image = blocks.removeValue(forKey: target)
    for (_, block) in blocks where block.tokens > 1 { workspace.recycle(block) }
    return image ?? Tangents(tokens: 1, directions: directions.count, features: features(target))
  }

  /// The nodes between a stage's sources and its own, ascending, with its own.
  private func inside(_ stage: Int) -> [Int] {
    let end = window.stages[stage].node
    var isInside = [Bool](repeating: false, count: end + 1)
    isInside[end] = true
    for node in stride(from: end, to: 0, by: -1) where isInside[node] {
      for operand in steps[node - 1].operands where !isFormed[operand] { isInside[operand] = true }
    }
    return isInside.indices.filter { isInside[$0] }
  }

  /// The window with its blocks, given those of `requests` in their order.
  func prepared(_ found: [TokenBlocks<Scalar>]) -> PreparedWindow<Scalar> {
    var rest = found[...]
    let stages = window.stages.map { stage -> PreparedWindow<Scalar>.Stage in
      let step = steps[stage.node - 1]
      switch stage.method {
      case .push: return .init(node: stage.node, operands: step.operands, step: step, features: step.features)
      case .blocks(let sources, let pivot):
        var blocks = Array(rest.prefix(sources.count))
        rest = rest.dropFirst(sources.count)
        if pivot != nil, let last = rest.popFirst() { blocks = blocks.map { $0.followed(by: last) } }
        return .init(node: stage.node, operands: sources, step: step, features: step.features, blocks: blocks)
      }
    }
    return PreparedWindow(stages: stages, nodeCount: steps.count + 1, outputs: outputs)
  }
}
