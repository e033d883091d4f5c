import Foundation
import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

/// A named part of an architecture under test, whatever its kind.
struct Part: Sendable, CustomTestStringConvertible {
  var name: String
  var settings: [Setting]
  /// The text of the variant that a text stands for, after it went through JSON.
  var printed: @Sendable (String) throws -> String
  /// A small network with the part.
  var architecture: @Sendable (String) throws -> Architecture
  var testDescription: String { name }

  /// Every name of every kind, in a network that feels all of its settings.
  static let all: [Part] =
    parts(Connection.self) { small($0) }
    + parts(NormalizerName.self) { small(Variant(.postLN), normalizer: $0) }
    + parts(AttentionName.self) { small(Variant(.residual), attention: $0) }
    + parts(ActivationName.self) { small(Variant(.residual), activation: $0) }

  private static func small(
    _ connection: Variant<Connection>, activation: Variant<ActivationName> = .tanh,
    normalizer: Variant<NormalizerName>? = nil, attention: Variant<AttentionName> = .softmax
  ) -> Architecture {
    .transformer(
      connection, depth: 2, width: 8, tokens: 3, heads: 2, hidden: 6, activation: activation, normalizer: normalizer,
      attention: attention, mask: .causal)
  }

  private static func parts<Name: VariantName>(
    _ type: Name.Type, _ architecture: @escaping @Sendable (Variant<Name>) -> Architecture
  ) -> [Part] {
    Name.allCases.map { name in
      Part(name: name.rawValue, settings: name.settings) { text in
        let variant = try Variant<Name>(text: text)
        let json = try JSONEncoder().encode([variant])
        let decoded = try JSONDecoder().decode([Variant<Name>].self, from: json)
        #expect(decoded == [variant])
        return decoded[0].description
      } architecture: { text in
        architecture(try Variant<Name>(text: text))
      }
    }
  }

  /// What a text that is no variant says.
  func error(_ text: String) -> String? {
    do {
      _ = try printed(text)
      return nil
    } catch {
      return (error as? VariantError)?.description
    }
  }

  /// What else has to be set for a setting to matter.
  func context(of setting: Setting) -> String {
    switch (name, setting.key) {
    case ("leaky-relu", "eta"): ":transform=tat:layers=60"
    // So few layers cannot bring correlations nearer to 1.
    case ("leaky-relu", "layers"): ":transform=tat:eta=0.2"
    case ("leaky-relu", "transform"): ":eta=0.2"
    // Two kinks have solutions for steep C maps only.
    case ("hard-tanh", "zeta"): ":transform=dks:layers=1"
    case ("hard-tanh", "layers"): ":transform=dks:zeta=8"
    case ("hard-tanh", "transform"): ":zeta=4"
    case (_, "zeta"), (_, "layers"): ":transform=dks"
    case (_, "tau"): ":transform=tat"
    // Scores are felt where there are any, and where they have a share of the matrix.
    case ("value-skipinit", "scale"), ("value-skipinit", "qk-norm"): ":beta=0.5:queries=drawn"
    case (_, "scale"), (_, "qk-norm"): ":queries=drawn"
    default: ""
    }
  }

  /// The values that are tried, as a variant writes them: the default, where there is one, and others, or all words.
  static func values(of setting: Setting) -> [String] {
    let defaults = setting.defaultValue.map { [$0.text] } ?? []
    let numbers: [Double] =
      switch setting.kind {
      case .number: [0.25, 3]
      case .between(let lower, .infinity): [lower + 0.25, lower + 1]
      case .between(let lower, let upper): [0.25, 0.75].map { lower + $0 * (upper - lower) }
      case .count: [3, 7]
      case .flag, .word: []
      case .wordOrNumber: [0.75, 3]
      }
    let words =
      switch setting.kind {
      case .flag: ["true", "false"]
      case .word(let words), .wordOrNumber(let words): words
      case .number, .between, .count: [String]()
      }
    return (defaults + words + numbers.map { SettingValue.number($0).text }).reduce(into: []) { values, value in
      if !values.contains(value) { values.append(value) }
    }
  }

  /// Values of the right kind just outside of what is allowed.
  static func valuesOutside(_ setting: Setting) -> [String] {
    switch setting.kind {
    case .number(let range):
      range == -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        ? [] : ["\(range.lowerBound.nextDown)", "\(range.upperBound.nextUp)"]
    case .between(let lower, let upper): ["\(lower)", "\(upper)", "\(lower.nextDown)"]
    case .count(let largest): ["0", "-1", "\(largest + 1)", "2.5", "1e3", "99999999999999999999"]
    case .flag: ["0", "1", "yes", "True"]
    case .word, .wordOrNumber: ["None", "none "]
    }
  }
}

/// What can be seen of a network: parameters at initialisation, and output and derivative with them.
struct Effect: Equatable {
  var parameters: Parameters
  var output: Tensor<Double>
  var jacobian: Tensor<Double>

  init(of architecture: Architecture) throws {
    let random = RandomKey(seed: 3, sample: 0, purpose: .weights)
    let input = Reference.input(architecture.tokens, architecture.width)
    parameters = try Initializer(.xavierUniform).parameters(of: architecture, random: random)
      .profiled(for: architecture, at: input)
    let stack: Stack<Double> = try architecture.stack(parameters)
    let linearization = Linearization(of: stack, at: input)
    (output, jacobian) = (linearization.output, linearization.jacobian())
  }
}
