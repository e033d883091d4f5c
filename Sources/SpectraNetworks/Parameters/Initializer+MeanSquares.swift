/// How large the elements of a layer's matrices and biases are on average at initialisation: what theories of infinite width are
/// made of.
///
/// Pairs are E w² of a matrix's elements, with the connection's own factor, and E b² of the bias beside it.
package struct WeightMeanSquares: Sendable, Equatable {
  package struct Pair: Sendable, Equatable {
    package var weight: Double
    package var bias: Double
    /// Inputs of the matrix.
    package var inputs: Int

    /// inputs · E w²: what a vector's mean square is multiplied by.
    package var gain: Double { Double(inputs) * weight }
  }

  /// The rows of the packed projection that give values.
  package var value: Pair?
  package var attentionOutput: Pair?
  package var hidden: Pair?
  package var gate: Pair?
  package var output: Pair?
  package var fullyConnected: Pair?
}

extension Initializer {
  /// The mean squares of an architecture's weights, the same in every layer; nil where elements are no independent draws: mirrored
  /// matrices of `looks-linear`, and biases that every layer shares.
  package func weightMeanSquares(of architecture: Architecture) -> WeightMeanSquares? {
    var found = WeightMeanSquares()
    if name == .rezeroNotebook { return nil }
    for parameter in architecture.parameters where parameter.layer == 0 && parameter.shape.count == 2 {
      guard let weight = weightMeanSquare(of: parameter, in: architecture) else { return nil }
      let pair = WeightMeanSquares.Pair(
        weight: weight,
        bias: biasLaw(of: parameter.role, inputs: parameter.shape[1])?.meanSquare(rows: 1, columns: 1) ?? 0,
        inputs: parameter.shape[1])
      switch parameter.role {
      case .packedProjection: found.value = pair
      case .attentionOutput: found.attentionOutput = pair
      case .feedForwardHidden: found.hidden = pair
      case .feedForwardGate: found.gate = pair
      case .feedForwardOutput: found.output = pair
      case .fullyConnected: found.fullyConnected = pair
      default: break
      }
    }
    return found
  }

  /// E w² of a matrix, of packed projections that of values.
  private func weightMeanSquare(of parameter: ParameterDescription, in architecture: Architecture) -> Double? {
    let isProjection = parameter.role == .packedProjection
    let part = isProjection ? MatrixPart.value : parameter.role.part
    let factor = part.map { architecture.connection.weightFactor(on: $0, in: architecture) } ?? 1
    let isOrthogonal =
      (isProjection || parameter.role == .attentionOutput) && architecture.attention.word("values") == "orthogonal"
    let isSeparate = isProjection && (isOrthogonal || packing == .separate)
    let rows = isSeparate ? architecture.keyRows : parameter.shape[0]
    let law =
      isOrthogonal
      ? .orthogonal(gain: gain) : weightLaw(of: parameter, rows: isSeparate ? rows : nil, in: architecture)
    return law.meanSquare(rows: rows, columns: parameter.shape[1]).map { factor * factor * $0 }
  }
}

extension WeightLaw {
  /// E w² of an element of a matrix; nil where elements repeat one another.
  fileprivate func meanSquare(rows: Int, columns: Int) -> Double? {
    switch self {
    case .uniform(let bound): bound * bound / 3
    case .normal(let deviation): deviation * deviation
    case .orthogonal(let gain): gain * gain / Double(max(rows, columns))
    case .mirrored: nil
    }
  }
}
