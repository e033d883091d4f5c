import SpectraAnalysis
import Testing

@Suite struct IsometryStatisticsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let spectrum: Spectrum
    let expected: [Statistic: Double]
  }

  /// Computed with mpmath to 40 digits from the same numbers.
  static let cases: [Case] = {
    do {
      return [
        Case(
          testDescription: "eight values, one zero, one unresolved",
          spectrum: try Spectrum(singularValues: [3, 1.5, 1, 0.5, 0.25, 1e-3, 1e-17, 0.0], rows: 8, columns: 8),
          expected: [
            .meanSquared: 1.570_312_625, .meanLog: -1.247_186_570_647_616_48,
            .standardDeviationLog: 2.903_716_684_753_516_51, .medianLog: -0.346_573_590_279_972_655,
            .minimumLog: -6.907_755_278_982_137_03, .maximumLog: 1.098_612_288_668_109_69,
            .logConditionNumber: 8.006_367_567_650_246_72, .isometryFraction: 0.375,
            .stableRank: 1.395_833_444_444_444_44, .effectiveRank: 3.744_120_432_631_775_53,
            .participationRatio: 1.811_298_203_631_463_45, .logError: 5.329_070_518_200_751_28e-12,
          ]),
        Case(
          testDescription: "three values of single precision",
          spectrum: try Spectrum(singularValues: [2, 1, 0.25] as [Float], rows: 3, columns: 4),
          expected: [
            .meanSquared: 1.6875, .meanLog: -0.231_049_060_186_648_436,
            .standardDeviationLog: 1.058_799_807_553_724_16, .medianLog: 0,
            .minimumLog: -1.386_294_361_119_890_62, .maximumLog: 0.693_147_180_559_945_309,
            .logConditionNumber: 2.079_441_541_679_835_93, .isometryFraction: 0.666_666_666_666_666_667,
            .stableRank: 1.265_625, .effectiveRank: 2.360_187_141_185_778_2,
            .participationRatio: 1.507_236_388_697_450_03, .logError: 3.814_697_265_625e-6,
          ]),
        Case(
          testDescription: "values whose squares no Double holds, below",
          spectrum: try resolved([-1000, -1001, -1003.5]),
          expected: [
            .meanSquared: 0, .meanLog: -1001.5, .standardDeviationLog: 1.802_775_637_731_994_65, .medianLog: -1001,
            .minimumLog: -1003.5, .maximumLog: -1000, .logConditionNumber: 3.5, .isometryFraction: 0,
            .stableRank: 1.136_247_165_202_171_67, .effectiveRank: 1.961_731_291_800_422_77,
            .participationRatio: 1.267_835_351_716_052_5,
          ]),
        Case(
          testDescription: "values whose squares no Double holds, above",
          spectrum: try resolved([0, 400, 399, -500]),
          expected: [
            .meanLog: 74.75, .standardDeviationLog: 426.946_815_579_333_409, .medianLog: 199.5, .minimumLog: -500,
            .maximumLog: 400, .logConditionNumber: 900, .isometryFraction: 0.25,
            .stableRank: 1.135_335_283_236_612_69, .effectiveRank: 1.789_977_605_513_730_85,
            .participationRatio: 1.265_802_228_834_079_69,
          ]),
        Case(
          testDescription: "identity", spectrum: try Spectrum(singularValues: [1.0, 1, 1, 1], rows: 4, columns: 4),
          expected: [
            .meanSquared: 1, .meanLog: 0, .standardDeviationLog: 0, .medianLog: 0, .minimumLog: 0, .maximumLog: 0,
            .logConditionNumber: 0, .isometryFraction: 1, .stableRank: 4, .effectiveRank: 4, .participationRatio: 4,
            .logError: 0x1p-50,
          ]),
        Case(
          testDescription: "zero matrix", spectrum: try Spectrum(singularValues: [0.0, 0], rows: 2, columns: 2),
          expected: [.meanSquared: 0, .isometryFraction: 0]),
        Case(
          testDescription: "one live value", spectrum: try Spectrum(singularValues: [1.0, 0], rows: 2, columns: 2),
          expected: [
            .meanSquared: 0.5, .meanLog: 0, .medianLog: 0, .minimumLog: 0, .maximumLog: 0, .logConditionNumber: 0,
            .isometryFraction: 0.5, .stableRank: 1, .effectiveRank: 1, .participationRatio: 1, .logError: 0x1p-51,
          ]),
      ]
    } catch {
      Issue.record(error)
      return []
    }
  }()

  static func resolved(_ logarithms: [Double]) throws -> Spectrum {
    try Spectrum(
      method: .resolved, precisionName: "double", rows: logarithms.count, columns: logarithms.count,
      logSingularValues: logarithms)
  }

  @Test(arguments: cases)
  func agreesWithIndependentNumbers(_ example: Case) throws {
    let statistics = IsometryStatistics(example.spectrum)
    for statistic in Statistic.allCases {
      let found = statistics[statistic]
      guard let expected = example.expected[statistic] else {
        #expect(found == nil, "\(statistic)")
        continue
      }
      // A logarithm of size s carries an error s · eps, which exp turns into a relative one; s ≤ 33 here, and sums of
      // eight terms add a few eps: 1e-14 relative covers both.
      let error = abs(try #require(found, "\(statistic)") - expected)
      #expect(error <= 1e-14 * Swift.max(abs(expected), 1e-3), "\(statistic): \(found ?? .nan) for \(expected)")
    }
  }

  @Test func meanSquaredCountsUnresolvedValues() throws {
    // Float cannot resolve the second value, but papers average over it: (1 + (1e-7)²) / 2 differs in the 15th digit.
    let spectrum = try Spectrum(singularValues: [1, 1e-7] as [Float], rows: 2, columns: 2)
    #expect(spectrum.unresolved == 1)
    let expected = (1 + 1e-14) / 2
    #expect(abs(try #require(IsometryStatistics(spectrum).meanSquared) - expected) < 3e-16)
  }

  @Test func meanSquaredIsUnknownWhereNothingIsKnown() throws {
    let spectrum = try Spectrum(
      method: .resolved, precisionName: "double", rows: 2, columns: 2, logSingularValues: [], zeros: 1, unresolved: 1,
      unresolvedBelow: -500)
    #expect(IsometryStatistics(spectrum).meanSquared == nil)
  }

  @Test func distributionOverSamples() throws {
    // Quartiles by linear interpolation, as numpy.percentile gives them.
    let distribution = Distribution([4, nil, 1, 2, 8])
    #expect(distribution.count == 4 && distribution.mean == 3.75 && distribution.median == 3)
    #expect(distribution.lowerQuartile == 1.75 && distribution.upperQuartile == 5)
    #expect(distribution.minimum == 1 && distribution.maximum == 8)
    // √(Σ(x − 3.75)² / 3 / 4) = √(28.75 / 12)
    #expect(abs(try #require(distribution.standardError) - 1.547847968417226) < 1e-15)

    let one = Distribution([0.1])
    #expect(one.mean == 0.1 && one.median == 0.1 && one.standardError == nil)
    let equal = Distribution([0.1, 0.1, 0.1])
    #expect(equal.mean == 0.1 && equal.standardError == 0)
    let none = Distribution([nil, .nan])
    #expect(none.count == 0 && none.mean == nil && none.median == nil && none.minimum == nil)
    let huge = Distribution([.greatestFiniteMagnitude, .greatestFiniteMagnitude])
    #expect(huge.mean == .greatestFiniteMagnitude && huge.median == .greatestFiniteMagnitude)
    let zero = Distribution([0, 0])
    #expect(zero.mean == 0 && zero.standardError == 0)
  }
}
