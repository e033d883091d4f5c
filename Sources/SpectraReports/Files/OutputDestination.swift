/// Where an output goes, found and checked before anything is written.
enum OutputDestination: Equatable {
  /// An open descriptor of this process, as `/dev/stdout` or `/dev/fd/3` names it.
  case descriptor(CInt)
  /// A device or a named pipe, written as it is.
  case special(String)
  /// A file (links followed) in a folder; `permissions` are those of the file that it replaces.
  case file(String, folder: String, permissions: UInt32?)

  /// - Throws: `FileError` of kind `cannotCreate`: what is there, or is not, and what to do.
  init(_ path: String) throws(FileError) {
    func cannot(_ problem: String) -> FileError {
      FileError(.cannotCreate, path: path, problem: "it cannot be written: \(problem)")
    }
    func check(_ path: String, isFolder: Bool) throws(FileError) {
      do throws(SystemError) { try SystemCall.checkWritable(path, isFolder: isFolder) } catch {
        throw cannot("\(error.message)\(isFolder ? " for new files in its folder" : ""); choose another file")
      }
    }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw cannot("this is not a path; name a file") }
    guard path.utf8.last != UInt8(ascii: "/") else { throw cannot("this is a folder; name a file in it") }
    let target = try Self.followingLinks(path)
    if let descriptor = Self.descriptor(of: target) {
      guard SystemCall.isWritable(descriptor: descriptor) else {
        throw cannot("it is not open for writing; redirect it to a file")
      }
      self = .descriptor(descriptor)
      return
    }
    let folder = Self.folder(of: target)
    switch FileStatus.of(path: target) {
    case .success(let status) where status.kind == .folder: throw cannot("this is a folder; name a file in it")
    case .success(let status):
      try check(target, isFolder: false)
      if status.kind == .special {
        self = .special(target)
        return
      }
      try check(folder, isFolder: true)
      self = .file(target, folder: folder, permissions: status.permissions)
    case .failure(.notFound):
      guard case .success(let status) = FileStatus.of(path: folder), status.kind == .folder else {
        throw cannot("there is no folder \(quoted(folder)); create it first")
      }
      try check(folder, isFolder: true)
      self = .file(target, folder: folder, permissions: nil)
    case .failure(let error): throw cannot("\(error.message); choose another file")
    }
  }

  /// Whether two outputs are one name in one folder, however their paths are written: the later would replace the earlier.
  func isSameFile(as other: OutputDestination) -> Bool {
    guard case .file(let one, let oneFolder, _) = self, case .file(let two, let twoFolder, _) = other,
      one.split(separator: "/").last == two.split(separator: "/").last,
      case .success(let folder) = FileStatus.of(path: oneFolder),
      case .success(let otherFolder) = FileStatus.of(path: twoFolder)
    else { return false }
    return folder.identity == otherFolder.identity
  }

  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The number that a path for an open descriptor names. Opening such a path anew would write from the beginning
  /// of a redirected file, and renaming over it would cut the redirection off.
  private static func descriptor(of path: String) -> CInt? {
    switch path {
    case "/dev/stdout": return 1
    case "/dev/stderr": return 2
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
        return CInt(path.dropFirst(prefix.count))
      }
      return nil
    }
  }

  /// The path behind symbolic links: the link stays, and what it points to is replaced or created. A link to an open
  /// descriptor ends there: what the system shows behind it (`pipe:[17]`) is no path.
  private static func followingLinks(_ path: String) throws(FileError) -> String {
    var target = path
    for _ in 0..<40 {
      guard descriptor(of: target) == nil, let link = SystemCall.linkTarget(target) else { return target }
      target = link.hasPrefix("/") ? link : "\(folder(of: target))/\(link)"
    }
    throw FileError(.cannotCreate, path: path, problem: "it is a circle of links; choose another file")
  }
}
