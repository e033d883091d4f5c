/// The law of a matrix as theories of wide networks see it: one number for its elements, and whether they are those of an
/// orthogonal matrix.
package struct MatrixMoments: Sendable, Equatable {
  /// What the elements are.
  package enum Elements: Sendable, Equatable {
    /// Independent, of one variance: large ones act as Gaussian ones do.
    case independent
    /// Those of a multiple of a Haar orthogonal matrix.
    case orthogonal
    /// Those of an orthogonal matrix mirrored into [V, −V].
    case mirrored
  }

  package var elements: Elements
  /// σ_w² = fan_in · variance of an element; of a square orthogonal matrix the square of its factor.
  package var gain: Double
  /// σ_b²: the variance of a bias.
  package var biasVariance: Double
}

extension Initializer {
  /// The law of the matrices of one role in an architecture, the connection's own factor included; nil where it has none.
  package func moments(of role: ParameterDescription.Role, in architecture: Architecture) -> MatrixMoments? {
    // Every layer has the same law.
    guard let parameter = architecture.parameters.first(where: { $0.role == role }) else { return nil }
    let factor = role.part.map { architecture.connection.weightFactor(on: $0, in: architecture) } ?? 1
    let law = weightLaw(of: parameter, in: architecture)
    let bias = biasLaw(of: role, inputs: parameter.shape[1])?.variance ?? 0
    let fanIn = Double(parameter.shape[1])
    return switch law {
    case .uniform, .normal:
      MatrixMoments(elements: .independent, gain: fanIn * law.variance * factor * factor, biasVariance: bias)
    case .orthogonal(let gain):
      MatrixMoments(elements: .orthogonal, gain: gain * gain * factor * factor, biasVariance: bias)
    case .mirrored(let gain, let rows, let columns):
      MatrixMoments(
        elements: rows || columns ? .mirrored : .orthogonal, gain: gain * gain * factor * factor, biasVariance: bias)
    }
  }
}

extension WeightLaw {
  /// The variance of an element of laws with independent ones.
  fileprivate var variance: Double {
    switch self {
    case .uniform(let bound): bound * bound / 3
    case .normal(let deviation): deviation * deviation
    case .orthogonal, .mirrored: .nan
    }
  }
}
