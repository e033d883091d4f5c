import RealModule
import SpectraAnalysis

extension FreeProductLaw {
  /// The ends of the continuous part, from the equation.
  ///
  /// Beyond the support m is real and z falls with it; an end is where dz/dm = 0. Where an atom comes first, the end is found by
  /// bisection of the mass, to 1e-8 in ln σ at an end like a square root. Where there is neither, the support ends where the gates' own does.
  func solvedEdges() throws(TheoryError) -> (lower: Double, upper: Double)? {
    guard let equation else { return nil }
    return (try lowerEdge(equation), try upperEdge(equation))
  }

  private func upperEdge(_ equation: FreeProductEquation) throws(TheoryError) -> Double {
    let end = equation.upperEnd
    if case .turn(let edge) = end { return edge / 2 }
    if let top = atoms.compactMap(\.logSingularValue).max() {
      if let edge = equation.turningPointBelowTop { return edge / 2 }
      return try massEdge(from: top, step: -1)
    }
    guard case .gates(let place) = end else {
      throw .notConverged(what: "The upper end of the law of \(name)", at: "any m")
    }
    return try faintEdge(below: place / 2)
  }

  /// The ln σ above which the mass is left that tails are cut at, where the largest gates are as good as never met: their share is less than the rounding
  /// of the others'.
  private func faintEdge(below start: Double) throws(TheoryError) -> Double {
    guard var solver = solver() else { return start }
    func isInside(_ place: Double) -> Bool {
      ((try? solver.sample(at: place))?.massAbove).map { $0 > SpectralCurve.tailShare } ?? false
    }
    let last = 1e-12 * max(1, abs(start))
    // A density that grows towards the gates' own end reaches it.
    if isInside(start - last) { return start }
    var width = 1e-6
    while !isInside(start - width), width < 1e3 { width *= 2 }
    let edge = bisection(from: start - width, to: start - (width > 1e-6 ? width / 2 : 0), while: isInside)
    guard try solver.sample(at: edge - last).massAbove < 10 * SpectralCurve.tailShare else {
      throw .notConverged(what: "The upper end of the law of \(name)", at: "ln σ = \(edge)")
    }
    return edge
  }

  private func lowerEdge(_ equation: FreeProductEquation) throws(TheoryError) -> Double {
    guard equation.hasLowerEdge else { return -.infinity }
    if let edge = equation.lowerTurningPoint { return edge / 2 }
    if let bottom = atoms.compactMap(\.logSingularValue).min() { return try massEdge(from: bottom, step: 1) }
    let units = equation.groups.reduce(0) { $0 + $1.count * .log($1.gates.least) }
    return (equation.logScale + units) / 2
  }

  /// The ln σ at which the mass of the continuous part begins, on one side of an atom.
  private func massEdge(from start: Double, step: Double) throws(TheoryError) -> Double {
    guard var solver = solver() else { return start }
    let places = atoms.compactMap { atom in atom.logSingularValue.map { (place: $0, weight: atom.weight) } }
    let whole = 1 - atoms.reduce(0) { $0 + $1.weight }
    /// Whether there is continuous mass between the start and a place.
    func hasMass(_ place: Double) throws(TheoryError) -> Bool {
      let above = try places.reduce(solver.sample(at: place).massAbove) { $1.place > place ? $0 - $1.weight : $0 }
      return (step < 0 ? above : whole - above) > 1e-12
    }
    var width = 1e-6
    while try !hasMass(start + step * width) {
      width *= 2
      if width > 1e6 {
        throw .notConverged(what: "The end of the continuous part of the law of \(name)", at: "ln σ = \(start)")
      }
    }
    var (inside, outside) = (start + step * width, start + step * (width > 1e-6 ? width / 2 : 0))
    while abs(outside - inside) > 1e-11 * max(1, abs(start)) {
      let middle = (inside + outside) / 2
      if try hasMass(middle) { inside = middle } else { outside = middle }
    }
    return inside
  }
}
