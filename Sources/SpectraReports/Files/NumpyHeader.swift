/// The header of a `.npy` file: a Python dictionary of element type, order and shape.
///
/// Source: NumPy Enhancement Proposal 1 and `numpy/lib/format.py`.
struct NumpyHeader {
  var type: ElementType
  var shape: [Int]
  var elementCount: Int
  /// Where the elements begin in the file.
  var dataOffset: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// A header of real numbers has some hundred bytes; NumPy itself refuses more than 10,000 unless told otherwise.
  private static let sizeLimit = 1 << 20

  init(_ source: borrowing ByteSource) throws(FileError) {
    guard source.count >= 6, try source.values(UInt8.self, at: 0, count: 6) == Self.magic else {
      throw source.bad("it is not a .npy file (it does not begin with \\x93NUMPY); write it with numpy.save")
    }
    guard source.count >= 8 else { throw source.bad("it ends inside its header; save or copy it again") }
    let major = try source.integer(at: 6, bytes: 1)
    let minor = try source.integer(at: 7, bytes: 1)
    guard 1...3 ~= major, minor == 0 else {
      throw source.bad(
        "its .npy format version is \(major).\(minor), but 1.0, 2.0 and 3.0 are read; save it with numpy.save")
    }
    let lengthBytes = major == 1 ? 2 : 4
    let start = 8 + lengthBytes
    guard source.count >= start else { throw source.bad("it ends inside its header; save or copy it again") }
    let length = Int(try source.integer(at: 8, bytes: lengthBytes))
    guard length <= Self.sizeLimit else {
      throw source.bad("its header claims \(length) bytes, but at most \(Self.sizeLimit) are read; save it again")
    }
    guard length <= source.count - start else {
      throw source.bad("it ends inside its header; save or copy it again")
    }
    let text = ByteCursor(try source.values(UInt8.self, at: start, count: length), name: source.name)
    try self.init(text, dataOffset: start + length)
  }

  /// Reads the dictionary.
  private init(_ text: ByteCursor, dataOffset: Int) throws(FileError) {
    var text = text
    var (type, fortranOrder, shape) = (String?.none, Bool?.none, [Int]?.none)
    try text.require("{")
    while !text.take("}") {
      let key = try text.pythonString("a key")
      try text.require(":")
      switch key {
      case "descr" where type == nil: type = try text.typeDescription()
      case "fortran_order" where fortranOrder == nil:
        if text.take(word: "True") {
          fortranOrder = true
        } else if text.take(word: "False") {
          fortranOrder = false
        } else {
          throw text.expected("True or False")
        }
      case "shape" where shape == nil: shape = try text.shape()
      default: throw text.bad("its header has the key \(quoted(key)) twice or where .npy has none; save it again")
      }
      if !text.take(",") {
        try text.require("}")
        break
      }
    }
    try text.requireEnd()
    guard let type, let fortranOrder, let shape else {
      let missing = type == nil ? "descr" : fortranOrder == nil ? "fortran_order" : "shape"
      throw text.bad("its header is malformed: it has no '\(missing)'; save it with numpy.save")
    }
    self.type = try Self.elementType(type, text)
    guard !fortranOrder else {
      throw text.bad("its array is in Fortran (column-major) order; save numpy.ascontiguousarray(array)")
    }
    guard let count = SpectraReports.elementCount(shape), count <= Int.max / self.type.size else {
      throw text.bad("its shape \(bracketed(shape)) has more elements than can be counted; save it again")
    }
    self.shape = shape
    self.elementCount = count
    self.dataOffset = dataOffset
  }

  /// What a NumPy type string such as `<f8` names: byte order, kind and size.
  private static func elementType(_ description: String, _ text: ByteCursor) throws(FileError) -> ElementType {
    var code = description[...]
    let order = code.first.flatMap { "<>=|".contains($0) ? code.removeFirst() : nil }
    let type: ElementType? =
      switch code {
      case "f2": .float16
      case "f4": .float32
      case "f8": .float64
      case "b1", "?": .bool
      case "i1": .int8
      case "i2": .int16
      case "i4": .int32
      case "i8": .int64
      case "u1": .uint8
      case "u2": .uint16
      case "u4": .uint32
      case "u8": .uint64
      default: nil
      }
    guard let type else {
      let what = code.hasPrefix("O") ? "an object array" : "an array of type \(quoted(description))"
      throw text.bad("it holds \(what), but real numbers are needed; save it with array.astype('<f8')")
    }
    if order == ">", type.size > 1 {
      throw text.bad("its array is big-endian (\(description)); save it with array.astype('<f8')")
    }
    return type
  }
}

/// A shape in brackets, cut off where it has very many extents.
func bracketed(_ shape: [Int]) -> String {
  "[" + shape.prefix(16).map(String.init).joined(separator: ", ") + (shape.count > 16 ? ", …]" : "]")
}

// MARK: - Python literals

extension ByteCursor {
  /// A string in either kind of quotes; backslashes never occur in the headers of plain arrays.
  fileprivate mutating func pythonString(_ what: String) throws(FileError) -> String {
    skipSpace()
    guard let quote = next, quote == 0x22 || quote == 0x27 else { throw expected("\(what) in quotes") }
    advance()
    let start = position
    while let byte = next, byte != quote, byte != 0x5C, byte >= 0x20 { advance() }
    guard next == quote, let text = text(from: start) else { throw expected("the end of \(what)") }
    advance()
    return text
  }

  fileprivate mutating func typeDescription() throws(FileError) -> String {
    skipSpace()
    if next == UInt8(ascii: "[") || next == UInt8(ascii: "(") {
      throw bad("it holds a structured array, but plain numbers are needed; save one field with array['field']")
    }
    return try pythonString("an element type")
  }

  /// A tuple of extents: `()`, `(3,)`, `(3, 4)`; Python 2 wrote `(3L, 4L)`.
  fileprivate mutating func shape() throws(FileError) -> [Int] {
    try require("(")
    var shape: [Int] = []
    var endedWithComma = true
    while !take(")") {
      guard endedWithComma else { throw expected("',' or ')'") }
      shape.append(try wholeNumber("an extent"))
      if next == UInt8(ascii: "L") { advance() }
      endedWithComma = take(",")
    }
    // "(3)" is a number in brackets, not a tuple.
    if shape.count == 1, !endedWithComma { throw expected("a tuple with a comma, as '(3,)', before the ')'") }
    return shape
  }
}
