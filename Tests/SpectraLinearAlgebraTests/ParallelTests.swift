import Synchronization
import Testing

@testable import SpectraLinearAlgebra

@Suite("Work shared among threads")
struct ParallelTests {
  static let threads = [-1, 0, 1, 2, 3, 8, 100]

  @Test("Each item runs once", arguments: threads, [0, 1, 2, 7, 50])
  func once(threads: Int, count: Int) {
    let runs = Mutex([Int](repeating: 0, count: count))
    let body: @Sendable (Int, inout Void) -> Void = { item, _ in runs.withLock { $0[item] += 1 } }
    Parallel.forEach(Array(0..<count), threads: threads, state: {}, body)
    #expect(runs.withLock { $0 } == Array(repeating: 1, count: count))
  }

  @Test("Results stand in the order of the items, whichever ends first", arguments: threads)
  func order(threads: Int) {
    let items = (0..<40).map { "item \($0)" }
    let results = Parallel.map(items, threads: threads) { item in
      // The early items take longest.
      var total = 0
      for step in 0..<(item.hasSuffix("0") ? 20_000 : 10) { total &+= step }
      return total >= 0 ? item + " done" : item
    }
    #expect(results == items.map { $0 + " done" })
    #expect(Parallel.map([Int](), threads: threads) { $0 }.isEmpty)
  }

  @Test("Optional results keep those that are nil")
  func optionals() {
    let results = Parallel.map(Array(0..<6), threads: 3) { $0.isMultiple(of: 2) ? $0 : nil }
    #expect(results == [0, nil, 2, nil, 4, nil])
  }

  @Test("No more workers than threads or items, each with a state of its own", arguments: threads, [1, 2, 9])
  func states(threads: Int, count: Int) {
    let made = Atomic(0)
    let current = Atomic(0)
    let most = Mutex(0)
    let seen = Mutex([Int: Int]())
    Parallel.forEach(Array(0..<count), threads: threads) {
      (worker: made.add(1, ordering: .relaxed).newValue, items: 0)
    } _: { _, state in
      let running = current.add(1, ordering: .relaxed).newValue
      most.withLock { $0 = max($0, running) }
      state.items += 1
      seen.withLock { $0[state.worker] = state.items }
      current.subtract(1, ordering: .relaxed)
    }
    let workers = max(1, min(threads, count))
    #expect(made.load(ordering: .relaxed) == workers)
    #expect(most.withLock { $0 } <= workers)
    // What the states counted together is every item once: no state was shared or made anew between items.
    #expect(seen.withLock { $0.values.reduce(0, +) } == count)
  }

  @Test("One worker runs the items in order, on the caller's thread")
  func inOrder() {
    let order = Mutex([Int]())
    let body: @Sendable (Int, inout Void) -> Void = { item, _ in order.withLock { $0.append(item) } }
    Parallel.forEach(Array(0..<20), threads: 1, state: {}, body)
    #expect(order.withLock { $0 } == Array(0..<20))
    #expect(Parallel.availableProcessors >= 1)
  }
}
