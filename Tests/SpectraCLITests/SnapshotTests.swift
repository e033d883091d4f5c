import Foundation
import Testing

/// Help and a small report, pinned to files. `SPECTRA_RECORD_SNAPSHOTS=1 swift test` writes them anew.
@Suite("Snapshots of the command line", .timeLimit(.minutes(10)))
struct SnapshotTests {
  static let snapshots: [(name: String, arguments: [String])] = [
    ("help.txt", ["--help"]), ("help-jacobian.txt", ["jacobian", "--help"]),
    ("help-figure5.txt", ["figure5", "--help"]), ("help-architectures.txt", ["architectures", "--help"]),
    ("architectures.txt", ["architectures"]), ("version.txt", ["--version"]),
    // ReZero at α = 0 is the identity: every singular value is exactly 1 on every machine.
    (
      "identity.txt",
      [
        "--arch", "rezero", "--depth", "2", "--samples", "2", "--width", "4", "--tokens", "2", "--heads", "2",
        "--range",
        "-1,1",
      ]
    ),
  ]

  @Test("Nothing has changed unnoticed", arguments: snapshots.indices)
  func unchanged(index: Int) throws {
    let (name, arguments) = Self.snapshots[index]
    let command = try Command(arguments)
    #expect(command.status == 0 && command.error.isEmpty)
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snapshots")
    let url = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["SPECTRA_RECORD_SNAPSHOTS"] != nil {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(command.output.utf8).write(to: url)
      return
    }
    guard let data = try? Data(contentsOf: url) else {
      Issue.record("There is no snapshot \(name); record it with SPECTRA_RECORD_SNAPSHOTS=1.")
      return
    }
    let expected = String(decoding: data, as: UTF8.self)
    let changes = command.output.split(separator: "\n", omittingEmptySubsequences: false)
      .difference(from: expected.split(separator: "\n", omittingEmptySubsequences: false))
      .map { change in
        switch change {
        case .insert(let offset, let line, _): "+\(offset + 1): \(line)"
        case .remove(let offset, let line, _): "-\(offset + 1): \(line)"
        }
      }
    #expect(changes.isEmpty, "\(name) has changed:\n\(changes.joined(separator: "\n"))")
  }
}
