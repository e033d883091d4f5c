import Synchronization

/// A bar on standard error for work of more than a second; nothing where standard error is no terminal.
final class ProgressBar: Sendable {
  private struct State {
    var shown = false
    var last: ContinuousClock.Instant
  }

  private let isActive = StandardError.isTerminal
  private let start = ContinuousClock.now
  private let state = Mutex(State(last: ContinuousClock.now))

  /// Draws the bar where a second has passed since the start and a tenth since the last drawing.
  func update(done: Int, total: Int) {
    guard isActive, total > 0 else { return }
    let now = ContinuousClock.now
    guard now - start > .seconds(1) else { return }
    state.withLock { state in
      guard !state.shown || done == total || now - state.last > .milliseconds(100) else { return }
      (state.shown, state.last) = (true, now)
      let width = 30
      let filled = done * width / total
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
      StandardError.write("\r[\(bar)] \(done)/\(total) samples")
    }
  }

  /// Removes the bar.
  func clear() {
    state.withLock { state in
      if state.shown { StandardError.write("\r\u{1B}[K") }
      state.shown = false
    }
  }
}
