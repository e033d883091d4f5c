/// An option that an architecture's name may hold for itself: `post-ln:norm=rmsnorm`.
public enum NetworkOption: String, Sendable, Codable, CaseIterable {
  case norm
  case attention
  case feedForward = "feed-forward"
  case activation
  case mask
  case positions
  case heads
  case keyValueHeads = "kv-heads"
  case hidden
  case finalNorm = "final-norm"
  case initializer = "init"
  case gain
  case sigmaW = "sigma-w"
  case sigmaB = "sigma-b"
  case packing = "qkv"

  /// The settings that the part named by a value has.
  func settingNames(of value: String) -> [String] {
    let name = String(value.prefix { $0 != ":" })
    return named.first { $0.name == name }?.settings ?? []
  }

  /// The names that have settings, each with theirs, the commonest first.
  var named: [(name: String, settings: [String])] {
    func all<Name: VariantName>(_ first: Name) -> [(name: String, settings: [String])] {
      ([first] + Name.allCases.filter { $0 != first }).map { ($0.rawValue, $0.settings.map(\.key)) }
    }
    return switch self {
    case .norm: all(NormalizerName.layernorm)
    case .attention: all(AttentionName.softmax)
    case .activation: all(ActivationName.gelu)
    default: []
    }
  }
}

extension Configuration {
  /// Sets an option to a text, as on the command line.
  ///
  /// - Throws: `VariantError` where the text is no value of it.
  public mutating func set(_ option: NetworkOption, to text: String) throws(VariantError) {
    func named<Name: RawRepresentable<String> & CaseIterable>(_ kind: String) throws(VariantError) -> Name {
      if let name = Name(rawValue: text) { return name }
      throw .unknown(text, kind: kind, known: Name.allCases.map(\.rawValue))
    }
    func number<Number: LosslessStringConvertible>(_ kind: String) throws(VariantError) -> Number {
      if let number = Number(text) { return number }
      throw VariantError("'\(text)' is no \(option.rawValue): it must be \(kind).")
    }
    switch option {
    case .norm: norm = try Variant(text: text)
    case .attention: attention = try Variant(text: text)
    case .feedForward: feedForward = try named("a feed-forward")
    case .activation: activation = try Variant(text: text)
    case .mask:
      guard let mask = AttentionMask(rawValue: text) else {
        throw text.hasPrefix("ngram")
          ? VariantError(
            "'\(text)' says no number of tokens: write ngram:N with a whole number N ≥ 1, such as ngram:4.")
          : .unknown(text, kind: "a mask", known: ["none", "causal", "ngram:N"])
      }
      self.mask = mask
    case .positions: positions = try named("positions")
    case .heads: heads = try number("a whole number")
    case .keyValueHeads: keyValueHeads = try number("a whole number")
    case .hidden: hidden = try number("a whole number")
    case .finalNorm:
      guard let isOn = Bool(text) else { throw VariantError("'\(text)' is no final-norm: it must be true or false.") }
      finalNorm = isOn
    case .initializer: initializer = try named("an initialiser")
    case .gain: gain = try number("a number")
    case .sigmaW: sigmaW = try number("a number")
    case .sigmaB: sigmaB = try number("a number")
    case .packing: packing = try named("a packing")
    }
  }

  /// The text of an option's value, nil where it has none of its own.
  func text(of option: NetworkOption) -> String? {
    func text(_ number: Double?) -> String? { number.map { SettingValue.number($0).text } }
    return switch option {
    case .norm: norm?.description
    case .attention: attention.description
    case .feedForward: feedForward.rawValue
    case .activation: activation.description
    case .mask: mask.rawValue
    case .positions: positions.rawValue
    case .heads: "\(heads)"
    case .keyValueHeads: keyValueHeads.map { "\($0)" }
    case .hidden: hidden.map { "\($0)" }
    case .finalNorm: "\(finalNorm)"
    case .initializer: initializer?.rawValue
    case .gain: text(gain)
    case .sigmaW: text(sigmaW)
    case .sigmaB: text(sigmaB)
    case .packing: packing?.rawValue
    }
  }
}
