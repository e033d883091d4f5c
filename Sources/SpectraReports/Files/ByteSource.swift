internal import SpectraLinearAlgebra

/// The bytes of an input, fetched where and when they are wanted, so that a large file is never in memory twice.
///
/// A regular file is read by position; what has no size (a pipe) is taken into memory first. Files are not mapped:
/// another process that cuts a mapped file short would end this one.
struct ByteSource: ~Copyable {
  /// What messages call the input.
  let name: String
  /// The size in bytes.
  let count: Int
  private let storage: Storage

  private enum Storage {
    case file(CInt)
    case memory([UInt8])
  }

  /// A source over bytes in memory.
  init(_ bytes: [UInt8], name: String) {
    self.name = name
    count = bytes.count
    storage = .memory(bytes)
  }

  /// Opens a file.
  init(path: String) throws(FileError) {
    func cannotRead(_ problem: String) -> FileError { FileError(.cannotRead, path: path, problem: problem) }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw cannotRead("this is not a path; name a file") }
    do throws(SystemError) {
      let descriptor = try SystemCall.openForReading(path)
      let status = FileStatus.of(descriptor: descriptor)
      if case .success(let status) = status, status.kind == .regular, status.size > 0 {
        (name, count, storage) = (path, status.size, .file(descriptor))
        return
      }
      defer { try? SystemCall.closeDescriptor(descriptor) }
      let bytes = try Self.drain(descriptor)
      (name, count, storage) = (path, bytes.count, .memory(bytes))
    } catch {
      throw cannotRead("it cannot be read (\(error.message)); check the path and its permissions")
    }
  }

  deinit { if case .file(let descriptor) = storage { try? SystemCall.closeDescriptor(descriptor) } }

  /// What a pipe or a device delivers, at most a gibibyte: an endless one must not take all memory. A larger input
  /// is cut off there and then refused as truncated.
  private static func drain(_ descriptor: CInt) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < 1 << 30 {
      let result = chunk.withUnsafeMutableBytes { buffer in
        Result { () throws(SystemError) in try SystemCall.readBytes(descriptor, into: buffer) }
      }
      let count = try result.get()
      if count == 0 { break }
      bytes += chunk.prefix(count)
    }
    return bytes
  }
}

// MARK: - Reading

extension ByteSource {
  /// The error of this input with a sentence on what is wrong and what to do.
  func bad(_ problem: String) -> FileError { FileError(.badData, path: name, problem: problem) }

  /// Fills a buffer with the bytes from an offset.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    guard offset >= 0, offset <= count, buffer.count <= count - offset else {
      throw bad("it ends too early; save or copy it again")
    }
    switch storage {
    case .memory(let bytes):
      bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + buffer.count])) }
    case .file(let descriptor):
      var done = 0
      while done < buffer.count {
        let read: Int
        do throws(SystemError) {
          read = try SystemCall.readBytes(descriptor, into: .init(rebasing: buffer[done...]), at: offset + done)
        } catch {
          throw FileError(.cannotRead, path: name, problem: "reading it failed (\(error.message)); try again")
        }
        if read == 0 { throw bad("it became shorter while it was read; try again when nothing writes to it") }
        done += read
      }
    }
  }

  /// Values of a trivial type as they lie in the file from an offset.
  func values<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int, count: Int) throws(FileError) -> [Value] {
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    guard !overflow, count >= 0, offset >= 0, offset <= self.count, size <= self.count - offset else {
      throw bad("it ends too early; save or copy it again")
    }
    try requireMemory(for: count, MemoryLayout<Value>.stride)
    var failure: FileError?
    let values = [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(FileError) {
        try read(at: offset, into: .init(start: buffer.baseAddress, count: size))
        initialized = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return values
  }

  /// Refuses what this machine cannot hold: a sparse file may be far larger than memory, and Swift traps where it
  /// cannot allocate.
  func requireMemory(for count: Int, _ stride: Int) throws(FileError) {
    let available = SystemCall.physicalMemory
    guard count <= available / stride else {
      throw bad(
        "its \(count) numbers of \(stride) bytes do not fit into the \(available) bytes of memory; use a smaller file")
    }
  }

  /// A little-endian unsigned integer of one to eight bytes.
  func integer(at offset: Int, bytes: Int) throws(FileError) -> UInt64 {
    try values(UInt8.self, at: offset, count: bytes).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
