import RealModule
import SpectraDifferentiation

// Two equations in ln α and β. γ follows from Q(1) = 1, and δ from C(0) = 0 in DKS. In TAT, C′(1) = 1 with Q(1) = 1 says
// (E h + δ)² = α² E[φ′²] − Var h, never negative by Poincaré's inequality: δ is known but for a sign.

extension ActivationTransform {
  /// The transform of `dks` and `tat`.
  func shaped(
    _ activation: any Activation, named name: String, depth: Int
  ) throws(ActivationTransformError) -> TransformedActivation {
    if case .tat = self, !activation.kinks.isEmpty { throw .kinked(activation: name) }
    // Looked at where activations bend. A function without second derivative there is made of straight lines.
    let shape = activation.valuesAndTwoDerivatives((-40...40).map { Double($0) / 8 + 1 / 64 })
    if shape.second.allSatisfy({ $0 == 0 }) {
      if activation.kinks.isEmpty { throw .linear(transform: self.name, activation: name) }
      if activation.kinks.count == 1 { throw .twoLines(activation: name) }
    }
    let steepest = shape.first.reduce(0) { max($0, abs($1)) }
    for shift in [1, -1, 0.5, -0.5, 2, -2, 0] {
      for scale in [1, 0.1] {
        for equations in equations(depth: depth) {
          guard let solution = equations.solution(of: activation, from: (.log(scale), shift)) else { continue }
          // The authors' program rejects TAT with input_scale · output_scale ≥ 2, a mark of solutions far out on a tail. It
          // has activations with slopes up to about 1 in mind; times the largest slope it says the same of any other.
          let product = solution.inputScale * solution.outputScale * steepest
          if case .tat = self, product >= 2 { continue }
          return solution
        }
      }
    }
    throw .noSolution(transform: self.name, activation: name, depth: depth)
  }

  private func equations(depth: Int) -> [ShapingEquations] {
    switch self {
    case .dks(let slope): [ShapingEquations(aim: .slope(.log(slope) / Double(depth)))]
    case .tat(let curvature): [1.0, -1.0].map { .init(aim: .curvature(curvature / Double(depth), sign: $0)) }
    case .tatLeakyReLU: []
    }
  }
}

/// The two equations, and Newton's method for them.
private struct ShapingEquations {
  enum Aim {
    /// DKS, with ln C′(1).
    case slope(Double)
    /// TAT, with C″(1) and the sign of E[φ̂].
    case curvature(Double, sign: Double)
  }

  typealias Point = (logScale: Double, shift: Double)

  var aim: Aim

  /// The smallness of the nonlinearity asked for. Conditions are taken relative to it: those of very deep networks differ
  /// from those of a line by no more.
  private var unit: Double {
    switch aim {
    case .slope(let logarithm): logarithm
    case .curvature(let curvature, _): curvature
    }
  }

  /// What is 0 at a solution: C′(1) or C″(1) first, Q′(1) second, both relative to the unit.
  private func residual(_ moments: GaussianMoments) -> (Double, Double) {
    switch aim {
    case .slope(let logarithm):
      return (
        .log(moments.slope / moments.variance) / logarithm - 1,
        (moments.radial - moments.variance) / moments.variance / logarithm
      )
    case .curvature(let curvature, let sign):
      let mean = sign * max(0, moments.slope - moments.variance).squareRoot()
      return (
        moments.curvature / moments.slope / curvature - 1,
        (moments.radial + mean * moments.tilt - moments.slope) / moments.slope / curvature
      )
    }
  }

  /// The transform from Newton's method at a start; nil where it ends elsewhere than at a solution.
  func solution(of activation: any Activation, from start: Point) -> TransformedActivation? {
    func moments(_ point: Point) -> GaussianMoments {
      GaussianMoments(of: activation, scale: .exp(point.logScale), shift: point.shift)
    }
    func residual(_ point: Point) -> (Double, Double) { self.residual(moments(point)) }
    func size(_ residual: (Double, Double)) -> Double { .hypot(residual.0, residual.1) }

    var (point, value) = (start, residual(start))
    for _ in 0..<60 {
      // Where the residual is rounding, 10 eps of a quotient near 1, there is nothing left to gain.
      if size(value) <= 10 * .ulpOfOne / min(1, unit) { break }
      let (byScale, byShift) = jacobian(residual, at: point)
      let determinant = byScale.0 * byShift.1 - byScale.1 * byShift.0
      var step = (
        (byShift.0 * value.1 - byShift.1 * value.0) / determinant,
        (byScale.1 * value.0 - byScale.0 * value.1) / determinant
      )
      guard step.0.isFinite, step.1.isFinite else { return nil }
      // No step over more than one unit of ln α or β: from far away the tangent points anywhere.
      let damping = min(1, 1 / max(abs(step.0), abs(step.1)))
      step = (damping * step.0, damping * step.1)
      var (next, nextValue) = (point, value)
      for _ in 0..<10 {
        next = (point.logScale + step.0, point.shift + step.1)
        if next.logScale > -14, next.logScale < 2, abs(next.shift) < 12 {
          nextValue = residual(next)
          if size(nextValue) < size(value) { break }
        }
        step = (step.0 / 2, step.1 / 2)
      }
      guard size(nextValue) < size(value) else { break }
      (point, value) = (next, nextValue)
    }
    // Newton's method ends a few roundings from a solution, or nowhere near one. Of a unit that is itself rounding nothing
    // is a solution.
    guard size(value) <= min(max(1e-10, 1e-12 / unit), 1e-2) else { return nil }
    return transformed(activation, at: point, moments(point))
  }

  /// Derivatives by ln α and by β, from central differences: their error, a step squared, costs Newton's method one more
  /// step at most.
  private func jacobian(
    _ residual: (Point) -> (Double, Double), at point: Point
  ) -> (byScale: (Double, Double), byShift: (Double, Double)) {
    let h = 1e-5
    func slope(_ up: (Double, Double), _ down: (Double, Double)) -> (Double, Double) {
      ((up.0 - down.0) / (2 * h), (up.1 - down.1) / (2 * h))
    }
    return (
      slope(residual((point.logScale + h, point.shift)), residual((point.logScale - h, point.shift))),
      slope(residual((point.logScale, point.shift + h)), residual((point.logScale, point.shift - h)))
    )
  }

  private func transformed(
    _ activation: any Activation, at point: Point, _ moments: GaussianMoments
  ) -> TransformedActivation {
    var result = TransformedActivation(activation, inputScale: .exp(point.logScale), inputShift: point.shift)
    switch aim {
    case .slope:
      result.outputShift = -moments.mean
      result.outputScale = 1 / moments.variance.squareRoot()
    case .curvature(_, let sign):
      result.outputShift = sign * max(0, moments.slope - moments.variance).squareRoot() - moments.mean
      result.outputScale = 1 / moments.slope.squareRoot()
    }
    return result
  }
}
