/// Counts the operations of a window for a given set of nodes that are formed, and improves the set.
///
/// A node is a bit, so that the thousands of sets that a search looks at cost little.
struct WindowCount {
  /// A set of nodes.
  typealias Nodes = UInt64
  /// A window has at most this many nodes.
  static var capacity: Int { Nodes.bitWidth }

  private let steps: [PlanStep]
  private let start: (tokens: Int, features: Int)
  private let directions: Int
  private let chunk: Int
  /// For each node the nodes that its step reads.
  private let operands: [Nodes]
  /// Only what must be formed: results, and what steps that mix tokens read and write.
  let forced: Nodes
  /// Every node: all primitives are pushed directly.
  let everything: Nodes

  init(steps: [PlanStep], start: (tokens: Int, features: Int), directions: Int, chunk: Int) {
    precondition(steps.count < Self.capacity, "A window of \(steps.count) steps is longer than is searched.")
    self.steps = steps
    self.start = start
    self.directions = directions
    self.chunk = chunk
    let operands = [0] + steps.map { $0.operands.reduce(0) { $0 | Self.bit($1) } }
    var forced = Self.bit(0)
    for (index, step) in steps.enumerated() {
      if step.isOutput { forced |= Self.bit(index + 1) }
      if step.coupling == .mixed { forced |= Self.bit(index + 1) | operands[index + 1] }
    }
    self.operands = operands
    self.forced = forced
    everything = Self.bit(steps.count + 1) &- 1
  }

  private static func bit(_ node: Int) -> Nodes { 1 << Nodes(node) }

  /// Forms or merges one node after the other as long as that saves operations.
  func descend(from start: Nodes) -> Nodes {
    var formed = start
    var costs = [Cost](repeating: Cost(), count: steps.count + 1)
    for node in 1...steps.count where formed & Self.bit(node) != 0 { costs[node] = cost(of: node, formed) }
    var improved = true
    while improved {
      improved = false
      for node in 1...steps.count where forced & Self.bit(node) == 0 {
        let before = costs
        formed ^= Self.bit(node)
        let isFormed = formed & Self.bit(node) != 0
        costs[node] = isFormed ? cost(of: node, formed) : Cost()
        var saved = before[node].operations - costs[node].operations
        for other in (node + 1)..<costs.count where costs[other].touched & Self.bit(node) != 0 {
          costs[other] = cost(of: other, formed)
          saved += before[other].operations - costs[other].operations
        }
        // Ties go to fewer blocks in memory.
        if saved > 0 || (saved == 0 && !isFormed) {
          improved = improved || saved > 0
        } else {
          formed ^= Self.bit(node)
          costs = before
        }
      }
    }
    return formed
  }

  /// The window in which these nodes are formed.
  func window(_ formed: Nodes, isExpanded: Bool) -> JacobianPlan.Window {
    var window = JacobianPlan.Window(
      steps: 0..<steps.count, isExpanded: isExpanded, stages: [], operations: 0, blockElements: 0,
      widest: start.tokens * start.features)
    for node in 1...steps.count where formed & Self.bit(node) != 0 {
      let step = steps[node - 1]
      let cost = cost(of: node, formed)
      window.operations += cost.operations
      window.widest = max(window.widest, step.tokens * step.features)
      if cost.isPushed {
        window.stages.append(.init(node: node, method: .push))
        continue
      }
      let region = region(of: node, formed)
      let sources = region.sources.members
      window.blockElements += sources.reduce(0) { $0 + step.tokens * features($1) * step.features }
      window.stages.append(
        .init(node: node, method: .blocks(from: sources, pivot: sources.count > 1 ? region.cut : nil)))
    }
    return window
  }

  // MARK: One node

  /// What forming a node costs for one tangent.
  private struct Cost {
    var operations = 0.0
    var isPushed = false
    /// The nodes that are read or merged for it.
    var touched: Nodes = 0
  }

  private func cost(of node: Int, _ formed: Nodes) -> Cost {
    let step = steps[node - 1]
    let reads = operands[node]
    let pushed = reads & ~formed == 0 ? Double(step.operations) + callCost(1) : .infinity
    if step.coupling == .mixed { return Cost(operations: pushed, isPushed: true, touched: reads) }
    let region = region(of: node, formed)
    let merged = blockOperations(to: node, region)
    return Cost(
      operations: min(pushed, merged), isPushed: pushed <= merged, touched: region.inside | region.sources | reads)
  }

  /// What forming a node through token blocks costs: applying them, and a tangent's share of computing them.
  private func blockOperations(to node: Int, _ region: Region) -> Double {
    let (tokens, width) = (steps[node - 1].tokens, steps[node - 1].features)
    var applying = 0.0
    var computing = 0.0
    let hasPivot = region.cut != nil && region.sources.nonzeroBitCount > 1
    let target = hasPivot ? region.cut ?? node : node
    var rest = region.sources
    while let source = rest.popFirst() {
      let push = pushing(from: source, to: target, through: region.inside)
      let size = features(source)
      let isUniform = push.isUniform && !hasPivot
      applying += Double(tokens * size * width) + callCost(isUniform ? 1 : tokens)
      computing += push.operations * Double(size)
      computing += Double(OperationCount.storage((isUniform ? 1 : tokens) * size * width))
      if hasPivot { computing += Double(tokens * size * features(target) * width) }
    }
    if hasPivot {
      computing += pushing(from: target, to: node, through: region.inside).operations * Double(features(target))
    }
    // Where a window ends the next one reads through blocks, too, mostly.
    if tokens == 1, node == steps.count { applying *= Double(8 - steps[node - 1].zeroEighths) / 8 }
    return applying + computing / Double(directions)
  }

  /// What lies between the nearest formed nodes and a node: all of it leaves tokens alone.
  private struct Region {
    /// The formed nodes at its start.
    var sources: Nodes
    /// The nodes between and the node itself.
    var inside: Nodes
    /// The first node through which everything from the sources goes; nil where that is the end itself.
    var cut: Int?
  }

  private func region(of node: Int, _ formed: Nodes) -> Region {
    var inside = Self.bit(node)
    var sources: Nodes = 0
    var rest = inside
    while let inner = rest.popLast() {
      sources |= operands[inner] & formed
      let new = operands[inner] & ~formed & ~inside
      inside |= new
      rest |= new
    }
    // From the end backwards: the earliest node that a later one reads.
    var cut: Int?
    var earliest = node
    rest = inside
    while let inner = rest.popLast(), Self.bit(inner) > sources {
      if inner < node, earliest >= inner { cut = inner }
      earliest = min(earliest, operands[inner].trailingZeroBitCount)
    }
    return Region(sources: sources, inside: inside, cut: cut)
  }

  /// The operations of pushing one tangent of every token from a node to another, and whether its image is the same for
  /// all tokens.
  private func pushing(from source: Int, to target: Int, through inside: Nodes) -> (operations: Double, isUniform: Bool)
  {
    // What depends on the source, and what of that has images that are the same for all tokens.
    var reached = Self.bit(source)
    var uniform = reached
    var operations = 0.0
    var rest = inside & ~(Self.bit(source + 1) &- 1)
    while let node = rest.popFirst(), node <= target {
      let dependencies = self.operands[node] & reached
      if dependencies == 0 { continue }
      reached |= Self.bit(node)
      let step = steps[node - 1]
      let isUniform = step.coupling == .uniform && dependencies & ~uniform == 0
      if isUniform { uniform |= Self.bit(node) }
      if step.isMatrix, dependencies == Self.bit(source) {
        operations += Double(OperationCount.elementwise(step.features))
      } else {
        operations += Double(step.operations) / Double(isUniform ? max(1, step.tokens) : 1)
      }
    }
    return (operations, uniform & Self.bit(target) != 0)
  }

  private func features(_ node: Int) -> Int { node == 0 ? start.features : steps[node - 1].features }

  /// The share of a tangent in the calls of matrix products.
  private func callCost(_ calls: Int) -> Double { Double(calls * OperationCount.call) / Double(chunk) }
}

extension WindowCount.Nodes {
  /// The least member, removed.
  fileprivate mutating func popFirst() -> Int? {
    if self == 0 { return nil }
    defer { self &= self &- 1 }
    return trailingZeroBitCount
  }

  /// The greatest member, removed.
  fileprivate mutating func popLast() -> Int? {
    if self == 0 { return nil }
    let last = bitWidth - 1 - leadingZeroBitCount
    self &= ~(1 << Self(last))
    return last
  }

  /// The members, ascending.
  fileprivate var members: [Int] { (0..<bitWidth).filter { self & (1 << Self($0)) != 0 } }
}
