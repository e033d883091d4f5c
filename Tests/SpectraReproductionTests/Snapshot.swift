import TestSupport
import Testing

/// Compares text with the committed file of that name in `Snapshots`, or writes the file where the environment variable
/// `SPECTRA_RECORD_SNAPSHOTS` is set.
func expectSnapshot(
  _ text: String, named name: String, file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let problem = try Snapshots.problem(with: text, named: name, beside: file)
  #expect(problem == nil, "\(problem ?? "")", sourceLocation: sourceLocation)
}
