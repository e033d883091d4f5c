public import SpectraLinearAlgebra

/// Arrays as `numpy.save` writes them: `.npy` files.
///
/// Read are the format versions 1.0, 2.0 and 3.0 in C (row-major) order, of the little-endian element types `f8`,
/// `f4`, `f2`, all integers and booleans, converted to the wanted scalar by rounding to nearest (integers beyond 2⁵³,
/// or 2²⁴ in single precision, are not exact). Written are `<f8` and `<f4`, byte for byte as NumPy does.
///
/// Source: NumPy Enhancement Proposal 1, “A Simple File Format for NumPy Arrays”.
public enum NumpyFile {
  /// Reads a file: a tensor of the array's shape, `[]` for a single number.
  ///
  /// - Parameter requiringFinite: whether NaN and infinity are an error that names the first of them.
  /// - Throws: `FileError` of kind `cannotRead` or `badData`.
  public static func read<Scalar: NetworkScalar>(
    _ path: String, as type: Scalar.Type = Scalar.self, requiringFinite: Bool = false
  ) throws(FileError) -> Tensor<Scalar> {
    try decode(ByteSource(path: path), requiringFinite)
  }

  /// Reads the bytes of a file; `name` is what errors call it.
  public static func decode<Scalar: NetworkScalar>(
    _ bytes: [UInt8], name: String, as type: Scalar.Type = Scalar.self, requiringFinite: Bool = false
  ) throws(FileError) -> Tensor<Scalar> {
    try decode(ByteSource(bytes, name: name), requiringFinite)
  }

  /// Writes a file, complete or not at all; see `AtomicFile`.
  ///
  /// - Throws: `FileError` of kind `cannotCreate` or `cannotWrite`.
  public static func write<Scalar: NetworkScalar>(_ tensor: Tensor<Scalar>, to path: String) throws(FileError) {
    try AtomicFile.write(to: path) { (file) throws(FileError) in try write(tensor, to: &file) }
  }

  /// Writes into an open file.
  public static func write<Scalar: NetworkScalar>(_ tensor: Tensor<Scalar>, to file: inout AtomicFile)
    throws(FileError)
  {
    try file.write(header(of: tensor))
    try file.write(valuesOf: tensor.elements)
  }

  /// The bytes of a file.
  public static func encode<Scalar: NetworkScalar>(_ tensor: Tensor<Scalar>) -> [UInt8] {
    header(of: tensor) + tensor.elements.withUnsafeBytes { Array($0) }
  }
}

extension NumpyFile {
  private static func decode<Scalar: NetworkScalar>(_ source: borrowing ByteSource, _ requiringFinite: Bool)
    throws(FileError) -> Tensor<Scalar>
  {
    let header = try NumpyHeader(source)
    let expected = header.elementCount * header.type.size
    let found = source.count - header.dataOffset
    guard found >= expected else {
      throw source.bad(
        "its shape \(bracketed(header.shape)) needs \(expected) bytes of data, but it has \(found); "
          + "save or copy it again")
    }
    guard found == expected else {
      throw source.bad(
        "\(found - expected) bytes follow the data of its shape \(bracketed(header.shape)); "
          + "save one array a file with numpy.save")
    }
    let tensor = Tensor<Scalar>(
      shape: header.shape,
      elements: try source.elements(header.type, at: header.dataOffset, count: header.elementCount))
    if requiringFinite, let (indices, value) = tensor.firstNonFinite {
      throw source.bad("element \(bracketed(indices)) is \(value), but every number must be finite; correct it")
    }
    return tensor
  }

  private static func header<Scalar: NetworkScalar>(of tensor: Tensor<Scalar>) -> [UInt8] {
    let extents = tensor.shape.map(String.init)
    let shape = extents.count == 1 ? "(\(extents[0]),)" : "(\(extents.joined(separator: ", ")))"
    var text = "{'descr': '<f\(MemoryLayout<Scalar>.size)', 'fortran_order': False, 'shape': \(shape), }"
    // NumPy leaves room for the first extent to grow to 21 digits, so that rows can be appended in place.
    if let first = extents.first { text += String(repeating: " ", count: max(0, 21 - first.count)) }
    // Then spaces and a newline bring the data to a multiple of 64 bytes.
    let lengthBytes = text.utf8.count < 65_000 ? 2 : 4
    let unpadded = 8 + lengthBytes + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = (0..<lengthBytes).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) }
    return NumpyHeader.magic + [lengthBytes == 2 ? 1 : 2, 0] + length + Array(text.utf8)
  }
}
