/// Several files that appear in a folder together, or not at all.
///
/// Every file is written under a temporary name; `commit()` renames them all. A value that is dropped before removes
/// them, and the folders that it made. Only a failing rename, after every byte of every file is on the disk, can
/// leave a part of the files: each of these complete.
public struct AtomicFolder: ~Copyable {
  /// The folder as its user named it.
  public let path: String
  private var files: [(temporary: String, target: String)] = []
  private var madeFolders: [String] = []

  /// Makes the folder where it does not exist, with those above it.
  ///
  /// - Throws: `FileError` of kind `cannotCreate`.
  public init(_ path: String) throws(FileError) {
    self.path = path
    for folder in try Self.missingFolders(path).reversed() {
      do throws(SystemError) {
        try TemporaryFiles.makeFolder(folder)
        madeFolders.append(folder)
      } catch {
        // Another process may have made it meanwhile.
        if error != .exists {
          TemporaryFiles.removeFolders(madeFolders)
          throw Self.cannot(path, error.message)
        }
      }
    }
  }

  deinit {
    for file in files { TemporaryFiles.remove(file.temporary) }
    TemporaryFiles.removeFolders(madeFolders)
  }

  /// Checks, before long work, that the folder exists or can be made, and allows new files. Nothing is created.
  ///
  /// - Throws: `FileError` of kind `cannotCreate`.
  public static func checkWritable(_ path: String) throws(FileError) { _ = try missingFolders(path) }

  /// Writes one file by what `body` writes; it appears when all are committed.
  ///
  /// - Precondition: `name` holds no slash.
  public mutating func write(_ name: String, _ body: (inout AtomicFile) throws(FileError) -> Void) throws(FileError) {
    precondition(!name.utf8.contains(UInt8(ascii: "/")), "A file in a folder has a name without slashes.")
    var file = try AtomicFile("\(path)/\(name)")
    try body(&file)
    if let staged = try file.stage() { files.append(staged) }
  }

  /// Completes every file under its name.
  ///
  /// - Throws: `FileError` of kind `cannotWrite`.
  public consuming func commit() throws(FileError) {
    do throws(SystemError) { try TemporaryFiles.complete(files, folders: madeFolders) } catch {
      throw FileError(.cannotWrite, path: path, problem: "its files cannot be completed: \(error.message); try again")
    }
    files = []
    madeFolders = []
  }

  /// The folders that must be made, innermost first.
  private static func missingFolders(_ path: String) throws(FileError) -> [String] {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw cannot(path, "this is not a path") }
    var folder = path
    while folder.utf8.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    var missing: [String] = []
    while true {
      switch FileStatus.of(path: folder) {
      case .success(let status):
        guard status.kind == .folder else { throw cannot(path, "\(quoted(folder)) is a file") }
        do throws(SystemError) { try SystemCall.checkWritable(folder, isFolder: true) } catch {
          throw cannot(path, error.message)
        }
        // Below a folder that is missing, the system has not looked at the names yet.
        let limit = SystemCall.longestName(in: folder)
        for new in missing where new.utf8.split(separator: UInt8(ascii: "/")).last?.count ?? 0 > limit {
          throw cannot(path, "a name in it is longer than \(limit) bytes")
        }
        return missing
      case .failure(.notFound):
        missing.append(folder)
        folder = OutputDestination.folder(of: folder)
      case .failure(let error): throw cannot(path, error.message)
      }
    }
  }

  private static func cannot(_ path: String, _ problem: String) -> FileError {
    FileError(
      .cannotCreate, path: path, problem: "files cannot be written there: \(problem); choose another folder")
  }
}
