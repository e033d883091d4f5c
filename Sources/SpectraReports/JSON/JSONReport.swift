public import SpectraAnalysis

/// The whole run as one JSON document, following `docs/spectra.jacobian.schema.json`.
///
/// The fields stand in the order of the documentation, every array of numbers on one line; equal records give equal
/// bytes, and reading a document gives back every number bit for bit.
public struct JSONReport: Report {
  public init() {}

  public func text<Configuration>(of record: RunRecord<Configuration>) throws -> String {
    try JSONValue(encoding: record).pretty
  }
}

/// One spectrum per line, each a JSON object as in the array `spectra` of the whole document: a form that can be written
/// while a run goes on and read by line-oriented tools.
public struct JSONLinesReport: Report {
  public init() {}

  public func text<Configuration>(of record: RunRecord<Configuration>) throws -> String {
    try record.spectra.map(line).joined()
  }

  /// The line of one spectrum, ending in a newline.
  public func line(_ spectrum: SpectrumRecord) throws -> String { try JSONValue(encoding: spectrum).compact + "\n" }
}
