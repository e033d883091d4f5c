/// A curve of places from 0, the lower end of an axis, to 1, the upper; it may go beyond.
struct Curve {
  typealias Place = (x: Double, y: Double)

  private let places: [Place]

  /// A curve of straight lines from place to place.
  init(_ places: [Place]) { self.places = places }

  /// The parts of it between the ends of the axis, cut off exactly where it leaves.
  var visible: [[Place]] {
    var parts: [[Place]] = []
    var part: [Place] = []
    for place in withCrossings {
      if (0...1).contains(place.y) {
        part.append(place)
      } else if !part.isEmpty {
        parts.append(part)
        part = []
      }
    }
    // A touch alone is no part, unless there is no more of the curve.
    return (part.isEmpty ? parts : parts + [part]).filter { $0.count > 1 || places.count == 1 }
  }

  /// The curve with what is beyond an end moved to that end: the edge of an area that is cut off there.
  var clamped: [Place] { withCrossings.map { ($0.x, min(max($0.y, 0), 1)) } }

  /// The curve with its crossings of the ends as places of their own.
  private var withCrossings: [Place] {
    guard var last = places.first else { return [] }
    var result = [last]
    for place in places.dropFirst() {
      let crossings = [0.0, 1.0].compactMap { end -> (share: Double, y: Double)? in
        guard (last.y < end) != (place.y < end), last.y != end, place.y != end else { return nil }
        // In quarters no difference overflows.
        return ((end / 4 - last.y / 4) / (place.y / 4 - last.y / 4), end)
      }
      for crossing in crossings.sorted(by: { $0.share < $1.share }) {
        result.append((last.x + (place.x - last.x) * crossing.share, crossing.y))
      }
      result.append(place)
      last = place
    }
    return result
  }
}
