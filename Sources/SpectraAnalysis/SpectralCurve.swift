import RealModule

/// A law of ln σ as numbers: the density at some points with the mass below each, and the values that have a probability of
/// their own.
///
/// Densities are per unit of ln σ and over all values, zeros included: density and atoms together have the mass 1.
public struct SpectralCurve: Sendable, Equatable {
  /// A value that a finite share of all singular values has.
  public struct Atom: Sendable, Equatable, Codable {
    /// ln σ; nil for σ = 0.
    public var logSingularValue: Double?
    /// The share.
    public var weight: Double

    /// A share of all values at one place; nil is σ = 0.
    public init(logSingularValue: Double?, weight: Double) {
      self.logSingularValue = logSingularValue
      self.weight = weight
    }
  }

  /// The points ln σ of the continuous part, ascending; empty where there are atoms only.
  public let logSingularValues: [Double]
  /// The density of ln σ at each point.
  public let density: [Double]
  /// The mass of the continuous part below each point, that below the first point included.
  public let cumulative: [Double]
  /// The values of finite share, ascending, σ = 0 first.
  public let atoms: [Atom]

  /// A curve through given points.
  ///
  /// - Parameters:
  ///   - logSingularValues: ln σ, strictly ascending.
  ///   - density: of ln σ at each point, 0 or more.
  ///   - cumulative: the mass of the continuous part below each point, ascending, the last one all of it.
  ///   - atoms: in any order.
  public init(logSingularValues: [Double], density: [Double], cumulative: [Double], atoms: [Atom] = []) {
    precondition(
      logSingularValues.count == density.count && density.count == cumulative.count,
      "A curve has a density and a mass below at each of its points.")
    self.logSingularValues = logSingularValues
    self.density = density
    self.cumulative = cumulative
    self.atoms = atoms.filter { $0.weight > 0 }.sorted {
      ($0.logSingularValue ?? -.infinity) < ($1.logSingularValue ?? -.infinity)
    }
  }

  /// The mass of the continuous part.
  public var continuousMass: Double { cumulative.last ?? 0 }

  /// The share of zeros.
  public var zeroMass: Double { atoms.reduce(0) { $0 + ($1.logSingularValue == nil ? $1.weight : 0) } }

  /// P(ln σ ≤ u), zeros included, by cubic interpolation with the density as the slope.
  public func cumulative(at logSingularValue: Double) -> Double {
    atoms.reduce(continuousPart(at: logSingularValue)) { sum, atom in
      (atom.logSingularValue ?? -.infinity) <= logSingularValue ? sum + atom.weight : sum
    }
  }

  /// P(ln σ < u): as `cumulative(at:)`, without an atom at u itself.
  public func cumulative(below logSingularValue: Double) -> Double {
    atoms.reduce(continuousPart(at: logSingularValue)) { sum, atom in
      (atom.logSingularValue ?? -.infinity) < logSingularValue ? sum + atom.weight : sum
    }
  }

  /// The ln σ below which a share of the values other than zeros lies; nil where all are zeros.
  ///
  /// - Parameter share: between 0 and 1.
  public func quantile(_ share: Double) -> Double? {
    let (zeros, all) = (zeroMass, continuousMass + atoms.reduce(0) { $0 + $1.weight })
    guard all > zeros else { return nil }
    let target = zeros + share * (all - zeros)
    let places = atoms.compactMap(\.logSingularValue)
    for place in places where cumulative(below: place) <= target && target <= cumulative(at: place) { return place }
    guard var low = logSingularValues.first, var high = logSingularValues.last else { return places.last }
    // Below the first point the tail is exponential.
    while low <= high, high - low < 1e9, cumulative(at: low) > target { low -= 1 + high - low }
    for _ in 0..<200 where high - low > 1e-13 * max(1, abs(low), abs(high)) {
      let middle = low + (high - low) / 2
      if cumulative(at: middle) < target { low = middle } else { high = middle }
    }
    return low + (high - low) / 2
  }

  /// The share of values with ln σ above one number and up to another: what a histogram's bin shows.
  public func share(from lower: Double, to upper: Double) -> Double { cumulative(at: upper) - cumulative(at: lower) }

  private func continuousPart(at logSingularValue: Double) -> Double {
    guard let first = logSingularValues.first, let last = logSingularValues.last else { return 0 }
    if logSingularValue >= last { return continuousMass }
    if logSingularValue <= first {
      let (mass, slope) = (cumulative[0], density[0])
      return mass <= 0 ? 0 : mass * .exp(slope / mass * (logSingularValue - first))
    }
    var (low, high) = (0, logSingularValues.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if logSingularValues[middle] <= logSingularValue { low = middle } else { high = middle }
    }
    let width = logSingularValues[high] - logSingularValues[low]
    let t = (logSingularValue - logSingularValues[low]) / width
    let (from, to) = (cumulative[low], cumulative[high])
    let (s, square, cube) = (1 - t, t * t, t * t * t)
    let value =
      from * (1 + 2 * t) * s * s + to * (3 * square - 2 * cube) + width * (density[low] * t * s * s)
      - width * density[high] * square * s
    // Where an edge is steeper than a cubic it must stay between its ends.
    return min(max(value, from), to)
  }
}

// MARK: - Codable

extension SpectralCurve: Codable {
  enum CodingKeys: String, CodingKey {
    case logSingularValues = "log_singular_values"
    case density, cumulative, atoms
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let points = try container.decode([Double].self, forKey: .logSingularValues)
    let density = try container.decode([Double].self, forKey: .density)
    let cumulative = try container.decode([Double].self, forKey: .cumulative)
    guard points.count == density.count, points.count == cumulative.count,
      zip(points, points.dropFirst()).allSatisfy({ $0 < $1 }),
      zip(cumulative, cumulative.dropFirst()).allSatisfy({ $0 <= $1 }),
      (points + density + cumulative).allSatisfy(\.isFinite)
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .logSingularValues, in: container,
        debugDescription: "A law has ascending points, each with a density and the mass below it.")
    }
    let atoms = try container.decode([Atom].self, forKey: .atoms)
    // Solvers integrate a density to a few digits only.
    guard (density + cumulative + atoms.map(\.weight)).allSatisfy({ (0...).contains($0) }),
      atoms.reduce(cumulative.last ?? 0, { $0 + $1.weight }) <= 1.001
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .density, in: container, debugDescription: "Densities and masses are positive, and all masses are 1.")
    }
    self.init(logSingularValues: points, density: density, cumulative: cumulative, atoms: atoms)
  }
}

extension SpectralCurve.Atom {
  enum CodingKeys: String, CodingKey {
    case logSingularValue = "log_singular_value"
    case weight
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(logSingularValue, forKey: .logSingularValue)
    try container.encode(weight, forKey: .weight)
  }
}
