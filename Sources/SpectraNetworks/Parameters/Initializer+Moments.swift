/// The law of a matrix, and of the bias beside it, as theories of wide networks see it.
package struct MatrixMoments: Sendable, Equatable {
  /// What the elements are.
  package enum Elements: Sendable, Equatable {
    /// Independent, of one variance: large ones act as Gaussian ones do, which these are where they are normal.
    case independent(isNormal: Bool)
    /// Those of a multiple of a Haar orthogonal matrix.
    case orthogonal
    /// Those of an orthogonal matrix and its negative: [V; −V], [V, −V] or both.
    case mirrored
  }

  package var elements: Elements
  /// σ_w²: fan_in · mean square of an element; of a square orthogonal matrix the square of its factor, of a mirrored one that of V's.
  package var gain: Double
  /// σ_w, also where its square is out of the range of numbers.
  package var sigmaW: Double
  /// σ_b²: the variance of a bias.
  package var biasVariance: Double

  /// The factor by which the matrix changes the root mean square of pairs max(x, 0), max(−x, 0): half of them are 0, but a mirrored
  /// matrix gives x its whole factor again.
  package var sigmaWOfPairs: Double { elements == .mirrored ? sigmaW : sigmaW * 0.5.squareRoot() }
}

extension Initializer {
  /// The law of the matrices of one role in an architecture, the same in every layer, with the connection's own factor; of packed
  /// projections that of the values. Nil where the architecture has none.
  package func moments(of role: ParameterDescription.Role, in architecture: Architecture) -> MatrixMoments? {
    guard let parameter = architecture.parameters.first(where: { $0.role == role }) else { return nil }
    let isProjection = role == .packedProjection
    let part = isProjection ? MatrixPart.value : role.part
    let isOrthogonal =
      (isProjection || part == .attentionOutput) && architecture.attention.word("values") == "orthogonal"
    let isSeparate = isProjection && (isOrthogonal || packing == .separate)
    let (rows, columns) = (isSeparate ? architecture.keyRows : parameter.shape[0], parameter.shape[1])
    let law =
      isOrthogonal
      ? .orthogonal(gain: gain) : weightLaw(of: parameter, rows: isSeparate ? rows : nil, in: architecture)
    let (elements, gain, sigmaW) = law.moments(rows: rows, columns: columns)
    let factor = part.map { architecture.connection.weightFactor(on: $0, in: architecture) } ?? 1
    return MatrixMoments(
      elements: elements, gain: gain * factor * factor, sigmaW: sigmaW * abs(factor),
      biasVariance: biasLaw(of: role, inputs: columns)?.moments(rows: 1, columns: 1).gain ?? 0)
  }
}

extension WeightLaw {
  /// What the elements are, columns · E w², and its root.
  fileprivate func moments(
    rows: Int, columns: Int
  ) -> (elements: MatrixMoments.Elements, gain: Double, sigmaW: Double) {
    let (elements, count, size): (MatrixMoments.Elements, Double, Double) =
      switch self {
      case .uniform(let bound): (.independent(isNormal: false), Double(columns) / 3, bound)
      case .normal(let deviation): (.independent(isNormal: true), Double(columns), deviation)
      case .orthogonal(let gain): (.orthogonal, Double(columns) / Double(max(rows, columns)), gain)
      case .mirrored(let gain, _, _): (.mirrored, 1, gain)
      }
    let gain = count * (size * size)
    // A square of 1e-330 is 0 as a number.
    return (elements, gain, gain.isNormal ? gain.squareRoot() : count.squareRoot() * abs(size))
  }
}
