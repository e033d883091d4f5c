/// A file for what one program hands to another: it loses its name as soon as it is open, so that nothing is left behind
/// however this process ends.
struct NamelessFile: ~Copyable {
  /// Two descriptors with a position each.
  let (reading, writing): (CInt, CInt)

  init(in folder: String) throws(SystemError) {
    let file = try TemporaryFiles.create(in: folder)
    defer { TemporaryFiles.remove(file.path) }
    do throws(SystemError) { reading = try SystemCall.openForReading(file.path) } catch {
      try? SystemCall.closeDescriptor(file.descriptor)
      throw error
    }
    writing = file.descriptor
  }

  deinit {
    try? SystemCall.closeDescriptor(reading)
    try? SystemCall.closeDescriptor(writing)
  }

  borrowing func write(_ text: String) throws(SystemError) {
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBytes { buffer in
      Result { () throws(SystemError) in try SystemCall.writeBytes(writing, buffer) }
    }.get()
  }

  /// What was written, from the beginning.
  borrowing func bytes(atMost limit: Int = .max) throws(SystemError) -> [UInt8] {
    let size = min(try FileStatus.of(descriptor: reading).get().size, limit)
    var error: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(SystemError) {
        while count < size {
          let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count..<size])
          let read = try SystemCall.readBytes(reading, into: rest, at: count)
          if read == 0 { break }
          count += read
        }
      } catch let failure {
        error = failure
      }
    }
    if let error { throw error }
    return bytes
  }
}
