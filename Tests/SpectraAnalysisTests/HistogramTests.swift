import Testing

@testable import SpectraAnalysis

@Suite struct HistogramTests {
  static func spectrum(_ logarithms: [Double], precision: String = "double") throws -> Spectrum {
    try Spectrum(
      method: .resolved, precisionName: precision, rows: logarithms.count, columns: logarithms.count,
      logSingularValues: logarithms)
  }

  /// Powers of ten, as natural logarithms.
  static func decades(_ exponents: [Double], precision: String = "double") throws -> Spectrum {
    try spectrum(exponents.map { $0 * .log(10) }, precision: precision)
  }

  @Test(arguments: [
    ([-2.93, 0.71], -3.0, 1.0), ([-20.3, 2.0], -25, 5), ([0.02, 0.031], 0.02, 0.032), ([-3.0, 1.0], -3, 1),
    ([0.0, 0.0], -0.5, 0.5), ([0.3], -0.5, 1), ([-12.0, -12.0 + 1e-9], -12.5, -11.5), ([], -1, 1),
    ([-1e-13, 8.0], 0, 8), ([0.004, 0.8], 0, 0.8),
  ])
  func autoSpansRoundNumbers(_ exponents: [Double], _ lower: Double, _ upper: Double) throws {
    let axis = try HistogramAxis(spanning: [Self.decades(exponents)])
    #expect(axis.lower == lower && axis.upper == upper, "\(axis.lower)…\(axis.upper)")
    #expect(axis.bins == 40)
  }

  @Test func autoSpansAllSpectra() throws {
    let spectra = [try Self.spectrum([-1, 0]), try Self.spectrum([0, 6]), try Self.spectrum([])]
    let axis = try HistogramAxis(spanning: spectra, bins: 7, logBase: .e)
    #expect(axis.lower == -1 && axis.upper == 6 && axis.edges == [-1, 0, 1, 2, 3, 4, 5, 6])
  }

  @Test func autoLeavesOutFarOutliers() throws {
    // A bulk of three decades; LayerNorm's contracted directions far below, others above.
    let bulk = (0...60).map { -3 + Double($0) / 20 }
    for (outliers, lower, upper) in [
      ([Double](), -3.0, 0.0), ([-659, -657, -656], -3, 0), ([300, 301], -3, 0), ([-500, 500], -3, 0),
      // Within the fences, 3 · 1.5 decades beyond the quartiles −2.25 and −0.75, everything stays.
      ([-6.5], -7, 0), ([3.5], -3, 4), ([-7], -3, 0),
    ] {
      let axis = try HistogramAxis(spanning: [Self.decades(bulk + outliers)])
      #expect(axis.lower == lower && axis.upper == upper, "\(outliers): \(axis.lower)…\(axis.upper)")
      let histogram = Histogram(of: [try Self.decades(bulk + outliers)], axis: axis)
      #expect(histogram.values == bulk.count + outliers.count)
      #expect(
        histogram.underflow == outliers.count { $0 < lower } && histogram.overflow == outliers.count { $0 > upper })
    }
    // Equal values have no quartiles to speak of: four decades around them are never far.
    #expect(try HistogramAxis(spanning: [Self.decades([0, 0, 0, 0, 0, -3.9])]).lower == -4)
    #expect(try HistogramAxis(spanning: [Self.decades([0, 0, 0, 0, 0, -4.1])]).lower == -0.5)
    // A quarter of all values are no outliers, however far.
    #expect(try HistogramAxis(spanning: [Self.decades([0, 0, 0, -40])]).lower == -40)
  }

  @Test func autoSpansPanelsByTheirOwnBulk() throws {
    func axis(_ panels: [[Double]]) throws -> HistogramAxis {
      try HistogramAxis(spanningPanels: panels.map { [try Self.decades($0)] })
    }
    // Few values of one panel are not outliers of the others'.
    let narrow = [Double](repeating: 0, count: 60)
    #expect(try axis([narrow, [-30, -25, -20, -15]]).lower == -30)
    #expect(try axis([narrow, [-30, -25, -20, -15], []]).upper == 0)
    // One panel far from many others is beyond the axis; its values are counted there.
    let many = (1...9).map { [-Double($0), 0] }
    let common = try axis(many + [[-400, -300]])
    #expect(common.lower == -10 && common.upper == 0)
    #expect(Histogram(of: [try Self.decades([-400, -300])], axis: common).underflow == 2)
    #expect(try HistogramAxis(spanningPanels: []).lower == -1)
  }

  @Test func edgesAreRoundNumbers() throws {
    let axis = try HistogramAxis(lower: -3, upper: 1, bins: 40)
    #expect(axis.edges[30] == 0 && axis.edges[1] == -2.9 && axis.edges[37] == 0.7)
    #expect(axis.ticks(atMost: 5).map(\.text) == ["-3", "-2", "-1", "0", "1"])
    #expect(try HistogramAxis(lower: -0.5, upper: 0.5, bins: 4).ticks(atMost: 6).map(\.text).contains("0.0"))
  }

  @Test func countsEverythingOnceAndTheLastBinIncludesItsEdge() throws {
    let axis = try HistogramAxis(lower: -2, upper: 2, bins: 4)
    let live = try Spectrum(
      method: .product, precisionName: "double", rows: 10, columns: 12,
      logSingularValues: [-2.5, -2, -1, -0.5, 0.5, 1, 2, 2.1].map { $0 * .log(10) },
      unresolvedLogSingularValues: [-99], zeros: 1, unresolved: 1)
    let histogram = Histogram(of: [live, live], axis: axis)
    #expect(histogram.counts == [2, 4, 2, 4])
    #expect(histogram.underflow == 2 && histogram.overflow == 2 && histogram.zeros == 2 && histogram.unresolved == 2)
    #expect(histogram.values == 20)
    // Drawn mass = Σ density · width = 12 live values on the axis of 20.
    #expect(abs(histogram.density.reduce(0, +) * axis.binWidth - 0.6) < 1e-15)
    #expect(histogram.density[0] == 2 / 20.0)
  }

  @Test func roundingDoesNotScatterEqualValues() throws {
    let axis = try HistogramAxis(lower: -2, upper: 2, bins: 4)
    for (noise, precision) in [(1e-14, "double"), (1e-6, "float")] {
      let values = try Self.spectrum([-noise, 0, noise], precision: precision)
      #expect(Histogram(of: [values], axis: axis).counts == [0, 0, 3, 0])
      let ends = try Self.decades([-2 - noise, -2, 2, 2 + noise], precision: precision)
      let histogram = Histogram(of: [ends], axis: axis)
      #expect(histogram.counts == [2, 0, 0, 2] && histogram.underflow == 0 && histogram.overflow == 0)
    }
    // On an axis finer than the tolerance, values still fall where they belong.
    let fine = try HistogramAxis(lower: -1e-8, upper: 1e-8, bins: 2)
    #expect(Histogram(of: [try Self.decades([-5e-9, 5e-9])], axis: fine).counts == [1, 1])
  }

  @Test func everyEdgeAndMiddleFallsIntoItsBin() throws {
    for (lower, upper, bins) in [(-11.0, 4.0, 40), (-3, 1, 7), (0.1, 0.7, 600), (-1e8, 1e8, 10_000)] {
      let axis = try HistogramAxis(lower: lower, upper: upper, bins: bins)
      for bin in 0..<bins {
        #expect(axis.position(of: axis.edges[bin], tolerance: 1e-9) == .bin(bin))
        #expect(axis.position(of: (axis.edges[bin] + axis.edges[bin + 1]) / 2, tolerance: 1e-9) == .bin(bin))
      }
      #expect(axis.position(of: upper, tolerance: 0) == .bin(bins - 1))
    }
  }

  @Test(arguments: [(1.0, -1.0), (1, 1), (.nan, 1), (0, .infinity), (-1e300, 1e300), (1, 1 + 1e-12)])
  func refusesRanges(_ lower: Double, _ upper: Double) {
    #expect(throws: HistogramError.self) { try HistogramAxis(range: .explicit(lower: lower, upper: upper)) }
  }

  @Test(arguments: [0, -1, 10_001, .max])
  func refusesBins(_ bins: Int) {
    #expect(throws: HistogramError.bins(bins)) { try HistogramAxis(bins: bins) }
    #expect(HistogramError.bins(bins).description.hasSuffix("choose from 1 to 10000."))
  }

  @Test func saysWhatToWriteForSwappedEnds() {
    #expect(HistogramError.range(lower: 4, upper: -11).description.hasSuffix("swapped; write -11.0,4.0."))
  }
}
