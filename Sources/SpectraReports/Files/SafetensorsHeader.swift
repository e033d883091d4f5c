/// The header of a safetensors file: a JSON object of tensors, plus texts under `__metadata__`.
///
/// The parser is our own because the usual ones cannot refuse what the format forbids (a name given twice) and build
/// a tree first. The grammar of this header has a fixed depth, so nothing here recurses whatever a file holds.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var type: SafetensorsType
    var shape: [Int]
    var elementCount: Int
    /// Where the tensor lies, in bytes from the end of the header.
    var range: Range<Int>
  }

  /// The tensors in the order of their data.
  var entries: [Entry] = []
  var metadata: [String: String] = [:]

  /// The format's own limit.
  static let sizeLimit = 100_000_000
  static let metadataName = "__metadata__"

  /// Reads a header whose data has `dataCount` bytes.
  init(_ text: ByteCursor, dataCount: Int) throws(FileError) {
    var text = text
    guard text.next == UInt8(ascii: "{") else { throw text.expected("'{'") }
    var hasMetadata = false
    var names: Set<String> = []
    try text.object { (name, text) throws(FileError) in
      if name == Self.metadataName, !hasMetadata {
        hasMetadata = true
        metadata = try text.metadata()
      } else if name != Self.metadataName, names.insert(name).inserted {
        entries.append(try text.entry(name))
      } else {
        throw text.bad("its header has the name \(quoted(name)) twice; save it again")
      }
    }
    try text.requireEnd()
    try requireCover(dataCount, text)
  }

  /// The tensors must cover the data without holes and without overlap.
  private mutating func requireCover(_ dataCount: Int, _ text: ByteCursor) throws(FileError) {
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    var end = 0
    for entry in entries {
      if entry.range.upperBound > dataCount {
        throw text.bad(
          "its tensor \(quoted(entry.name)) ends at byte \(entry.range.upperBound) of the data, which has \(dataCount) "
            + "bytes; save or copy it again")
      }
      if entry.range.lowerBound != end {
        throw text.bad(
          "its tensor \(quoted(entry.name)) begins at byte \(entry.range.lowerBound) of the data, "
            + (entry.range.lowerBound < end ? "inside the tensor before it" : "which leaves a hole before it")
            + "; save it again")
      }
      end = entry.range.upperBound
    }
    if end != dataCount {
      throw text.bad("\(dataCount - end) bytes follow the data of its tensors; save it again")
    }
  }
}

/// The format's element types.
struct SafetensorsType: Equatable {
  var name: String
  var bits: Int

  init?(_ name: String) {
    switch name {
    case "F4": bits = 4
    case "F6_E2M3", "F6_E3M2": bits = 6
    case "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ": bits = 8
    case "I16", "U16", "F16", "BF16": bits = 16
    case "I32", "U32", "F32": bits = 32
    case "I64", "U64", "F64", "C64": bits = 64
    default: return nil
    }
    self.name = name
  }
}

// MARK: - JSON

extension ByteCursor {
  /// An object; `member` reads the value that follows each name.
  fileprivate mutating func object(_ member: (String, inout ByteCursor) throws(FileError) -> Void) throws(FileError) {
    try require("{")
    if take("}") { return }
    repeat {
      let name = try jsonString("a name")
      try require(":")
      try member(name, &self)
    } while take(",")
    try require("}")
  }

  /// An object of texts; the reference implementation takes `null` for none, so we do.
  fileprivate mutating func metadata() throws(FileError) -> [String: String] {
    var texts: [String: String] = [:]
    if take(word: "null") { return texts }
    try object { (name, text) throws(FileError) in
      let value = try text.jsonString("a text")
      if texts.updateValue(value, forKey: name) != nil {
        throw text.bad("its metadata has the name \(quoted(name)) twice; save it again")
      }
    }
    return texts
  }

  /// `{"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`, in any order.
  fileprivate mutating func entry(_ name: String) throws(FileError) -> SafetensorsHeader.Entry {
    var (typeName, shape, offsets) = (String?.none, [Int]?.none, [Int]?.none)
    try object { (field, text) throws(FileError) in
      switch field {
      case "dtype" where typeName == nil: typeName = try text.jsonString("an element type")
      case "shape" where shape == nil: shape = try text.wholeNumbers("an extent")
      case "data_offsets" where offsets == nil: offsets = try text.wholeNumbers("an offset")
      default:
        throw text.bad(
          "its tensor \(quoted(name)) has the field \(quoted(field)) twice or where the format has none; "
            + "save it again")
      }
    }
    guard let typeName, let shape, let offsets else {
      let missing = typeName == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw bad("its tensor \(quoted(name)) has no '\(missing)'; save it again")
    }
    guard let type = SafetensorsType(typeName) else {
      throw bad("its tensor \(quoted(name)) has the unknown type \(quoted(typeName)); save it as F64 or F32")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw bad(
        "its tensor \(quoted(name)) has the data_offsets \(bracketed(offsets)), but a begin and an end are needed; "
          + "save it again")
    }
    let count = elementCount(shape)
    guard let count, count <= Int.max / type.bits else {
      throw bad("its tensor \(quoted(name)) of shape \(bracketed(shape)) is too large to be counted; save it again")
    }
    guard offsets[1] - offsets[0] == count * type.bits / 8, count * type.bits % 8 == 0 else {
      throw bad(
        "its tensor \(quoted(name)) of shape \(bracketed(shape)) and type \(typeName) does not fill its data_offsets "
          + "\(bracketed(offsets)); save it again")
    }
    return .init(name: name, type: type, shape: shape, elementCount: count, range: offsets[0]..<offsets[1])
  }

  private mutating func wholeNumbers(_ what: String) throws(FileError) -> [Int] {
    try require("[")
    var numbers: [Int] = []
    if take("]") { return numbers }
    repeat { numbers.append(try wholeNumber(what)) } while take(",")
    try require("]")
    return numbers
  }

  private mutating func jsonString(_ what: String) throws(FileError) -> String {
    guard take("\"") else { throw expected("\(what) in quotes") }
    var result = ""
    var start = position
    while true {
      guard let byte = next, byte >= 0x20 else { throw expected("the end of \(what)") }
      if byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        advance()
        continue
      }
      guard let piece = text(from: start) else {
        throw bad("its header is not UTF-8 before byte \(position); save it again")
      }
      result += piece
      advance()
      if byte == UInt8(ascii: "\"") { return result }
      result.unicodeScalars.append(try escapedScalar())
      start = position
    }
  }

  /// What follows a backslash.
  private mutating func escapedScalar() throws(FileError) -> Unicode.Scalar {
    guard let byte = next else { throw expected("an escaped letter") }
    advance()
    switch Unicode.Scalar(byte) {
    case "\"", "\\", "/": return Unicode.Scalar(byte)
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      let unit = try hexadecimalUnit()
      guard UTF16.isLeadSurrogate(unit) else {
        if let scalar = Unicode.Scalar(unit) { return scalar }
        throw expected("the first half of a surrogate pair before it")
      }
      guard next == UInt8(ascii: "\\") else { throw expected("the second half of a surrogate pair") }
      advance()
      guard next == UInt8(ascii: "u") else { throw expected("the second half of a surrogate pair") }
      advance()
      let trail = try hexadecimalUnit()
      guard UTF16.isTrailSurrogate(trail) else { throw expected("the second half of a surrogate pair before it") }
      let code = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(trail & 0x3FF))
      return Unicode.Scalar(code) ?? "\u{FFFD}"  // A pair is always a scalar.
    default: throw expected("a letter that may be escaped, before it,")
    }
  }

  private mutating func hexadecimalUnit() throws(FileError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw expected("a hexadecimal digit")
      }
      unit = unit << 4 | UInt16(digit)
      advance()
    }
    return unit
  }
}
