/// An output that is complete or not there at all.
///
/// The bytes go to a hidden temporary file in the target's folder, which `commit()` renames to the target; a value
/// that is dropped before removes it, as does a signal after `TemporaryFiles.removeOnInterrupt()`. A file that is
/// replaced keeps its permissions; a symbolic link stays and its target is replaced. Devices, named pipes and
/// `/dev/stdout` have no such protection and are written as they are.
public struct AtomicFile: ~Copyable {
  /// The file as its user named it.
  public let path: String
  private let destination: OutputDestination
  private let descriptor: CInt
  private let temporary: String?
  private var buffer: [UInt8] = []
  private var state = State.open

  private enum State { case open, closed, completed }

  /// Opens an output.
  ///
  /// - Throws: `FileError` of kind `cannotCreate`.
  public init(_ path: String) throws(FileError) {
    let destination = try OutputDestination(path)
    do throws(SystemError) {
      switch destination {
      case .descriptor(let open):
        descriptor = try SystemCall.duplicate(open)
        temporary = nil
      case .special(let path):
        descriptor = try SystemCall.openForWriting(path)
        temporary = nil
      case .file(_, let folder, _):
        let file = try TemporaryFiles.create(in: folder)
        descriptor = file.descriptor
        temporary = file.path
      }
    } catch {
      throw FileError(
        .cannotCreate, path: path, problem: "it cannot be written: \(error.message); choose another file")
    }
    self.path = path
    self.destination = destination
  }

  deinit {
    if state == .open { try? SystemCall.closeDescriptor(descriptor) }
    if state != .completed, let temporary { TemporaryFiles.remove(temporary) }
  }

  /// Checks, before long work, that a file can be written: that its folder exists and allows new files, and that
  /// it is neither a folder nor write-protected. Nothing is created.
  ///
  /// - Throws: `FileError` of kind `cannotCreate`.
  public static func checkWritable(_ path: String) throws(FileError) {
    _ = try OutputDestination(path)
  }

  /// Whether two paths name one file, so that writing to both keeps only the last; false for what is no file.
  ///
  /// - Throws: `FileError` as `checkWritable`.
  public static func isSameFile(_ path: String, as other: String) throws(FileError) -> Bool {
    try OutputDestination(path).isSameFile(as: OutputDestination(other))
  }
}

// MARK: - Whole files

extension AtomicFile {
  /// Writes a file by what `body` writes; where it throws, nothing is left.
  public static func write(to path: String, _ body: (inout AtomicFile) throws(FileError) -> Void) throws(FileError) {
    var file = try AtomicFile(path)
    try body(&file)
    try file.commit()
  }

  /// Writes a text as UTF-8.
  public static func write(_ text: String, to path: String) throws(FileError) {
    try write(to: path) { (file) throws(FileError) in try file.write(text) }
  }

  /// Writes bytes.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try write(to: path) { (file) throws(FileError) in try file.write(bytes) }
  }
}

// MARK: - Piece by piece

extension AtomicFile {
  /// Appends a text as UTF-8.
  public mutating func write(_ text: String) throws(FileError) { try write(Array(text.utf8)) }

  /// Appends bytes.
  public mutating func write(_ bytes: [UInt8]) throws(FileError) { try write(valuesOf: bytes) }

  /// Appends values of a trivial type, such as the elements of a tensor, as they lie in memory: little-endian.
  public mutating func write<Value: BitwiseCopyable>(valuesOf values: [Value]) throws(FileError) {
    // Small pieces are gathered; large ones go out without another copy.
    let size = values.count * MemoryLayout<Value>.stride
    if size < 1 << 16 { values.withUnsafeBytes { buffer += $0 } }
    if buffer.count >= 1 << 16 || size >= 1 << 16 { try flush() }
    if size >= 1 << 16 { try writing { () throws(SystemError) in try send(values) } }
  }

  /// Hands over what is gathered, as a reader at the other end of a pipe may want each line at once.
  public mutating func flush() throws(FileError) {
    try writing { () throws(SystemError) in try send(buffer) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Completes the file under its name.
  ///
  /// - Throws: `FileError` of kind `cannotWrite`; the temporary file is removed then.
  public consuming func commit() throws(FileError) {
    guard let file = try finish() else { return }
    try writing { () throws(SystemError) in try TemporaryFiles.complete([file]) }
    state = .completed
  }

  /// Writes out and closes the file and leaves it to the caller under its temporary name; nil where there is none.
  consuming func stage() throws(FileError) -> (temporary: String, target: String)? {
    let file = try finish()
    state = .completed
    return file
  }

  private mutating func finish() throws(FileError) -> (temporary: String, target: String)? {
    try flush()
    guard case .file(let target, _, let permissions) = destination, let temporary else { return nil }
    try writing { () throws(SystemError) in
      if let permissions { try SystemCall.setPermissions(descriptor, permissions) }
      try SystemCall.synchronize(descriptor)
    }
    state = .closed
    try writing { () throws(SystemError) in try SystemCall.closeDescriptor(descriptor) }
    return (temporary, target)
  }

  private func send<Value: BitwiseCopyable>(_ values: [Value]) throws(SystemError) {
    let result = values.withUnsafeBytes { bytes in
      Result { () throws(SystemError) in try SystemCall.writeBytes(descriptor, bytes) }
    }
    try result.get()
  }

  private func writing(_ call: () throws(SystemError) -> Void) throws(FileError) {
    do throws(SystemError) { try call() } catch {
      let rest = temporary == nil ? "what was written before is incomplete" : "nothing was left"
      throw FileError(
        .cannotWrite, path: path,
        problem: "writing it failed (\(error.message)) and \(rest); make room or choose another file and try again")
    }
  }
}
