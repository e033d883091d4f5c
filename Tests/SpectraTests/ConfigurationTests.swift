import Foundation
import Testing

@testable import Spectra

@Suite("Configurations")
struct ConfigurationTests {
  struct Invalid: Sendable, CustomTestStringConvertible {
    var option: String
    var part: String
    var change: @Sendable (inout Configuration) -> Void
    var testDescription: String { "\(option): \(part)" }

    init(_ option: String, _ part: String, _ change: @escaping @Sendable (inout Configuration) -> Void) {
      (self.option, self.part, self.change) = (option, part, change)
    }
  }

  static let misfits: [Invalid] = [
    Invalid("arch", "names no architecture") { $0.architectures = [] },
    Invalid("arch", "names post-ln twice") { $0.architectures = [.postLN, .preLN, .postLN] },
    Invalid("depth", "names no depth") { $0.depths = [] },
    Invalid("depth", "--depth 0 is not positive; it must be 1 or more") { $0.depths = [4, 0] },
    Invalid("depth", "names 4 twice") { $0.depths = [4, 4] },
    Invalid("depth", "at most 100000000") { $0.depths = [.max] },
    Invalid("width", "--width 0 is not positive") { $0.width = 0 },
    Invalid("width", "--width -16 is not positive") { $0.width = -16 },
    Invalid("width", "at most 100000000") { $0.width = .max },
    Invalid("width", "--width 10 is not divisible by --heads 4") { $0.width = 10 },
    Invalid("tokens", "--tokens 0 is not positive") { $0.tokens = 0 },
    Invalid("tokens", "at most") { $0.tokens = 100_000_001 },
    Invalid("heads", "--heads 0 is not positive") { $0.heads = 0 },
    Invalid("heads", "--heads -2 is not positive") { $0.heads = -2 },
    Invalid("hidden", "--hidden 0 is not positive") { $0.hidden = 0 },
    Invalid("samples", "--samples 0 is not positive") { $0.samples = 0 },
    Invalid("samples", "at most") { $0.samples = .max },
    Invalid("first-sample", "--first-sample -1 is negative") { $0.firstSample = -1 },
    Invalid("first-sample", "too large") { $0.firstSample = .max },
    Invalid("hidden", "does not apply to --block fc") { ($0.block, $0.hidden) = (.fc, 8) },
    Invalid("mask", "does not apply to --block fc") { ($0.block, $0.mask) = (.fc, .causal) },
    Invalid("qkv", "does not apply to --block fc") { ($0.block, $0.packing) = (.fc, .separate) },
    Invalid("input", "text:FILE does not apply to --block fc") { ($0.block, $0.input) = (.fc, .text(path: "a")) },
    Invalid("init", "--init gpt2 is a law of Transformers") { ($0.block, $0.initializer) = (.fc, .gpt2) },
    Invalid("init", "--init fairseq is a law of Transformers") { ($0.block, $0.initializer) = (.fc, .fairseq) },
    Invalid("sigma-w", "only to --init gaussian, not to --init xavier-uniform") { $0.sigmaW = 1 },
    Invalid("sigma-b", "only to --init gaussian") { $0.sigmaB = 0 },
    Invalid("sigma-w", "--sigma-w -1.0 is negative") { ($0.initializer, $0.sigmaW) = (.gaussian, -1) },
    Invalid("sigma-b", "not a finite number") { ($0.initializer, $0.sigmaB) = (.gaussian, .nan) },
    Invalid("gain", "--gain inf is not a finite number") { $0.gain = .infinity },
    Invalid("alpha", "only to --arch rezero") { $0.alpha = 0.5 },
    Invalid("alpha", "--alpha nan is not a finite number") { ($0.architectures, $0.alpha) = ([.rezero], .nan) },
    Invalid("arch", "--weights holds the weights of one architecture") {
      ($0.weights, $0.architectures) = ("w", [.postLN, .preLN])
    },
    Invalid("depth", "--weights holds the weights of one depth") { ($0.weights, $0.depths) = ("w", [1, 2]) },
    Invalid("rng", "--rng torch draws weights, but --weights gives them") { ($0.weights, $0.rng) = ("w", .torch) },
    Invalid("vary", "--vary weights needs random weights") { ($0.weights, $0.vary) = ("w", .weights) },
    Invalid("rng", "no sequence of draws for --init orthogonal") { ($0.rng, $0.initializer) = (.torch, .orthogonal) },
    Invalid("rng", "with --qkv separate") { ($0.rng, $0.packing) = (.torch, .separate) },
    Invalid("vary", "--vary input needs --rng spectra") { ($0.rng, $0.vary) = (.torch, .input) },
    Invalid("input", "text:FILE needs --rng spectra") { ($0.rng, $0.input) = (.torch, .text(path: "a")) },
    Invalid("activation", "has a slope, which transform=tat solves for") {
      $0.activation = try! Variant(text: "leaky-relu:transform=tat:slope=0.1")
    },
    Invalid("activation", "--activation relu:transform=tat: tat cannot transform relu, whose slope jumps") {
      $0.activation = try! Variant(text: "relu:transform=tat")
    },
    Invalid("arch", "In --arch vanilla:activation=relu:transform=dks: --activation relu:transform=dks: dks cannot") {
      $0.architectures = [try! ArchitectureSpecification(text: "vanilla:activation=relu:transform=dks")]
    },
    Invalid("norm", "single ones here; name a larger --width.") {
      ($0.architectures, $0.width, $0.heads) = ([.init(.reversible)], 2, 1)
      $0.norm = try! Variant(text: "layernorm-simple:deviation=unbiased")
    },
    Invalid("norm", "single ones here; name a larger --width and --hidden.") {
      ($0.architectures, $0.hidden) = ([.init(.subLN)], 1)
      $0.norm = try! Variant(text: "adanorm:deviation=unbiased")
    },
    Invalid("bins", "--bins 0") { $0.bins = 0 },
    Invalid("bins", "--bins -3") { ($0.bins, $0.range) = (-3, .explicit(lower: -1, upper: 1)) },
    Invalid("bins", "1 to 10000") { $0.bins = 10_001 },
    Invalid("range", "--range 4.0,-11.0 has its ends swapped; write -11.0,4.0") {
      $0.range = .explicit(lower: 4, upper: -11)
    },
    Invalid("range", "--range 1.0,1.0") { $0.range = .explicit(lower: 1, upper: 1) },
    Invalid("range", "--range nan,1.0") { $0.range = .explicit(lower: .nan, upper: 1) },
    Invalid("range", "--range -inf,1.0") { $0.range = .explicit(lower: -.infinity, upper: 1) },
    Invalid("layers", "names no layer") { $0.layers = .some([]) },
    Invalid("layers", "--layers 0 is outside 1…4, the layers of the shallowest stack") {
      ($0.depths, $0.layers) = ([12, 4], .some([1, 0]))
    },
    Invalid("layers", "--layers 5 is outside 1…4") { ($0.depths, $0.layers) = ([12, 4], .some([5])) },
  ]

  @Test("What does not fit together is refused, naming option, value and what is allowed", arguments: misfits)
  func refused(invalid: Invalid) {
    var configuration = Configuration()
    invalid.change(&configuration)
    let error = thrown(ConfigurationError.self) { try configuration.validate() }
    #expect(error?.option == invalid.option)
    #expect(error?.description.contains(invalid.part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("--\(invalid.option)") == true, "\(error?.description ?? "")")
    // Nothing is read or computed before.
    _ = thrown(ConfigurationError.self) { _ = try Experiment(configuration) }
  }

  static let valid: [@Sendable (inout Configuration) -> Void] = [
    { _ in },
    { ($0.architectures, $0.depths, $0.alpha) = (Connection.allCases.map { .init($0) }, [3, 1], -0.25) },
    { ($0.block, $0.width, $0.architectures) = (.fc, 7, [.norm]) },
    { ($0.initializer, $0.sigmaW, $0.sigmaB) = (.gaussian, 1.25, 0.5) },
    { ($0.initializer, $0.activation) = (.gaussian, .tanh) },
    { ($0.initializer, $0.packing, $0.gain) = (.orthogonal, .packed, -0.1) },
    { ($0.rng, $0.precision, $0.seed) = (.torch, .float, .max) },
    { ($0.hidden, $0.mask, $0.finalNorm) = (5, .causal, true) },
    { ($0.vary, $0.samples, $0.firstSample) = (.weights, 3, 7) },
    { ($0.depths, $0.layers) = ([6], .some([1, 3, 6])) },
    { $0.layers = .all },
    { $0.method = .auto },
    { ($0.method, $0.precision) = (.resolved, .float) },
    { ($0.method, $0.layers) = (.product, .all) },
    { ($0.bins, $0.range, $0.logBase) = (7, .explicit(lower: -11.5, upper: 4), .e) },
    { ($0.input, $0.vary) = (.text(path: "a b:c.txt"), .input) },
    { $0.input = .numpy(path: "x.npy") },
    { ($0.input, $0.weights) = (.safetensors(path: "s.safetensors"), "w.safetensors") },
  ]

  @Test("JSON and back", arguments: valid.indices)
  func roundTrip(index: Int) throws {
    var configuration = Configuration()
    Self.valid[index](&configuration)
    try configuration.validate()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(configuration)
    let decoded = try JSONDecoder().decode(Configuration.self, from: data)
    // Defaults come back as the values they stand for: nothing that determines a number has changed.
    try decoded.validate()
    #expect(decoded.cases == configuration.cases)
    #expect(try encoder.encode(decoded) == data)
    var filled = configuration
    (filled.hidden, filled.packing, filled.sigmaW, filled.sigmaB, filled.alpha) = (
      decoded.hidden, decoded.packing, decoded.sigmaW, decoded.sigmaB, decoded.alpha
    )
    (filled.keyValueHeads, filled.norm, filled.initializer) = (
      decoded.keyValueHeads, decoded.norm, decoded.initializer
    )
    if configuration.block == .fc { (filled.tokens, filled.heads) = (1, 1) }
    #expect(decoded == filled)
    #expect(configuration.hidden == nil || decoded.hidden == configuration.hidden)
    #expect(configuration.alpha == nil || decoded.alpha == configuration.alpha)
  }

  @Test(
    "A configuration that is none is a decoding error",
    arguments: [
      ("range", "\"1;2\""), ("input", "\"picture.png\""), ("layers", "\"first\""), ("architectures", "[\"post-nl\"]"),
      ("seed", "-1"), ("width", "null"), ("method", "\"dense\""), ("method", "null"),
    ])
  func notAConfiguration(key: String, value: String) throws {
    let data = try JSONEncoder().encode(Configuration())
    var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    object[key] = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
    let changed = try JSONSerialization.data(withJSONObject: object)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Configuration.self, from: changed) }
  }

  @Test("Options as text and back")
  func texts() {
    for text in ["gaussian", "a.npy", "b.safetensors", "text:c", "text:text:d.npy"] {
      #expect(InputSource(text: text)?.text == text)
    }
    #expect(InputSource(text: "text:a.npy") == .text(path: "a.npy"))
    for text in ["", "text:", "a.txt", "npy", "Gaussian"] { #expect(InputSource(text: text) == nil) }
    for text in ["last", "all", "1", "1,4,12"] { #expect(LayerSelection(text: text)?.text == text) }
    for text in ["", "1,", ",1", "1,,2", "1-3", "ALL", "1.5", "99999999999999999999"] {
      #expect(LayerSelection(text: text) == nil)
    }
    #expect(HistogramAxis.Range(text: "-11,4") == .explicit(lower: -11, upper: 4))
    #expect(HistogramAxis.Range(text: "auto") == .auto)
    for text in ["", "-11", "-11,", "-11,4,5", "a,b", "1;2"] { #expect(HistogramAxis.Range(text: text) == nil) }
  }

  @Test("Defaults that follow from other options")
  func defaults() {
    var configuration = Configuration()
    #expect(configuration.law(.postLN).sigmaW == 2.0.squareRoot())
    configuration.activation = .tanh
    #expect(configuration.law(.postLN).sigmaW == 1)
    #expect(configuration.law(.postLN).packing == .packed)
    // T-Fixup's factor is on Xavier's matrix of values alone.
    #expect(configuration.law(.init(.tFixup)).packing == .separate)
    #expect(configuration.architecture(.postLN, depth: 2).hidden == 64)
    configuration.block = .fc
    #expect(configuration.architecture(.postLN, depth: 2).tokens == 1)
    #expect(configuration.architecture(.postLN, depth: 2).hidden == 16)
  }
}
