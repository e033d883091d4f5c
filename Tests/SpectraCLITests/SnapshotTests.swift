import TestSupport
import Testing

/// Help and a small report, pinned to files. `SPECTRA_RECORD_SNAPSHOTS=1 swift test` writes them anew.
@Suite("Snapshots of the command line", .timeLimit(.minutes(10)))
struct SnapshotTests {
  static let outputs: [(name: String, arguments: [String])] = [
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

  @Test("Outputs have not changed unnoticed", arguments: outputs.indices)
  func output(index: Int) throws {
    let (name, arguments) = Self.outputs[index]
    let command = try Command(arguments)
    #expect(command.status == 0 && command.error.isEmpty)
    try expectSnapshot(command.output, named: name)
  }

  /// Of every command that there is: a new one has no snapshot and fails.
  @Test("Help has not changed unnoticed, at three widths")
  func help() throws {
    for subcommand in [nil] + (try CommandTree.spectra().shownSubcommands.map(\.commandName)) {
      for width in [60, 80, 120] {
        let command = try Command([subcommand, "--help"].compactMap(\.self), environment: ["COLUMNS": "\(width)"])
        #expect(command.status == 0 && command.error.isEmpty)
        // It is not known here which characters the reader's terminal has.
        #expect(!command.output.contains { !$0.isASCII })
        #expect(linesLonger(than: width, in: command.output) == [])
        let name = (["help"] + [subcommand].compactMap(\.self)).joined(separator: "-")
        try expectSnapshot(command.output, named: width == 80 ? "\(name).txt" : "\(name).\(width).txt")
      }
    }
  }
}
