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
