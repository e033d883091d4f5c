import Foundation
import TestSupport
import Testing

@testable import Spectra

@Suite("Exports and weights files")
struct ExportTests {
  /// A run over all connections of a block.
  static func configuration(_ block: Block, _ precision: Precision, finalNorm: Bool) -> Configuration {
    .small {
      ($0.block, $0.precision, $0.finalNorm) = (block, precision, finalNorm)
      ($0.architectures, $0.alpha) = (.all(for: block), 0.3)
      // Biases and a mask that are not 0 and none, so that nothing is right by default.
      if block == .transformer {
        ($0.initializer, $0.mask) = (.rezeroNotebook, .causal)
      } else {
        $0.initializer = .torch
      }
    }
  }

  /// What the command line makes of a weights file of ours: the exported configuration with the file's weights.
  static func adopting(_ path: String) throws -> Configuration {
    var configuration = try #require(try WeightsFile(path).configuration)
    #expect(configuration.samples == 1)
    configuration.weights = path
    return configuration
  }

  @Test("`--weights` of an export gives the spectrum back, bit for bit", arguments: Block.allCases, Precision.allCases)
  func roundTrip(block: Block, precision: Precision) throws {
    for finalNorm in [false, true] {
      try withTemporaryFolder { folder in
        var configuration = Self.configuration(block, precision, finalNorm: finalNorm)
        // Every sample costs three spectra of each architecture: without optimisation the second one alone.
        #if DEBUG
          (configuration.firstSample, configuration.samples) = (1, 1)
        #endif
        let exporter = try Exporter(folder + "/out/weights")
        let record = try Experiment(configuration).run(threads: 2, export: exporter.write)
        try exporter.commit()
        for spectrum in record.spectra {
          let label = spectrum.architecture.replacingOccurrences(of: ":", with: "_")
          let stem = "\(folder)/out/weights/\(label)-depth3-sample\(spectrum.sample)"
          var again = try Self.adopting(stem + ".weights.safetensors")
          #expect(try again.spectra() == [spectrum])
          // With the input from the file the sample's number does not matter.
          (again.input, again.firstSample) = (.safetensors(path: stem + ".signals.safetensors"), 0)
          #expect(try again.spectra().first?.measurement == spectrum.measurement)
        }
        // Nothing beside the files, and no temporary ones.
        let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/out/weights")
        #expect(files.count == 2 * record.spectra.count && !files.contains { $0.hasPrefix(".") })
      }
    }
  }

  @Test("Options that were for another architecture are not in a file", arguments: Block.allCases)
  func othersOptions(block: Block) throws {
    let configuration = Configuration.small {
      ($0.block, $0.architectures, $0.alpha) = (block, [.vanilla, .rezero, .postLN], 0.3)
      ($0.norm, $0.samples) = (Variant(.rmsnorm), 1)
    }
    let norms = try configuration.exports().values.map { sample in
      let metadata = Data((sample.weights.metadata["spectra"] ?? "").utf8)
      let own = try JSONDecoder().decode(Configuration.self, from: metadata)
      try own.validate()
      return (sample.name, own.norm?.name, own.alpha)
    }
    for (name, norm, alpha) in norms {
      #expect(norm == (name.hasPrefix("post-ln") ? .rmsnorm : nil), "\(name)")
      #expect(alpha == (name.hasPrefix("rezero") ? 0.3 : nil), "\(name)")
    }
    #expect(norms.count == 3)
  }

  @Test("A label too long for a file's name is cut, to the same name in every run and another for every label")
  func longLabels() throws {
    let common =
      "weighted:alpha=0.12345678901234568:beta=0.12345678901234568:norm=adanorm:eps=1.2345678901234568e-05:"
      + "k=0.12345678901234568:c=1.2345678901234567:attention=shaped:alpha=0.12345678901234568:"
      + "beta=0.12345678901234568:gamma=0.12345678901234568:final-norm="
    let labels = ["true", "false"].map { common + $0 }
    let architectures = try labels.map { try ArchitectureSpecification(text: $0) }
    let configuration = Configuration.small { ($0.architectures, $0.samples) = (architectures, 1) }
    let ending = "-depth3-sample0"
    // FNV-1a of the label and SplitMix64's finaliser, computed by another program.
    let names = ["87687bb089093725", "2f1b35d4d3debfb1"].map {
      common.replacing(":", with: "_").prefix(203) + "_" + $0 + ending
    }
    try withTemporaryFolder { folder in
      let exporter = try Exporter(folder)
      let record = try Experiment(configuration).run(threads: 1, export: exporter.write)
      try exporter.commit()
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      let expected = names.flatMap { ["\($0).weights.safetensors", "\($0).signals.safetensors"] }
      #expect(Set(files) == Set(expected) && files.allSatisfy { $0.utf8.count == 255 })
      for (name, spectrum) in zip(names, record.spectra) {
        #expect(try Self.adopting("\(folder)/\(name).weights.safetensors").spectra() == [spectrum])
      }
    }
  }

  @Test("Signals: the Jacobian is the one whose spectrum is recorded, and the output is the network's")
  func signals() throws {
    let configuration = Configuration.small { ($0.samples, $0.method) = (1, .product) }
    let record = try configuration.spectra()[0]
    let sample = try #require(try configuration.exports()["post-ln-depth3-sample0"])
    let (input, jacobian) = (try sample.signal("input"), try sample.signal("jacobian"))
    #expect(try Spectrum(of: jacobian) == record.spectrum)
    var parameters: [String: Tensor<Double>] = [:]
    for name in sample.weights.names { parameters[name] = try sample.weights.tensor(named: name) }
    let stack: Stack<Double> = try configuration.architecture(.postLN, depth: 3).stack(Parameters(parameters))
    let linearization = Linearization(of: stack, at: input)
    #expect(try sample.signal("output") == linearization.output)
    #expect(linearization.jacobian() == jacobian)
  }

  @Test("Names, shapes and types are those of PyTorch's state dicts")
  func names() throws {
    func shapes(_ change: (inout Configuration) -> Void) throws -> [String: [Int]] {
      let exported = try Configuration.small {
        ($0.depths, $0.samples) = ([1], 1)
        change(&$0)
      }.exports()
      return try #require(exported.values.first).weights.tensors.mapValues(\.shape)
    }
    let transformer = [
      "layers.0.self_attn.in_proj_weight": [24, 8], "layers.0.self_attn.in_proj_bias": [24],
      "layers.0.self_attn.out_proj.weight": [8, 8], "layers.0.self_attn.out_proj.bias": [8],
      "layers.0.linear1.weight": [32, 8], "layers.0.linear1.bias": [32],
      "layers.0.linear2.weight": [8, 32], "layers.0.linear2.bias": [8],
    ]
    let norms = [
      "layers.0.norm1.weight": [8], "layers.0.norm1.bias": [8], "layers.0.norm2.weight": [8],
      "layers.0.norm2.bias": [8],
    ]
    let final = ["norm.weight": [8], "norm.bias": [8]]
    let linear = ["layers.0.weight": [8, 8], "layers.0.bias": [8]]
    func union(_ parts: [String: [Int]]...) -> [String: [Int]] {
      parts.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }
    #expect(try shapes { $0.architectures = [.postLN] } == union(transformer, norms))
    #expect(try shapes { ($0.architectures, $0.finalNorm) = ([.preLN], true) } == union(transformer, norms, final))
    #expect(
      try shapes { $0.architectures = [.rezero] } == union(transformer, ["layers.0.resweight": [1]]))
    #expect(try shapes { ($0.block, $0.architectures) = (.fc, [.vanilla]) } == linear)
    #expect(
      try shapes { ($0.block, $0.architectures) = (.fc, [.norm]) }
        == union(linear, ["layers.0.norm.weight": [8], "layers.0.norm.bias": [8]]))
    let float = try Configuration.small { ($0.precision, $0.samples) = (.float, 1) }.exports()
    for values in float.values.flatMap({ Array($0.weights.tensors.values) + Array($0.signals.tensors.values) }) {
      if case .float32 = values { continue }
      Issue.record("A tensor of a single-precision run is not F32.")
    }
  }

  // MARK: Files from elsewhere

  /// Each architecture as a file without metadata, and the connection that its names tell.
  static let known: [(block: Block, connection: Connection, told: Connection)] = Block.allCases.flatMap { block in
    [
      (block, .postLN, .postLN), (block, .preLN, .postLN), (block, .norm, .postLN), (block, .rezero, .rezero),
      (block, .residual, .residual), (block, .vanilla, .residual),
    ]
  }

  /// Writes one sample's weights as another program would: without metadata.
  static func writeForeign(
    _ configuration: Configuration, to path: String, _ change: (inout SafetensorsFile) -> Void = { _ in }
  )
    throws
  {
    var file = try #require(try configuration.exports().values.first).weights
    file.metadata = ["format": "pt"]
    change(&file)
    try file.write(to: path)
  }

  @Test("State dicts without our metadata tell their sizes", arguments: known, [false, true])
  func inferred(network: (block: Block, connection: Connection, told: Connection), finalNorm: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      let configuration = Configuration.small {
        ($0.block, $0.architectures, $0.finalNorm) = (network.block, [.init(network.connection)], finalNorm)
        ($0.depths, $0.samples) = ([11], 1)
        if network.block == .transformer { $0.hidden = 20 }
      }
      try Self.writeForeign(configuration, to: path)
      let file = try WeightsFile(path)
      #expect(file.configuration == nil)
      var expected = WeightsFile.InferredArchitecture()
      (expected.block, expected.connection, expected.depth) = (network.block, network.told, 11)
      (expected.width, expected.finalNorm) = (8, finalNorm)
      if network.block == .transformer { expected.hidden = 20 }
      #expect(try file.inferred() == expected)
      var again = configuration
      again.weights = path
      #expect(try again.spectra().map(\.measurement) == configuration.spectra().map(\.measurement))
    }
  }

  @Test(
    "A file whose names have no possible layer number is refused",
    arguments: [
      "layers.9223372036854775807.weight", "layers.-1.weight", "layers.x.weight", "layers.", "layers..weight", "weight",
    ])
  func strangeNames(name: String) throws {
    try withTemporaryFolder { folder in
      var file = SafetensorsFile()
      file.set(Tensor<Double>(shape: [1], repeating: 1), named: name)
      try file.write(to: folder + "/strange.safetensors")
      let written = try WeightsFile(folder + "/strange.safetensors")
      #expect(throws: FileError.self) { try written.inferred() }
    }
  }

  struct BadWeights: Sendable, CustomTestStringConvertible {
    var name: String
    var parts: [String]
    var change: @Sendable (inout SafetensorsFile) -> Void
    var testDescription: String { name }
  }

  static let badWeights = [
    BadWeights(name: "missing", parts: ["no tensor 'layers.1.linear1.weight' of shape [32, 8]", "nearest name"]) {
      $0.tensors["layers.1.linear1.weight"] = nil
    },
    BadWeights(
      name: "misnamed", parts: ["no tensor 'layers.0.linear2.bias' of shape [8]", "nearest name"]
    ) {
      $0.tensors["layers.0.linear2.biases"] = $0.tensors.removeValue(forKey: "layers.0.linear2.bias")
    },
    BadWeights(name: "wrong shape", parts: ["'layers.2.norm1.weight' has shape [9]", "[8] is needed"]) {
      $0.set(Tensor<Double>(shape: [9], repeating: 1), named: "layers.2.norm1.weight")
    },
    BadWeights(name: "transposed", parts: ["'layers.0.linear1.weight' has shape [8, 32]", "[32, 8] is needed"]) {
      $0.set(Tensor<Double>(shape: [8, 32], repeating: 1), named: "layers.0.linear1.weight")
    },
    BadWeights(name: "too many", parts: ["'layers.0.resweight' has no place"]) {
      $0.set(Tensor<Double>(shape: [1], repeating: 1), named: "layers.0.resweight")
    },
    BadWeights(name: "not finite", parts: ["layers.0.linear1.bias", "finite"]) {
      $0.set(Tensor<Double>(shape: [32], repeating: .infinity), named: "layers.0.linear1.bias")
    },
    BadWeights(name: "nothing", parts: ["0 tensors are too few", "3-layer post-ln"]) {
      $0.tensors = [:]
    },
  ]

  @Test("Weights that do not fit are refused", arguments: badWeights)
  func refused(bad: BadWeights) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      var configuration = Configuration.small { $0.samples = 1 }
      try Self.writeForeign(configuration, to: path, bad.change)
      configuration.weights = path
      let error = thrown(FileError.self) { _ = try Experiment(configuration) }
      #expect(error?.kind == .badData)
      #expect(error?.description.hasPrefix(path) == true)
      for part in bad.parts { #expect(error?.description.contains(part) == true, "\(error?.description ?? "")") }
    }
  }

  @Test("A failed sample is not exported, the others are")
  func failedSample() throws {
    try withTemporaryFolder { folder in
      let exported = try FailureTests.oneOverflow(in: folder).exports()
      #expect(exported.keys.sorted() == ["vanilla-depth2-sample1"])
    }
  }

  @Test("An export that is not committed leaves nothing, not even its folder")
  func uncommitted() throws {
    try withTemporaryFolder { folder in
      do {
        let exporter = try Exporter(folder + "/a/b")
        _ = try Experiment(.small()).run(threads: 1, export: exporter.write)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test("A folder that cannot be made is refused before the work")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("", to: folder + "/file")
      let error = thrown(FileError.self) { _ = try Exporter(folder + "/file/export") }
      #expect(error?.kind == .cannotCreate)
    }
  }
}
