import Foundation

/// A part of a text that a test changes, and that is not there.
public struct AbsentPart: Error, CustomStringConvertible {
  var part: String
  public var description: String { "The text has no part '\(part)' that could be replaced." }
}

extension String {
  /// The text with the first `part` of it replaced, the first behind `start` where that is named.
  ///
  /// - Throws: `AbsentPart`, so that no test goes on with a text that is as it was.
  public func replacingFirst(_ part: String, with other: String, after start: String? = nil) throws -> String {
    var rest = startIndex..<endIndex
    if let start {
      guard let found = range(of: start) else { throw AbsentPart(part: start) }
      rest = found.upperBound..<endIndex
    }
    guard let found = range(of: part, range: rest) else { throw AbsentPart(part: part) }
    return replacingCharacters(in: found, with: other)
  }
}

extension JSONSchema {
  /// What in a document violates the schema once a part of it has been replaced.
  public func violations(
    in text: String, replacing part: String, with other: String, after start: String? = nil
  ) throws -> [String] {
    try violations(in: Data(text.replacingFirst(part, with: other, after: start).utf8))
  }
}
