import Foundation
import TestSupport
import Testing

@Suite("spectra propagate", .timeLimit(.minutes(10)))
struct PropagateCommandTests {
  private static let small = [
    "propagate", "--width", "8", "--tokens", "3", "--heads", "2", "--depth", "3", "--samples", "2",
  ]

  @Test("Every format is written, to standard output or to a file")
  func formats() throws {
    let text = try Command(Self.small)
    #expect(text.status == 0 && text.error.isEmpty, "\(text.error)")
    // The commands of these tests run in a locale of UTF-8.
    #expect(text.output.contains("λ_g"))
    let csv = try Command(Self.small + ["--format", "csv"])
    #expect(csv.status == 0 && csv.error.isEmpty, "\(csv.error)")
    #expect(csv.output.hasPrefix("architecture,depth,layer,quantity,count,mean,standard_error,recursion\n"))
    try withTemporaryFolder { folder in
      let path = folder + "/run.json"
      let json = try Command(Self.small + ["--format", "json", "--output", path, "--arch", "pre-ln,post-ln"])
      #expect(json.status == 0 && json.output.isEmpty && json.error.isEmpty, "\(json.error)")
      let document = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
      let fields = try #require(document as? [String: Any])
      #expect(fields["schema"] as? String == "spectra.propagate/1")
      #expect((fields["stacks"] as? [Any])?.count == 2)
    }
  }

  @Test(
    "What cannot be meant is refused in one sentence",
    arguments: [
      ("--correlation 0.5", 64, "--correlation is about the two inputs"),
      ("--block fc --arch vanilla --correlation 2", 64, "--correlation 2.0 is none"),
      ("--precision half", 64, "--precision"), ("--threads 0", 64, "--threads 0 is not positive"),
      ("--arch nothing", 64, "nothing"), ("--input missing.npy", 65, "missing.npy"),
      ("--width 10000000 --depth 1", 64, "memory"),
    ])
  func refused(arguments: String, status: Int32, words: String) throws {
    let command = try Command(["propagate"] + arguments.split(separator: " ").map(String.init))
    #expect(command.status == status && command.output.isEmpty)
    #expect(command.errorLines.count == 1 && command.error.contains(words), "\(command.error)")
  }

  @Test("A run in which every pass dies writes what there is, and exits with 70")
  func overflow() throws {
    let command = try Command(
      ["propagate", "--arch", "xskip:lambda=1e30", "--precision", "float", "--depth", "4", "--samples", "1"])
    #expect(command.status == 70 && command.errorLines.count == 1)
    #expect(command.error.contains("No forward pass reached the last layer"))
    #expect(command.output.contains("overflows the range of float precision"))
  }
}
