import RealModule

/// What mean field theory says of one point (σ_w, σ_b) of a fully connected network.
///
/// Depth scales are in layers, ξ = −1/ln χ with the slope χ that each is named for. One is nil where |ln χ| < 1e-12: what it
/// measures does not change with depth.
public struct MeanFieldPoint: Sendable, Equatable {
  /// q*, the variance of pre-activations in deep layers, from q = 1.
  public var q: Double
  /// χ₁ = σ_w² E[φ′(√q* z)²]: the mean squared singular value of one layer's Jacobian.
  public var chi: Double
  /// The slope of the length map at q*: χ₁ + σ_w² E[φ φ″].
  public var lengthSlope: Double
  /// ξ_q: variances approach q* as e^(−l/ξ_q); 0 where they are there after one layer.
  public var lengthDepth: Double?
  /// c*, the correlation that two inputs' pre-activations approach from any correlation in [0, 1): 1 where χ₁ ≤ 1, less in the chaotic
  /// phase.
  public var correlation: Double
  /// χ_c*, the slope of the correlation map at c*; χ₁ where c* = 1.
  public var correlationSlope: Double
  /// ξ_c: correlations approach c* as e^(−l/ξ_c).
  public var correlationDepth: Double?
  /// ξ_∇: squared gradients fall as e^(−l/ξ_∇); below 0 in the chaotic phase, where they grow.
  public var gradientDepth: Double?
  /// On which side of criticality it is.
  public var phase: Phase

  /// A point's numbers.
  public init(
    q: Double, chi: Double, lengthSlope: Double, lengthDepth: Double?, correlation: Double, correlationSlope: Double,
    correlationDepth: Double?, gradientDepth: Double?, phase: Phase
  ) {
    self.q = q
    self.chi = chi
    self.lengthSlope = lengthSlope
    self.lengthDepth = lengthDepth
    self.correlation = correlation
    self.correlationSlope = correlationSlope
    self.correlationDepth = correlationDepth
    self.gradientDepth = gradientDepth
    self.phase = phase
  }

  /// The side of criticality that a point is on.
  public enum Phase: String, Sendable, Codable, CaseIterable {
    /// χ₁ < 1: inputs become equal, gradients vanish.
    case ordered
    /// |χ₁ − 1| ≤ `criticalTolerance`: the edge of chaos.
    case critical
    /// χ₁ > 1: inputs become unlike, gradients explode.
    case chaotic
    /// Variances grow without bound, so that there is no q*.
    case unbounded

    /// How far from 1 the χ₁ of a critical point may be: gradients of such a point change by a factor e in 10⁶ layers or more.
    public static let criticalTolerance = 1e-6

    /// The phase of a point with a fixed point of its lengths.
    public init(chi: Double) {
      self = abs(chi - 1) <= Self.criticalTolerance ? .critical : chi < 1 ? .ordered : .chaotic
    }
  }
}

extension MeanField {
  /// All numbers of this point.
  ///
  /// - Throws: `TheoryError` that names the point where variances have no fixed point that they reach from 1.
  public func point() throws(TheoryError) -> MeanFieldPoint { point(fixed: try lengthFixedPoint()) }

  /// The numbers of this point, whose q* is known.
  func point(fixed q: Double) -> MeanFieldPoint {
    let (chi, lengthSlope) = (susceptibility(variance: q), lengthSlope(q))
    let (correlation, slope) = correlationFixedPoint(variance: q, chi: chi)
    return MeanFieldPoint(
      q: q, chi: chi, lengthSlope: lengthSlope, lengthDepth: Self.depth(lengthSlope), correlation: correlation,
      correlationSlope: slope, correlationDepth: Self.depth(slope), gradientDepth: Self.depth(chi),
      phase: MeanFieldPoint.Phase(chi: chi))
  }

  /// c* with the slope there.
  ///
  /// The map is a power series in c without negative coefficients, so that it is convex on [0, 1]: beside c = 1 it has one more fixed
  /// point there where χ₁ > 1, and none else.
  private func correlationFixedPoint(variance q: Double, chi: Double) -> (correlation: Double, slope: Double) {
    guard chi > 1 + Self.leastExcess, q > 0 else { return (1, chi) }
    let (pair, square) = (moments.pair(variance: q), sigmaW * sigmaW)
    // (1 − c′)/(1 − c) − 1, descending in the gap 1 − c from χ₁ − 1.
    let excess = { (gap: Double) -> Double in square * pair.productGap(gap: gap) / (q * gap) - 1 }
    let atOne = square * pair.productMean(correlation: 0) + sigmaB * sigmaB
    // The image of c = 0 is 0 but for rounding.
    guard atOne > 1e-15 * q else { return (0, square * pair.slopeProductMean(gap: 1)) }
    var (high, atHigh) = (1.0, -atOne / q)
    while high > 1e-15 {
      let low = high / 4
      let atLow = excess(low)
      if atLow > 0 {
        let gap = root(from: low, atLow, to: high, atHigh, excess)
        return (1 - gap, square * pair.slopeProductMean(gap: gap))
      }
      (high, atHigh) = (low, atLow)
    }
    return (1, chi)
  }

  /// −1/ln |χ|; nil where nothing changes with depth.
  static func depth(_ slope: Double) -> Double? {
    let rate = Double.log(abs(slope))
    return abs(rate) < leastExcess || rate.isNaN ? nil : rate == -.infinity ? 0 : -1 / rate
  }

  /// Closer to 1 no χ is told from 1.
  private static var leastExcess: Double { 1e-12 }
}
