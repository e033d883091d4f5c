/// What could not be read from or written to a file; its description is one sentence that begins with the path.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Who has to act: each kind has its own exit status.
  public enum Kind: Sendable, CaseIterable {
    /// An input does not exist or cannot be read.
    case cannotRead
    /// An input was read and its content is wrong: malformed, of another shape or type, or not finite.
    case badData
    /// An output cannot be created where it is wanted; found before any work is done.
    case cannotCreate
    /// Writing an output failed half-way, as when the disk is full.
    case cannotWrite

    /// The exit status that `sysexits.h` gives to such an error: 66, 65, 73 or 74.
    public var exitCode: Int32 {
      switch self {
      case .cannotRead: 66
      case .badData: 65
      case .cannotCreate: 73
      case .cannotWrite: 74
      }
    }
  }

  public let kind: Kind
  /// The file as its user named it.
  public let path: String
  /// What is wrong and what to do: a sentence without capital and full stop.
  public let problem: String

  public init(_ kind: Kind, path: String, problem: String) {
    self.kind = kind
    self.path = path
    self.problem = problem
  }

  /// The exit status of the command line.
  public var exitCode: Int32 { kind.exitCode }

  public var description: String { "\(path.isEmpty ? "''" : printable(path, limit: 4096)): \(problem)." }
}

/// A name in quotation marks, fit for a message.
func quoted(_ name: String) -> String { "'\(printable(name, limit: 120))'" }

/// A text from a file or a user without what could steer a terminal, cut off after `limit` scalars.
func printable(_ text: String, limit: Int) -> String {
  var result = ""
  for scalar in text.unicodeScalars.prefix(limit) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      result += scalar.escaped(asASCII: true)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return text.unicodeScalars.dropFirst(limit).isEmpty ? result : result + "…"
}
