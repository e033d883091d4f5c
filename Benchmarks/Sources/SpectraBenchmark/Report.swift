import Foundation

/// A table for people that is Markdown as well: columns as wide as their widest cell, numbers to the right.
struct Table: Encodable {
  var kind = "table"
  /// The place in `docs/performance.md` that it fills.
  var name: String
  var header: [String]
  var rows: [[String]]

  var markdown: String {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      "| " + zip(cells, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: " | ")
        + " |"
    }
    let rule = "| " + widths.map { String(repeating: "-", count: max(2, $0 - 1)) + ":" }.joined(separator: " | ") + " |"
    return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
  }
}

/// Measurements and tables, one JSON object a line, kept as they come: a run that is stopped leaves what it had.
struct JSONLines {
  private var file: FileHandle?

  /// - Parameter path: a file to be written anew; nil keeps nothing.
  init(path: String?) throws {
    guard let path else { return }
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
    self.file = file
  }

  func write(_ value: some Encodable) throws { try file?.write(contentsOf: Data((jsonLine(value) + "\n").utf8)) }
}

/// One line, with the names that the programs of `peers/` use.
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// What is being measured, for somebody who waits at a terminal.
func progress(_ text: String) {
  if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data("\r\u{1B}[K\(text) …\r".utf8)) }
}
