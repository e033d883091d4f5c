public import SpectraLinearAlgebra

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
    let features = features
    for (name, weight) in [("gain", gain), ("bias", bias)] {
      precondition(
        weight.map { $0.count == features } ?? true,
        "A LayerNorm \(name) of \(weight?.count ?? 0) elements does not fit \(features) features.")
    }
    return Self.applying("layer norm", to: [self]) { values in
      let x = values[0]
      let gains = gain?.elements ?? Scalar.array(repeating: 1, count: features)
      let biases = bias?.elements ?? Scalar.array(repeating: 0, count: features)
      let (elements, normalized, scales) = Scalar.layerNorm(
        x.elements, rows: x.rows, features: features, gain: gains, bias: biases, epsilon: epsilon)
      let (value, directions) = (
        Tensor(shape: x.shape, elements: elements), Tensor(shape: x.shape, elements: normalized)
      )
      return Linearized(value, coupling: .separate, operations: 3 * OperationCount.elementwise(x.count)) {
        tangents, dy, _ in
        let (count, tokens) = (dy.directions, dy.tokens)
        dy.overwrite(from: tangents[0]) { dx, _, dy in
          for token in 0..<tokens {
            let start = token * count * features
            directions.elements.withUnsafeBufferPointer { normalized in
              gains.withUnsafeBufferPointer { gains in
                Scalar.layerNormTangents(
                  dx + start, count: count, features: features, normalized: normalized.baseAddress! + token * features,
                  reciprocalDeviation: scales[token], epsilon: epsilon, gain: gains.baseAddress!, into: dy + start)
              }
            }
          }
        }
      }
    }
  }
}
