public import SpectraLinearAlgebra

// Normalisers: of each token over its features, and of each feature over all tokens.

extension Signal {
  /// LayerNorm of each token, γ (x − μ)/√(variance + eps) + β, with the population variance.
  ///
  /// - Parameters:
  ///   - gain: γ, `features` elements; ones where nil.
  ///   - bias: β, `features` elements; zeros where nil.
  ///   - epsilon: added to the variance inside the square root.
  ///
  /// The derivative at a token is γ (1/σ)(I − 11ᵀ/d − x̂x̂ᵀ/d): one exact null direction, the mean, and one of size
  /// eps/σ³ along x̂. Ba, Kiros, Hinton 2016, *Layer Normalization*.
  public func layerNorm(
    gain: Tensor<Scalar>? = nil, bias: Tensor<Scalar>? = nil, epsilon: Scalar = 1e-5
  ) -> Self {
    normalized(Normalization(epsilon: epsilon), gain: gain, bias: bias, name: "layer norm")
  }

  /// RMSNorm of each token, γ x/√(mean(x²) + eps) + β.
  ///
  /// - Parameters:
  ///   - gain: γ, `features` elements; ones where nil.
  ///   - bias: β, `features` elements; zeros where nil, as in the paper.
  ///   - epsilon: added to the mean square inside the square root.
  ///
  /// The derivative at a token is γ (1/r)(I − x̂x̂ᵀ/d): no null direction but, with eps = 0, x̂. Zhang, Sennrich 2019, *Root
  /// Mean Square Layer Normalization*, arXiv 1910.07467.
  public func rootMeanSquareNorm(
    gain: Tensor<Scalar>? = nil, bias: Tensor<Scalar>? = nil, epsilon: Scalar = 1e-6
  ) -> Self {
    normalized(
      Normalization(isCentered: false, epsilon: epsilon), gain: gain, bias: bias, name: "root mean square norm")
  }

  /// Each token normalised over its features, γ x̂ + β.
  ///
  /// - Parameters:
  ///   - rule: what is subtracted and what is divided by.
  ///   - gain: γ, `features` elements; ones where nil.
  ///   - bias: β, `features` elements; zeros where nil.
  ///   - detached: what is a constant to the derivative. Values do not depend on it.
  public func normalized(
    _ rule: Normalization<Scalar>, gain: Tensor<Scalar>? = nil, bias: Tensor<Scalar>? = nil,
    detaching detached: DetachedStatistics = []
  ) -> Self {
    normalized(rule, gain: gain, bias: bias, detaching: detached, name: "normalisation")
  }

  /// Each feature normalised over all tokens, γ x̂ + β: what batch normalisation does in training, the tokens being the batch.
  ///
  /// - Parameters:
  ///   - rule: what is subtracted and what is divided by.
  ///   - gain: γ, `features` elements; ones where nil.
  ///   - bias: β, `features` elements; zeros where nil.
  ///
  /// The derivative of a feature is that of LayerNorm with tokens in the place of features; it mixes tokens.
  public func normalizedOverTokens(
    _ rule: Normalization<Scalar>, gain: Tensor<Scalar>? = nil, bias: Tensor<Scalar>? = nil
  ) -> Self {
    let (gains, biases) = weights(gain, bias)
    return Self.applying("normalisation over tokens", to: [self]) { values in
      let x = values[0]
      let (tokens, features) = (x.rows, x.columns)
      let rows = Scalar.normalized(
        x.transposed.elements, rows: features, features: tokens, by: rule,
        gain: Scalar.array(repeating: 1, count: tokens), bias: Scalar.array(repeating: 0, count: tokens))
      let normalized = Tensor(shape: [features, tokens], elements: rows.normalized).transposed
      let value = Tensor.elementwiseProduct(
        normalized, Tensor(shape: [features], elements: gains).repeated(to: x.shape)
      )
      .addingToRows(Tensor(shape: [features], elements: biases))
      return Linearized(value, operations: 4 * OperationCount.elementwise(x.count)) { tangents, dy, scratch in
        let directions = dy.directions
        scratch.withRoom(for: 3 * features) { room in
          dy.overwrite(from: tangents[0]) { dx, _, dy in
            normalized.elements.withUnsafeBufferPointer { normalized in
              gains.withUnsafeBufferPointer { gains in
                rows.reciprocalDeviations.withUnsafeBufferPointer { reciprocals in
                  rows.remainders.withUnsafeBufferPointer { remainders in
                    guard let normalized = normalized.baseAddress, let gains = gains.baseAddress,
                      let reciprocals = reciprocals.baseAddress, let remainders = remainders.baseAddress
                    else { return }
                    Scalar.normalizedTangentsOverTokens(
                      dx, tokens: tokens, count: directions, features: features, normalized: normalized,
                      reciprocalDeviations: reciprocals, remainders: remainders, isCentered: rule.isCentered,
                      gain: gains,
                      scratch: room, into: dy)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  private func normalized(
    _ rule: Normalization<Scalar>, gain: Tensor<Scalar>?, bias: Tensor<Scalar>?,
    detaching detached: DetachedStatistics = [], name: String
  ) -> Self {
    let (gains, biases) = weights(gain, bias)
    let isCentered = rule.isCentered && !detached.contains(.mean)
    let holdsDeviation = detached.contains(.deviation)
    return Self.applying(name, to: [self]) { values in
      let x = values[0]
      let features = x.columns
      let rows = Scalar.normalized(
        x.elements, rows: x.rows, features: features, by: rule, gain: gains, bias: biases)
      let (normalized, reciprocals, remainders) = (rows.normalized, rows.reciprocalDeviations, rows.remainders)
      return Linearized(
        Tensor(shape: x.shape, elements: rows.values), coupling: .separate,
        operations: 3 * OperationCount.elementwise(x.count)
      ) { tangents, dy, _ in
        let (count, tokens) = (dy.directions, dy.tokens)
        dy.overwrite(from: tangents[0]) { dx, _, dy in
          normalized.withUnsafeBufferPointer { normalized in
            gains.withUnsafeBufferPointer { gains in
              guard let normalized = normalized.baseAddress, let gains = gains.baseAddress else { return }
              for token in 0..<tokens {
                let start = token * count * features
                Scalar.normalizedTangents(
                  dx + start, count: count, features: features, normalized: normalized + token * features,
                  reciprocalDeviation: reciprocals[token], remainder: holdsDeviation ? 1 : remainders[token],
                  isCentered: isCentered, gain: gains, into: dy + start)
              }
            }
          }
        }
      }
    }
  }

  /// γ and β in full.
  private func weights(
    _ gain: Tensor<Scalar>?, _ bias: Tensor<Scalar>?
  ) -> (gain: [Scalar], bias: [Scalar]) {
    let features = features
    for (name, weight) in [("gain", gain), ("bias", bias)] {
      precondition(
        weight.map { $0.count == features } ?? true,
        "A normaliser's \(name) of \(weight?.count ?? 0) elements does not fit \(features) features.")
    }
    return (
      gain?.elements ?? Scalar.array(repeating: 1, count: features),
      bias?.elements ?? Scalar.array(repeating: 0, count: features)
    )
  }
}

/// The statistics of a normaliser that its derivative takes for constants (Xu et al. 2019, section 3).
public struct DetachedStatistics: OptionSet, Sendable, Hashable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The mean that is subtracted.
  public static let mean = DetachedStatistics(rawValue: 1)
  /// The deviation that is divided by.
  public static let deviation = DetachedStatistics(rawValue: 2)
}
