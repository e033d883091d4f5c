/// Counts the operations of a window for a given set of nodes that are formed, and improves the set.
struct WindowCount {
  let steps: [PlanStep]
  let start: (tokens: Int, features: Int)
  let directions: Int
  let chunk: Int
  /// Nodes that are formed in any case: results, and what steps that mix tokens read and write.
  private let isForced: [Bool]

  init(steps: [PlanStep], start: (tokens: Int, features: Int), directions: Int, chunk: Int) {
    self.steps = steps
    self.start = start
    self.directions = directions
    self.chunk = chunk
    var isForced = [Bool](repeating: false, count: steps.count + 1)
    isForced[0] = true
    for (index, step) in steps.enumerated() {
      if step.isOutput { isForced[index + 1] = true }
      if step.coupling == .mixed {
        isForced[index + 1] = true
        for operand in step.operands { isForced[operand] = true }
      }
    }
    self.isForced = isForced
  }

  /// Every node is formed: all primitives are pushed directly.
  var everything: [Bool] { Array(repeating: true, count: steps.count + 1) }
  /// Only what must be.
  var onlyForced: [Bool] { isForced }

  /// Forms or merges one node after the other as long as that saves operations.
  func descend(from start: [Bool]) -> (stages: [JacobianPlan.Stage], operations: Double) {
    var isFormed = start
    var best = count(isFormed)
    var improved = true
    while improved {
      improved = false
      for node in isFormed.indices where !isForced[node] {
        isFormed[node].toggle()
        let other = count(isFormed)
        // Ties go to fewer blocks in memory.
        if other.operations < best.operations || (other.operations == best.operations && !isFormed[node]) {
          improved = improved || other.operations < best.operations
          best = other
        } else {
          isFormed[node].toggle()
        }
      }
    }
    return best
  }

  /// The stages that form these nodes, and their operations for one tangent.
  func count(_ isFormed: [Bool]) -> (stages: [JacobianPlan.Stage], operations: Double) {
    var stages: [JacobianPlan.Stage] = []
    var total = 0.0
    for node in 1..<isFormed.count where isFormed[node] {
      let step = steps[node - 1]
      let isPushable = step.operands.allSatisfy { isFormed[$0] }
      let pushed = isPushable ? Double(step.operations) + callCost(1) : .infinity
      if step.coupling == .mixed {
        stages.append(.init(node: node, method: .push))
        total += pushed
        continue
      }
      let merged = blocks(to: node, isFormed)
      if pushed <= merged.operations {
        stages.append(.init(node: node, method: .push))
        total += pushed
      } else {
        stages.append(.init(node: node, method: merged.method))
        total += merged.operations
      }
    }
    return (stages, total)
  }

  /// The elements of the token blocks of these stages.
  func blockElements(_ stages: [JacobianPlan.Stage]) -> Int {
    stages.reduce(0) { total, stage in
      guard case .blocks(let sources, _) = stage.method else { return total }
      let step = steps[stage.node - 1]
      return total + sources.reduce(0) { $0 + step.tokens * features($1) * step.features }
    }
  }

  /// The elements of the largest block that one tangent takes.
  func widest(_ stages: [JacobianPlan.Stage]) -> Int {
    stages.reduce(start.tokens * start.features) { max($0, steps[$1.node - 1].tokens * steps[$1.node - 1].features) }
  }

  // MARK: Token blocks

  /// What forming a node through token blocks costs for one tangent: applying them, and its share of computing them.
  private func blocks(to node: Int, _ isFormed: [Bool]) -> (method: JacobianPlan.Method, operations: Double) {
    let region = region(of: node, isFormed)
    let tokens = steps[node - 1].tokens
    let width = steps[node - 1].features
    var applying = 0.0
    var computing = 0.0
    let pivot = region.sources.count > 1 ? region.cut : nil
    let target = pivot ?? node
    for source in region.sources {
      let push = pushing(from: source, to: target, through: region.nodes)
      let size = features(source)
      let isUniform = push.isUniform && pivot == nil
      applying += Double(tokens * size * width) + callCost(isUniform ? 1 : tokens)
      computing += push.operations * Double(size)
      if pivot != nil { computing += Double(tokens * size * features(target) * width) }
    }
    if let pivot {
      computing += pushing(from: pivot, to: node, through: region.nodes).operations * Double(features(pivot))
    }
    return (.blocks(from: region.sources, pivot: pivot), applying + computing / Double(directions))
  }

  /// What lies between the nearest formed nodes and a node: all of it leaves tokens alone.
  struct Region {
    /// The formed nodes at its start, ascending.
    var sources: [Int]
    /// The nodes inside and its end, ascending.
    var nodes: [Int]
    /// The first node through which everything from the sources to the end goes; nil where that is the end itself.
    var cut: Int?
  }

  func region(of node: Int, _ isFormed: [Bool]) -> Region {
    var isInside = [Bool](repeating: false, count: node + 1)
    var isSource = [Bool](repeating: false, count: node + 1)
    isInside[node] = true
    for inner in stride(from: node, to: 0, by: -1) where isInside[inner] {
      for operand in steps[inner - 1].operands {
        if isFormed[operand] { isSource[operand] = true } else { isInside[operand] = true }
      }
    }
    let nodes = (1...node).filter { isInside[$0] }
    let sources = isSource.indices.filter { isSource[$0] }
    // From the end backwards: the earliest node that a later one reads.
    var cut: Int?
    var earliest = node
    for inner in nodes.reversed() where inner > sources.last ?? 0 {
      if inner < node, earliest >= inner { cut = inner }
      earliest = min(earliest, steps[inner - 1].operands.min() ?? 0)
    }
    return Region(sources: sources, nodes: nodes, cut: cut)
  }

  /// The operations of pushing one tangent of every token from a node to another, and whether its image is the same for
  /// all tokens.
  private func pushing(from source: Int, to target: Int, through nodes: [Int]) -> (operations: Double, isUniform: Bool)
  {
    // Nil where a node does not depend on the source, else whether its block is the same for all tokens.
    var uniform: [Int: Bool] = [source: true]
    var operations = 0.0
    for node in nodes where node > source && node <= target {
      let step = steps[node - 1]
      let dependencies = step.operands.compactMap { uniform[$0] }
      if dependencies.isEmpty { continue }
      let isUniform = step.coupling == .uniform && dependencies.allSatisfy { $0 }
      uniform[node] = isUniform
      operations += Double(step.operations) / Double(isUniform ? max(1, step.tokens) : 1)
    }
    return (operations, uniform[target] ?? true)
  }

  private func features(_ node: Int) -> Int { node == 0 ? start.features : steps[node - 1].features }

  /// The share of a tangent in the calls of matrix products.
  private func callCost(_ calls: Int) -> Double { Double(calls * OperationCount.call) / Double(chunk) }
}
