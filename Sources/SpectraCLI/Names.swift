import Spectra

/// Names given on the command line; an unknown one is met with the nearest known one.
enum Names {
  static func parse<Name: RawRepresentable & CaseIterable>(
    _ text: String, option: String, as type: Name.Type = Name.self
  ) throws(UsageError) -> Name where Name.RawValue == String {
    if let name = Name(rawValue: text) { return name }
    let known = Name.allCases.map(\.rawValue)
    let hint = nearest(to: text, among: known).map { "; did you mean \($0)?" } ?? "."
    throw UsageError("--\(option) '\(text)' is unknown: it is one of \(known.joined(separator: ", "))\(hint)")
  }

  /// The known name that an unknown one may mean: what others call it, or the one most like it in lower case.
  static func nearest(to text: String, among known: [String]) -> String? {
    let name = text.lowercased()
    if let meant = aliases[name], known.contains(meant) { return meant }
    return nearestName(to: name, among: known)
  }

  /// What other programs and papers call things. Hints only, so that each thing has one name in commands and records.
  private static let aliases = [
    "rope": "rotary", "swish": "silu", "ffn": "feed-forward", "prenorm": "pre-ln", "pre-norm": "pre-ln",
    "postnorm": "post-ln", "post-norm": "post-ln", "ln": "layernorm", "rms": "rmsnorm", "bn": "batchnorm",
    "glorot-uniform": "xavier-uniform", "glorot-normal": "xavier-normal", "kaiming-uniform": "he-uniform",
    "kaiming-normal": "he-normal",
  ]

  /// Names separated by commas.
  static func parseList<Name: RawRepresentable & CaseIterable>(
    _ text: String, option: String, as type: Name.Type = Name.self
  ) throws(UsageError) -> [Name] where Name.RawValue == String {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      (part) throws(UsageError) in try parse(String(part), option: option, as: type)
    }
  }

  /// A name with settings.
  static func parseVariant<Name>(
    _ text: String, option: String, as type: Variant<Name>.Type = Variant<Name>.self
  ) throws(UsageError) -> Variant<Name> {
    do { return try Variant(text: text) } catch { throw UsageError(error, option: option) }
  }

  /// The activations that are one function of one number, as theories want them.
  static let functions = ActivationName.allCases.filter { $0 != .crelu }

  /// An activation among `functions`, which alone an error lists.
  static func parseFunction(_ text: String, option: String) throws(UsageError) -> Variant<ActivationName> {
    do { return try Variant(text: text) } catch {
      guard let name = error.unknown, error.known.contains(ActivationName.crelu.rawValue) else {
        throw UsageError(error, option: option)
      }
      throw UsageError(
        .unknown(name, kind: ActivationName.kind, known: functions.map(\.rawValue)), option: option)
    }
  }

  /// Architectures separated by commas.
  static func parseArchitectures(_ text: String) throws(UsageError) -> [ArchitectureSpecification] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { (part) throws(UsageError) in
      do throws(VariantError) {
        return try ArchitectureSpecification(text: String(part))
      } catch {
        throw UsageError(error, option: "arch")
      }
    }
  }

  /// The ends of an axis.
  static func parseRange(_ text: String) throws(UsageError) -> HistogramAxis.Range {
    guard let range = HistogramAxis.Range(text: text) else {
      throw UsageError("--range '\(text)' is neither auto nor two numbers such as -11,4.")
    }
    return range
  }

  /// Decimal numbers separated by commas.
  static func parseDecimals(_ text: String, option: String) throws(UsageError) -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { (part) throws(UsageError) in
      guard let number = Double(part), number.isFinite else {
        throw UsageError("--\(option) '\(text)' is no list of numbers such as 0.5,1,4.")
      }
      return number
    }
  }

  /// Whole numbers separated by commas.
  static func parseNumbers(_ text: String, option: String) throws(UsageError) -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { (part) throws(UsageError) in
      guard let number = Int(part) else {
        throw UsageError("--\(option) '\(text)' is no list of whole numbers such as 4,12,64.")
      }
      return number
    }
  }
}

extension UsageError {
  /// The sentence of an option whose value is no variant, with the nearest known name where one is unknown.
  init(_ error: VariantError, option: String) {
    let hint = error.unknown.flatMap { Names.nearest(to: $0, among: error.known) }.map { "; did you mean \($0)?" }
    self.init("--\(option) " + (hint.map { error.description.dropLast() + $0 } ?? error.description))
  }
}

extension Configuration {
  /// Sets an option where it is named.
  mutating func setNamed(_ option: NetworkOption, to text: String?) throws(UsageError) {
    guard let text else { return }
    do {
      try set(option, to: text)
    } catch {
      throw UsageError(error, option: option.rawValue)
    }
  }
}
