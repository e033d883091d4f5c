import Foundation

/// Where the files are that tests read.
public enum Project {
  /// The folder with `Package.swift`.
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
}

extension JSONSchema {
  /// The published schema of what a command writes, `docs/spectra.NAME.schema.json`.
  public init(ofCommand name: String) throws {
    try self.init(contentsOf: Project.root.appendingPathComponent("docs/spectra.\(name).schema.json"))
  }
}
