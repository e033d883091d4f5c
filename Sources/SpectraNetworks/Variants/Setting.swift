/// A number, a switch or a word that a named choice can be given: `lambda` of `xskip:lambda=2`.
public struct Setting: Sendable, Hashable {
  /// What a setting's value may be.
  public enum Kind: Sendable, Hashable {
    /// Any finite number from a range.
    case number(ClosedRange<Double>)
    /// A finite number strictly between two others.
    case between(Double, Double)
    /// A whole number from 1 to another.
    case count(upTo: Int)
    /// `true` or `false`.
    case flag
    /// One of some words.
    case word([String])
    /// One of some words or any finite number.
    case wordOrNumber([String])
  }

  /// Its name before the equals sign.
  public var key: String
  public var kind: Kind
  /// What holds where it is not given; nil where that follows from the network, as `rule` says.
  public var defaultValue: SettingValue?
  /// What holds where it is not given, as text: the default value or how it follows from the network.
  public var rule: String
  /// What it is, in a few words.
  public var meaning: String
  /// Whether it says what weights are at initialisation and nothing else: given weights make it void.
  public private(set) var isInitial = false

  init(_ key: String, _ kind: Kind, _ defaultValue: SettingValue, _ meaning: String) {
    (self.key, self.kind, self.defaultValue, self.meaning) = (key, kind, defaultValue, meaning)
    rule = defaultValue.text
  }

  init(_ key: String, _ kind: Kind, rule: String, _ meaning: String) {
    (self.key, self.kind, self.defaultValue, self.rule, self.meaning) = (key, kind, nil, rule, meaning)
  }

  /// The same, of a setting that says what weights are at initialisation.
  var initial: Setting {
    var other = self
    other.isInitial = true
    return other
  }

  /// The two sides of a setting's text, `key=value`.
  ///
  /// - Throws: `VariantError` where it is none, naming the text it is part of.
  public static func parts(_ part: String, of text: String) throws(VariantError) -> (key: String, value: String) {
    let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
      throw VariantError("'\(part)' in '\(text)' is no setting; write key=value.")
    }
    return (sides[0], sides[1])
  }

  /// Any finite number.
  static let anyNumber = Kind.number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
  /// Any finite number that is not negative.
  static let notNegative = Kind.number(0...Double.greatestFiniteMagnitude)

  /// The value that a text stands for, nil where the text is none that is allowed.
  public func value(_ text: String) -> SettingValue? {
    switch kind {
    case .number(let range): Double(text).flatMap { range.contains($0) ? .number($0) : nil }
    case .between(let lower, let upper): Double(text).flatMap { lower < $0 && $0 < upper ? .number($0) : nil }
    case .count(let largest): Int(text).flatMap { (1...largest).contains($0) ? .number(Double($0)) : nil }
    case .flag: text == "true" ? .word("true") : text == "false" ? .word("false") : nil
    case .word(let words): words.contains(text) ? .word(text) : nil
    case .wordOrNumber(let words):
      words.contains(text) ? .word(text) : Double(text).flatMap { $0.isFinite ? .number($0) : nil }
    }
  }

  /// What is allowed, as the end of a sentence: "must be …".
  public var allowed: String {
    switch kind {
    case Self.notNegative: "a number of 0 or more"
    case Self.anyNumber: "a finite number"
    case .number(let range):
      "a number from \(SettingValue.number(range.lowerBound).text) to \(SettingValue.number(range.upperBound).text)"
    case .between(let lower, let upper) where upper == .infinity: "a number above \(SettingValue.number(lower).text)"
    case .between(let lower, let upper):
      "a number between \(SettingValue.number(lower).text) and \(SettingValue.number(upper).text)"
    case .count(let largest): "a whole number from 1 to \(largest)"
    case .flag: "true or false"
    case .word(let words): words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    case .wordOrNumber(let words): words.joined(separator: ", ") + " or a finite number"
    }
  }
}

/// What a setting is set to.
public enum SettingValue: Sendable, Hashable {
  case number(Double)
  case word(String)

  /// As it is written after the equals sign.
  public var text: String {
    switch self {
    case .number(let number) where number == number.rounded() && abs(number) < 1e15: "\(Int(number))"
    case .number(let number): "\(number)"
    case .word(let word): word
    }
  }
}

/// Why a text is no variant or no setting of one.
public struct VariantError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One sentence, without the option's name.
  public var description: String
  /// The name that is unknown and those that are known, where that is the error: for a hint at the nearest one.
  public var unknown: String?
  public var known: [String] = []

  public init(_ description: String) { self.description = description }

  /// A name that is none of the known ones of its kind.
  public static func unknown(_ name: String, kind: String, known: [String]) -> VariantError {
    var error = VariantError("'\(name)' is unknown: \(kind) is one of \(known.joined(separator: ", ")).")
    (error.unknown, error.known) = (name, known)
    return error
  }
}
