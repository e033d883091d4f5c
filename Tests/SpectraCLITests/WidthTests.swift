import Foundation
import Spectra
import TestSupport
import Testing

@Suite("Odd widths, locales and outputs", .timeLimit(.minutes(10)))
struct WidthTests {
  @Test(
    "No line of the list of names is too long, in UTF-8 or in ASCII", arguments: [60, 80, 120, 200], [true, false])
  func catalogue(width: Int, unicode: Bool) {
    let text = Catalogue().text(style: TextStyle(width: width, unicode: unicode))
    #expect(linesLonger(than: width, in: text) == [])
    // A character without a spelling in ASCII would be a question mark.
    #expect(unicode || !text.contains { !$0.isASCII || $0 == "?" })
  }

  @Test("Help fits into 60 to 200 columns, whatever the terminal says", arguments: ["-5", "0", "1", "20", "1000", "x"])
  func help(columns: String) throws {
    let command = try Command(["jacobian", "--help"], environment: ["COLUMNS": columns])
    #expect(command.status == 0 && command.error.isEmpty)
    let width = command.output.split(separator: "\n").map(\.count).max() ?? 0
    let bound = Int(columns).map { min(max($0, 60), 200) } ?? 80
    // Words are not divided, so that the longest line may stay below; it comes near.
    #expect(width <= bound && width > bound - 15)
  }

  #if os(Linux)
    @Test(
      "A full disk is an error whoever writes",
      arguments: [
        "--help", "jacobian --help", "--version", "architectures", "--generate-completion-script fish",
        "--depth 1 --samples 1",
      ])
    func full(arguments: String) throws {
      let command = try Command(shell: "spectra \(arguments) >/dev/full")
      #expect(command.status == 74)
      #expect(command.error.hasPrefix("Error: standard output: writing it failed (no space left on device)"))
      #expect(command.errorLines.count == 1)
    }
  #endif

  @Test("A reader that has seen enough is no error", arguments: ["--help", "architectures", "--depth 1 --samples 1"])
  func closedPipe(arguments: String) throws {
    let command = try Command(shell: "spectra \(arguments) | head -n 1")
    #expect(command.status == 0 && command.error.isEmpty && command.output.split(separator: "\n").count == 1)
  }
}
