public import SpectraAnalysis

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension RunRecord {
  /// Reads what `--format json` wrote; `-` is standard input.
  ///
  /// - Throws: `FileError` where the file cannot be read, is empty, ends too early, is no record of this version's schema,
  ///   or contradicts itself.
  public init(contentsOf path: String) throws(FileError) {
    let name = path == "-" ? "standard input" : path
    func bad(_ problem: String) -> FileError { FileError(.badData, path: name, problem: problem) }
    let bytes: [UInt8]
    do throws(FileError) {
      let source = try ByteSource(path: path == "-" ? "/dev/stdin" : path)
      bytes = try source.values(UInt8.self, at: 0, count: source.count)
    } catch {
      throw FileError(error.kind, path: name, problem: error.problem)
    }
    guard bytes.contains(where: { !$0.isJSONSpace }) else {
      throw bad("it is empty; write it again with --format json --output")
    }
    let data = Data(bytes)
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch RunRecordError.unknownSchema(let found, let expected) {
      if let command = Self.commandsOfOtherFiles.first(where: { found.hasPrefix("spectra.\($0)/") }) {
        throw bad(
          "it holds what 'spectra \(command)' wrote, but only runs of jacobian and figure5 are read here\(command == "phase" ? "; 'spectra phase --plot' draws its own figures" : "")"
        )
      }
      throw bad(
        "it has schema \"\(printable(found, limit: 60))\", but this version of spectra reads only \"\(expected)\"; use the version that wrote it"
      )
    } catch {
      if Self.isJSONLines(bytes) {
        throw bad("it is JSON Lines, which hold spectra without the run they are of; write it with --format json")
      }
      throw bad(Self.problem(error))
    }
  }

  /// The commands that write files with schemas of their own.
  private static var commandsOfOtherFiles: [String] { ["phase", "theory", "propagate", "reproduce"] }

  private static func problem(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return sentence("\(error)") }
    switch error {
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      return "it is no JSON document, or not the whole of one; write it again with --format json --output"
    case .keyNotFound(let key, let context):
      if context.codingPath.isEmpty, key.stringValue == "schema" {
        return "it has no field 'schema', so it is no record of a run; name a file that --format json wrote"
      }
      return "its field '\(place(context.codingPath + [key]))' is missing; write it again with --format json"
    case .typeMismatch(_, let context) where context.codingPath.isEmpty:
      return "it is no record of a run; name a file that --format json wrote"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return
        "its field '\(place(context.codingPath))' is not what a record holds there; write it again with --format json"
    @unknown default: return sentence("\(error)")
    }
  }

  /// `spectra[3].rows`.
  private static func place(_ path: [any CodingKey]) -> String {
    path.reduce("") { text, key in
      if let index = key.intValue { return "\(text)[\(index)]" }
      return text.isEmpty ? printable(key.stringValue, limit: 60) : "\(text).\(printable(key.stringValue, limit: 60))"
    }
  }

  /// A sentence within another: without its capital and its full stop.
  private static func sentence(_ text: String) -> String {
    let inner = text.hasSuffix(".") ? text.dropLast() : Substring(text)
    return printable(inner.prefix(1).lowercased() + inner.dropFirst(), limit: 300)
  }

  /// Whether each of several lines is an object.
  private static func isJSONLines(_ bytes: [UInt8]) -> Bool {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
    guard let line = lines.first, line.first == UInt8(ascii: "{") else { return false }
    return (try? JSONDecoder().decode(SpectrumRecord.self, from: Data(line))) != nil
  }
}

extension UInt8 {
  fileprivate var isJSONSpace: Bool { [0x20, 0x09, 0x0A, 0x0D].contains(self) }
}
