public import SpectraAnalysis

/// A form in which a run can be written.
public protocol Report: Sendable {
  /// The whole text, ending in a newline.
  ///
  /// - Throws: `EncodingError` where the configuration holds a number that the form cannot express.
  func text<Configuration>(of record: RunRecord<Configuration>) throws -> String
}
