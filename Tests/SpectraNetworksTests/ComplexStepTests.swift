import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Parameters by formula, none of them at its value at initialisation, so that every one of them is felt.
func generalParameters(of architecture: Architecture) -> Parameters {
  var tensors: [String: Tensor<Double>] = [:]
  for (index, parameter) in architecture.parameters.enumerated() {
    let tag = Double(index)
    let count = parameter.shape.reduce(1, *)
    let columns = parameter.shape.last ?? 1
    func fill(_ element: (Double) -> Double) {
      tensors[parameter.name] = Tensor(shape: parameter.shape, elements: (0..<count).map { element(Double($0)) })
    }
    switch parameter.role {
    case .normGain: fill { 1 + 0.25 * .sin(0.7 * tag + 1.1 * $0) }
    case .normBias, .bias: fill { 0.3 * .cos(1.3 * tag + 0.7 * $0 + 0.2 * $0 * $0) }
    case .residualWeight: fill { _ in 0.7 - 0.1 * Double(parameter.layer) }
    default: fill { 1.4 / Double(columns).squareRoot() * .sin(1.7 * tag + 2.3 * $0 + 0.37 * $0 * $0) }
    }
  }
  return Parameters(tensors)
}

@Suite("J against the complex-step derivative of an independent evaluation")
struct ComplexStepTests {
  static let architectures: [(String, Architecture)] = Connection.allCases.flatMap { connection in
    ActivationName.allCases.flatMap { activation in
      let fc = Architecture.fullyConnected(
        connection, depth: 3, width: 5, activation: activation, finalNorm: connection == .preLN)
      let transformers = [AttentionMask.none, .causal, .window(2)].map {
        Architecture.transformer(
          connection, depth: 2, width: 4, tokens: 3, heads: 2, hidden: 6, activation: activation, mask: $0,
          finalNorm: connection == .preLN && $0 == .causal)
      }
      return ([fc] + transformers).map { ("\($0.title), \(activation.rawValue), mask \($0.mask.rawValue)", $0) }
    }
  }

  /// Nothing cancels on the other side either, so both differ from the true J by rounding only: some hundred operations
  /// on the way to an element, a few of them divisions by small deviations.
  @Test("Every connection, block, activation and mask", arguments: Connection.allCases)
  func jacobians(connection: Connection) throws {
    for (name, architecture) in Self.architectures where architecture.connection == connection {
      let parameters = generalParameters(of: architecture)
      let input = Reference.input(architecture.tokens, architecture.width)
      let stack: Stack<Double> = try architecture.stack(parameters)
      let linearization = Linearization(of: stack, at: input)
      let j = linearization.jacobian()

      let plain = PlainNetwork(architecture: architecture, parameters: parameters)
      let rows = (0..<input.rows).map { row in (0..<input.columns).map { input[row, $0] } }
      let value = plain(rows.map { $0.map { .init($0) } }).joined().map(\.real)
      let expected = plain.jacobian(at: rows)
      let valueError = zip(linearization.output.elements, value).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(valueError <= 1e-13 * linearization.output.maximumMagnitude, "the output of \(name)")
      #expect(j.shape == [expected.count, expected[0].count])
      let error = zip(j.elements, expected.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error <= 1e-13 * j.maximumMagnitude, "\(name): \(error / j.maximumMagnitude)")
    }
  }
}
