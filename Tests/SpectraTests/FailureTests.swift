import TestSupport
import Testing

@testable import Spectra

/// Forward passes that leave the range of their precision, and runs that would not fit in memory.
@Suite("Failing networks")
struct FailureTests {
  struct Dying: Sendable, CustomTestStringConvertible {
    var name: String
    var status: SpectrumRecord.Status
    /// The layer at which it dies; nil where only the magnitude of a random walk tells.
    var layer: Int?
    var precision = Precision.double
    var configuration: Configuration
    var testDescription: String { name }
  }

  static func fullyConnected(_ change: (inout Configuration) -> Void) -> Configuration {
    .small {
      ($0.block, $0.architectures, $0.width) = (.fc, [.vanilla], 16)
      change(&$0)
    }
  }

  static let dying = [
    // Layer 1 has values of 1e200, layer 2 would have 1e400.
    Dying(
      name: "gain 1e200", status: .overflow, layer: 2, configuration: fullyConnected { $0.gain = 1e200 }),
    Dying(
      name: "gain 1e30 in single precision", status: .overflow, layer: 2,
      configuration: fullyConnected { ($0.gain, $0.precision) = (1e30, .float) }),
    // Queries times keys overflow inside the first layer, though LayerNorm would bound its output.
    Dying(
      name: "attention with gain 1e200", status: .overflow, layer: 1, configuration: .small { $0.gain = 1e200 }),
    // Layer 3 has values of 1e-300, layer 4 would have 1e-400.
    Dying(
      name: "gain 1e-100", status: .underflow, layer: 4,
      configuration: fullyConnected { ($0.gain, $0.depths) = (1e-100, [5]) }),
    // Layer 1 is far from the smallest number, and layer 2 is exactly 0 all the same.
    Dying(
      name: "gain 1e-200", status: .underflow, layer: 2, configuration: fullyConnected { $0.gain = 1e-200 }),
    Dying(
      name: "gain 1e-30 in single precision", status: .underflow, layer: 2,
      configuration: fullyConnected { ($0.gain, $0.precision) = (1e-30, .float) }),
    // Layer 1 is four matrices of 1e-60; layer 2 would begin with 1e-240 times two of them.
    Dying(
      name: "transformer with gain 1e-60", status: .underflow, layer: 2,
      configuration: .small { ($0.architectures, $0.gain) = ([.vanilla], 1e-60) }),
    // Xavier's law halves the mean square in each relu layer: 2^(-l/2) is below 2^-1022 at l = 2044, sooner with the
    // drift of a narrow stack's logarithm.
    Dying(
      name: "2500 relu layers", status: .underflow, layer: nil,
      configuration: fullyConnected { ($0.depths, $0.samples) = ([2500], 1) }),
  ]

  @Test("The layer at which a forward pass dies is reported", arguments: dying)
  func reported(dying: Dying) throws {
    let record = try Experiment(dying.configuration).run(threads: 2)
    #expect(!record.spectra.isEmpty)
    for spectrum in record.spectra {
      #expect(spectrum.status == dying.status)
      #expect(spectrum.spectrum == nil)
      let reason = try #require(spectrum.reason)
      let verb = dying.status == .overflow ? "overflows" : "underflows"
      #expect(reason.contains("\(verb) the range of \(dying.configuration.precision.rawValue) precision at layer "))
      let layer = try #require(Int(reason.split(separator: " ").last?.dropLast() ?? ""))
      if let expected = dying.layer { #expect(layer == expected) } else { #expect((1000...2044).contains(layer)) }
    }
    #expect(record.summaries[0].verdict == (dying.status == .overflow ? .overflow : .underflow))
    #expect(record.summaries[0].failed == dying.configuration.samples)
  }

  /// Two samples of a linear stack, the first with an input so large that it overflows.
  static func oneOverflow(in folder: String) throws -> Configuration {
    let elements = [Double](repeating: 1e308, count: 8) + (0..<8).map { Double.cos(Double($0)) }
    try NumpyFile.write(Tensor(shape: [2, 1, 8], elements: elements), to: folder + "/inputs.npy")
    return .small {
      ($0.block, $0.architectures, $0.activation, $0.depths) = (.fc, [.vanilla], .linear, [2])
      ($0.gain, $0.input) = (100, .numpy(path: folder + "/inputs.npy"))
    }
  }

  @Test("The other samples still count")
  func others() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.oneOverflow(in: folder)
      let record = try Experiment(configuration).run(threads: 2)
      #expect(record.spectra.map(\.status) == [.overflow, .ok])
      #expect(record.summaries[0].failed == 1 && record.summaries[0].samples == 2)
      #expect(record.summaries[0][.meanSquared].count == 1)
      #expect(record.summaries[0].verdict == .overflow)
      #expect(record.histograms[0].histogram.values == 8)
      // The sample that lives is the one that it is alone.
      (configuration.samples, configuration.firstSample) = (1, 1)
      #expect(try configuration.spectra() == [record.spectra[1]])
    }
  }

  @Test("Weights beyond all numbers fail their own samples, by every method", arguments: Precision.allCases)
  func weights(precision: Precision) throws {
    let gain = precision == .double ? "1.7e308" : "1e39"
    for method in MethodChoice.allCases {
      let text = "admin:init=gaussian:sigma-b=1:gain=\(gain)"
      let architectures = [try ArchitectureSpecification(text: text), .postLN]
      let spectra = try Configuration.small {
        ($0.architectures, $0.precision, $0.method) = (architectures, precision, method)
      }.spectra()
      #expect(spectra.map(\.status) == [.overflow, .overflow, .ok, .ok])
      for spectrum in spectra.prefix(2) {
        #expect(spectrum.reason?.contains("the range of \(precision.rawValue) precision") == true)
      }
    }
  }

  @Test("Layers before the one that dies have spectra, those after it have none")
  func layersBefore() throws {
    let configuration = Self.fullyConnected {
      ($0.gain, $0.depths, $0.samples, $0.layers) = (1e-100, [6], 1, .all)
    }
    let spectra = try configuration.spectra()
    #expect(spectra.map(\.status) == [.ok, .ok, .ok, .underflow, .underflow, .underflow])
    #expect(spectra.dropFirst(3).allSatisfy { $0.reason?.hasSuffix("at layer 4.") == true })
  }

  @Test("Dead relu layers have zero singular values: no underflow", arguments: Precision.allCases)
  func dead(precision: Precision) throws {
    // At width 2 a relu layer is dead with probability 1/4: hardly any of 40 layers' stacks lives.
    let configuration = Self.fullyConnected {
      ($0.width, $0.depths, $0.samples, $0.precision) = (2, [40], 5, precision)
    }
    let record = try Experiment(configuration).run(threads: 2)
    #expect(record.spectra.allSatisfy { $0.status == .ok && $0.spectrum?.zeros == 2 })
    #expect(record.summaries[0].verdict == .rankDeficient)
  }

  @Test("An input of zeros is no underflow")
  func zeroInput() throws {
    try withTemporaryFolder { folder in
      try NumpyFile.write(Tensor<Double>(shape: [1, 16], repeating: 0), to: folder + "/zeros.npy")
      let configuration = Self.fullyConnected {
        ($0.activation, $0.input) = (.tanh, .numpy(path: folder + "/zeros.npy"))
      }
      #expect(try configuration.spectra().allSatisfy { $0.status == .ok && $0.spectrum?.zeros == 0 })
    }
  }

  // MARK: Memory

  static let tooLarge: [(name: String, parts: [String], change: @Sendable (inout Configuration) -> Void)] = [
    // (4 · 10⁷)² · 8 bytes.
    ("width", ["--tokens 4 × --width 10000000", "12.8 PB"], { ($0.width, $0.depths) = (10_000_000, [1]) }),
    ("width of fc", ["of --width 10000000", "800 TB"], { ($0.block, $0.width, $0.depths) = (.fc, 10_000_000, [1]) }),
    // Drawing PyTorch's weights in their order would already take that memory.
    ("width with PyTorch's draws", ["12.8 PB"], { ($0.width, $0.depths, $0.rng) = (10_000_000, [1], .torch) }),
    ("tokens", ["--tokens 1000000 × --width 16"], { $0.tokens = 1_000_000 }),
    ("depth", ["the weights take"], { $0.depths = [100_000_000] }),
    ("hidden", ["the weights take"], { ($0.hidden, $0.depths) = (100_000_000, [100]) }),
    // A third matrix: 3 · 16 · 10⁸ elements a layer, 16 bytes each.
    (
      "gates", ["the weights take 7.7 TB"],
      { ($0.hidden, $0.depths, $0.feedForward) = (100_000_000, [100], .swiglu) }
    ),
    ("largest sizes", ["EB"], { ($0.width, $0.tokens, $0.depths) = (100_000_000, 100_000_000, [100_000_000]) }),
    ("layers", ["for each of 100000 layers"], { ($0.tokens, $0.depths, $0.layers) = (1000, [100_000], .all) }),
    ("samples", ["the spectra"], { $0.samples = 100_000_000 }),
  ]

  @Test("What would not fit in memory is refused before any work", arguments: tooLarge.indices)
  func memory(index: Int) throws {
    let (_, parts, change) = Self.tooLarge[index]
    var configuration = Configuration()
    configuration.samples = 1
    change(&configuration)
    let experiment = try Experiment(configuration)
    let error = thrown(ConfigurationError.self) { _ = try experiment.spectra(threads: 2) }
    let text = error?.description ?? ""
    for part in parts + ["of memory", "are available", "reduce --"] {
      #expect(text.contains(part), "\(text)")
    }
  }
}
