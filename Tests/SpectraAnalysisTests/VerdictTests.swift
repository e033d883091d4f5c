import SpectraAnalysis
import Testing

@Suite struct VerdictTests {
  static func record(_ spectrum: Spectrum, sample: Int = 0) -> SpectrumRecord {
    SpectrumRecord(architecture: "a", block: "fc", depth: 2, sample: sample, spectrum: spectrum)
  }

  static func live(_ logarithms: [Double], zeros: Int = 0, unresolved: Int = 0) throws -> Spectrum {
    let size = logarithms.count + zeros + unresolved
    return try Spectrum(
      method: .resolved, precisionName: "double", rows: size, columns: size, logSingularValues: logarithms,
      zeros: zeros,
      unresolved: unresolved)
  }

  static func summary(_ records: [SpectrumRecord]) -> Summary {
    Summary(panel: Panel(architecture: "a", depth: 2, layer: 2), samples: records)
  }

  @Test(arguments: [
    // ln σ, zeros, unresolved, verdict, end of the reason. Where several apply, the first of the design's list wins.
    ([0.0, 0, 0], 1, 0, Verdict.nearIsometric, "is 75%, below 95%"),  // exactly a quarter is not more than a quarter
    ([0.0, 0, 0], 1, 1, .rankDeficient, "share of zero or unresolved σ is 40%, above 25%"),
    ([-9.0, 9, -9], 0, 2, .rankDeficient, "share of unresolved σ is 40%, above 25%"),
    ([-9.0, 9, -9], 2, 0, .rankDeficient, "share of zero σ is 40%, above 25%"),
    ([-2.4, -2.4, -2.4], 0, 0, .vanishing, "median ln σ is -2.40, below -2.30"),
    ([-2.3, -2.3, -2.3], 0, 0, .nearIsometric, "is 0%, below 95%"),
    ([2.4, 2.4, -20], 0, 0, .exploding, "median ln σ is 2.40, above 2.30"),
    ([-1.2, 0, 1.2], 0, 0, .spread, "std of ln σ is 1.20, above 1.15"),
    ([-1.1, 0, 1.1], 0, 0, .nearIsometric, "is 33%, below 95%"),
    ([-1, 0, 1], 0, 0, .isometric, "share of σ with |ln σ| ≤ 1 is 100%, at least 95%"),
    ([1.0], 0, 0, .isometric, "at least 95%"),
  ])
  func firstOfTheListThatApplies(
    _ logarithms: [Double], _ zeros: Int, _ unresolved: Int, _ verdict: Verdict, _ reason: String
  ) throws {
    let summary = Self.summary([Self.record(try Self.live(logarithms, zeros: zeros, unresolved: unresolved))])
    #expect(summary.verdict == verdict)
    #expect(summary.verdictReason.hasSuffix(reason), "\(summary.verdictReason)")
  }

  @Test func decidesByMediansOverSamples() throws {
    let good = try Self.live([0, 0.1, -0.1])
    let bad = try Self.live([-50, -50, -50])
    #expect(Self.summary([good, bad, good].map { Self.record($0) }).verdict == .isometric)
    #expect(Self.summary([bad, good, bad].map { Self.record($0) }).verdict == .vanishing)
  }

  @Test func oneForwardPassThatOverflowsDecides() throws {
    let good = Self.record(try Self.live([0, 0]))
    let overflow = SpectrumRecord(
      architecture: "a", block: "fc", depth: 2, sample: 1, failure: .overflow, reason: "Layer 2 overflowed.")
    let underflow = SpectrumRecord(
      architecture: "a", block: "fc", depth: 2, sample: 2, failure: .underflow, reason: "Layer 1 underflowed.")
    let summary = Self.summary([good, underflow, overflow])
    #expect(summary.verdict == .overflow && summary.failed == 2 && summary.samples == 3)
    #expect(summary.verdictReason == "1 of 3 samples overflowed; sample 1: Layer 2 overflowed")
    #expect(summary[.meanSquared].count == 1)
    #expect(Self.summary([good, underflow]).verdict == .underflow)
    #expect(Self.summary([overflow]).verdictReason == "Layer 2 overflowed")
  }

  @Test func noSpectrumNoVerdict() throws {
    let failed = SpectrumRecord(
      architecture: "a", block: "fc", depth: 2, sample: 0, failure: .failed, reason: "It did not converge.")
    let summary = Self.summary([failed])
    #expect(summary.verdict == nil && summary.failed == 1)
    #expect(summary.verdictReason == "no sample gave a spectrum: It did not converge")
    #expect(Self.summary([Self.record(try Self.live([]))]).verdict == nil)
  }
}
