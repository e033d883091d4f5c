import Foundation

/// Text that is pinned to committed files.
public enum Snapshots {
  /// How `text` differs from the committed file of that name in the folder `Snapshots` beside a test; nil where it does not.
  ///
  /// The file is written where the environment variable `SPECTRA_RECORD_SNAPSHOTS` is set. Long numbers are compared to ten
  /// digits: the C library's `exp` and `log` may differ in their last digit from machine to machine.
  public static func problem(with text: String, named name: String, beside file: String) throws -> String? {
    let url = folder(beside: file).appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["SPECTRA_RECORD_SNAPSHOTS"] != nil {
      try FileManager.default.createDirectory(at: folder(beside: file), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
      return nil
    }
    guard let data = try? Data(contentsOf: url) else {
      return "There is no snapshot \(name); record it with SPECTRA_RECORD_SNAPSHOTS=1."
    }
    let lines = lines(text)
    let expected = self.lines(String(decoding: data, as: UTF8.self))
    guard lines != expected else { return nil }
    let changes = lines.difference(from: expected).map { change in
      switch change {
      case .insert(let offset, let line, _): "+\(offset + 1): \(line)"
      case .remove(let offset, let line, _): "-\(offset + 1): \(line)"
      }
    }
    return "\(name) has changed:\n\(changes.prefix(40).joined(separator: "\n"))"
  }

  private static func folder(beside file: String) -> URL {
    URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Snapshots")
  }

  private static func lines(_ text: String) -> [String] {
    text.replacing(/-?[0-9]+\.[0-9]{8,}(e[-+]?[0-9]+)?/) { match in
      Double(match.output.0).map { String(format: "%.10g", $0) } ?? String(match.output.0)
    }.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
