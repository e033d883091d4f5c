/// The bytes of a file as they are.
public enum FileBytes {
  /// Reads a whole file, or what a pipe delivers.
  ///
  /// - Throws: `FileError` of kind `cannotRead`, or `badData` where the file does not fit in memory.
  public static func read(_ path: String) throws(FileError) -> [UInt8] {
    let source = try ByteSource(path: path)
    return try source.values(UInt8.self, at: 0, count: source.count)
  }
}
