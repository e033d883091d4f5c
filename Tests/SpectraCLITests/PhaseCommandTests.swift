import Foundation
import TestSupport
import Testing

@Suite("spectra phase", .timeLimit(.minutes(10)))
struct PhaseCommandTests {
  @Test("Text, JSON and CSV are written, to a file too")
  func formats() throws {
    let small = ["phase", "--activation", "erf", "--grid", "6x3"]
    let text = try Command(small)
    #expect(text.status == 0 && text.error.isEmpty && text.output.contains("critical"))
    let json = try Command(small + ["--format", "json"])
    #expect(json.status == 0 && json.error.isEmpty, "\(json.error)")
    #expect(json.output.contains("\"schema\": \"spectra.phase/1\""))
    try withTemporaryFolder { folder in
      let command = try Command(
        small + ["--format", "csv", "--output", "phase.csv", "--plot", "phase.svg"], in: folder)
      #expect(command.status == 0 && command.output.isEmpty && command.error.isEmpty)
      #expect(try String(contentsOfFile: folder + "/phase.csv", encoding: .utf8).hasPrefix("kind,sigma_w"))
      #expect(try String(contentsOfFile: folder + "/phase.svg", encoding: .utf8).contains("<svg"))
    }
  }

  @Test(
    "What cannot be is one sentence, exit code 64",
    arguments: [
      (["--sigma-w", "1,1.0000000000000002"], "--sigma-w 1.0,1.0000000000000002 has no 48 numbers"),
      (["--grid", "4"], "--grid"), (["--grid", "0x3"], "as 48x20"), (["--measure", "0x3"], "as 4x3"),
      (["--sigma-w", "3,1"], "--sigma-w"),
      (["--sigma-b", "-1,1"], "--sigma-b"), (["--quantity", "zeta"], "--quantity"), (["--samples", "3"], "--samples"),
      (["--activation", "crelu"], "--activation"), (["--activation", "tanhh"], "silu, softplus; did you mean tanh"),
      (["--measure", "2x1", "--depth", "0"], "--depth"), (["--threads", "0"], "--threads"),
    ] as [([String], String)])
  func refused(arguments: [String], part: String) throws {
    let command = try Command(["phase"] + arguments)
    #expect(command.status == 64 && command.output.isEmpty)
    #expect(command.errorLines.count == 1 && command.error.contains(part), "\(command.error)")
  }
}
