import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

@Suite("PyTorch's draws")
struct TorchInitializerTests {
  /// Width 16, 4 tokens, 4 heads, hidden 64, ReLU: the ReZero authors' experiment.
  static func architecture(_ connection: Connection, depth: Int) -> Architecture {
    .transformer(
      connection == .rezero ? .rezero(alpha: 0.1) : Variant(connection), depth: depth, width: 16, tokens: 4, heads: 4)
  }

  static let notebook = Initializer(.rezeroNotebook)

  /// Decimal numbers of 9 digits identify a Float.
  @Test("The first model of the published experiment")
  func notebookWeights() throws {
    var generator = TorchGenerator(seed: 0)
    _ = generator.normal(count: 64)
    let architecture = Self.architecture(.postLN, depth: 12)
    let parameters = Self.notebook.parameters(of: architecture, torch: &generator)
    try parameters.check(against: architecture)
    func value(_ name: String, _ index: Int) -> Float { Float(parameters["layers.\(name)"]?.elements[index] ?? .nan) }
    #expect(value("0.self_attn.in_proj_weight", 0) == 0.208779156)
    #expect(value("0.self_attn.in_proj_weight", 47 * 16 + 15) == 0.270905823)
    #expect(value("0.self_attn.out_proj.weight", 0) == 0.215405986)
    #expect(value("0.linear1.weight", 0) == 0.257639408)
    #expect(value("0.linear2.weight", 0) == -0.0213742908)
    #expect(value("0.linear1.bias", 0) == 0.18638891)
    #expect(value("0.linear1.bias", 63) == 0.0717210472)
    for layer in 0..<12 {
      #expect(value("\(layer).linear2.bias", 0) == 0.0334960222)
      #expect(value("\(layer).linear2.bias", 15) == -0.00426337123)
    }
    #expect(value("11.linear2.weight", 15 * 64 + 63) == -0.243205145)
    // The weights are Floats: single precision takes them without rounding.
    for tensor in parameters.tensors.values { #expect(tensor.elements.allSatisfy { Double(Float($0)) == $0 }) }
  }

  /// Mean squared singular values per sample of an independent run, in double precision from the same float32 weights,
  /// and the means that the authors printed.
  static let published: [(connection: Connection, perSample: [Double], mean: Double)] = [
    (
      .postLN,
      [0.454261, 0.133173, 2.076103, 0.600353, 0.428565, 0.017624, 0.406916, 0.207624, 2.910692, 0.869389], 0.810
    ),
    (
      .preLN,
      [5.812799, 5.297959, 13.650839, 5.395743, 8.653305, 18.953227, 10.116640, 7.436249, 10.016804, 17.088429], 10.242
    ),
    (
      .rezero,
      [1.104138, 1.034248, 1.063195, 1.034102, 1.069510, 1.058385, 1.077502, 1.042196, 1.083732, 1.023602], 1.059
    ),
  ]

  /// Mean squared singular values of the three models of each of ten samples, in the notebook's order of draws.
  static func experiment(depth: Int) throws -> [(doubles: [Double], floats: [Double])] {
    var generator = TorchGenerator(seed: 0)
    var results: [(doubles: [Double], floats: [Double])] = Array(repeating: ([], []), count: 3)
    for _ in 0..<10 {
      // The input is drawn once a sample, then the three models from the same stream.
      let input = Tensor(shape: [4, 16], elements: generator.normal(count: 64))
      let models = [Connection.postLN, .preLN, .rezero].map { connection in
        let architecture = Self.architecture(connection, depth: depth)
        return (architecture, Self.notebook.parameters(of: architecture, torch: &generator))
      }
      let values = Parallel.map(models, threads: Parallel.availableProcessors) { architecture, parameters in
        func meanSquared<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Double {
          let stack: Stack<Scalar> = try architecture.stack(parameters)
          let j = jacobian(of: stack, at: input.converted())
          // Σσ² is the sum of J's squared elements.
          return j.elements.reduce(0) { $0 + Double($1) * Double($1) } / 64
        }
        return Result { (try meanSquared(Double.self), try meanSquared(Float.self)) }
      }
      for (index, result) in values.enumerated() {
        let (double, float) = try result.get()
        results[index].doubles.append(double)
        results[index].floats.append(float)
      }
    }
    return results
  }

  @Test("The published mean squared singular values at 12 layers, in both precisions")
  func twelveLayers() throws {
    for (result, row) in zip(try Self.experiment(depth: 12), Self.published) {
      for (value, expected) in zip(result.doubles, row.perSample) {
        // Six printed decimals.
        #expect(abs(value - expected) <= 5.1e-7, "\(row.connection.rawValue): \(value), not \(expected)")
      }
      for values in [result.doubles, result.floats] {
        // Three printed decimals.
        #expect(abs(values.reduce(0, +) / 10 - row.mean) <= 5.1e-4, "\(row.connection.rawValue)")
      }
    }
  }

  @Test("The published mean squared singular values at 128 layers, in both precisions")
  func deep() throws {
    // The first samples with their printed digits: half a unit of the last one each.
    let rows: [(first: [(value: Double, error: Double)], mean: Double)] = [
      ([(1.5297e-4, 5.1e-9), (8.6e-7, 5.1e-9), (2.701e-5, 5.1e-9)], 0.000),
      ([(159.1004, 5.1e-5), (58.7015, 5.1e-5), (66.9956, 5.1e-5)], 66.281),
      ([(2.650212, 5.1e-7), (2.456545, 5.1e-7), (2.307593, 5.1e-7)], 2.142),
    ]
    for (result, row) in zip(try Self.experiment(depth: 128), rows) {
      for (value, expected) in zip(result.doubles, row.first) {
        #expect(abs(value - expected.value) <= expected.error, "\(value), not \(expected.value)")
      }
      for values in [result.doubles, result.floats] { #expect(abs(values.reduce(0, +) / 10 - row.mean) <= 5.1e-4) }
    }
  }

  /// `torch.manual_seed(7)`, then the modules, then the law on every matrix, in PyTorch 2.15.
  @Test("Fully connected stacks: nn.Linear by nn.Linear, then the law")
  func fullyConnected() {
    typealias Golden = (
      initializer: Initializer, width: Int, first: [Float], last: [Float], firstBias: [Float], lastBias: [Float]
    )
    let rows: [Golden] = [
      (
        Initializer(.torch), 4, [0.0349225402, 0.382877588], [-0.140714049, 0.459216595], [0.220380425, -0.11125803],
        [-0.392213464, -0.304741859]
      ),
      (Initializer(.heNormal), 5, [-0.336516231, -0.0119805699], [0.731869161, -0.958316624], [0, 0], [0, 0]),
      (
        Initializer(.xavierNormal, gain: 1.5), 5, [-0.356929362, -0.0127073145], [0.776264489, -1.01644826], [0, 0],
        [0, 0]
      ),
    ]
    for row in rows {
      var generator = TorchGenerator(seed: 7)
      let architecture = Architecture.fullyConnected(.vanilla, depth: 2, width: row.width)
      let parameters = row.initializer.parameters(of: architecture, torch: &generator)
      for layer in 0..<2 {
        let weight = parameters["layers.\(layer).weight"]?.elements.map { Float($0) } ?? []
        let bias = parameters["layers.\(layer).bias"]?.elements.map { Float($0) } ?? []
        #expect(weight.first == row.first[layer])
        #expect(weight.last == row.last[layer])
        #expect(bias.first == row.firstBias[layer])
        #expect(bias.last == row.lastBias[layer])
      }
    }
  }

  /// `torch.manual_seed(7)`; `nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 24, 0), 2)`; for `xavier-uniform`
  /// then `for p in encoder.parameters(): if p.dim() > 1: xavier_uniform_(p)`.
  @Test("Transformers: a prototype, its copies, then the law")
  func transformer() {
    let names = [
      "self_attn.in_proj_weight", "self_attn.out_proj.weight", "linear1.weight", "linear2.weight", "linear1.bias",
      "linear2.bias",
    ]
    // The first element of the first and the fifth, the last of the others.
    func probe(_ initializer: Initializer) -> [[Float]] {
      var generator = TorchGenerator(seed: 7)
      let architecture = Architecture.transformer(.postLN, depth: 2, width: 8, tokens: 2, heads: 2, hidden: 24)
      let parameters = initializer.parameters(of: architecture, torch: &generator)
      return (0..<2).map { layer in
        names.map { name in
          let elements = parameters["layers.\(layer).\(name)"]?.elements ?? []
          return Float(
            (name.hasSuffix("in_proj_weight") || name == "linear1.bias" ? elements.first : elements.last) ?? .nan)
        }
      }
    }
    let prototype: [Float] = [0.237084463, -0.277123451, 0.317405879, 0.0806165263, -0.116366565, 0.154241487]
    #expect(probe(Initializer(.torch)) == [prototype, prototype])
    let xavier: [[Float]] = [
      [0.350183696, -0.382076889, 0.0347586758, -0.299317688], [-0.18900831, 0.498325318, 0.211164638, 0.180485994],
    ]
    // With a paper's law biases are 0; the notebook keeps the prototype's.
    #expect(probe(Initializer(.xavierUniform)) == xavier.map { $0 + [0, 0] })
    #expect(probe(Initializer(.rezeroNotebook)) == xavier.map { $0 + [-0.116366565, 0.154241487] })
  }

  @Test("Which laws have draws")
  func coverage() {
    #expect(
      InitializerName.allCases.filter { !Initializer($0).hasTorchDraws }
        == [.orthogonal, .scaledUniformOrthogonal, .looksLinear, .gpt2, .fairseq])
    #expect(!Initializer(.xavierUniform, packing: .separate).hasTorchDraws)
    #expect(Initializer(.heNormal, packing: .separate).hasTorchDraws)
    // All others give all parameters of both blocks.
    for name in InitializerName.allCases where Initializer(name).hasTorchDraws {
      for block in Block.allCases where name.applies(to: block) {
        var generator = TorchGenerator(seed: 1)
        var architecture = Architecture.transformer(
          .rezero(alpha: 0.25), depth: 2, width: 4, tokens: 2, heads: 2, finalNorm: true)
        if block == .fc { architecture = .fullyConnected(.postLN, depth: 2, width: 4, finalNorm: true) }
        let initializer = Initializer(name, sigmaB: 0.5)
        let parameters = initializer.parameters(of: architecture, torch: &generator)
        #expect(throws: Never.self) { try parameters.check(against: architecture) }
        if block == .transformer { #expect(parameters["layers.1.resweight"]?.elements == [0.25]) }
        #expect(parameters["norm.weight"]?.elements == [1, 1, 1, 1])
        // Passing over them leaves the generator in the same place, with the same number of a pair in hand.
        var skipped = TorchGenerator(seed: 1)
        initializer.skipParameters(of: architecture, torch: &skipped)
        #expect(skipped.normal(count: 3) == generator.normal(count: 3), "\(name.rawValue), \(block.rawValue)")
        #expect(skipped.nextWord() == generator.nextWord(), "\(name.rawValue), \(block.rawValue)")
      }
    }
  }
}
