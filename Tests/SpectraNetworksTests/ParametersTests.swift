import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

@Suite("Parameters of an architecture")
struct ParametersTests {
  static let architecture = Architecture.transformer(.rezero, depth: 2, width: 4, tokens: 3, heads: 2, finalNorm: true)

  static var parameters: Parameters {
    Initializer(.xavierUniform).parameters(of: architecture, random: .init(seed: 0, sample: 0, purpose: .weights))
  }

  @Test("Names and shapes are those of PyTorch's state dict")
  func names() {
    let expected: [(String, [Int])] = [
      ("self_attn.in_proj_weight", [12, 4]), ("self_attn.in_proj_bias", [12]), ("self_attn.out_proj.weight", [4, 4]),
      ("self_attn.out_proj.bias", [4]), ("linear1.weight", [16, 4]), ("linear1.bias", [16]),
      ("linear2.weight", [4, 16]),
      ("linear2.bias", [4]), ("resweight", [1]),
    ]
    let own = Self.architecture.parameters
    #expect(own.count == 2 * 9 + 2)
    for layer in 0..<2 {
      for (parameter, (name, shape)) in zip(own[9 * layer..<9 * layer + 9], expected) {
        #expect(parameter.name == "layers.\(layer).\(name)")
        #expect(parameter.localName == name)
        #expect(parameter.shape == shape)
        #expect(parameter.layer == layer)
      }
    }
    #expect(own.suffix(2).map(\.name) == ["norm.weight", "norm.bias"])
    #expect(own.suffix(2).map(\.localName) == ["norm.weight", "norm.bias"])
    #expect(own.suffix(2).allSatisfy { $0.layer == 2 && $0.shape == [4] })

    let postLN = Architecture.transformer(.postLN, depth: 1, width: 4, tokens: 3, heads: 2).parameters.map(\.localName)
    #expect(postLN.suffix(4) == ["norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"])
    let fc = Architecture.fullyConnected(.norm, depth: 1, width: 4).parameters.map(\.name)
    #expect(fc == ["layers.0.weight", "layers.0.bias", "layers.0.norm.weight", "layers.0.norm.bias"])
    let rezero = Architecture.fullyConnected(.rezero, depth: 1, width: 4).parameters.map(\.localName)
    #expect(rezero == ["weight", "bias", "resweight"])
  }

  @Test("Every initialiser gives exactly the parameters of every architecture", arguments: Connection.allCases)
  func complete(connection: Connection) throws {
    let key = RandomKey(seed: 0, sample: 0, purpose: .weights)
    for architecture in [
      Architecture.transformer(connection, depth: 2, width: 4, tokens: 3, heads: 2, hidden: 6),
      .fullyConnected(connection, depth: 2, width: 4, finalNorm: true),
    ] {
      for name in InitializerName.allCases {
        let parameters = Initializer(name).parameters(of: architecture, random: key)
        try parameters.check(against: architecture)
        #expect(Set(parameters.tensors.keys) == Set(architecture.parameters.map(\.name)))
      }
    }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: @Sendable (inout Parameters) -> Void
    var expected: ParameterError
    var sentence: String
  }

  static let rows: [Row] = [
    Row(
      testDescription: "one is missing", change: { $0["layers.1.linear2.bias"] = nil },
      expected: .missing(
        name: "layers.1.linear2.bias", shape: [4],
        present: Self.parameters.tensors.keys.filter { $0 != "layers.1.linear2.bias" }.sorted(),
        architecture: "a 2-layer rezero transformer with final norm"),
      sentence:
        "The weights have no tensor layers.1.linear2.bias of shape [4], which a 2-layer rezero transformer with "
        + "final norm needs; they hold layers.0.linear1.bias, layers.0.linear1.weight, layers.0.linear2.bias, …."),
    Row(
      testDescription: "two are missing: the first in the order of layers counts",
      change: {
        $0["layers.1.linear2.bias"] = nil
        $0["layers.0.resweight"] = nil
      },
      expected: .missing(
        name: "layers.0.resweight", shape: [1],
        present: Self.parameters.tensors.keys.filter { $0 != "layers.1.linear2.bias" && $0 != "layers.0.resweight" }
          .sorted(), architecture: "a 2-layer rezero transformer with final norm"),
      sentence: "The weights have no tensor layers.0.resweight of shape [1]"),
    Row(
      testDescription: "nothing is there", change: { $0 = Parameters([:]) },
      expected: .missing(
        name: "layers.0.self_attn.in_proj_weight", shape: [12, 4], present: [],
        architecture: "a 2-layer rezero transformer with final norm"),
      sentence: "they hold nothing."),
    Row(
      testDescription: "transposed",
      change: { $0["layers.0.linear1.weight"] = $0["layers.0.linear1.weight"]?.transposed },
      expected: .wrongShape(name: "layers.0.linear1.weight", shape: [4, 16], expected: [16, 4]),
      sentence: "The tensor layers.0.linear1.weight has shape [4, 16], but the architecture needs [16, 4]."),
    Row(
      testDescription: "a vector with an extent too many",
      change: { $0["norm.bias"] = Tensor(shape: [1, 4], repeating: 0) },
      expected: .wrongShape(name: "norm.bias", shape: [1, 4], expected: [4]), sentence: "norm.bias has shape [1, 4]"),
    Row(
      testDescription: "a layer too many",
      change: {
        $0["layers.2.linear1.bias"] = Tensor(shape: [16], repeating: 0)
        $0["layers.2.resweight"] = Tensor(shape: [1], repeating: 0)
      },
      expected: .unexpected(
        name: "layers.2.linear1.bias", architecture: "a 2-layer rezero transformer with final norm"),
      sentence:
        "The weights hold a tensor layers.2.linear1.bias, which a 2-layer rezero transformer with final norm does "
        + "not have; remove it or choose the architecture that has it."),
    Row(
      testDescription: "NaN", change: { $0["layers.1.linear1.weight"]?.elements[7] = .nan },
      expected: .notFinite(name: "layers.1.linear1.weight"),
      sentence: "The tensor layers.1.linear1.weight holds NaN or infinity; weights must be finite."),
    Row(
      testDescription: "infinity", change: { $0["norm.weight"]?.elements[0] = .infinity },
      expected: .notFinite(name: "norm.weight"), sentence: "norm.weight holds NaN or infinity"),
  ]

  @Test("What is not an architecture's parameters", arguments: rows)
  func errors(row: Row) {
    var parameters = Self.parameters
    row.change(&parameters)
    #expect(throws: row.expected) { try parameters.check(against: Self.architecture) }
    #expect(throws: row.expected) { _ = try Self.architecture.stack(parameters, as: Float.self) }
    #expect(row.expected.description.contains(row.sentence), "\(row.expected)")
  }

  @Test("Finite weights that single precision cannot hold become infinite there, not an error here")
  func overflowInSingle() throws {
    var parameters = Self.parameters
    parameters["norm.weight"]?.elements[0] = 1e300
    _ = try Self.architecture.stack(parameters, as: Double.self)
    let stack: Stack<Float> = try Self.architecture.stack(parameters)
    #expect(!stack(Tensor(shape: [3, 4], repeating: 1)).isFinite)
  }

  @Test("Settings of the two blocks")
  func architectures() {
    let fc = Architecture.fullyConnected(.vanilla, depth: 5, width: 7)
    #expect((fc.tokens, fc.heads, fc.hidden, fc.size) == (1, 1, 7, 7))
    let transformer = Architecture.transformer(.preLN, depth: 3, width: 8, tokens: 5, heads: 2)
    #expect((transformer.hidden, transformer.size, transformer.normalizer) == (32, 40, .layernorm))
    #expect(transformer.title == "a 3-layer pre-ln transformer")
    #expect(
      fc.parameters.isEmpty == false && Architecture.fullyConnected(.vanilla, depth: 0, width: 7).parameters.isEmpty)
  }
}
