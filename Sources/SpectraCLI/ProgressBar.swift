import Dispatch
import Synchronization

/// A bar on standard error for work of more than a second; nothing where standard error is no terminal.
///
/// It is drawn by the clock, so that it moves also while one long sample is at work.
final class ProgressBar: Sendable {
  private struct State {
    var (done, total) = (0, 0)
    var shown = false
    var ended = false
  }

  private let start = ContinuousClock.now
  private let state = Mutex(State())
  private let isActive = StandardError.isTerminal
  private let unit: String

  /// - Parameter unit: what is counted.
  init(unit: String = "samples") {
    self.unit = unit
    if isActive { draw(after: .seconds(1)) }
  }

  /// Takes note of what is done.
  func update(done: Int, total: Int) {
    guard isActive else { return }
    state.withLock { ($0.done, $0.total) = (max($0.done, done), total) }
  }

  /// Removes the bar for good.
  func clear() {
    state.withLock { state in
      if state.shown { StandardError.write("\r\u{1B}[K") }
      (state.shown, state.ended) = (false, true)
    }
  }

  /// Draws, and again every quarter of a second until the end.
  private func draw(after delay: DispatchTimeInterval) {
    DispatchQueue.global(qos: .userInteractive).asyncAfter(deadline: .now() + delay) { [weak self] in
      guard let self, self.draw() else { return }
      self.draw(after: .milliseconds(250))
    }
  }

  /// Draws the bar; false where there is nothing to draw any more.
  private func draw() -> Bool {
    let seconds = (ContinuousClock.now - start).components.seconds
    return state.withLock { state in
      guard !state.ended else { return false }
      guard state.total > 0 else { return true }
      state.shown = true
      let width = 30
      let filled = state.done * width / state.total
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
      StandardError.write("\r[\(bar)] \(state.done)/\(state.total) \(unit), \(seconds) s")
      return true
    }
  }
}
