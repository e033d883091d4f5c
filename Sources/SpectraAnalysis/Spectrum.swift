/// How singular values were obtained.
public enum SpectrumMethod: String, Sendable, Codable, CaseIterable {
  /// One singular value decomposition of the dense Jacobian: exact down to the noise floor of its precision.
  case product
  /// An accurate decomposition of the product of the layers' Jacobians, which has no such floor.
  case resolved
}

/// The singular values σ₁ ≥ σ₂ ≥ … of one m × n Jacobian, as natural logarithms, sorted into what is known and what is
/// not.
///
/// Of the p = min(m, n) values each is *live* (non-zero and resolved), *zero* (provably 0) or *unresolved* (hidden by
/// rounding): live + zeros + unresolved = p. No number in a spectrum is NaN or infinite.
public struct Spectrum: Sendable, Equatable {
  /// How the values were obtained.
  public let method: SpectrumMethod
  /// The precision of the computation: `"float"` or `"double"`.
  public let precisionName: String
  /// m: the number of outputs.
  public let rows: Int
  /// n: the number of inputs.
  public let columns: Int
  /// ln σ of the live values, descending.
  public let logSingularValues: [Double]
  /// ln σ of the unresolved values as computed, descending; mostly noise. Empty for the resolved method, which has no
  /// number for them.
  public let unresolvedLogSingularValues: [Double]
  /// How many values are provably 0.
  public let zeros: Int
  /// How many values are hidden by rounding.
  public let unresolved: Int
  /// The ln σ under which all unresolved values lie; nil where there is none.
  public let unresolvedBelow: Double?
  /// ln(max(m, n) · eps · σ₁), at or below which the product method resolves nothing; nil for the resolved method and
  /// for a Jacobian that is zero.
  public let noiseFloor: Double?
  /// The estimated error of ln σ, largest over the live values; nil where there is none or no estimate.
  public let logError: Double?
  /// The Lyapunov exponents of the stack per layer, descending, where the method finds them.
  public let lyapunovExponents: [Double]?

  /// The number of singular values, p = min(m, n).
  public var count: Int { Swift.min(rows, columns) }

  /// A spectrum from its parts, for methods other than the product.
  ///
  /// - Parameters:
  ///   - logSingularValues: ln σ of the live values, in any order.
  ///   - unresolvedLogSingularValues: ln σ of the unresolved values where there are numbers for them, in any order.
  ///   - zeros: how many values are provably 0.
  ///   - unresolved: how many values are hidden by rounding.
  /// - Throws: `SpectrumError` where a number is not finite or live + zeros + unresolved is not min(rows, columns).
  public init(
    method: SpectrumMethod, precisionName: String, rows: Int, columns: Int, logSingularValues: [Double],
    unresolvedLogSingularValues: [Double] = [], zeros: Int = 0, unresolved: Int = 0, unresolvedBelow: Double? = nil,
    noiseFloor: Double? = nil, logError: Double? = nil, lyapunovExponents: [Double]? = nil
  ) throws(SpectrumError) {
    // Counts come from files, too: each alone must be possible before they are added.
    let expected = Swift.min(rows, columns)
    guard rows >= 0, columns >= 0, 0...expected ~= zeros, 0...expected ~= unresolved,
      logSingularValues.count == expected - zeros - unresolved
    else {
      throw .wrongCounts(
        live: logSingularValues.count, zeros: zeros, unresolved: unresolved, rows: rows, columns: columns)
    }
    guard unresolvedLogSingularValues.isEmpty || unresolvedLogSingularValues.count == unresolved else {
      throw .wrongUnresolvedCount(given: unresolvedLogSingularValues.count, unresolved: unresolved)
    }
    for (name, values) in [
      ("logarithm of a singular value", logSingularValues),
      ("logarithm of an unresolved singular value", unresolvedLogSingularValues),
      ("bound or error", [unresolvedBelow, noiseFloor, logError].compactMap { $0 }),
      ("Lyapunov exponent", lyapunovExponents ?? []),
    ] {
      if let value = values.first(where: { !$0.isFinite }) { throw .notFinite(quantity: name, value: value) }
    }
    self.method = method
    self.precisionName = precisionName
    self.rows = rows
    self.columns = columns
    self.logSingularValues = logSingularValues.sorted(by: >)
    self.unresolvedLogSingularValues = unresolvedLogSingularValues.sorted(by: >)
    self.zeros = zeros
    self.unresolved = unresolved
    self.unresolvedBelow = unresolvedBelow
    self.noiseFloor = noiseFloor
    self.logError = logError
    self.lyapunovExponents = lyapunovExponents
  }
}

/// Why numbers are no spectrum.
public enum SpectrumError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Live values, zeros and unresolved values are not min(rows, columns) together.
  case wrongCounts(live: Int, zeros: Int, unresolved: Int, rows: Int, columns: Int)
  /// The unresolved values that have numbers are neither none nor all.
  case wrongUnresolvedCount(given: Int, unresolved: Int)
  /// A number is NaN or infinite.
  case notFinite(quantity: String, value: Double)
  /// A singular value is negative.
  case negative(value: Double)

  public var description: String {
    switch self {
    case .wrongCounts(let live, let zeros, let unresolved, let rows, let columns):
      "A \(rows) × \(columns) Jacobian has \(Swift.min(rows, columns)) singular values, "
        + "which \(live) live, \(zeros) zero and \(unresolved) unresolved ones are not."
    case .wrongUnresolvedCount(let given, let unresolved):
      "\(given) unresolved singular values were given for a count of \(unresolved); give all of them or none."
    case .notFinite(let quantity, let value):
      "A \(quantity) is \(value), but a spectrum holds finite numbers only: the Jacobian left the range of its precision."
    case .negative(let value):
      "A singular value is \(value), but singular values are never negative."
    }
  }
}
