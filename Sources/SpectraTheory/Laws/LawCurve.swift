import RealModule
import SpectraAnalysis

extension SpectralCurve {
  /// The share of the continuous part's mass that a curve leaves below its first point where the density reaches down to σ = 0.
  static let tailShare = 1e-10

  /// The curve of a law that can be asked at any point between its edges.
  ///
  /// The points are dense where the density or the mass changes, and close in on the edges as a square root asks for. The mass at
  /// each is the law's own, not a sum over the points.
  ///
  /// - Parameters:
  ///   - lower: the lower edge in ln σ, −∞ where there is none.
  ///   - upper: the upper edge.
  ///   - mass: that of the continuous part.
  ///   - atoms: the values of finite share.
  ///   - points: how many, at least 16.
  ///   - sample: density and mass above; asked from the upper edge downwards.
  /// - Throws: what `sample` throws.
  init(
    lower: Double, upper: Double, mass: Double, atoms: [Atom], points: Int,
    sample: (Double) throws(TheoryError) -> LawSample
  ) throws(TheoryError) {
    let places = atoms.compactMap { atom in atom.logSingularValue.map { (place: $0, weight: atom.weight) } }
    func point(at u: Double) throws(TheoryError) -> CurvePoint {
      let value = try sample(u)
      let above = places.reduce(value.massAbove) { $1.place > u ? $0 - $1.weight : $0 }
      return CurvePoint(place: u, density: value.density, below: min(max(mass - above, 0), mass))
    }
    let walk = try Self.walk(lower: lower, upper: upper, mass: mass, point: point)
    let chosen = Self.chosen(from: walk, mass: mass, count: max(points, 16) - (lower.isFinite ? 2 : 1))
    var descending = [CurvePoint]()
    for place in chosen {
      guard
        let next = try Self.unlessFaint(
          descending.last, lower: lower, mass: mass, { () throws(TheoryError) in try point(at: place) })
      else { break }
      descending.append(next)
    }
    // At an edge the density is 0, unless it grows towards it without bound: there it is that of the nearest point.
    func edge(_ place: Double, below: Double, near: [CurvePoint]) -> CurvePoint {
      let grows = near.count > 8 && near[0].density > 1.2 * near[8].density
      return CurvePoint(place: place, density: grows ? near[0].density : 0, below: below)
    }
    var all = [edge(upper, below: mass, near: walk)] + descending
    if lower.isFinite { all.append(edge(lower, below: 0, near: walk.reversed())) }
    for index in all.indices.dropFirst() {
      // Rounding of a mass near 0 must not make it fall; more than rounding is another solution.
      guard all[index].below <= all[index - 1].below + 1e-6 * mass else {
        throw .notConverged(what: "The mass of a law", at: "ln σ = \(all[index].place)")
      }
      all[index].below = min(all[index].below, all[index - 1].below)
    }
    all.reverse()
    self.init(
      logSingularValues: all.map(\.place), density: all.map(\.density), cumulative: all.map(\.below), atoms: atoms)
  }

  /// The next point; nil where none is found and less than 1e-6 of the mass is left of a tail without an end, which goes on
  /// exponentially below the last point.
  private static func unlessFaint(
    _ last: CurvePoint?, lower: Double, mass: Double, _ next: () throws(TheoryError) -> CurvePoint
  ) throws(TheoryError) -> CurvePoint? {
    do { return try next() } catch {
      guard !lower.isFinite, let last, last.below <= 1e-6 * mass else { throw error }
      return nil
    }
  }

  /// A law at a place.
  private struct CurvePoint {
    var place: Double
    var density: Double
    /// The continuous mass below.
    var below: Double
  }

  /// Points from the upper edge to the lower one, or to where the tail ends: close to the edges, then in steps over which density
  /// and mass change by a tenth.
  private static func walk(
    lower: Double, upper: Double, mass: Double, point: (Double) throws(TheoryError) -> CurvePoint
  ) throws(TheoryError) -> [CurvePoint] {
    let scale = lower.isFinite ? upper - lower : 1
    // Nothing nearer than some last bits of ln σ can be told apart.
    let nearest = max(1e-8 * scale, 16 * upper.ulp)
    var result = [CurvePoint]()
    var (place, step, peak) = (upper, nearest, 0.0)
    while result.count < 20_000 {
      if lower.isFinite {
        if place - lower <= 2 * nearest { return result }
        step = min(step, max(nearest, 0.3 * (place - lower)))
      }
      let last = result.last
      guard
        let next = try unlessFaint(
          last, lower: lower, mass: mass, { () throws(TheoryError) in try point(place - step) })
      else { return result }
      if let last, last.below - next.below > 0.2 * mass, step > nearest {
        // Over a part of the law, after a gap perhaps: back, with steps that see it.
        step = max(nearest, step / 4)
        continue
      }
      place -= step
      result.append(next)
      if !lower.isFinite, next.below <= tailShare * mass { return result }
      peak = max(peak, next.density)
      guard let last else { continue }
      // In a gap between two parts, where the density is 0 to rounding, there is nothing to follow.
      let change = max(
        abs(next.density - last.density) / max(next.density, last.density, 1e-9 * peak, 1e-300),
        (last.below - next.below) / mass)
      step *= change > 0.15 ? 0.6 : change < 0.1 ? 1.3 : 1
    }
    throw .notConverged(what: "The lower tail of a law", at: "ln σ = \(place)")
  }

  /// Places at which the walk's changes are shared out evenly, descending.
  private static func chosen(from walk: [CurvePoint], mass: Double, count: Int) -> [Double] {
    guard let first = walk.first, let last = walk.last else { return [] }
    let whole = first.place - last.place
    let central = walk.filter { $0.below > 0.05 * mass && $0.below < 0.95 * mass }
    let width = max((central.first?.place ?? first.place) - (central.last?.place ?? last.place), 1e-3 * whole)
    let typical = mass / width
    var sums = [0.0]
    for (above, below) in zip(walk, walk.dropFirst()) {
      // Each term is at most about 1 from end to end: the mass, the density (one that grows without bound too), the length, and the
      // decades of the tail.
      let heights = [above, below].map { $0.density / ($0.density + typical) }
      let tails = [above, below].map { .log($0.below / mass + tailShare) / 23 }
      let change =
        (above.below - below.below) / mass + abs(heights[0] - heights[1]) + (above.place - below.place) / whole / 3
        + abs(tails[0] - tails[1]) / 2
      sums.append(sums[sums.count - 1] + change)
    }
    guard let total = sums.last, total > 0, count > 1 else { return walk.map(\.place) }
    var places = [first.place]
    var index = 0
    for k in 1..<count {
      let target = total * Double(k) / Double(count - 1)
      while index < sums.count - 2, sums[index + 1] < target { index += 1 }
      let share = min(1, (target - sums[index]) / max(sums[index + 1] - sums[index], 1e-300))
      let place = walk[index].place - share * (walk[index].place - walk[index + 1].place)
      if place < places[places.count - 1] - 4 * place.ulp { places.append(place) }
    }
    return places
  }
}
