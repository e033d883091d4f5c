import Spectra

/// Names given on the command line; an unknown one is met with the nearest known one.
enum Names {
  static func parse<Name: RawRepresentable & CaseIterable>(
    _ text: String, option: String, as type: Name.Type = Name.self
  ) throws(UsageError) -> Name where Name.RawValue == String {
    if let name = Name(rawValue: text) { return name }
    let known = Name.allCases.map(\.rawValue)
    let hint = nearestName(to: text, among: known).map { "; did you mean \($0)?" } ?? "."
    throw UsageError("--\(option) '\(text)' is unknown: it is one of \(known.joined(separator: ", "))\(hint)")
  }

  /// Names separated by commas.
  static func parseList<Name: RawRepresentable & CaseIterable>(
    _ text: String, option: String, as type: Name.Type = Name.self
  ) throws(UsageError) -> [Name] where Name.RawValue == String {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      (part) throws(UsageError) in try parse(String(part), option: option, as: type)
    }
  }

  /// An attention mask, `none`, `causal` or `ngram:N`.
  static func parseMask(_ text: String) throws(UsageError) -> AttentionMask {
    if let mask = AttentionMask(rawValue: text) { return mask }
    if text.hasPrefix("ngram") {
      throw UsageError(
        "--mask '\(text)' says no number of tokens: write ngram:N with a whole number N ≥ 1, such as ngram:4.")
    }
    let hint = nearestName(to: text, among: ["none", "causal"]).map { "; did you mean \($0)?" } ?? "."
    throw UsageError("--mask '\(text)' is unknown: it is one of none, causal, ngram:N\(hint)")
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
