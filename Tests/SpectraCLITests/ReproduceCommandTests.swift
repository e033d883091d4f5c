import ArgumentParser
import Foundation
import Spectra
import SpectraReproduction
import TestSupport
import Testing

@testable import SpectraCLI

@Suite("spectra reproduce", .timeLimit(.minutes(10)))
struct ReproduceCommandTests {
  @Test("Names are measured, and all agreeing is success")
  func measures() throws {
    let command = try Command(["reproduce", "C14", "c18.sub-ln-gain-12"])
    #expect(command.status == 0 && command.error.isEmpty)
    #expect(command.output.contains("✓ C14.map") && command.output.contains("✓ C18.sub-ln-gain-12"))
    #expect(command.output.hasSuffix("\nAll 4 agree.\n"))
  }

  @Test("A measured number that does not agree is exit code 3, and so is one that is missing")
  func disagreement() throws {
    var record = try Reproductions.run(["C14.map"], threads: 1)
    #expect(throws: Never.self) { try Exit.judge(record) }
    var line = record.results[0].line
    line.published = .value(1)
    let measured = try #require(record.results[0].measurement)
    for result in [ReproductionResult(line, measurement: measured), ReproductionResult(line, problem: "It broke.")] {
      record.results = [result]
      #expect(throws: ExitCode(3)) { try Exit.judge(record) }
    }
  }

  @Test("The list runs nothing and names every line")
  func list() throws {
    let command = try Command(["reproduce", "--list"])
    #expect(command.status == 0 && command.error.isEmpty)
    for line in Reproductions.lines { #expect(command.output.contains("  \(line.id)  ")) }
    let row = try Command(["reproduce", "--list", "C14"]).output
    #expect(row.contains("C14.map") && !row.contains("C18"))
  }

  @Test("JSON and the page go to files, whole")
  func output() throws {
    try withTemporaryFolder { folder in
      for (format, beginning) in [("json", "{"), ("markdown", "# Reproductions\n")] {
        let path = "\(folder)/result"
        let command = try Command(["reproduce", "C14.map", "--format", format, "--output", path])
        #expect(command.status == 0 && command.output.isEmpty && command.error.isEmpty)
        let written = try text(ofFile: path)
        #expect(written.hasPrefix(beginning) && written.contains("C14.map"))
        #expect(try contents(of: folder) == ["result"])
      }
    }
  }

  @Test(
    "What makes no sense is one sentence and exit code 64, before anything runs",
    arguments: [
      (["C13"], "did you mean C1?"), (["C10.relu-gausian-16"], "did you mean C10.relu-gaussian-16?"),
      (["--threads", "0"], "--threads 0"), (["--list", "--format", "json"], "--list is text"),
    ])
  func usage(arguments: [String], part: String) throws {
    let command = try Command(["reproduce"] + arguments)
    #expect(command.status == 64 && command.output.isEmpty)
    #expect(command.errorLines.count == 1 && command.error.contains(part), "\(command.error)")
  }

  @Test("A folder that does not exist is found before the work")
  func unwritable() throws {
    let command = try Command(["reproduce", "--output", "/nonexistent/result.txt"])
    #expect(command.status == 73 && command.errorLines.count == 1)
  }
}
