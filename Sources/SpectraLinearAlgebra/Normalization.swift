/// How a row of numbers is normalised: x̂ = (x − m)/s, with what m and s are.
public struct Normalization<Scalar: NetworkScalar>: Sendable, Hashable {
  /// Whether m is the row's mean; otherwise it is 0, and s the root mean square.
  public var isCentered: Bool
  /// What s is, and where epsilon goes.
  public var deviation: DeviationConvention
  /// Keeps s from 0; 0 is allowed.
  public var epsilon: Scalar

  /// A normalisation; LayerNorm's by default.
  public init(isCentered: Bool = true, deviation: DeviationConvention = .population, epsilon: Scalar) {
    (self.isCentered, self.deviation, self.epsilon) = (isCentered, deviation, epsilon)
  }
}

/// How the deviation of a row of d numbers is taken.
public enum DeviationConvention: String, Sendable, Hashable, Codable, CaseIterable {
  /// √(Σ (x − m)²/d + epsilon).
  case population
  /// √(Σ (x − m)²/(d − 1)) + epsilon, as PyTorch's `std`; of a single number, 0 + epsilon.
  case unbiased
}

/// Rows that have been normalised, with what their tangents need.
public struct NormalizedRows<Scalar: NetworkScalar>: Sendable {
  /// gain · x̂ + bias.
  public var values: [Scalar]
  /// x̂.
  public var normalized: [Scalar]
  /// 1/s of each row.
  public var reciprocalDeviations: [Scalar]
  /// For each row, how much of a tangent along x̂ is left beside what is left of one across: 1 − ‖x̂‖²/d for the population's
  /// deviation, epsilon/s for the unbiased one. It is found as epsilon/s² and as epsilon/s, not as a difference.
  public var remainders: [Scalar]
}
