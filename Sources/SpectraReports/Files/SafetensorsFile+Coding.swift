internal import SpectraLinearAlgebra

// MARK: - Reading

extension SafetensorsFile {
  /// Reads a file. Each tensor goes straight from the file into its array.
  ///
  /// - Throws: `FileError` of kind `cannotRead` or `badData`.
  public init(contentsOf path: String) throws(FileError) {
    try self.init(ByteSource(path: path))
  }

  /// Reads the bytes of a file; `name` is what errors call it.
  public init(decoding bytes: [UInt8], name: String) throws(FileError) {
    try self.init(ByteSource(bytes, name: name))
  }

  private init(_ source: borrowing ByteSource) throws(FileError) {
    guard source.count >= 8 else {
      throw source.bad("it is not a safetensors file (it has \(source.count) bytes); save or copy it again")
    }
    let claimed = try source.integer(at: 0, bytes: 8)
    guard claimed <= SafetensorsHeader.sizeLimit else {
      throw source.bad(
        "it is not a safetensors file (its header claims \(claimed) bytes, more than the format's limit of "
          + "\(SafetensorsHeader.sizeLimit)); save it with a safetensors library")
    }
    let length = Int(claimed)
    guard length <= source.count - 8 else { throw source.bad("it ends inside its header; save or copy it again") }
    let start = 8 + length
    let text = ByteCursor(try source.values(UInt8.self, at: 8, count: length), name: source.name)
    let header = try SafetensorsHeader(text, dataCount: source.count - start)
    try source.requireMemory(for: source.count - start, 1)

    self.init(metadata: header.metadata, name: source.name)
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      func elements<Scalar: NetworkScalar>(_ type: ElementType) throws(FileError) -> Tensor<Scalar> {
        Tensor(
          shape: entry.shape,
          elements: try source.elements(type, at: start + entry.range.lowerBound, count: entry.elementCount))
      }
      tensors[entry.name] =
        switch entry.type.name {
        case "F64": .float64(try elements(.float64))
        case "F32": .float32(try elements(.float32))
        case "F16": .float32(try elements(.float16))
        case "BF16": .float32(try elements(.bfloat16))
        default: .other(type: entry.type.name, shape: entry.shape)
        }
    }
  }
}

// MARK: - Writing

extension SafetensorsFile {
  /// Writes a file, complete or not at all; see `AtomicFile`.
  ///
  /// The bytes depend on the content alone: tensors of `F64` come before those of `F32`, so that each is aligned to
  /// its own size, and within a type they follow the order of their names, as the reference implementation has it.
  /// Metadata follows the order of its names too.
  ///
  /// - Throws: `FileError` of kind `cannotCreate` or `cannotWrite`, or of kind `badData` where a tensor is called
  ///   `__metadata__` or its numbers were not read.
  public func write(to path: String) throws(FileError) {
    let (header, order) = try layout()
    try AtomicFile.write(to: path) { (file) throws(FileError) in try write(header, order, to: &file) }
  }

  /// Writes into an open file.
  public func write(to file: inout AtomicFile) throws(FileError) {
    let (header, order) = try layout()
    try write(header, order, to: &file)
  }

  /// The bytes of a file.
  public func encoded() throws(FileError) -> [UInt8] {
    var (bytes, order) = try layout()
    for values in order { values.withUnsafeBytes { bytes += $0 } }
    return bytes
  }

  private func write(_ header: [UInt8], _ order: [Values], to file: inout AtomicFile) throws(FileError) {
    try file.write(header)
    for values in order {
      switch values {
      case .float64(let tensor): try file.write(valuesOf: tensor.elements)
      case .float32(let tensor): try file.write(valuesOf: tensor.elements)
      case .other: break  // Refused by `layout()`.
      }
    }
  }

  /// The header with its length before it, and the tensors in the order of their data.
  private func layout() throws(FileError) -> (header: [UInt8], order: [Values]) {
    if tensors[SafetensorsHeader.metadataName] != nil {
      throw FileError(.badData, path: name, problem: "no tensor may be called '__metadata__'; rename it")
    }
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(jsonText($0.key)):\(jsonText($0.value))" }
      members.append("\"\(SafetensorsHeader.metadataName)\":{\(texts.joined(separator: ","))}")
    }
    var order: [Values] = []
    var end = 0
    func append(_ name: String, _ values: Values, type: String, size: Int) {
      let shape = values.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(jsonText(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(end),\(end + size)]}")
      order.append(values)
      end += size
    }
    let names = self.names
    for name in names {
      if case .float64(let tensor)? = tensors[name] {
        append(name, .float64(tensor), type: "F64", size: 8 * tensor.count)
      }
    }
    for name in names {
      if case .float32(let tensor)? = tensors[name] {
        append(name, .float32(tensor), type: "F32", size: 4 * tensor.count)
      }
    }
    if let name = names.first(where: { if case .other? = tensors[$0] { true } else { false } }) {
      throw FileError(
        .badData, path: self.name, problem: "its tensor \(quoted(name)) was not read and cannot be written; remove it")
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    // Spaces bring the data to a multiple of 8 bytes.
    header += repeatElement(0x20, count: (8 - header.count % 8) % 8)
    guard header.count <= SafetensorsHeader.sizeLimit else {
      throw FileError(
        .badData, path: name,
        problem: "its names and metadata need \(header.count) bytes, more than the format allows; shorten them")
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return (length + header, order)
  }
}

extension SafetensorsFile.Values {
  fileprivate func withUnsafeBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    switch self {
    case .float64(let tensor): tensor.elements.withUnsafeBytes(body)
    case .float32(let tensor): tensor.elements.withUnsafeBytes(body)
    case .other: break
    }
  }
}

/// A JSON string with the escapes that the reference implementation writes.
private func jsonText(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{8}": result += "\\b"
    case "\u{C}": result += "\\f"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\0"..<" ":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
