// The operating system's calls under names that say what they do: no other file of this folder names a C library.

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What stands at a path or behind a descriptor.
struct FileStatus {
  enum Kind { case regular, folder, special }

  var kind: Kind
  var size: Int
  /// Permission bits, kept when a file is replaced.
  var permissions: UInt32
  /// Device and number: what tells one file or folder from another, whatever its paths.
  var identity: [UInt64]

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      default: .special
      }
    size = Int(status.st_size)
    permissions = UInt32(status.st_mode & 0o7777)
    identity = [UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino)]
  }

  /// The status behind links, or `errno`.
  static func of(path: String) -> Result<FileStatus, SystemError> {
    var status = stat()
    return stat(path, &status) == 0 ? .success(FileStatus(status)) : .failure(.current)
  }

  static func of(descriptor: CInt) -> Result<FileStatus, SystemError> {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? .success(FileStatus(status)) : .failure(.current)
  }
}

/// A value of `errno`.
struct SystemError: Error, Equatable {
  var code: CInt

  static var current: SystemError { SystemError(code: errno) }
  static let notFound = SystemError(code: ENOENT)
  static let exists = SystemError(code: EEXIST)

  /// The system's own words, beginning in lower case.
  var message: String {
    guard let text = strerror(code) else { return "error \(code)" }
    let message = String(cString: text)
    return message.prefix(1).lowercased() + message.dropFirst()
  }
}

/// Calls that give a descriptor, a count or an error; every one is repeated when a signal interrupts it.
enum SystemCall {
  static func openForReading(_ path: String) throws(SystemError) -> CInt {
    try retrying { open(path, O_RDONLY | O_CLOEXEC) }
  }

  /// Opens what exists already: a device or a named pipe.
  static func openForWriting(_ path: String) throws(SystemError) -> CInt {
    try retrying { open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY) }
  }

  /// Creates a file that does not exist yet, with the permissions that `umask` leaves.
  static func create(_ path: String) throws(SystemError) -> CInt {
    try retrying { open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
  }

  static func duplicate(_ descriptor: CInt) throws(SystemError) -> CInt {
    try retrying { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
  }

  /// Whether a descriptor is open for writing.
  static func isWritable(descriptor: CInt) -> Bool {
    let flags = fcntl(descriptor, F_GETFL)
    return flags >= 0 && flags & O_ACCMODE != O_RDONLY
  }

  static func closeDescriptor(_ descriptor: CInt) throws(SystemError) {
    let status = close(descriptor)
    // The descriptor is gone even after EINTR: a second call could close another thread's file.
    if status != 0 && errno != EINTR { throw .current }
  }

  /// Darwin refuses to move more than 2³¹ − 1 bytes in one call.
  private static let largestTransfer = 1 << 30

  /// Reads at most the buffer's size, at an offset or at the descriptor's own position; 0 is the end.
  static func readBytes(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int? = nil)
    throws(SystemError) -> Int
  {
    try retrying {
      let count = min(buffer.count, largestTransfer)
      if let offset { return pread(descriptor, buffer.baseAddress, count, off_t(offset)) }
      return read(descriptor, buffer.baseAddress, count)
    }
  }

  /// Writes the whole buffer.
  static func writeBytes(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var rest = bytes
    while !rest.isEmpty {
      do throws(SystemError) {
        let written = try retrying { write(descriptor, rest.baseAddress, min(rest.count, largestTransfer)) }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
      } catch {
        // Standard output may be a pipe that another process has made non-blocking: wait until it takes more.
        guard error.code == EAGAIN else { throw error }
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = try retrying { poll(&request, 1, -1) }
      }
    }
  }

  /// Waits until the file's content is on the disk, so that errors which the system had put off are seen.
  static func synchronize(_ descriptor: CInt) throws(SystemError) {
    do throws(SystemError) { _ = try retrying { fsync(descriptor) } } catch {
      // Some file systems do not know the call; the content is written all the same.
      if error.code != EINVAL && error.code != ENOTSUP { throw error }
    }
  }

  static func setPermissions(_ descriptor: CInt, _ permissions: UInt32) throws(SystemError) {
    _ = try retrying { fchmod(descriptor, mode_t(permissions)) }
  }

  static func renameFile(_ source: String, _ target: String) throws(SystemError) {
    let status = rename(source, target)
    if status != 0 { throw .current }
  }

  static func makeFolder(_ path: String) throws(SystemError) {
    _ = try retrying { mkdir(path, 0o777) }
  }

  static func removeFile(_ path: String) { _ = unlink(path) }

  /// Removes a folder unless it holds something.
  static func removeFolder(_ path: String) { _ = rmdir(path) }

  /// Whether this process may write a file, or create files in a folder.
  static func checkWritable(_ path: String, isFolder: Bool) throws(SystemError) {
    if access(path, isFolder ? W_OK | X_OK : W_OK) != 0 { throw .current }
  }

  /// How many bytes a name in a folder may have.
  static func longestName(in folder: String) -> Int {
    let limit = pathconf(folder, CInt(_PC_NAME_MAX))
    return limit > 0 ? limit : .max
  }

  /// Where a symbolic link points, or nil if the path is no link.
  static func linkTarget(_ path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      let count = readlink(path, buffer.baseAddress!, buffer.count)
      guard count > 0 else { return nil }
      return String(decoding: buffer.prefix(count).lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  static var processIdentifier: Int32 { getpid() }

  /// The bytes of memory this machine has.
  static var physicalMemory: Int {
    let (pages, size) = (sysconf(CInt(_SC_PHYS_PAGES)), sysconf(CInt(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? pages * size : .max
  }

  private static func retrying<Count: SignedInteger>(_ call: () -> Count) throws(SystemError) -> Count {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw .current }
    }
  }
}
