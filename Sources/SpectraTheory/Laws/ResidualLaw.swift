import RealModule
public import SpectraAnalysis

/// The law of ln σ of a deep residual stack J = Π (1 + α_l F′_l) whose branches are free, of zero mean and small: one parameter
/// c = Σ_l α_l² E‖F′_l‖_F²/N.
///
/// S(m) = exp(−c (1 + 2m)), so z(m) = (1 + m)/m · exp(c (1 + 2m)). ln σ is symmetric about 0, E[σ²] = e^c and Var[ln σ] = c/2 + c²/12;
/// for small c it is a semicircle of radius √(2c). Tarnowski et al. 2018, arXiv 1809.08848.
public struct ResidualLaw: SpectralLaw {
  /// c.
  public let strength: Double
  /// What is added to every ln σ.
  public let logScale: Double
  /// At most 2cb at the centre, where b = −Im m is largest.
  private let largestAngle: Double

  public var name: String { "free residual branches" }
  public var source: String { "Tarnowski et al. 2018, arXiv 1809.08848: S(m) = exp(-c (1 + 2m))" }

  /// The law of a strength.
  ///
  /// - Parameters:
  ///   - c: Σ_l α_l² E‖F′_l‖_F²/N, 0 or more; for 0 all σ are equal.
  ///   - logScale: what is added to every ln σ.
  /// - Throws: `TheoryError.outOfRange` where c is below 0 or one of both is not finite.
  public init(strength c: Double, logScale: Double = 0) throws(TheoryError) {
    guard c >= 0, c <= 1e6 else {
      throw .outOfRange(
        "The strength c of a residual stack is \(c): it is the sum of its branches' squares, from 0 to 1e6.")
    }
    guard logScale.isFinite else {
      throw .outOfRange("The shift \(logScale) of ln σ of a residual stack is not finite: give a number.")
    }
    self.strength = c
    self.logScale = logScale
    // The first root of 4c² (¼ − b² + b cot 2cb) in x = 2cb, between 0 and π, where it falls from c² + 2c to −∞.
    self.largestAngle = bisection(from: 0, to: .pi) { x in
      c * c - x * x + 2 * c * (x == 0 ? 1 : x / .tan(x)) > 0
    }
  }

  public var parameters: [TheoryRecord.Parameter] {
    [.init("c", strength)] + (logScale == 0 ? [] : [.init("log_scale", logScale)])
  }

  public var atoms: [SpectralCurve.Atom] {
    isPoint ? [.init(logSingularValue: logScale, weight: 1)] : []
  }

  public var logMeanSquared: Double { strength + 2 * logScale }

  public var relativeVariance: Double { 2 * strength }

  public func logMoments() -> (mean: Double, variance: Double)? {
    (logScale, strength / 2 + strength * strength / 12)
  }

  public func edges() -> (lower: Double, upper: Double)? {
    isPoint ? nil : (logScale - upperEdge, logScale + upperEdge)
  }

  public func density(at logSingularValue: Double) -> Double {
    isPoint ? 0 : sample(at: logSingularValue).density
  }

  public func curve(points: Int) throws(TheoryError) -> SpectralCurve {
    guard let edges = edges() else {
      return SpectralCurve(logSingularValues: [], density: [], cumulative: [], atoms: atoms)
    }
    return try SpectralCurve(
      lower: edges.lower, upper: edges.upper, mass: 1, atoms: [], points: points
    ) { u in sample(at: u) }
  }

  /// Below this the law is narrower than the rounding of σ.
  private var isPoint: Bool { strength < 1e-30 }

  /// ½ [ln((t + 1)/(t − 1)) + c t], t = √(1 + 2/c).
  private var upperEdge: Double {
    let t = (1 + 2 / strength).squareRoot()
    return (.log(onePlus: 2 / (t - 1)) + strength * t) / 2
  }

  /// The point of the closed parametrisation at x = 2cb: ln σ ≥ 0 without the shift, b, and a + ½.
  private func point(angle x: Double) -> (logSingularValue: Double, b: Double, offset: Double) {
    let c = strength
    let b = x / (2 * c)
    let square = 0.25 - b * b + (x == 0 ? 1 : x / .tan(x)) / (2 * c)
    let s = max(0, square).squareRoot()
    return (.log(onePlus: 2 * s / ((0.5 - s) * (0.5 - s) + b * b)) / 4 + c * s, b, s)
  }

  private func sample(at logSingularValue: Double) -> LawSample {
    let distance = abs(logSingularValue - logScale)
    guard distance < upperEdge else { return LawSample(density: 0, massAbove: logSingularValue > logScale ? 0 : 1) }
    // ln σ falls with x; near the centre, where it is flat, x = x_max sin.
    let turn = root(from: 0, to: 1) { point(angle: largestAngle * .sin(.pi / 2 * $0)).logSingularValue - distance }
    let (_, b, s) = point(angle: largestAngle * .sin(.pi / 2 * turn))
    // ∫ m d ln z = c m² − ln(1 + m): the mass above is its imaginary part over π.
    let above = (strength * b * (1 - 2 * s) + .atan2(y: b, x: 0.5 + s)) / .pi
    return LawSample(density: 2 * b / .pi, massAbove: logSingularValue >= logScale ? above : 1 - above)
  }
}
