public import SpectraAnalysis

/// The limiting law of ln σ of a Jacobian: a density, and atoms at values that have a probability of their own.
///
/// All is in natural logarithms of σ, so that a law that spans hundreds of decades loses nothing. Densities are over all values:
/// density and atoms together have the mass 1. Conform a law of your own to have its curve compared and drawn.
public protocol SpectralLaw: Sendable {
  /// Its name, as in `Gaussian weights, gates of tanh`.
  var name: String { get }
  /// Where it comes from: paper and equation.
  var source: String { get }
  /// What it was computed from.
  var parameters: [TheoryRecord.Parameter] { get }
  /// The values of finite share, zeros among them.
  var atoms: [SpectralCurve.Atom] { get }
  /// ln E[σ²] over all values, zeros included; −∞ where all are zeros.
  var logMeanSquared: Double { get }
  /// (E[σ⁴] − E[σ²]²)/E[σ²]²: the variance of λ = σ² over the square of its mean.
  var relativeVariance: Double { get }

  /// The ends of the continuous part, in ln σ; the lower one is −∞ where the density reaches down to σ = 0, nil where there are
  /// atoms only.
  ///
  /// - Throws: `TheoryError` where they are not found.
  func edges() throws(TheoryError) -> (lower: Double, upper: Double)?

  /// The density of ln σ of the continuous part at a point, 0 outside of the edges.
  ///
  /// - Throws: `TheoryError` that names the point where no solution is found there.
  func density(at logSingularValue: Double) throws(TheoryError) -> Double

  /// The law at points that resolve its edges and its tail, with the mass below each.
  ///
  /// - Parameter points: about how many, 16 or more.
  /// - Throws: `TheoryError` where no solution is found at one of the points.
  func curve(points: Int) throws(TheoryError) -> SpectralCurve

  /// Mean and variance of ln σ over values other than zeros, atoms included; nil where all are zeros. The default takes them from
  /// the curve.
  ///
  /// - Throws: `TheoryError` where no solution is found.
  func logMoments() throws(TheoryError) -> (mean: Double, variance: Double)?
}

/// What a theory cannot say, and where.
public enum TheoryError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A parameter for which the law is not defined.
  case outOfRange(String)
  /// An iteration that did not find its solution.
  case notConverged(what: String, at: String)

  public var description: String {
    switch self {
    case .outOfRange(let sentence): sentence
    case .notConverged(let what, let place): "\(what) did not converge at \(place), so that no number is given."
    }
  }
}
