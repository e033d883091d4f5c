/// The names of one kind of part, as connections or normalisers, and what each can be set to.
public protocol VariantName: RawRepresentable<String>, CaseIterable, Hashable, Sendable, Codable {
  /// What one of them is called in a sentence: "a connection".
  static var kind: String { get }
  /// What it can be set to.
  var settings: [Setting] { get }
}

/// A named part with its settings: `xskip:lambda=2`.
///
/// Only settings that were given are kept, so that a variant prints as it was named; `number` and `word` fill in the
/// defaults.
public struct Variant<Name: VariantName>: Sendable, Hashable {
  /// The name without settings.
  public let name: Name
  /// The settings that were given.
  public private(set) var given: [String: SettingValue] = [:]

  /// A part with all of its settings at their defaults.
  public init(_ name: Name) { self.name = name }

  /// A part with some settings given.
  ///
  /// - Throws: `VariantError` where it has no such setting or the value is not allowed.
  public init(_ name: Name, _ settings: [String: SettingValue]) throws(VariantError) {
    self.name = name
    for (key, value) in settings.sorted(by: { $0.key < $1.key }) { try set(key, value.text) }
  }

  /// The part of a text such as `xskip:lambda=2`.
  ///
  /// - Throws: `VariantError` that says what is known.
  public init(text: String) throws(VariantError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    self.init(try Self.name(parts[0]))
    for part in parts.dropFirst() {
      let (key, value) = try Setting.parts(part, of: text)
      try set(key, value)
    }
  }

  /// The part named by a text without settings.
  static func name(_ text: String) throws(VariantError) -> Name {
    if let name = Name(rawValue: text) { return name }
    throw .unknown(text, kind: Name.kind, known: Name.allCases.map(\.rawValue))
  }

  /// Sets one of its settings that is not given yet.
  ///
  /// - Throws: `VariantError` where it has no such setting, where it was given before, and where the value is not allowed.
  public mutating func set(_ key: String, _ text: String) throws(VariantError) {
    guard !name.settings.isEmpty else {
      throw VariantError("'\(key)' is unknown: \(name.rawValue) has no settings.")
    }
    guard let setting = name.settings.first(where: { $0.key == key }) else {
      throw .unknown(key, kind: "a setting of \(name.rawValue)", known: name.settings.map(\.key))
    }
    guard let value = setting.value(text) else {
      throw VariantError("'\(text)' is no \(key) of \(name.rawValue): it must be \(setting.allowed).")
    }
    if let before = given[key] {
      throw VariantError("\(name.rawValue) is given \(key) twice, \(before.text) and \(text); name it once.")
    }
    given[key] = value
  }

  /// Whether it has a setting of a name.
  public func has(_ key: String) -> Bool { name.settings.contains { $0.key == key } }

  /// The number that a setting has, given or by default; nil where none is given and the default follows from the
  /// network.
  public func number(_ key: String) -> Double? {
    guard case .number(let number)? = value(key) else { return nil }
    return number
  }

  /// The word that a setting has, given or by default.
  public func word(_ key: String) -> String? {
    guard case .word(let word)? = value(key) else { return nil }
    return word
  }

  /// Whether a switch is on.
  public func isOn(_ key: String) -> Bool { word(key) == "true" }

  private func value(_ key: String) -> SettingValue? {
    given[key] ?? name.settings.first { $0.key == key }?.defaultValue
  }

  /// A known setting set to a number; what the setting does not allow traps.
  func setting(_ key: String, _ number: Double) -> Variant { setting(key, to: .number(number)) }

  /// A known setting set to one of its words.
  func setting(_ key: String, word: String) -> Variant { setting(key, to: .word(word)) }

  private func setting(_ key: String, to value: SettingValue) -> Variant {
    let isAllowed = name.settings.first { $0.key == key }?.value(value.text) != nil
    precondition(isAllowed, "\(value.text) is no \(key) of \(name.rawValue).")
    var other = self
    other.given[key] = value
    return other
  }
}

extension Variant: CodedAsText {
  /// As it is named: `xskip:lambda=2`, settings in their own order.
  public var description: String {
    name.settings.reduce(name.rawValue) { text, setting in
      given[setting.key].map { "\(text):\(setting.key)=\($0.text)" } ?? text
    }
  }
}

extension Variant {
  /// The first setting given that says what weights are at initialisation and nothing else, as `key=value`.
  public var initialSetting: String? {
    name.settings.first { $0.isInitial && given[$0.key] != nil }.flatMap { setting in
      given[setting.key].map { "\(setting.key)=\($0.text)" }
    }
  }
}
