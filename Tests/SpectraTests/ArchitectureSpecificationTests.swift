import Foundation
import Testing

@testable import Spectra

/// Architectures as `--arch` names them: what belongs to what, how they print, and that JSON keeps them.
@Suite("Architecture specifications")
struct ArchitectureSpecificationTests {
  static let labels: [(text: String, label: String)] = [
    ("post-ln", "post-ln"), ("xskip:lambda=2.0", "xskip:lambda=2"), ("xskip:lambda=1e-1", "xskip:lambda=0.1"),
    ("weighted:beta=1:alpha=0", "weighted:alpha=0:beta=1"), ("post-ln:heads=04", "post-ln:heads=4"),
    // A setting belongs to the nearest part before it that has one of its name, …
    ("weighted:alpha=1:attention=shaped:alpha=2:beta=3", "weighted:alpha=1:attention=shaped:alpha=2:beta=3"),
    ("weighted:attention=shaped:gamma=2:alpha=1", "weighted:attention=shaped:alpha=1:gamma=2"),
    // … also past others,
    ("layerscale:norm=adanorm:lambda=0.5:c=2", "layerscale:lambda=0.5:norm=adanorm:c=2"),
    ("rezero:norm=adanorm:final-norm=true:k=0.5", "rezero:norm=adanorm:k=0.5:final-norm=true"),
    (
      "vanilla:attention=e-spa:activation=tanh:gamma=0.5:transform=dks",
      "vanilla:attention=e-spa:gamma=0.5:activation=tanh:transform=dks"
    ),
    // and a value may have a colon itself.
    ("post-ln:mask=ngram:4:norm=rmsnorm", "post-ln:mask=ngram:4:norm=rmsnorm"),
    ("post-ln:norm=rmsnorm:mask=ngram:4", "post-ln:norm=rmsnorm:mask=ngram:4"),
    ("post-ln:init=gaussian:sigma-w=1.50:sigma-b=0", "post-ln:init=gaussian:sigma-w=1.5:sigma-b=0"),
    ("post-ln:final-norm=false:qkv=separate:kv-heads=1", "post-ln:final-norm=false:qkv=separate:kv-heads=1"),
  ]

  @Test("A text's label, which names the same again", arguments: labels)
  func label(text: String, label: String) throws {
    let specification = try ArchitectureSpecification(text: text)
    #expect(specification.description == label)
    #expect(try ArchitectureSpecification(text: label) == specification)
  }

  static let errors: [(text: String, part: String)] = [
    ("", "'' is unknown: a connection is one of vanilla, "),
    ("post-nl", "'post-nl' is unknown: a connection is one of"),
    ("post-ln:", "'' in 'post-ln:' is no setting; write key=value."),
    ("post-ln:ngram:4", "'ngram' in 'post-ln:ngram:4' is no setting; write key=value."),
    (
      "post-ln:lambda=2",
      "'lambda' is a setting of xskip, xskip-ln, xskip-bn, rskip-ln, layerscale, not of post-ln; name one"
    ),
    (
      "pre-ln:qk-norm=cosine",
      "'qk-norm' is a setting of attention, not of pre-ln: name it first, attention=softmax:qk-norm=cosine."
    ),
    ("pre-ln:heads=2:transform=dks", "of activation, not of pre-ln: name it first, activation=gelu:transform=dks."),
    ("pre-ln:k=1", "'k' is a setting of norm, not of pre-ln: name it first, norm=adanorm:k=1."),
    (
      "pre-ln:beta=2",
      "'beta' is a setting of weighted, deepnorm and of attention, not of pre-ln: name attention first, attention=value-skipinit:beta=2."
    ),
    ("pre-ln:activation=crelu:transform=dks", "'transform' is unknown: crelu has no settings."),
    ("pre-ln:init=gaussian:sigma-w", "'sigma-w' in 'pre-ln:init=gaussian:sigma-w' is no setting; write key=value."),
    ("pre-ln:mask=causal:sigma-w", "'sigma-w' in 'pre-ln:mask=causal:sigma-w' is no setting; write key=value."),
    ("xskip:lamda=2", "is one of lambda, norm, attention, "),
    ("xskip:attention=e-spa:lamda=2", "is one of lambda, gamma, scale, "),
    ("xskip:lambda=2:lambda=2", "xskip is given lambda twice, 2 and 2; name it once."),
    ("xskip:lambda=x", "'x' is no lambda of xskip: it must be a finite number."),
    ("pre-ln:norm=rmsnorm:norm=frn", "'pre-ln:norm=rmsnorm:norm=frn' names norm twice; name it once."),
    ("pre-ln:norm=rmsnorm:k=1", "'k' is unknown: a setting of rmsnorm is one of eps."),
    ("pre-ln:norm=rms", "'rms' is unknown: a normaliser is one of layernorm, "),
    ("pre-ln:norm=adanorm:k=1:k=2", "adanorm is given k twice, 1 and 2; name it once."),
    ("pre-ln:mask=ngram", "'ngram' says no number of tokens"), ("pre-ln:mask=ngram:4:5", "'ngram:4:5' says no number"),
    ("pre-ln:mask=past", "'past' is unknown: a mask is one of none, causal, ngram:N."),
    ("pre-ln:heads=2.5", "'2.5' is no heads: it must be a whole number."),
    ("pre-ln:gain=big", "'big' is no gain: it must be a number."),
    ("pre-ln:final-norm=yes", "'yes' is no final-norm: it must be true or false."),
    ("pre-ln:qkv=fused", "'fused' is unknown: a packing is one of packed, separate."),
    ("pre-ln:depth=3", "'depth' is unknown: a setting in 'pre-ln:depth=3' is one of norm, "),
  ]

  @Test("What is wrong with a text, in a sentence", arguments: errors)
  func error(text: String, part: String) {
    let error = thrown(VariantError.self) { _ = try ArchitectureSpecification(text: text) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "taken")")
    #expect(error?.description.hasSuffix(".") == true)
  }

  @Test("An architecture's own options hold over the configuration's, and for it alone")
  func overrides() throws {
    let own = try ArchitectureSpecification(
      text: "pre-ln:norm=rmsnorm:eps=0:activation=gelu:heads=2:final-norm=false:init=gaussian:sigma-b=0.5:gain=2")
    var configuration = Configuration.small { ($0.architectures, $0.finalNorm) = ([own, .preLN], true) }
    (configuration.activation, configuration.heads, configuration.gain) = (.tanh, 4, 3)
    try configuration.validate()
    let (first, second) = (configuration.cases[0], configuration.cases[1])
    #expect(first.label == own.description && second.label == "pre-ln")
    #expect(first.architecture.normalizer.description == "rmsnorm:eps=0")
    #expect(second.architecture.normalizer == .layernorm)
    #expect(first.architecture.activation == .gelu && second.architecture.activation == .tanh)
    #expect(first.architecture.heads == 2 && second.architecture.heads == 4)
    #expect(!first.architecture.finalNorm && second.architecture.finalNorm)
    #expect(first.initializer == Initializer(.gaussian, gain: 2, sigmaB: 0.5))
    #expect(second.initializer == Initializer(.xavierUniform, gain: 3))
    // What is wrong with one of them names it.
    configuration.architectures = [try ArchitectureSpecification(text: "pre-ln:heads=3"), .preLN]
    let error = thrown(ConfigurationError.self) { try configuration.validate() }
    #expect(error?.description.hasPrefix("In --arch pre-ln:heads=3: --width 8 is not divisible by --heads 3") == true)
  }

  // MARK: Any of them

  /// Configurations of randomly chosen parts, settings and options, each the same in every run.
  private struct Draw {
    var generator = SplitMix(state: 5)

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }

    mutating func value(_ setting: Setting) -> String? {
      let candidates = ["0.3", "0.5", "2", "1", "1.5", "3", "true", "false", "dks", "tat", "none", "0"]
      let words: [String] =
        switch setting.kind {
        case .word(let words), .wordOrNumber(let words): words
        default: []
        }
      return (candidates + words + words).filter { setting.value($0) != nil }.randomElement(using: &generator)
    }

    mutating func part<Name: VariantName>(_ type: Name.Type) -> String {
      let name = Array(Name.allCases).randomElement(using: &generator)!
      return name.settings.reduce(name.rawValue) { text, setting in
        guard chance(0.3), let value = value(setting) else { return text }
        return text + ":\(setting.key)=\(value)"
      }
    }

    mutating func value(_ option: NetworkOption) -> String {
      func one(_ values: String...) -> String { values.randomElement(using: &generator)! }
      func name<Name: RawRepresentable<String> & CaseIterable>(_ type: Name.Type) -> String {
        Array(Name.allCases).randomElement(using: &generator)!.rawValue
      }
      return switch option {
      case .norm: part(NormalizerName.self)
      case .attention: part(AttentionName.self)
      case .activation: part(ActivationName.self)
      case .feedForward: name(FeedForwardName.self)
      case .positions: name(PositionName.self)
      case .initializer: name(InitializerName.self)
      case .packing: name(ProjectionPacking.self)
      case .mask: one("none", "causal", "ngram:2")
      case .heads, .keyValueHeads: one("1", "2")
      case .hidden: one("6", "8")
      case .finalNorm: one("true", "false")
      case .gain, .sigmaW, .sigmaB: one("0.5", "2")
      }
    }

    mutating func configuration() throws -> Configuration {
      var configuration = Configuration.small()
      configuration.block = chance(0.3) ? .fc : .transformer
      let specifications = try (0..<Int.random(in: 1...3, using: &generator)).map { _ in
        var text = part(Connection.self)
        for option in NetworkOption.allCases where chance(0.1) { text += ":\(option.rawValue)=\(value(option))" }
        return try ArchitectureSpecification(text: text)
      }
      configuration.architectures = specifications
      for option in NetworkOption.allCases where chance(0.06) { try configuration.set(option, to: value(option)) }
      if chance(0.1) { configuration.alpha = 0.25 }
      return configuration
    }
  }

  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test("Labels name the same again, and JSON keeps every case of every configuration that fits together")
  func anyConfiguration() throws {
    var (draw, valid) = (Draw(), 0)
    for _ in 0..<2000 {
      let configuration = try draw.configuration()
      for specification in configuration.architectures {
        #expect(try ArchitectureSpecification(text: specification.description) == specification)
      }
      guard (try? configuration.validate()) != nil else { continue }
      valid += 1
      let data = try JSONEncoder().encode(configuration)
      let decoded = try JSONDecoder().decode(Configuration.self, from: data)
      #expect(
        Self.whatCounts(decoded) == Self.whatCounts(configuration), "\(String(decoding: data, as: UTF8.self))")
      #expect(throws: Never.self, "\(String(decoding: data, as: UTF8.self))") { try decoded.validate() }
    }
    #expect(valid >= 300, "\(valid)")
  }

  /// The cases, those without normalisers with any.
  private static func whatCounts(_ configuration: Configuration) -> [ExperimentCase] {
    configuration.cases.map { network in
      var network = network
      if network.architecture.normalizedFeatures.isEmpty { network.architecture.normalizer = .layernorm }
      return network
    }
  }
}

@Suite("Batches of fully connected stacks")
struct BatchTests {
  /// A normaliser over a batch beside it changes nothing for an architecture that has no use for one.
  @Test("Only an architecture that couples a batch has one")
  func company() throws {
    let alone = Configuration.small { ($0.block, $0.architectures) = (.fc, [.norm]) }
    var beside = alone
    beside.architectures.append(try ArchitectureSpecification(text: "norm:norm=batchnorm"))
    #expect(beside.hasBatch && !alone.hasBatch)
    let records = try beside.spectra()
    #expect(try Array(records.prefix(2)) == alone.spectra())
    #expect(records[2].spectrum?.rows == 3 * 8)
  }
}
