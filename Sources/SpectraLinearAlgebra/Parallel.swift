import Dispatch
import Synchronization

/// Work shared among threads of our own; BLAS and LAPACK always run one thread each.
public enum Parallel {
  /// The number of processors this process may use.
  public static var availableProcessors: Int { Backend.availableProcessors }

  /// Calls `body` once for every item, at most `threads` at a time, each worker with a state of its own that it keeps
  /// from item to item. Items start in order; the order in which they end is not defined.
  public static func forEach<Item: Sendable, State>(
    _ items: [Item], threads: Int, state: @Sendable () -> State,
    _ body: @Sendable (Item, inout State) -> Void
  ) {
    let workers = max(1, min(threads, items.count))
    if workers == 1 {
      var own = state()
      for item in items { body(item, &own) }
      return
    }
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      var own = state()
      while case let index = next.add(1, ordering: .relaxed).oldValue, index < items.count { body(items[index], &own) }
    }
  }

  /// The results of `body` for every item, in the items' order, at most `threads` at a time.
  public static func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], threads: Int, _ body: @Sendable (Item) -> Result
  ) -> [Result] {
    let stateless: @Sendable (Item, inout Void) -> Result = { item, _ in body(item) }
    return map(items, threads: threads, state: {}, stateless)
  }

  /// The same with a state of its own for each worker.
  public static func map<Item: Sendable, State, Result: Sendable>(
    _ items: [Item], threads: Int, state: @Sendable () -> State, _ body: @Sendable (Item, inout State) -> Result
  ) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: items.count))
    let store: @Sendable ((offset: Int, element: Item), inout State) -> Void = { item, state in
      let result = body(item.element, &state)
      results.withLock { $0[item.offset] = result }
    }
    forEach(Array(items.enumerated()), threads: threads, state: state, store)
    return results.withLock { $0.compactMap { $0 } }
  }
}
