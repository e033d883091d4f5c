import SpectraLinearAlgebra
import Synchronization

// Jacobians by a plan: windows in groups, chunks of tangents through each group.

extension Linearization {
  /// The plan for this list where all unit tangents of the input are pushed.
  var plan: JacobianPlan {
    // Where there is little to save, looking for it would cost more.
    let direct = directPlan
    if direct.operations * Double(inputCount) < Self.leastPlanned { return direct }
    // Blocks as wide as the input or a result, which is what a plan mostly forms.
    let widest = max(inputCount, outputs.map(\.count).max() ?? 0)
    return plan(directions: inputCount, chunk: Self.chunk(widest: widest, directions: inputCount))
  }

  /// The plan for as many tangents in all, and as many at once.
  func plan(directions: Int, chunk: Int) -> JacobianPlan {
    if steps.isEmpty { return directPlan }
    let outputs = Set(outputNodes)
    let steps = steps.enumerated().map { PlanStep($1, isOutput: outputs.contains($0 + 1)) }
    return PlanCache.shared.plan(
      .init(steps: steps, tokens: inputShape[0], features: inputShape[1], directions: directions, chunk: chunk),
      cuts: cuts)
  }

  /// Every step is pushed as it is.
  var directPlan: JacobianPlan {
    if steps.isEmpty { return JacobianPlan(windows: []) }
    let sizes = steps.map { $0.tokens * $0.features }
    return JacobianPlan(windows: [
      .pushing(
        0..<steps.count, operations: steps.reduce(0) { $0 + Double($1.operations) },
        widest: max(inputCount, sizes.max() ?? 0))
    ])
  }

  /// Below this many multiply-adds, some ten milliseconds, tangents are pushed as they are.
  private static var leastPlanned: Double { 2e8 }

  /// Token blocks of as many windows are computed at once as fit into these bytes: several layers, so that threads find
  /// work and J is not read and written after each, and little beside J.
  static var groupBytes: Int { 32 << 20 }

  /// Fills the matrices of all results, each row-major `[outputs, inputs]`.
  func fill(
    _ targets: [DisjointColumns<Scalar>], by plan: JacobianPlan, chunk: Int, groupBytes: Int, threads: Int
  ) {
    let inputs = inputCount
    // Chunk edges depend on the map alone, never on the number of threads: so do the bits of the result.
    let ranges = stride(from: 0, to: inputs, by: chunk).map { $0..<min($0 + chunk, inputs) }
    let groups = groups(of: plan, bytes: groupBytes)
    // Between groups the tangents wait where the last node's own Jacobian will be, or beside it if there are more of them.
    let last = outputNodes.firstIndex(of: steps.count).map { targets[$0] }
    let ends = groups.dropLast().compactMap { $0.last.map { value(ofNode: $0.steps.upperBound).count } }
    let room = ends.filter { $0 != value(ofNode: steps.count).count }.max().map { $0 * inputs }
    let beside = room.map { DisjointColumns(pointer: UnsafeMutablePointer<Scalar>.allocate(capacity: $0)) }
    defer { beside?.pointer?.deallocate() }
    let stores = ends.map { $0 == value(ofNode: steps.count).count ? last : beside }
    let identities = outputNodes.indices.filter { outputNodes[$0] == 0 }.map { targets[$0] }
    var occupied = ranges.map { _ in 0..<inputShape[0] }
    // The features of the node between two groups that wait at all, the first rows of J then.
    var live: [Int]?
    if groups.isEmpty {
      for range in ranges {
        let unit = Tangents<Scalar>(unit: range, tokens: inputShape[0], features: inputShape[1])
        for target in identities { unit.write(range, into: target, stride: inputs) }
      }
    }
    for (position, group) in groups.enumerated() {
      let isLast = position == groups.count - 1
      let (windows, kept) = PreparedWindow.droppingZeros(
        prepared(group, chunks: ranges.count, threads: threads), start: live,
        isEndReadByBlocks: !isLast && readsStartByBlocks(groups[position + 1][0]))
      let start = value(ofNode: group[0].steps.lowerBound)
      let features = live?.count ?? start.columns
      let before = occupied
      occupied = Parallel.map(Array(ranges.enumerated()), threads: threads, state: Workspace<Scalar>.init) {
        item, workspace in
        let (index, range) = item
        var block = workspace.block(tokens: start.rows, directions: range.count, features: features)
        if position == 0 {
          block.setUnit(range)
          for target in identities { block.write(range, into: target, stride: inputs) }
          block.occupied = range.tokens(ofEach: start.columns)
        } else {
          block.read(range, from: stores[position - 1], stride: inputs)
          block.occupied = before[index]
        }
        for window in windows {
          block = window.run(consume block, in: &workspace) { index, block in
            block.write(range, into: targets[index], stride: inputs)
          }
        }
        if !isLast, let store = stores[position] { block.write(range, into: store, stride: inputs) }
        workspace.recycle(block)
        return block.occupied
      }
      live = kept
    }
  }

  /// The windows of a plan in groups that run one after the other over all chunks. A group ends where blocks, and weights
  /// turned round for them, exceed the limit; at a node of another size than the last one's, whose tangents need a place
  /// of their own, where they exceed it by more than that place.
  func groups(of plan: JacobianPlan, bytes limit: Int) -> [[JacobianPlan.Window]] {
    var groups: [[JacobianPlan.Window]] = []
    var current: [JacobianPlan.Window] = []
    var bytes = 0
    let size = value(ofNode: steps.count).count
    for window in plan.windows {
      let weights = window.blockElements == 0 ? 0 : steps[window.steps].reduce(0) { $0 + ($1.matrix?.count ?? 0) }
      let own = (window.blockElements + weights) * MemoryLayout<Scalar>.stride
      let count = value(ofNode: window.steps.lowerBound).count
      let place = count == size ? 0 : count * inputCount * MemoryLayout<Scalar>.stride
      if !current.isEmpty, bytes + own > limit + place {
        groups.append(current)
        (current, bytes) = ([], 0)
      }
      current.append(window)
      bytes += own
    }
    return current.isEmpty ? groups : groups + [current]
  }

  /// Whether everything in a window that reads its first node does so through token blocks.
  private func readsStartByBlocks(_ window: JacobianPlan.Window) -> Bool {
    // In an expanded window nodes are counted otherwise; none of those has a single token worth the trouble.
    !window.isExpanded
      && window.stages.allSatisfy {
        $0.method != .push || !steps[window.steps.lowerBound + $0.node - 1].operands.contains(window.steps.lowerBound)
      }
  }

  /// Windows with their token blocks.
  private func prepared(_ group: [JacobianPlan.Window], chunks: Int, threads: Int) -> [PreparedWindow<Scalar>] {
    let outputs = Dictionary(grouping: outputNodes.indices) { outputNodes[$0] }
    let windows = Parallel.map(group, threads: threads) {
      PlannedWindow($0, of: self, outputs: outputs, chunks: chunks)
    }
    typealias Entry = (stage: Int, request: PlannedWindow<Scalar>.Request)
    var items: [(window: Int, entry: Entry, directions: Range<Int>)] = []
    for (index, window) in windows.enumerated() {
      for entry in window.requests {
        for directions in window.directionRanges(entry.request) {
          items.append((index, entry, directions))
        }
      }
    }
    // Let go of as they are put together: at a large width the blocks of one layer are tens of megabytes.
    var images: [Tangents<Scalar>?] = Parallel.map(items, threads: threads, state: Workspace<Scalar>.init) {
      item, workspace in
      windows[item.window].images(item.entry, item.directions, in: &workspace)
    }
    var found = windows.map { _ in [TokenBlocks<Scalar>]() }
    var next = 0
    while next < items.count {
      let item = items[next]
      let range = next..<(next + windows[item.window].directionRanges(item.entry.request).count)
      found[item.window].append(TokenBlocks(Tangents(joining: images[range].compactMap { $0 })))
      for index in range { images[index] = nil }
      next = range.upperBound
    }
    return Parallel.map(Array(zip(windows, found)), threads: threads) { $0.prepared($1) }
  }
}

/// Plans that were found, so that the samples of an experiment share one search.
private struct PlanCache: ~Copyable {
  static let shared = PlanCache()

  struct Key: Hashable, Sendable {
    var steps: [PlanStep]
    var tokens: Int
    var features: Int
    var directions: Int
    var chunk: Int
  }

  private let plans = Mutex<[Key: JacobianPlan]>([:])

  func plan(_ key: Key, cuts: [Int]) -> JacobianPlan {
    if let known = plans.withLock({ $0[key] }) { return known }
    var search = PlanSearch(
      steps: key.steps, input: (key.tokens, key.features), directions: key.directions, chunk: key.chunk)
    let plan = search.plan(cuts: cuts)
    plans.withLock { plans in
      // A process that goes through very many architectures must not keep them all.
      if plans.count >= 64 { plans.removeAll() }
      if key.steps.count <= 10_000 { plans[key] = plan }
    }
    return plan
  }
}

// MARK: - Between blocks and matrices

extension Range<Int> {
  /// The tokens to which a range of inputs belongs.
  fileprivate func tokens(ofEach features: Int) -> Range<Int> {
    isEmpty ? 0..<0 : (lowerBound / features)..<((upperBound - 1) / features + 1)
  }
}

extension Tangents {
  /// Blocks of the same value, their directions one after the other.
  init(joining parts: [Tangents]) {
    guard let first = parts.first else { preconditionFailure("Nothing to join.") }
    if parts.count == 1 {
      self = first
      return
    }
    let directions = parts.reduce(0) { $0 + $1.directions }
    self.init(tokens: first.tokens, directions: directions, features: first.features)
    let size = directions * features
    var start = 0
    for part in parts {
      let own = part.directions * part.features
      withUnsafePointers(to: part) { source, target in
        for token in 0..<part.tokens {
          (target + token * size + start).update(from: source + token * own, count: own)
        }
      }
      start += own
    }
  }

  /// Writes the tangents as some columns of a row-major matrix.
  fileprivate func write(_ columns: Range<Int>, into target: DisjointColumns<Scalar>, stride: Int) {
    guard let base = target.pointer else { return }
    writeColumns(into: base + columns.lowerBound, stride: stride)
  }

  /// Reads the tangents from some columns of a row-major matrix.
  fileprivate mutating func read(_ columns: Range<Int>, from source: DisjointColumns<Scalar>?, stride: Int) {
    guard let base = source?.pointer else { return }
    let (tokens, directions, features) = (tokens, directions, features)
    elements.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      for token in 0..<tokens {
        Scalar.transpose(
          base + token * features * stride + columns.lowerBound, rows: features, columns: directions, stride: stride,
          into: target + token * directions * features, stride: features)
      }
    }
  }
}

/// The memory of a matrix that several workers fill, each in its own columns.
///
/// - Safety: `@unchecked Sendable` because each worker reads and writes only the columns of the ranges it took, ranges do not
///   overlap, and nobody else reads before all workers have ended.
struct DisjointColumns<Scalar>: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Scalar>?
}
