public import SpectraAnalysis
package import SpectraReports

/// A run as figures need it: what was found, and how it came about.
public struct FigureRun: Sendable {
  /// What tells the run from others, such as its file; empty for one that was just computed.
  public var name: String
  /// Every sample of every panel.
  public var spectra: [SpectrumRecord]
  /// The axis of the run's own histograms; nil where it has none.
  public let axis: HistogramAxis?
  /// The version of this package that computed it.
  public let version: String
  /// The command line; empty for a run of the library.
  public let command: [String]
  /// What computed it.
  public let environment: Environment
  /// Every option that determined the numbers, as a JSON object.
  package let configuration: JSONValue
  /// Published numbers beside the measured ones.
  public let published: [Published]
  /// What theory says of the panels; empty where it was not asked.
  public var theory: [TheoryRecord]

  /// - Throws: `EncodingError` where the configuration holds a number that JSON cannot express.
  public init<Configuration>(_ record: RunRecord<Configuration>, name: String = "") throws {
    self.name = name
    spectra = record.spectra
    axis = record.histograms.first?.histogram.axis
    version = record.version
    command = record.command
    environment = record.environment
    configuration = try JSONValue(encoding: record.configuration)
    published = record.published ?? []
    theory = record.theory ?? []
  }
}

extension FigureRun {
  /// Reads a run that `--format json` wrote, whoever's configuration it holds; `-` is standard input.
  ///
  /// - Throws: `FileError` as `RunRecord(contentsOf:)`.
  public init(contentsOf path: String, name: String) throws {
    try self.init(try RunRecord<JSONValue>(contentsOf: path), name: name)
  }
}
