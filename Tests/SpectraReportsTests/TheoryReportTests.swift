import Foundation
import SpectraAnalysis
import TestSupport
import Testing

@testable import SpectraReports

/// Reports of runs with theory.
@Suite struct TheoryReportTests {
  static func panel(_ name: String) -> Panel { Panel(architecture: name, depth: 1, layer: 1) }

  // MARK: Text

  @Test(
    arguments: [60, 80, 120].flatMap {
      [TextStyle(width: $0), TextStyle(width: $0, unicode: false)]
    } + [TextStyle(width: 80, colour: true)])
  func picture(_ style: TextStyle) throws {
    let text = TextReport(style: style).text(of: try TheoryFixtures.record())
    if !style.colour { #expect(linesLonger(than: style.width, in: text) == []) }
    try expectSnapshot(
      text, named: "theory.\(style.width).\(style.unicode ? "utf8" : "ascii")\(style.colour ? ".colour" : "").txt")
  }

  /// Shares of the law with the density √(4 − σ²)/π by its distribution in closed form, in base 10 and base e.
  @Test(arguments: HistogramAxis.LogBase.allCases)
  func marksAreSharesOfTheLaw(_ base: HistogramAxis.LogBase) throws {
    let axis = try HistogramAxis(lower: -1, upper: 1, bins: 8, logBase: base)
    let expected = ExpectedShares(.quarterCircle(points: 2000), on: axis, floor: nil, tolerance: 0)
    func below(_ place: Double) -> Double {
      SpectralCurve.quarterCircle(below: Foundation.exp(place * base.naturalLog))
    }
    // Cubics between 2000 points over nine units are exact to the fourth power of their distance, but beside the edge, where the
    // density is a root: there to distance · root of the distance.
    for (bin, share) in expected.bins.enumerated() {
      #expect(abs(share - (below(axis.edges[bin + 1]) - below(axis.edges[bin]))) < 1e-5)
    }
    #expect(abs(expected.underflow - below(-1)) < 1e-5)
    #expect(expected.overflow == 0 || base == .e)
    #expect(abs(expected.bins.reduce(expected.underflow + expected.overflow, +) - 1) < 1e-12)
  }

  @Test func atomsFallWhereEqualValuesDo() throws {
    let axis = try HistogramAxis(lower: -1, upper: 1, bins: 4, logBase: .e)
    let curve = SpectralCurve(
      logSingularValues: [], density: [], cumulative: [],
      atoms: [
        .init(logSingularValue: nil, weight: 0.25), .init(logSingularValue: -1e-12, weight: 0.125),
        .init(logSingularValue: 1, weight: 0.25), .init(logSingularValue: 2, weight: 0.125),
        .init(logSingularValue: -3, weight: 0.25),
      ])
    let expected = ExpectedShares(curve, on: axis, floor: nil, tolerance: 1e-8)
    // −10⁻¹² counts as 0, which is the left edge of the third bin; the last bin has both of its edges.
    #expect(expected.bins == [0, 0, 0.125, 0.25])
    #expect([expected.zeros, expected.belowFloor, expected.underflow, expected.overflow] == [0.25, 0, 0.25, 0.125])
    // A dense product finds neither zeros nor what lies below its floor.
    let product = ExpectedShares(curve, on: axis, floor: -0.5, tolerance: 1e-8)
    #expect(product.bins == [0, 0, 0.125, 0.25])
    #expect([product.zeros, product.belowFloor, product.underflow, product.overflow] == [0, 0.5, 0, 0.125])
  }

  @Test func zerosThatAreExpectedHaveTheirPlaceWhereNoneWasFound() throws {
    var record = try Fixtures.run(TheoryFixtures.samples("vanilla", samples: 2))
    let without = TextReport(style: TextStyle(width: 80)).text(of: record)
    record.theory = [
      TheoryRecord(
        panel: Self.panel("vanilla"),
        prediction: TheoryFixtures.prediction(.quarterCircle(zeros: 0.25)))
    ]
    let with = TextReport(style: TextStyle(width: 80)).text(of: record)
    #expect(!without.contains("exactly zero") && with.contains("exactly zero"))
  }

  @Test func withoutTheoryNothingChanges() throws {
    var record = try TheoryFixtures.record()
    record.theory = nil
    let text = TextReport(style: TextStyle(width: 80)).text(of: record)
    #expect(!text.contains("theory"))
    // Of a panel that the run does not have nothing is said.
    record.theory = [TheoryRecord(panel: Self.panel("another"), reason: "No law is known for it.")]
    #expect(TextReport(style: TextStyle(width: 80)).text(of: record) == text)
  }

  // MARK: Files

  /// Every optional there and none.
  static func sparse() throws -> RunRecord<Fixtures.Configuration> {
    var record = try TheoryFixtures.record()
    let atom = SpectralCurve(
      logSingularValues: [], density: [], cumulative: [], atoms: [.init(logSingularValue: nil, weight: 1)])
    record.theory?.append(
      TheoryRecord(
        panel: panel("dead"),
        prediction: TheoryRecord.Prediction(
          law: "zeros", source: "none", parameters: [], curve: atom, logMeanSquared: -800, meanLog: nil,
          varianceLog: nil, logUpperEdge: nil),
        comparison: TheoryRecord.Comparison(samples: 1, distance: 0)))
    return record
  }

  @Test func jsonFollowsTheSchemaAndIsReadBack() throws {
    let record = try Self.sparse()
    let text = try JSONReport().text(of: record)
    #expect(try JSONReportTests.schema.violations(in: Data(text.utf8)) == [])
    let decoded = try JSONDecoder().decode(RunRecord<Fixtures.Configuration>.self, from: Data(text.utf8))
    #expect(decoded == record)
    #expect(try JSONReport().text(of: decoded) == text)
  }

  @Test(arguments: [
    ("\"kolmogorov_smirnov\": 0.0213", "\"kolmogorov_smirnov\": 1.5", "$.theory[0].comparison: anyOf"),
    ("\"monte_carlo_draws\": 999", "\"monte_carlo_draws\": -1", "$.theory[0].comparison: anyOf"),
    ("\"log_mean_squared\": 0.0", "\"log_mean_squared\": \"0\"", "$.theory[0].prediction: anyOf"),
    ("\"weight\": 0.5", "\"weight\": 1.5", "$.theory[1].prediction: anyOf"),
    ("\"name\": \"sigma_w\"", "\"name\": 1", "$.theory[0].prediction: anyOf"),
    ("\"reason\": \"No law", "\"why\": \"No law", "$.theory[4]: required"),
  ])
  func schemaIsStrict(_ part: String, _ replacement: String, _ violation: String) throws {
    let text = try JSONReport().text(of: try Self.sparse())
    let violations = try JSONReportTests.schema.violations(
      in: text, replacing: part, with: replacement, after: "\"theory\":")
    #expect(violations.contains(violation), "\(violations)")
  }

  @Test func csvHasRowsOfThePanels() throws {
    let record = try Self.sparse()
    let rows = CSVReport().text(of: record).split(separator: "\n").map(String.init)
    var plain = record
    plain.theory = nil
    let before = CSVReport().text(of: plain).split(separator: "\n").map(String.init)
    #expect(Array(rows.prefix(before.count)) == before)
    let theory = rows.dropFirst(before.count)
    #expect(theory.count == 10 * (record.theory?.count ?? 0))
    for row in [
      "vanilla,1,1,,theory_distance,0.0213,theory", "vanilla,1,1,,theory_p_value,0.438,theory",
      "vanilla,1,1,,measured_variance_log,0.8012,theory", "vanilla:relu,1,1,,theory_zero_share,0.5,theory",
      "post-ln,1,1,,theory_distance,,theory", "dead,1,1,,theory_log_upper_edge,,theory",
    ] {
      #expect(theory.contains(row), "\(row)")
    }
  }

  /// Numbers that contradict themselves are refused, others drawn as what they say; nothing traps.
  @Test(arguments: [
    ("\"weight\": 0.5", "\"weight\": 7", true), ("\"weight\": 0.5", "\"weight\": -1e308", true),
    ("\"log_mean_squared\": 0.0", "\"log_mean_squared\": 1e308", false),
    ("\"log_mean_squared\": 0.0", "\"log_mean_squared\": -1e308", false),
    ("\"kolmogorov_smirnov\": 0.0213", "\"kolmogorov_smirnov\": -1e308", false),
    ("\"mean_squared_z_score\": -0.93", "\"mean_squared_z_score\": 1e308", false),
    ("\"variance_log\": 0.8012", "\"variance_log\": -1e308", false),
    ("\"p_value\": 0.438", "\"p_value\": 1e308", false),
    ("\"value\": 1.00321", "\"value\": -1e308", false),
    ("\"log_singular_value\": null", "\"log_singular_value\": 1e308", false),
    ("\"log_singular_value\": null", "\"log_singular_value\": -1e308", false),
    ("\"density\": [", "\"density\": [1e308, ", true), ("\"density\": [", "\"density\": [], \"other\": [", true),
    ("\"log_singular_values\": [", "\"log_singular_values\": [-1e308, ", true),
    ("\"cumulative\": [", "\"cumulative\": [-1e308, ", true),
    ("\"samples\": 10,", "\"samples\": -9223372036854775808,", false),
    ("\"depth\": 1,", "\"depth\": 9223372036854775807,", false), ("\"layer\": 1,", "\"layer\": 1e30,", true),
  ])
  func hostileNumbersDoNotTrap(_ part: String, _ replacement: String, _ isRefused: Bool) throws {
    let text = try JSONReport().text(of: try Self.sparse())
    let broken = Data(try text.replacingFirst(part, with: replacement, after: "\"theory\":").utf8)
    let record = try? JSONDecoder().decode(RunRecord<Fixtures.Configuration>.self, from: broken)
    #expect((record == nil) == isRefused)
    guard let record else { return }
    for width in [60, 200] {
      #expect(linesLonger(than: width, in: TextReport(style: TextStyle(width: width)).text(of: record)) == [])
    }
    #expect(!CSVReport().text(of: record).contains("nan"))
  }

  /// A library's user makes records without a file, whose numbers nobody has checked.
  @Test(arguments: [-Double.infinity, -1e308, -7, 0, 7, 1e308, .infinity, .nan])
  func hostileLawsDoNotTrap(_ number: Double) throws {
    for curve in SpectralCurve.hostile(number) {
      var record = try Fixtures.run(TheoryFixtures.samples("vanilla", size: 8, samples: 1))
      record.theory = [
        TheoryRecord(
          panel: Self.panel("vanilla"),
          prediction: TheoryRecord.Prediction(
            law: "law", source: "", parameters: [.init("x", number)], curve: curve, logMeanSquared: number,
            meanLog: number, varianceLog: number, logUpperEdge: number),
          comparison: TheoryRecord.Comparison(
            samples: 1, distance: number, pValue: number, meanSquared: number, zScore: number, varianceLog: number,
            logUpperEdge: number))
      ]
      #expect(linesLonger(than: 60, in: TextReport(style: TextStyle(width: 60)).text(of: record)) == [])
    }
  }
}
