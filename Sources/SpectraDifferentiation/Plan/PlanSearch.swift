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
  /// For each step a number that it shares with those that look like it.
  private let kinds: [Int]
  private var known: [[Int]: JacobianPlan.Window] = [:]

  /// Windows have at most this many steps, enough for any layer of the literature.
  private static let longestWindow = 32
  /// And at most this many cuts inside; a stack of many small layers must not make the search slow.
  private static let mostCuts = 10

  init(steps: [PlanStep], input: (tokens: Int, features: Int), directions: Int, chunk: Int) {
    self.steps = steps
    self.input = input
    self.directions = directions
    self.chunk = chunk
    var numbers: [PlanStep: Int] = [:]
    kinds = steps.enumerated().map { index, step in
      // Operands counted back from the step, so that equal layers look alike wherever they are.
      var relative = step
      relative.isOutput = false
      relative.operands = step.operands.map { index + 1 - $0 }
      if let known = numbers[relative] { return known }
      numbers[relative] = numbers.count
      return numbers.count - 1
    }
  }

  /// The cheapest plan over the given cuts, ascending from 0 to the last node.
  mutating func plan(cuts: [Int]) -> JacobianPlan {
    var best: [(cost: Double, from: Int, window: JacobianPlan.Window)?] = Array(
      repeating: nil, count: cuts.count)
    for end in cuts.indices.dropFirst() {
      for start in stride(from: end - 1, through: max(0, end - Self.mostCuts), by: -1) {
        let range = cuts[start]..<cuts[end]
        if start < end - 1, range.count > Self.longestWindow { break }
        guard start == 0 || best[start] != nil else { continue }
        let window = window(range)
        let cost = window.operations + (start == 0 ? 0 : best[start]?.cost ?? 0)
        if best[end].map({ cost < $0.cost }) ?? true { best[end] = (cost, start, window) }
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
  private mutating func window(_ range: Range<Int>) -> JacobianPlan.Window {
    let before = range.lowerBound == 0 ? nil : steps[range.lowerBound - 1]
    let shape = before.map { ($0.tokens, $0.features) } ?? input
    // The last node is formed in any case, whether it is a result or not.
    let results = range.dropLast().filter { steps[$0].isOutput }.map { $0 - range.lowerBound }
    let key = [shape.0, shape.1, results.count] + results + kinds[range]
    if var same = known[key] {
      same.steps = range
      return same
    }
    var own = Array(steps[range])
    for index in own.indices { own[index].operands = own[index].operands.map { $0 - range.lowerBound } }
    own[own.count - 1].isOutput = true
    var found = search(own, from: shape)
    known[key] = found
    found.steps = range
    return found
  }

  private func search(_ steps: [PlanStep], from shape: (tokens: Int, features: Int)) -> JacobianPlan.Window {
    var (expanded, nodes) = steps.expandingParts()
    for (node, step) in zip(nodes.dropFirst(), steps) { expanded[node - 1].isOutput = step.isOutput }
    // A stretch without cuts as long as a network is pushed as it is.
    guard steps.count < WindowCount.capacity else {
      return .pushing(
        0..<steps.count, operations: steps.reduce(0) { $0 + Double($1.operations) },
        widest: steps.reduce(shape.tokens * shape.features) { max($0, $1.tokens * $1.features) })
    }
    var candidates: [JacobianPlan.Window] = []
    let plain = WindowCount(steps: steps, start: shape, directions: directions, chunk: chunk)
    for set in [plain.descend(from: plain.everything), plain.descend(from: plain.forced)] {
      candidates.append(plain.window(set, isExpanded: false))
    }
    if expanded.count > steps.count, expanded.count < WindowCount.capacity {
      let apart = WindowCount(steps: expanded, start: shape, directions: directions, chunk: chunk)
      candidates.append(apart.window(apart.descend(from: apart.forced), isExpanded: true))
    }
    var best = candidates[0]
    for other in candidates where other.operations < best.operations { best = other }
    return best
  }
}

extension JacobianPlan.Window {
  /// The steps of a window, each pushed as it is.
  static func pushing(_ steps: Range<Int>, operations: Double, widest: Int) -> JacobianPlan.Window {
    JacobianPlan.Window(
      steps: steps, isExpanded: false, stages: (1...steps.count).map { .init(node: $0, method: .push) },
      operations: operations, blockElements: 0, widest: widest)
  }
}
