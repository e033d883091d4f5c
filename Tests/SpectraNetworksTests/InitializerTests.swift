import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

/// The seeds are fixed, so these tests cannot fail by chance; the bounds are five standard deviations of each estimate,
/// which a right law would exceed for one seed in a million.
@Suite("Laws of initialisation")
struct InitializerTests {
  static let key = RandomKey(seed: 11, sample: 4, purpose: .weights)
  static let transformer = Architecture.transformer(.postLN, depth: 3, width: 48, tokens: 2, heads: 4, hidden: 80)
  static let fc = Architecture.fullyConnected(.vanilla, depth: 3, width: 64)

  /// What a matrix of one role is drawn from.
  enum Law: Sendable {
    case uniform(Double)
    case normal(Double)
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var initializer: Initializer
    var activation = ActivationName.relu
    /// The law for fan_in, fan_out and the kind of matrix.
    var law: @Sendable (_ fanIn: Double, _ fanOut: Double, _ isProjection: Bool) -> Law
    var testDescription: String {
      "\(initializer.name.rawValue), \(initializer.packing.rawValue), gain \(initializer.gain)"
    }
  }

  /// Theory A.9, written from the variances.
  static let rows: [Row] = [
    Row(initializer: Initializer(.xavierUniform)) { fanIn, fanOut, isProjection in
      .uniform((6 / (fanIn + (isProjection ? 3 : 1) * fanOut)).squareRoot())
    },
    Row(initializer: Initializer(.xavierUniform, packing: .separate)) { fanIn, fanOut, _ in
      .uniform((6 / (fanIn + fanOut)).squareRoot())
    },
    Row(initializer: Initializer(.xavierNormal, gain: 1.5)) { fanIn, fanOut, isProjection in
      .normal(1.5 * (2 / (fanIn + (isProjection ? 3 : 1) * fanOut)).squareRoot())
    },
    Row(initializer: Initializer(.heNormal)) { fanIn, _, _ in .normal((2 / fanIn).squareRoot()) },
    Row(initializer: Initializer(.heNormal), activation: .leakyReLU) { fanIn, _, _ in
      .normal((2 / (1.0001 * fanIn)).squareRoot())
    },
    Row(initializer: Initializer(.heUniform)) { fanIn, _, _ in .uniform((6 / fanIn).squareRoot()) },
    Row(initializer: Initializer(.lecunNormal)) { fanIn, _, _ in .normal((1 / fanIn).squareRoot()) },
    Row(initializer: Initializer(.torch)) { fanIn, fanOut, isProjection in
      .uniform(isProjection ? (6 / (fanIn + 3 * fanOut)).squareRoot() : 1 / fanIn.squareRoot())
    },
    Row(initializer: Initializer(.gaussian, sigmaW: 1.3, sigmaB: 0.4)) { fanIn, _, _ in
      .normal(1.3 / fanIn.squareRoot())
    },
    Row(initializer: Initializer(.fairseq)) { fanIn, fanOut, isProjection in
      .uniform((isProjection ? 0.5.squareRoot() : 1) * (6 / (fanIn + fanOut)).squareRoot())
    },
    Row(initializer: Initializer(.rezeroNotebook, gain: 0.5)) { fanIn, fanOut, isProjection in
      .uniform(0.5 * (6 / (fanIn + (isProjection ? 3 : 1) * fanOut)).squareRoot())
    },
  ]

  static func check(_ values: [Double], _ law: Law, _ name: String) {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + $1 * $1 } / n
    // The fourth moment is 9/5 of the squared variance for a uniform law, 3 for a normal one.
    let (expected, kurtosis): (Double, Double) =
      switch law {
      case .uniform(let bound): (bound * bound / 3, 1.8)
      case .normal(let deviation): (deviation * deviation, 3)
      }
    #expect(abs(mean) <= 5 * (expected / n).squareRoot(), "the mean of \(name)")
    #expect(abs(variance / expected - 1) <= 5 * ((kurtosis - 1) / n).squareRoot(), "the variance of \(name)")
    let largest = values.reduce(0) { max($0, abs($1)) }
    switch law {
    case .uniform(let bound):
      // All within the bound, and so near to it as e⁻¹⁵ = 3e-7 allows.
      #expect(largest <= bound * (1 + .ulpOfOne))
      #expect(largest >= bound * (1 - 15 / n))
    case .normal(let deviation):
      #expect(largest > 2.5 * deviation)
    }
  }

  @Test("Mean, variance and bound of every matrix", arguments: rows)
  func matrices(row: Row) {
    for var architecture in [Self.transformer, Self.fc] where row.initializer.name.applies(to: architecture.block) {
      architecture.activation = Variant(row.activation)
      let parameters = row.initializer.parameters(of: architecture, random: Self.key)
      for parameter in architecture.parameters where parameter.shape.count == 2 {
        let isProjection = parameter.role == .packedProjection
        let (fanOut, fanIn) = (Double(parameter.shape[0] / (isProjection ? 3 : 1)), Double(parameter.shape[1]))
        Self.check(
          parameters.tensors[parameter.name]?.elements ?? [], row.law(fanIn, fanOut, isProjection), parameter.name)
      }
    }
  }

  /// The laws with tests of their own, here and in `LooksLinearTests`.
  static let tested: [InitializerName] = [.orthogonal, .scaledUniformOrthogonal, .looksLinear, .gpt2]

  @Test("Every law has a row here or a test of its own")
  func coverage() {
    #expect(Set(Self.rows.map(\.initializer.name)).union(Self.tested) == Set(InitializerName.allCases))
    for name in InitializerName.allCases {
      #expect(!name.equation.isEmpty && !name.source.isEmpty)
      #expect(name.applies(to: .transformer))
      #expect(name.applies(to: .fc) == ![.gpt2, .fairseq, .rezeroNotebook].contains(name))
    }
    #expect(
      InitializerName.allCases.filter { $0.defaultPacking == .packed }
        == [.xavierUniform, .xavierNormal, .torch, .rezeroNotebook])
  }

  /// Printed by PyTorch's own formula.
  @Test(
    "Xavier's bounds",
    arguments: [(16, 48, 0.30618621784789724), (16, 64, 0.27386127875258304), (512, 2048, 0.04841229182759271)])
  func xavierBounds(fanIn: Int, fanOut: Int, bound: Double) throws {
    let parameter = ParameterDescription(
      name: "layers.0.linear1.weight", shape: [fanOut, fanIn], role: .feedForwardHidden, layer: 0)
    let law = Initializer(.xavierUniform).weightLaw(of: parameter, in: Self.transformer)
    guard case .uniform(let own) = law else {
      Issue.record("Xavier uniform is \(law).")
      return
    }
    #expect(abs(own - bound) <= bound.ulp)
    #expect(abs(own - TorchGenerator.xavierBound(outputs: fanOut, inputs: fanIn)) == 0)
  }

  static func expectOrthogonal(_ matrix: Tensor<Double>, gain: Double, _ name: String) {
    let isTall = matrix.rows >= matrix.columns
    let gram = matrix.multiplied(by: matrix, transposingSelf: isTall, transposingOther: !isTall)
    let size = min(matrix.rows, matrix.columns)
    let error = Tensor.combination(1, gram, -gain * gain, .identity(size)).maximumMagnitude
    // Householder QR: n^1.5·eps with small constants.
    #expect(error <= 4 * Double(matrix.count) * .ulpOfOne * gain * gain, "\(name)")
  }

  @Test(
    "Orthogonal matrices, square, tall and wide, times the gain; SUO's tall ones times √(fan_out/fan_in)",
    arguments: [InitializerName.orthogonal, .scaledUniformOrthogonal], [1, 1.75])
  func orthogonal(name: InitializerName, gain: Double) throws {
    for packing in ProjectionPacking.allCases {
      let initializer = Initializer(name, gain: gain, packing: packing)
      let parameters = initializer.parameters(of: Self.transformer, random: Self.key)
      for parameter in Self.transformer.parameters where parameter.shape.count == 2 {
        let tensor = try #require(parameters[parameter.name])
        if parameter.role == .packedProjection, packing == .separate {
          let size = 48 * 48
          for part in 0..<3 {
            Self.expectOrthogonal(
              Tensor(shape: [48, 48], elements: Array(tensor.elements[part * size..<(part + 1) * size])), gain: gain,
              "part \(part) of \(parameter.name)")
          }
        } else {
          // Width 48, hidden 80: in SUO the squares of a row's weights sum to 1, whatever the shape.
          let scale: [ParameterDescription.Role: Double] = [.packedProjection: 3, .feedForwardHidden: 80.0 / 48]
          let isScaled = name == .scaledUniformOrthogonal
          let own = isScaled ? (scale[parameter.role] ?? 1).squareRoot() : 1
          Self.expectOrthogonal(tensor, gain: gain * own, parameter.name)
          if isScaled {
            let squares = tensor.elements.reduce(0) { $0 + $1 * $1 } / Double(tensor.rows)
            #expect(abs(squares / (gain * gain) - 1) <= 4 * Double(tensor.count) * .ulpOfOne)
          }
        }
      }
    }
  }

  /// R's positive diagonal makes Q Haar distributed; LAPACK's own sign would make all first entries negative.
  @Test("Orthogonal matrices have no preferred sign")
  func haar() {
    let architecture = Architecture.fullyConnected(.vanilla, depth: 100, width: 4)
    let parameters = Initializer(.orthogonal).parameters(of: architecture, random: Self.key)
    let entries = (0..<100).compactMap { parameters["layers.\($0).weight"]?[0, 0] }
    // 100 entries of mean 0 and variance 1/4.
    #expect(abs(entries.reduce(0, +) / 100) <= 5 * 0.05)
    #expect(entries.count { $0 > 0 } > 25)
  }

  @Test(
    "Packed and separate projections differ in fan_out only", arguments: [InitializerName.xavierUniform, .xavierNormal])
  func packing(name: InitializerName) throws {
    let packed = Initializer(name, packing: .packed).parameters(of: Self.transformer, random: Self.key)
    let separate = Initializer(name, packing: .separate).parameters(of: Self.transformer, random: Self.key)
    for parameter in Self.transformer.parameters {
      let same = packed[parameter.name] == separate[parameter.name]
      #expect(same == (parameter.role != .packedProjection), "\(parameter.name)")
    }
    // Variances 2/(d + 3d) and 2/(d + d), from 6912 elements each.
    func variance(_ parameters: Parameters) throws -> Double {
      let elements = try #require(parameters["layers.0.self_attn.in_proj_weight"]).elements
      return elements.reduce(0) { $0 + $1 * $1 } / Double(elements.count)
    }
    #expect(abs(try variance(separate) / variance(packed) - 2) <= 2 * 5 * (2 * 2 / 6912.0).squareRoot())
  }

  @Test("The gain multiplies every weight and no bias", arguments: InitializerName.allCases)
  func gain(name: InitializerName) throws {
    let block: Architecture = Self.transformer
    let one = Initializer(name, sigmaB: 0.5).parameters(of: block, random: Self.key)
    let two = Initializer(name, gain: 2, sigmaB: 0.5).parameters(of: block, random: Self.key)
    for parameter in block.parameters {
      let (weak, strong) = (try #require(one[parameter.name]), try #require(two[parameter.name]))
      // A factor of 2 is exact.
      #expect(strong == weak.scaled(by: parameter.shape.count == 2 ? 2 : 1), "\(parameter.name)")
    }
  }

  @Test("GPT-2: 0.02, the projections that end in the residual stream divided by √(2 depth)", arguments: [1, 8])
  func gpt2(depth: Int) throws {
    let architecture = Architecture.transformer(.preLN, depth: depth, width: 48, tokens: 2, heads: 4)
    let parameters = Initializer(.gpt2).parameters(of: architecture, random: Self.key)
    for parameter in architecture.parameters {
      let elements = try #require(parameters[parameter.name]).elements
      switch parameter.role {
      case .packedProjection, .feedForwardHidden: Self.check(elements, .normal(0.02), parameter.name)
      case .attentionOutput, .feedForwardOutput:
        Self.check(elements, .normal(0.02 / (2 * Double(depth)).squareRoot()), parameter.name)
      case .normGain: #expect(elements.allSatisfy { $0 == 1 })
      default: #expect(elements.allSatisfy { $0 == 0 })
      }
    }
  }

  @Test("Biases are as documented, norms at the identity, α as given", arguments: InitializerName.allCases)
  func biases(name: InitializerName) throws {
    for connection in [Variant<Connection>.rezero(alpha: 0.25), Variant(.postLN)] {
      var architecture = Self.transformer
      architecture.connection = connection
      architecture.finalNorm = true
      let parameters = Initializer(name, sigmaB: 0.4).parameters(of: architecture, random: Self.key)
      for parameter in architecture.parameters where parameter.shape.count == 1 {
        let elements = try #require(parameters[parameter.name]).elements
        switch (parameter.role, name) {
        case (.normGain, _): #expect(elements == Array(repeating: 1, count: 48))
        case (.normBias, _): #expect(elements == Array(repeating: 0, count: 48))
        case (.residualWeight, _): #expect(elements == [0.25])
        case (.bias, .gaussian), (.bias, .orthogonal):
          // Also the attention's: the law is of every layer's biases.
          let n = Double(elements.count)
          let variance = elements.reduce(0) { $0 + $1 * $1 } / n
          #expect(abs(variance / 0.16 - 1) <= 5 * (2 / n).squareRoot())
        case (.bias(.feedForwardHidden, let inputs), .torch), (.bias(.feedForwardHidden, let inputs), .rezeroNotebook),
          (.bias(.feedForwardOutput, let inputs), .torch), (.bias(.feedForwardOutput, let inputs), .rezeroNotebook):
          let bound = 1 / Double(inputs).squareRoot()
          #expect(elements.allSatisfy { abs($0) <= bound })
          #expect(elements.contains { abs($0) > bound / 2 })
        default: #expect(elements.allSatisfy { $0 == 0 }, "\(parameter.name)")
        }
      }
      // The notebook's layers share one prototype's biases; PyTorch's law draws each layer's.
      let (first, last) = (parameters["layers.0.linear1.bias"], parameters["layers.2.linear1.bias"])
      #expect((first == last) == ![.torch, .gaussian, .orthogonal].contains(name))
    }
    let silent = Initializer(.gaussian, sigmaB: 0).parameters(of: Self.fc, random: Self.key)
    #expect(silent["layers.1.bias"]?.maximumMagnitude == 0)
    let fc = Initializer(.torch).parameters(of: Self.fc, random: Self.key)
    #expect(try #require(fc["layers.1.bias"]).maximumMagnitude > 0.5 / 8)
    #expect(try #require(fc["layers.1.bias"]).maximumMagnitude <= 1 / 8.0)
  }
}

@Suite("Keyed draws")
struct KeyedDrawsTests {
  static func parameters(
    _ name: InitializerName, depth: Int, connection: Connection = .postLN, seed: UInt64 = 3, sample: Int = 2
  ) -> (Architecture, Parameters) {
    let architecture = Architecture.transformer(connection, depth: depth, width: 8, tokens: 3, heads: 2)
    let key = RandomKey(seed: seed, sample: sample, purpose: .weights)
    return (architecture, Initializer(name).parameters(of: architecture, random: key))
  }

  /// All but GPT-2's, whose scale is a function of the depth.
  @Test("A shallow stack is the prefix of a deep one", arguments: InitializerName.allCases.filter { $0 != .gpt2 })
  func prefix(name: InitializerName) {
    let (shallow, few) = Self.parameters(name, depth: 4)
    let (_, many) = Self.parameters(name, depth: 64)
    for parameter in shallow.parameters {
      #expect(few[parameter.name] == many[parameter.name], "\(parameter.name)")
    }
  }

  @Test("A connection without a rule of its own does not change the weights")
  func connections() {
    let (architecture, expected) = Self.parameters(.xavierUniform, depth: 2, connection: .vanilla)
    let ruled: [Connection] = [.deepnorm, .fixup, .tFixup, .subLN, .reversible]
    for connection in Connection.allCases where !ruled.contains(connection) {
      let (_, parameters) = Self.parameters(.xavierUniform, depth: 2, connection: connection)
      for parameter in architecture.parameters { #expect(parameters[parameter.name] == expected[parameter.name]) }
    }
  }

  @Test("A sample alone is the sample among many, and no other")
  func samples() {
    let alone = Self.parameters(.xavierNormal, depth: 2, sample: 5).1
    let many = (0..<8).reversed().map { Self.parameters(.xavierNormal, depth: 2, sample: $0).1 }
    #expect(many[2] == alone)
    #expect(many.count { $0 == alone } == 1)
    #expect(Self.parameters(.xavierNormal, depth: 2, seed: 4, sample: 5).1 != alone)
  }

  @Test("No two matrices of a stack begin with the same number")
  func distinct() {
    let (architecture, parameters) = Self.parameters(.lecunNormal, depth: 16)
    let matrices = architecture.parameters.filter { $0.shape.count == 2 }
    let first = matrices.compactMap { parameters[$0.name]?.elements.first }
    #expect(first.count == 64)
    #expect(Set(first.map { $0 / abs($0) * $0.significand }).count == 64)
  }
}
