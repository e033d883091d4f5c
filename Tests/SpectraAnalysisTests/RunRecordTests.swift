import SpectraAnalysis
import Testing

@Suite struct RunRecordTests {
  static func record(_ spectra: [SpectrumRecord]) throws -> RunRecord<[String]> {
    try RunRecord(
      version: "0", environment: Environment(backend: "b", core: "c", threads: 1), configuration: [], spectra: spectra,
      bins: 4, range: .explicit(lower: -2, upper: 2))
  }

  static func sample(_ architecture: String, depth: Int, layer: Int? = nil, sample: Int, _ values: [Double]) throws
    -> SpectrumRecord
  {
    SpectrumRecord(
      architecture: architecture, block: "fc", depth: depth, layer: layer, sample: sample,
      spectrum: try Spectrum(singularValues: values, rows: values.count, columns: values.count))
  }

  @Test func panelsKeepTheOrderOfTheirFirstSample() throws {
    let record = try Self.record([
      Self.sample("b", depth: 4, sample: 0, [1, 1]), Self.sample("a", depth: 4, sample: 0, [1, 1]),
      Self.sample("b", depth: 4, layer: 2, sample: 0, [1, 1]), Self.sample("b", depth: 4, sample: 1, [10.5, 0]),
      SpectrumRecord(architecture: "c", block: "fc", depth: 4, sample: 0, failure: .failed, reason: "No."),
    ])
    let panels = [("b", 4), ("a", 4), ("b", 2), ("c", 4)].map { Panel(architecture: $0, depth: 4, layer: $1) }
    #expect(record.summaries.map(\.panel) == panels && record.histograms.map(\.panel) == panels)
    #expect(record.summaries.map(\.samples) == [2, 1, 1, 1] && record.summaries.map(\.failed) == [0, 0, 0, 1])
    #expect(record.histograms[0].histogram.counts == [0, 0, 2, 1] && record.histograms[0].histogram.zeros == 1)
    #expect(record.histograms[3].histogram.values == 0 && record.histograms[3].histogram.density == [0, 0, 0, 0])
    // Means of 1 and 10.5²/2; ln 110 carries an error of some 5 · eps.
    #expect(abs(try #require(record.summaries[0][.meanSquared].mean) - 28.0625) < 1e-13)
  }

  @Test func refusesABadAxis() {
    #expect(throws: HistogramError.bins(0)) {
      try RunRecord(
        version: "0", environment: Environment(backend: "", core: "", threads: 1), configuration: [0], spectra: [],
        bins: 0)
    }
  }

  @Test func publishedNumbersAreFinite() {
    let pair = Published(
      quantity: "q", architecture: "a", depth: 1, published: 1, measured: .nan, agrees: false)
    #expect(pair.measured == nil)
  }
}
