public import SpectraLinearAlgebra

/// A value that remembers how it was made: evaluating a network on it records the list of its linearised primitives.
///
/// Made by `Linearization`; a user meets it as the argument of the map that is linearised.
public struct Recorded<Scalar: NetworkScalar>: Signal {
  public let value: Tensor<Scalar>
  let node: Int
  let recorder: Recorder<Scalar>

  public static func applying(
    _ name: String, to operands: [Recorded], _ rule: @escaping Linearized<Scalar>.Rule
  ) -> Recorded {
    guard let recorder = operands.first?.recorder else {
      preconditionFailure("The primitive \(name) has no operand.")
    }
    var (values, nodes): ([Tensor<Scalar>], [Int]) = ([], [])
    values.reserveCapacity(operands.count)
    nodes.reserveCapacity(operands.count)
    for operand in operands {
      precondition(
        operand.recorder === recorder,
        "The operands of \(name) belong to two linearisations; a value of one cannot be used in another.")
      values.append(operand.value)
      nodes.append(operand.node)
    }
    let result = rule(values)
    precondition(
      result.coupling == .mixed || values.allSatisfy { $0.rows == result.value.rows },
      "The primitive \(name) makes \(result.value.rows) tokens of \(values.map { $0.rows }): it cannot leave each token alone."
    )
    let node = recorder.append(
      Recorder.Step(
        name: name, operands: nodes, value: result.value, rule: rule,
        pushforward: result.pushforward, coupling: result.coupling, operations: result.operations,
        matrix: result.matrix, zeroEighths: result.zeroEighths, parts: result.parts))
    return Recorded(value: result.value, node: node, recorder: recorder)
  }
}

/// The list that the recorded values of one linearisation share. Node 0 is the input, node i the result of step i − 1.
final class Recorder<Scalar: NetworkScalar> {
  struct Step: Sendable {
    var name: String
    var operands: [Int]
    var value: Tensor<Scalar>
    var rule: Linearized<Scalar>.Rule
    var pushforward: Linearized<Scalar>.Pushforward
    var coupling = TokenCoupling.mixed
    var operations = 0
    var matrix: Tensor<Scalar>?
    var zeroEighths = 0
    var parts: LinearParts<Scalar>?

    var tokens: Int { value.rows }
    var features: Int { value.columns }
  }

  private(set) var steps: [Step] = []

  func append(_ step: Step) -> Int {
    steps.append(step)
    return steps.count
  }
}
