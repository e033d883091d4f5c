import ComplexModule
import RealModule

/// Solves a product's equation at one ln σ after another.
///
/// Each solution is the start of the next. Where that fails, ln z comes from far above the support, where the solution is known, at
/// arg z = π/2, to its place, and then down to the real axis: the half-plane above has one solution each, without a
/// singularity on the way.
struct FreeProductSolver {
  let equation: FreeProductEquation
  /// ln E[σ²] and the variance of σ² over the square of its mean.
  let logMean: Double
  let relativeVariance: Double
  /// What a failure names.
  let name: String

  private var last: (place: Double, state: FreeProductEquation.State)?

  init(_ equation: FreeProductEquation, logMean: Double, relativeVariance: Double, name: String) {
    (self.equation, self.logMean, self.relativeVariance, self.name) = (equation, logMean, relativeVariance, name)
  }

  /// Density and mass above at ln σ.
  mutating func sample(at logSingularValue: Double) throws(TheoryError) -> LawSample {
    let state = try self.state(at: logSingularValue)
    return LawSample(density: max(0, -2 * state.y.imaginary / .pi), massAbove: equation.massAbove(state))
  }

  /// The solution at ln σ, from the last one where that is near.
  mutating func state(at logSingularValue: Double) throws(TheoryError) -> FreeProductEquation.State {
    let target = Complex(2 * logSingularValue)
    if let (place, state) = last, hasHeight(state) {
      let shift = Complex(2 * (logSingularValue - place))
      if let next = follow(from: state, at: target - shift, to: target, leastShare: 0.1), hasHeight(next) {
        last = (logSingularValue, next)
        return next
      }
    }
    guard let state = continued(to: target) else {
      throw .notConverged(what: "The density of \(name)", at: "ln σ = \(logSingularValue)")
    }
    last = (logSingularValue, state)
    return state
  }

  /// Whether a solution is off the real axis: one on it may have been reached from a solution that is none of the law's.
  private func hasHeight(_ state: FreeProductEquation.State) -> Bool {
    -state.y.imaginary > 1e-6 * state.y.length
  }

  /// The solution by way of the upper half-plane.
  private func continued(to target: Complex<Double>) -> FreeProductEquation.State? {
    let height = Double.pi / 2
    let far = Complex(max(logMean + .log(1 + relativeVariance), target.real) + 6, height)
    guard
      let start = equation.solve(
        far, from: equation.farState(logTarget: far, logMean: logMean, relativeVariance: relativeVariance))
    else { return nil }
    let above = Complex(target.real, height)
    guard let middle = follow(from: start, at: far, to: above, leastShare: 1e-6) else { return nil }
    return follow(from: middle, at: above, to: target, leastShare: 1e-6)
  }

  /// Follows the solution along a straight line of ln z, in steps as long as Newton's method allows.
  private func follow(
    from start: FreeProductEquation.State, at origin: Complex<Double>, to target: Complex<Double>, leastShare: Double
  ) -> FreeProductEquation.State? {
    var (state, done, share) = (start, 0.0, 1.0)
    let way = target - origin
    while done < 1 {
      share = min(share, 1 - done)
      let end = share == 1 - done ? target : origin + way.multiplied(by: done + share)
      if let next = step(from: state, by: way.multiplied(by: share), to: end) {
        state = next
        done = share == 1 - done ? 1 : done + share
        share *= 2
      } else {
        share /= 2
        if share < leastShare { return nil }
      }
    }
    return state
  }

  private func step(
    from state: FreeProductEquation.State, by change: Complex<Double>, to target: Complex<Double>
  ) -> FreeProductEquation.State? {
    var guess = state
    let step = change / state.slope
    // A tangent that leads out of the half-plane, or far away, is no guess.
    if step.length < 0.5 * state.y.length, (state.y + step).imaginary < 0 { guess.y += step }
    for index in guess.zetas.indices {
      let move = step / state.gateSlopes[index]
      if move.length < 0.5 * guess.zetas[index].length, (guess.zetas[index] + move).imaginary > 0 {
        guess.zetas[index] += move
      }
    }
    return equation.solve(target, from: guess)
  }
}
