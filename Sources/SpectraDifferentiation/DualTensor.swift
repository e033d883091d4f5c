public import SpectraLinearAlgebra

/// A value together with a block of its tangents: forward-mode differentiation in one pass.
///
/// Every primitive computes its value and pushes the tangents at once. Where many tangents run through the same point,
/// as for a whole Jacobian, `Linearization` computes the values once and shares them.
public struct DualTensor<Scalar: NetworkScalar>: Signal, Sendable {
  /// The value, shape `[tokens, features]`.
  public var value: Tensor<Scalar>
  /// Its derivatives along one or more directions.
  public var tangents: Tangents<Scalar>

  /// A value with its tangents.
  public init(_ value: Tensor<Scalar>, tangents: Tangents<Scalar>) {
    precondition(
      value.shape == [tangents.tokens, tangents.features],
      "A value of shape \(value.shape) cannot carry tangents of [\(tangents.tokens), \(tangents.features)].")
    self.value = value
    self.tangents = tangents
  }

  public static func applying(
    _ name: String, to operands: [DualTensor], _ rule: @escaping Linearized<Scalar>.Rule
  ) -> DualTensor {
    let directions = operands.first?.tangents.directions ?? 0
    precondition(
      operands.allSatisfy { $0.tangents.directions == directions },
      "The operands of \(name) carry tangents of different numbers of directions: "
        + "\(operands.map(\.tangents.directions)).")
    let result = rule(operands.map { $0.value })
    var scratch = Scratch<Scalar>()
    var tangents = Tangents<Scalar>(
      tokens: result.value.rows, directions: directions, features: result.value.columns)
    result.pushforward(operands.map { $0.tangents }, &tangents, &scratch)
    return DualTensor(result.value, tangents: tangents)
  }
}
