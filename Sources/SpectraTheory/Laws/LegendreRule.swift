import RealModule

/// Gauss–Legendre quadrature on [−1, 1], with the interpolation of a function given at its nodes.
struct LegendreRule: Sendable {
  let nodes: [Double]
  let weights: [Double]
  /// Row j: the polynomial through the nodes' values at node j of the lower half, and of the upper one.
  private let lowerHalf: [[Double]]
  private let upperHalf: [[Double]]
  private let barycentric: [Double]

  /// Of 16 nodes: the error for an integrand whose nearest pole lies outside of the Bernstein ellipse of radius ρ falls as ρ⁻³².
  static let panel = LegendreRule(count: 16)

  /// The rule of some number of nodes, by Newton's method on the Legendre polynomial.
  init(count: Int) {
    var (nodes, weights) = ([Double](), [Double]())
    for index in 0..<count {
      var x = -Double.cos(.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
      var slope = 0.0
      for _ in 0..<8 {
        var (previous, value) = (1.0, x)
        for k in 2...count {
          (previous, value) = (value, (Double(2 * k - 1) * x * value - Double(k - 1) * previous) / Double(k))
        }
        slope = Double(count) * (x * value - previous) / (x * x - 1)
        x -= value / slope
      }
      nodes.append(x)
      weights.append(2 / ((1 - x * x) * slope * slope))
    }
    // Barycentric weights of Legendre's nodes (Wang, Xiang 2012, theorem 3.1).
    let barycentric = nodes.indices.map {
      ($0 % 2 == 0 ? 1 : -1) * ((1 - nodes[$0] * nodes[$0]) * weights[$0]).squareRoot()
    }
    func rows(_ place: (Double) -> Double) -> [[Double]] {
      nodes.map { node in
        let terms = nodes.indices.map { barycentric[$0] / (place(node) - nodes[$0]) }
        let sum = terms.reduce(0, +)
        return terms.map { $0 / sum }
      }
    }
    (self.nodes, self.weights, self.barycentric) = (nodes, weights, barycentric)
    self.lowerHalf = rows { ($0 - 1) / 2 }
    self.upperHalf = rows { ($0 + 1) / 2 }
  }

  /// The polynomial through values at the nodes, with its slope, at a place from −1 to 1.
  func value(of values: [Double], at place: Double) -> (value: Double, slope: Double) {
    // At a node itself the next number to it has the same value to rounding.
    let place = nodes.contains(place) ? place.nextUp : place
    let terms = nodes.indices.map { barycentric[$0] / (place - nodes[$0]) }
    let sum = terms.reduce(0, +)
    let value = zip(terms, values).reduce(0) { $0 + $1.0 * $1.1 } / sum
    // The slope's own barycentric formula divides by the distance to a node: next to one it is taken a little farther away.
    let near = nodes.contains { abs(place - $0) < 1e-5 } ? (place > 0 ? place - 3e-5 : place + 3e-5) : place
    guard near == place else { return (value, self.value(of: values, at: near).slope) }
    let slope = nodes.indices.reduce(0) { $0 + terms[$1] * (value - values[$1]) / (place - nodes[$1]) } / sum
    return (value, slope)
  }

  /// The values at the nodes of both halves of the stretch, of the polynomial through values at its own nodes.
  func halves(of values: [Double]) -> ([Double], [Double]) {
    func apply(_ rows: [[Double]]) -> [Double] { rows.map { zip($0, values).reduce(0) { $0 + $1.0 * $1.1 } } }
    return (apply(lowerHalf), apply(upperHalf))
  }
}
