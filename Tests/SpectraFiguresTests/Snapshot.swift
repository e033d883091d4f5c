import Foundation
import Testing

/// Compares text with the committed file of that name in `Snapshots`, or writes the file where the environment variable
/// `SPECTRA_RECORD_SNAPSHOTS` is set.
func expectSnapshot(
  _ text: String, named name: String, file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Snapshots")
  let url = folder.appendingPathComponent(name)
  if ProcessInfo.processInfo.environment["SPECTRA_RECORD_SNAPSHOTS"] != nil {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    return
  }
  guard let data = try? Data(contentsOf: url) else {
    Issue.record(
      "There is no snapshot \(name); record it with SPECTRA_RECORD_SNAPSHOTS=1.", sourceLocation: sourceLocation)
    return
  }
  let lines = rounded(text).split(separator: "\n", omittingEmptySubsequences: false)
  let expected = rounded(String(decoding: data, as: UTF8.self)).split(
    separator: "\n", omittingEmptySubsequences: false)
  let difference = lines.difference(from: expected).map { change in
    switch change {
    case .insert(let offset, let line, _): "+\(offset + 1): \(line)"
    case .remove(let offset, let line, _): "-\(offset + 1): \(line)"
    }
  }
  #expect(
    difference.isEmpty, "\(name) has changed:\n\(difference.joined(separator: "\n"))", sourceLocation: sourceLocation)
}

/// `text` with its long numbers rounded to ten digits: the C library's `exp` and `log` may differ in their last digit from
/// machine to machine.
private func rounded(_ text: String) -> String {
  text.replacing(/-?[0-9]+\.[0-9]{8,}(e[-+][0-9]+)?/) { match in
    Double(match.output.0).map { String(format: "%.10g", $0) } ?? String(match.output.0)
  }
}
