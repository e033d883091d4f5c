import RealModule

/// The closed form of products of L Gaussian layers of σ_w = 1 whose gates are 1 for a share p of the units, else 0.
///
/// m = −p + r e^{iθ} with θ from 0, the upper edge, to π/L, and r the positive root of r² + b r = p (1 − p),
/// b = (1 − 2p) cos θ − sin θ cot Lθ; for p = 1, r = sin((L + 1)θ)/sin Lθ with θ up to π/(L + 1), which is the law of Fuss and Catalan
/// (Pennington et al. 2017, arXiv 1711.04735, eq. 13).
struct BernoulliParametrization: Sendable {
  /// L.
  let layers: Int
  /// p.
  let live: Double
  /// 1 − p, with all its digits.
  let dead: Double

  /// A point of the curve.
  private struct Point {
    var logSquare: Double
    /// r and θ.
    var radius: Double
    var angle: Double
    /// Re(1 + m).
    var onePlusReal: Double
  }

  private var count: Double { Double(layers) }

  /// The ends in ln σ.
  var edges: (lower: Double, upper: Double) {
    let upper = logSquare(b: dead - live - 1 / count, cosine: 1) / 2
    // Of one layer with shut gates, a wide matrix: its least σ is not 0.
    guard layers == 1, dead > 0 else { return (-.infinity, upper) }
    return (logSquare(b: 2 * live, cosine: -1) / 2, upper)
  }

  /// Density and mass above, at ln σ between the edges.
  func sample(at logSingularValue: Double) -> LawSample {
    // θ = θ_max tanh v: ln σ is quadratic in v at the upper edge and linear in the exponential tail.
    let v = root(from: 0, to: 350) { point(at: $0).logSquare - 2 * logSingularValue }
    let found = point(at: v)
    let height = found.radius * .sin(found.angle)
    // ∫ m d ln z = (L) m − ln(1 + m) − L p ln(m + p): the mass above is its imaginary part over π.
    let above =
      (.atan2(y: height, x: found.onePlusReal) + count * live * found.angle - count * height) / .pi
    return LawSample(density: 2 * height / .pi, massAbove: above)
  }

  private func point(at v: Double) -> Point {
    let short = 2 / (.exp(2 * v) + 1)
    let share = Double.tanh(v)
    let angle: Double
    let radius: Double
    if dead > 0 {
      angle = .pi / count * share
      let cotangent = share < 0.5 ? 1 / .tan(.pi * share) : -1 / .tan(.pi * short)
      let b = share == 0 ? dead - live - 1 / count : (dead - live) * .cos(angle) - .sin(angle) * cotangent
      radius = rootRadius(b: b)
    } else {
      angle = .pi / (count + 1) * share
      // sin (L + 1)θ from whichever end is nearer.
      let sine = share < 0.5 ? Double.sin(.pi * share) : .sin(.pi * short)
      radius = share == 0 ? 1 + 1 / count : sine / .sin(count * angle)
    }
    let real = radius * .cos(angle)
    return Point(
      logSquare: logSquare(radius: radius, real: real, height: radius * .sin(angle)), radius: radius, angle: angle,
      onePlusReal: dead + real)
  }

  private func rootRadius(b: Double) -> Double {
    let root = (b * b + 4 * live * dead).squareRoot()
    return b > 0 ? 2 * live * dead / (b + root) : (root - b) / 2
  }

  private func logSquare(b: Double, cosine: Double) -> Double {
    let radius = rootRadius(b: b)
    return logSquare(radius: radius, real: radius * cosine, height: 0)
  }

  /// ln λ = ln|1 + m| − ln|m| + L ln r.
  private func logSquare(radius: Double, real: Double, height: Double) -> Double {
    .log(.hypot(dead + real, height)) - .log(.hypot(real - live, height)) + count * .log(radius)
  }
}
