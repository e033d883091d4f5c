import Foundation
import SpectraAnalysis
import TestSupport
import Testing

@testable import SpectraReports

@Suite struct PropagationReportTests {
  /// A Transformer with everything, a fully connected stack of two inputs, and one whose samples all failed.
  static var record: PropagationRecord<Fixtures.Configuration> {
    func samples(_ value: Double, _ spread: Double = 0.01) -> Distribution {
      Distribution([value * (1 - spread), value * (1 + spread)])
    }
    let transformer = PropagationStack(
      architecture: "post-ln:norm=rmsnorm", block: "transformer", depth: 3, samples: 2, directions: 64, isExact: true,
      layers: (0...3).map { layer in
        let gap = Double.pow(0.25, Double(layer * layer))
        return PropagationLayer(
          layer: layer,
          statistics: [
            .meanSquare: samples(1), .correlation: samples(1 - gap, 0), .correlationDistance: samples(gap),
            .cosine: samples(1 - gap, 0), .residual: samples(gap), .frobeniusResidual: samples(gap.squareRoot()),
            .logMeanSquared: samples(-0.7 * Double(layer)),
          ].merging(
            layer > 0
              ? [.attentionEntropy: samples(1.3), .relativeEntropy: samples(0.94), .spectralGap: samples(0.9)] : [:]
          ) { $1 },
          recursion: [
            .meanSquare: 1, .correlation: 1 - gap, .correlationDistance: gap, .cosine: 1 - gap,
            .frobeniusResidual: gap.squareRoot(), .logMeanSquared: -0.8 * Double(layer),
          ])
      },
      angle: PropagationExponent(
        measured: -0.65, standardError: 0.02, recursion: -0.66, limit: -0.693, layers: 1...3, fixedPoint: 1),
      gradient: PropagationExponent(
        measured: -0.7, standardError: 0.004, recursion: -0.8, limit: 0, layers: 1...3))
    let connected = PropagationStack(
      architecture: "vanilla", block: "fc", depth: 1, samples: 1, directions: 256, isExact: false,
      layers: (0...1).map {
        PropagationLayer(
          layer: $0,
          statistics: [.meanSquare: Distribution([1.5e7]), .correlation: Distribution([0.5])],
          recursion: [.meanSquare: .infinity, .correlation: 0.5])
      },
      angle: PropagationExponent(reason: "Fewer than three layers have a correlation."),
      gradient: PropagationExponent(measured: 0.2, layers: 1...1))
    let failed = PropagationStack(
      architecture: "residual", block: "transformer", depth: 1, samples: 4,
      failures: (0..<4).map {
        PropagationFailure(
          sample: $0, layer: 1, status: .overflow,
          reason: "The forward pass overflows the range of float precision at layer 1.")
      }, directions: 64, isExact: true, reason: "The recursion of infinite width does not cover the stack.",
      layers: [
        PropagationLayer(layer: 0, statistics: [.meanSquare: Distribution([1, 1])]),
        PropagationLayer(layer: 1, statistics: [:]),
      ], angle: PropagationExponent(reason: "There is no second token to compare."),
      gradient: PropagationExponent(reason: "No sample has a Jacobian."))
    return PropagationRecord(
      version: "1.2.3", command: ["spectra", "propagate"],
      configuration: .init(arch: ["post-ln"], width: 16, gain: 1, finalNorm: false), correlation: 0.5,
      stacks: [transformer, connected, failed])
  }

  @Test("Text fits its width, in Unicode and in ASCII", arguments: [60, 80, 120], [true, false])
  func text(width: Int, unicode: Bool) throws {
    let text = PropagationTextReport(style: TextStyle(width: width, unicode: unicode)).text(of: Self.record)
    #expect(linesLonger(than: width, in: text) == [])
    // A character without a spelling in ASCII would be a question mark.
    #expect(unicode || !text.contains { !$0.isASCII || $0 == "?" })
    // The legend names what there is room for.
    let titles = text.split(separator: "\n").filter { $0.hasPrefix("layer ") }.joined()
    for column in ["cosine", "res", "res F", "entropy", "gap"] {
      #expect(text.contains("\(column): ") == titles.contains(" \(column) "), "\(column)")
    }
    try expectSnapshot(text, named: "propagation.\(width)\(unicode ? "" : ".ascii").txt")
  }

  @Test func json() throws {
    let text = try PropagationJSONReport().text(of: Self.record)
    try expectSnapshot(text, named: "propagation.json")
    #expect(try Self.schema.violations(in: Data(text.utf8)) == [])
  }

  @Test(arguments: [
    ("\"schema\": \"spectra.propagate/1\"", "\"schema\": \"spectra.propagate/2\"", "$.schema: const"),
    ("\"exact\": true", "\"exact\": 1", "$.stacks[0].exact: type"),
    ("\"spectral_gap\"", "\"gap\"", "$.stacks[0].layers[1].statistics.gap: enum"),
    ("\"measured\": -0.65", "\"measured\": \"-0.65\"", "$.stacks[0].angle_exponent.measured: type"),
    ("\"status\": \"overflow\"", "\"status\": \"ok\"", "$.stacks[2].failures[0].status: enum"),
  ])
  func schemaIsStrict(_ part: String, _ replacement: String, _ violation: String) throws {
    let text = try PropagationJSONReport().text(of: Self.record)
    let violations = try Self.schema.violations(in: text, replacing: part, with: replacement)
    #expect(violations.contains(violation), "\(violations)")
  }

  @Test func csv() throws {
    let text = PropagationCSVReport().text(of: Self.record)
    try expectSnapshot(text, named: "propagation.csv")
    for line in text.split(separator: "\n") {
      #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == 8)
    }
    #expect(!text.contains("inf") && !text.contains("nan"))
  }

  private static var schema: JSONSchema {
    get throws {
      try JSONSchema(ofCommand: "propagate")
    }
  }
}
