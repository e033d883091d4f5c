/// Finds the plan of least operations for a list of steps.
///
/// Two levels. *Between cuts*, nodes through which everything goes, dynamic programming chooses which of them to form: the
/// cost of a list is the sum over windows from one formed cut to the next. *Within a window* a descent over the set of nodes to
/// form starts from both ends, everything formed and only what must be, and changes one node at a time. Windows that
/// look alike, as the layers of a stack do, are searched once.
struct PlanSearch {
  private let steps: [PlanStep]
  private let input: (tokens: Int, features: Int)
  /// How many tangents there are, and how many run at once.
  private let directions: Int
  private let chunk: Int
  private var known: [[PlanStep]: JacobianPlan.Window?] = [:]

  /// Windows have at most this many steps, enough for any layer of the literature.
  private static let longestWindow = 40
  /// And at most this many cuts inside; a stack of many small layers must not make the search slow.
  private static let mostCuts = 10

  init(steps: [PlanStep], input: (tokens: Int, features: Int), directions: Int, chunk: Int) {
    self.steps = steps
    self.input = input
    self.directions = directions
    self.chunk = chunk
  }

  /// The cheapest plan over the given cuts, ascending from 0 to the last node.
  mutating func plan(cuts: [Int]) -> JacobianPlan {
    var best: [(cost: Double, windows: Int, from: Int, window: JacobianPlan.Window)?] = Array(
      repeating: nil, count: cuts.count)
    for end in cuts.indices.dropFirst() {
      for start in stride(from: end - 1, through: max(0, end - Self.mostCuts), by: -1) {
        let range = cuts[start]..<cuts[end]
        if start < end - 1, range.count > Self.longestWindow { break }
        guard start == 0 || best[start] != nil, let window = window(range) else { continue }
        let cost = window.operations + (start == 0 ? 0 : best[start]?.cost ?? 0)
        if best[end].map({ cost < $0.cost }) ?? true { best[end] = (cost, 0, start, window) }
      }
    }
    var windows: [JacobianPlan.Window] = []
    var end = cuts.count - 1
    while end > 0, let choice = best[end] {
      windows.append(choice.window)
      end = choice.from
    }
    return JacobianPlan(windows: windows.reversed())
  }

  /// The cheapest way through the steps of a range.
  private mutating func window(_ range: Range<Int>) -> JacobianPlan.Window? {
    var local = Array(steps[range])
    for index in local.indices {
      local[index].operands = local[index].operands.map { $0 - range.lowerBound }
    }
    // The last node is formed in any case; whether it is a result makes no difference.
    local[local.count - 1].isOutput = true
    var found: JacobianPlan.Window?
    if let same = known[local] {
      found = same
    } else {
      let shape =
        range.lowerBound == 0 ? input : (steps[range.lowerBound - 1].tokens, steps[range.lowerBound - 1].features)
      found = search(local, from: shape)
      known[local] = .some(found)
    }
    found?.steps = range
    return found
  }

  private func search(_ steps: [PlanStep], from shape: (tokens: Int, features: Int)) -> JacobianPlan.Window? {
    var (expanded, nodes) = steps.expandingParts()
    for (node, step) in zip(nodes.dropFirst(), steps) { expanded[node - 1].isOutput = step.isOutput }
    let hasParts = expanded.count > steps.count
    var best: JacobianPlan.Window?
    for isExpanded in hasParts ? [false, true] : [false] {
      let count = WindowCount(
        steps: isExpanded ? expanded : steps, start: shape, directions: directions, chunk: chunk)
      for start in [count.everything, count.onlyForced] {
        let found = count.descend(from: start)
        if found.operations < best?.operations ?? .infinity {
          best = JacobianPlan.Window(
            steps: 0..<steps.count, isExpanded: isExpanded, stages: found.stages, operations: found.operations,
            blockElements: count.blockElements(found.stages), widest: count.widest(found.stages))
        }
      }
    }
    return best
  }
}
