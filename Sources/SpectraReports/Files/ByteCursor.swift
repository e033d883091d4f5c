/// A position in the text of a header, with the tokens that both file formats share.
///
/// Errors say at which byte of the header the text stops making sense.
struct ByteCursor {
  private let bytes: [UInt8]
  private(set) var position = 0
  /// What messages call the input.
  private let name: String

  init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// The byte at the position, nil at the end.
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  func bad(_ problem: String) -> FileError { FileError(.badData, path: name, problem: problem) }

  /// The error that something else than the next byte is needed.
  func expected(_ what: String) -> FileError {
    bad("its header is malformed: \(what) is expected at byte \(position) of the header; save the file again")
  }

  mutating func advance() { position += 1 }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D { position += 1 }
  }

  /// Passes a character and the space before it, if it comes next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func require(_ character: Unicode.Scalar) throws(FileError) {
    guard take(character) else { throw expected("'\(character)'") }
  }

  /// Passes a word if it comes next.
  mutating func take(word: String) -> Bool {
    skipSpace()
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  mutating func requireEnd() throws(FileError) {
    skipSpace()
    if position < bytes.count { throw expected("the end") }
  }

  /// A whole number from 0, without sign, fraction, exponent or leading zero, as JSON and Python write it.
  mutating func wholeNumber(_ what: String) throws(FileError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = next, byte >= 0x30, byte <= 0x39 {
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowOfSum) = tenfold.addingReportingOverflow(Int(byte - 0x30))
      if overflow || overflowOfSum { throw bad("its header is malformed: \(what) is too large a number") }
      value = sum
      position += 1
    }
    guard position > start, position == start + 1 || bytes[start] != 0x30 else {
      position = start
      throw expected("\(what), a whole number from 0,")
    }
    return value
  }

  /// The text from a position up to the current one, nil where it is not UTF-8.
  func text(from start: Int) -> String? { String(validating: bytes[start..<position], as: UTF8.self) }
}

/// The number of elements of a shape, nil where it exceeds `Int`.
///
/// Extents of 0 are left out of the test for overflow: `[2⁶², 4, 0]` is refused although it holds nothing, because
/// every partial product of a tensor's shape must be an `Int`.
func elementCount(_ shape: [Int]) -> Int? {
  var product = 1
  for extent in shape {
    let (next, overflow) = product.multipliedReportingOverflow(by: max(extent, 1))
    if overflow { return nil }
    product = next
  }
  return shape.contains(0) ? 0 : product
}
