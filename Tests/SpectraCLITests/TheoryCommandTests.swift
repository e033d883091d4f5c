import Foundation
import TestSupport
import Testing

/// `spectra theory` and `--theory` as users run them.
@Suite("Theory on the command line", .timeLimit(.minutes(10)))
struct TheoryCommandTests {
  // MARK: spectra theory

  private static let lines = {
    var lines = [
      "", "--activation tanh --critical --sigma-b 0.2 --depth 1,8",
      "--activation hard-tanh --critical --sigma-b 0.2 --depth 1000",
      "--activation hard-tanh --weights orthogonal --depth 2",
      "--activation leaky-relu:slope=0.2 --sigma-w 3 --depth 1,1000", "--sigma-w 0 --depth 3",
      "--activation linear --weights orthogonal --depth 5", "--residual 0,0.5,4",
      "--activation hard-tanh --sigma-w 2 --input-mean-square 1 --depth 1,4",
      "--activation tanh:transform=dks --depth 10",
    ]
    // Smooth layers that all differ take half a minute without optimisation, a thousand equal ones seconds.
    #if !DEBUG
      lines += [
        "--activation tanh --critical --sigma-b 0.2 --depth 1000",
        "--activation tanh --sigma-w 2 --input-mean-square 1 --depth 1,4",
      ]
    #endif
    return lines
  }()

  @Test("JSON follows its schema", arguments: lines)
  func schema(line: String) throws {
    let run = try Command(
      ["theory", "--format", "json", "--points", "16"] + line.split(separator: " ").map(String.init))
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    let schema = try JSONSchema(ofCommand: "theory")
    #expect(try schema.violations(in: Data(run.output.utf8)) == [])
  }

  /// Golden numbers of other sources: the critical point of tanh at σ_b² = 0.05 (Schoenholz et al. 2017), L relu layers of Gaussian
  /// weights (Var σ² = 2L, ln σ_max = 1.886943 at L = 8).
  @Test("CSV and JSON hold the same numbers")
  func csv() throws {
    let run = try Command(["theory", "--depth", "8", "--format", "csv", "--points", "32"])
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    let rows = run.output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(rows.first?.joined(separator: ",") == "depth,quantity,x,value")
    #expect(rows.allSatisfy { $0.count == 4 })
    func value(_ quantity: String) throws -> Double {
      try #require(rows.first { $0[1] == quantity && $0[2].isEmpty }.flatMap { Double($0[3]) })
    }
    #expect(abs(try value("relative_variance") - 16) < 1e-9)
    #expect(abs(try value("log_upper_edge") - 1.886943) < 1e-6)
    #expect(abs(try value("chi") - 1) < 1e-12)
  }

  @Test("The critical point of tanh", arguments: ["text", "json"])
  func critical(format: String) throws {
    let run = try Command([
      "theory", "--activation", "tanh", "--critical", "--sigma-b", "0.223606797749979", "--depth", "1", "--points",
      "16",
      "--format", format,
    ])
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    // √1.7609546396 = 1.32700965…
    #expect(run.output.contains("1.3270"))
    #expect(run.output.contains("critical"))
  }

  /// Other widths are of terminals alone; TheoryTests has them.
  @Test("No line of a pipe is wider than 80 columns, and the locale C is ASCII", arguments: ["C.UTF-8", "C"])
  func widths(locale: String) throws {
    let run = try Command(
      ["theory", "--activation", "hard-tanh", "--weights", "orthogonal", "--depth", "1,2,16"],
      environment: ["LC_ALL": locale])
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    #expect(linesLonger(than: 80, in: run.output) == [])
    if locale == "C" { #expect(run.output.allSatisfy { $0.isASCII }) }
  }

  // MARK: --theory

  @Test("A run with theory says distance and p-value, or why there is none")
  func withTheory() throws {
    let run = try Command([
      "--block", "fc", "--arch", "vanilla,post-ln", "--init", "gaussian", "--width", "16", "--depth", "2", "--samples",
      "3",
      "--theory", "--theory-draws", "19", "--format", "json",
    ])
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    let schema = try JSONSchema(ofCommand: "jacobian")
    #expect(try schema.violations(in: Data(run.output.utf8)) == [])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    let theory = try #require(object["theory"] as? [[String: Any]])
    #expect(theory.count == 2)
    let comparison = try #require(theory[0]["comparison"] as? [String: Any])
    #expect(comparison["monte_carlo_draws"] as? Int == 19)
    #expect(comparison["p_value"] is Double)
    #expect((theory[1]["reason"] as? String)?.contains("post-ln") == true)
  }

  @Test("The spectra are those of a run without theory")
  func sameSpectra() throws {
    let line = [
      "--block", "fc", "--arch", "vanilla", "--width", "8", "--depth", "2", "--samples", "2", "--format", "jsonl",
    ]
    let (with, without) = (try Command(line + ["--theory", "--theory-draws", "0"]), try Command(line))
    #expect(with.status == 0 && with.output == without.output)
  }

  // MARK: Bad input

  @Test(
    "What makes no sense is refused in one sentence",
    arguments: [
      ("theory --activation tan", "silu, softplus; did you mean tanh?"),
      ("theory --activation crelu", "doubles the features"),
      ("theory --weights gauss", "did you mean gaussian?"), ("theory --sigma-w -1", "--sigma-w -1"),
      ("theory --sigma-b nan", "--sigma-b nan"), ("theory --depth 0", "--depth 0"),
      ("theory --depth 1,x", "whole numbers"),
      ("theory --critical --sigma-w 2", "leave --sigma-w"), ("theory --points 3", "16 to 100000"),
      ("theory --residual x", "list of numbers"), ("theory --residual -1", "--residual -1"),
      ("theory --residual 1 --depth 3", "--depth does nothing"), ("theory --residual 1 --points 1", "16 to 100000"),
      ("theory --activation tanh:transform=tat --depth 4,8", "another function at each depth"),
      ("theory --input-mean-square inf", "--input-mean-square inf"), ("--theory-draws 9", "without --theory"),
      ("--theory --theory-draws -1", "--theory-draws -1"), ("--theory --theory-draws 10000000", "out of range"),
    ])
  func refused(line: String, part: String) throws {
    let run = try Command(line.split(separator: " ").map(String.init))
    #expect(run.status == 64, "\(run.status)")
    #expect(run.output.isEmpty && run.errorLines.count == 1 && run.error.contains(part), "\(run.error)")
  }

  @Test("A point without a law is a numerical failure that names the point")
  func noLaw() throws {
    let run = try Command(["theory", "--activation", "softplus", "--sigma-w", "9"])
    #expect(run.status == 70 && run.output.isEmpty && run.errorLines.count == 1, "\(run.error)")
    #expect(run.error.contains("sigma_w = 9"), "\(run.error)")
    // Nearly all gates are 0 by underflow, which is no law of zeros.
    let saturated = try Command(["theory", "--activation", "tanh", "--sigma-w", "50000", "--depth", "1,2"])
    #expect(saturated.status == 70 && saturated.errorLines.count == 1)
    // Mean field is not lost with the laws.
    #expect(saturated.output.contains("chaotic") && saturated.output.contains("No law of depth 2:"))
    #expect(saturated.error.contains("depth 1:") && saturated.error.contains("99.7%"), "\(saturated.error)")
  }

  @Test("A depth without a law does not cost the others theirs")
  func someLaws() throws {
    // The solver does not reach 100,000 layers of gates that bend.
    let line = [
      "theory", "--activation", "tanh", "--critical", "--sigma-b", "0.2", "--depth", "1,100000", "--points", "16",
    ]
    let text = try Command(line)
    #expect(text.status == 0 && text.error.isEmpty, "\(text.error)")
    #expect(text.output.contains("No law of depth 100000:"))
    let json = try Command(line + ["--format", "json"])
    #expect(try JSONSchema(ofCommand: "theory").violations(in: Data(json.output.utf8)) == [])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let failures = try #require(object["failures"] as? [[String: Any]])
    #expect(failures.map { $0["depth"] as? Int } == [100_000])
    #expect((object["laws"] as? [Any])?.count == 1)
    #expect(try Command(line + ["--format", "csv"]).output.contains("\n100000,failed,,\n"))
  }

  @Test("Layers from an input on need no fixed point")
  func withoutFixedPoint() throws {
    let run = try Command([
      "theory", "--activation", "softplus", "--sigma-w", "3", "--input-mean-square", "1", "--depth", "1", "--points",
      "16",
    ])
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    #expect(run.output.contains("grows without bound") && run.output.contains("follow the length map"))
  }

  @Test("Quantiles do not depend on how many points a file has")
  func quantiles() throws {
    func rows(_ points: String) throws -> [Substring] {
      try Command([
        "theory", "--activation", "leaky-relu:slope=0.001", "--depth", "5", "--format", "csv", "--points", points,
      ]).output.split(separator: "\n").filter { $0.contains("quantile") }
    }
    #expect(try rows("17") == rows("512"))
  }

  @Test(
    "The smallest of equal values is that value",
    arguments: [
      (["--residual", "0"], 0.0),
      (["--weights", "orthogonal", "--activation", "linear", "--sigma-w", "2"], 2 * log(2)),
      (["--weights", "orthogonal", "--activation", "relu"], nil),
    ] as [([String], Double?)])
  func lowestAtom(line: [String], place: Double?) throws {
    let depth = line[0] == "--residual" ? [] : ["--depth", "2"]
    let run = try Command(["theory", "--format", "csv", "--points", "16"] + line + depth)
    let row = try #require(run.output.split(separator: "\n").first { $0.contains("log_lower_edge") })
    let value = try #require(row.split(separator: ",", omittingEmptySubsequences: false).last)
    if let place { #expect(abs((Double(value) ?? .nan) - place) < 1e-15) } else { #expect(value.isEmpty) }
  }
}
