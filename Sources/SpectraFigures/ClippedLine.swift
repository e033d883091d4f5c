/// The parts of a line within a plane, as places from 0 to 1 on both axes, cut off exactly at the edges (Liang and Barsky 1984).
struct ClippedLine {
  let parts: [[(x: Double, y: Double)]]

  init(_ points: [HeatMap.Point], x: FigureAxis, y: FigureAxis) {
    let places = points.compactMap { point -> (x: Double, y: Double)? in
      guard let x = x.position(point.x), let y = y.position(point.y), abs(x) < 1e6, abs(y) < 1e6 else { return nil }
      return (x, y)
    }
    var parts: [[(x: Double, y: Double)]] = []
    var isOpen = false
    for (from, to) in zip(places, places.dropFirst()) {
      guard let (start, end) = Self.inside(from, to) else {
        isOpen = false
        continue
      }
      func at(_ share: Double) -> (x: Double, y: Double) {
        (from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share)
      }
      if !isOpen || start > 0 { parts.append([at(start)]) }
      parts[parts.count - 1].append(at(end))
      isOpen = end == 1
    }
    self.parts = parts
  }

  /// The shares of the way at which a piece enters the unit square and leaves it; nil where it misses it.
  private static func inside(
    _ from: (x: Double, y: Double), _ to: (x: Double, y: Double)
  ) -> (start: Double, end: Double)? {
    var (start, end) = (0.0, 1.0)
    for (place, step) in [(from.x, to.x - from.x), (from.y, to.y - from.y)] {
      // Entering over one edge, leaving over the other.
      for (direction, distance) in [(-step, place), (step, 1 - place)] {
        if direction == 0 {
          if distance < 0 { return nil }
        } else if direction < 0 {
          start = max(start, distance / direction)
        } else {
          end = min(end, distance / direction)
        }
      }
    }
    return start <= end ? (start, end) : nil
  }
}
