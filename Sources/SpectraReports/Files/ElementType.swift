internal import SpectraLinearAlgebra

#if _endian(big)
  #error("The files hold little-endian numbers, which this module copies as they are.")
#endif

/// The type of one element in a file.
enum ElementType: Sendable {
  case bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64
  case float16, bfloat16, float32, float64

  /// The size of an element in bytes.
  var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }
}

extension ByteSource {
  /// `count` elements stored as `type`, rounded to nearest where `Scalar` cannot hold them.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func elements<Scalar: NetworkScalar>(_ type: ElementType, at offset: Int, count: Int, as: Scalar.Type = Scalar.self)
    throws(FileError) -> [Scalar]
  {
    switch type {
    case .float64:
      if Scalar.self == Double.self { return try values(Double.self, at: offset, count: count) as! [Scalar] }
      return try converted(at: offset, count: count) { (stored: Double) in Scalar(stored) }
    case .float32:
      if Scalar.self == Float.self { return try values(Float.self, at: offset, count: count) as! [Scalar] }
      return try converted(at: offset, count: count) { (stored: Float) in Scalar(stored) }
    case .float16: return try converted(at: offset, count: count) { Scalar(Float(halfPrecision: $0)) }
    case .bfloat16: return try converted(at: offset, count: count) { Scalar(Float(brain: $0)) }
    case .bool: return try converted(at: offset, count: count) { (stored: UInt8) in stored == 0 ? 0 : 1 }
    case .int8: return try converted(at: offset, count: count) { (stored: Int8) in Scalar(stored) }
    case .uint8: return try converted(at: offset, count: count) { (stored: UInt8) in Scalar(stored) }
    case .int16: return try converted(at: offset, count: count) { (stored: Int16) in Scalar(stored) }
    case .uint16: return try converted(at: offset, count: count) { (stored: UInt16) in Scalar(stored) }
    case .int32: return try converted(at: offset, count: count) { (stored: Int32) in Scalar(stored) }
    case .uint32: return try converted(at: offset, count: count) { (stored: UInt32) in Scalar(stored) }
    case .int64: return try converted(at: offset, count: count) { (stored: Int64) in Scalar(stored) }
    case .uint64: return try converted(at: offset, count: count) { (stored: UInt64) in Scalar(stored) }
    }
  }

  /// Converts piece by piece, so that the stored form of a large array is never whole in memory.
  @inline(__always)
  private func converted<Stored: BitwiseCopyable, Scalar: NetworkScalar>(
    at offset: Int, count: Int, _ convert: (Stored) -> Scalar
  ) throws(FileError) -> [Scalar] {
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Stored>.stride)
    guard !overflow, size <= self.count - offset else { throw bad("it ends too early; save or copy it again") }
    try requireMemory(for: count, MemoryLayout<Scalar>.stride)
    var result: [Scalar] = []
    result.reserveCapacity(count)
    while result.count < count {
      let done = result.count
      let piece = try values(
        Stored.self, at: offset + done * MemoryLayout<Stored>.stride, count: min(count - done, 1 << 16))
      result.append(contentsOf: piece.lazy.map(convert))
    }
    return result
  }
}

extension Float {
  /// The value of the sixteen bits of an IEEE 754 binary16 number; exact. (`Float16` is missing on Intel Macs.)
  init(halfPrecision bits: UInt16) {
    let sign = UInt32(bits >> 15) << 31
    let (exponent, fraction) = (UInt32(bits >> 10) & 31, UInt32(bits) & 1023)
    switch exponent {
    case 0:  // Zero and subnormal numbers: fraction · 2⁻²⁴.
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 31: self.init(bitPattern: sign | 255 << 23 | fraction << 13)  // Infinity and NaN.
    default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)  // 112 = 127 − 15, the biases.
    }
  }

  /// The value of the sixteen bits of a bfloat16 number, the upper half of a binary32 number; exact.
  init(brain bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }
}

extension Tensor {
  /// The indices of the first element, in row-major order, that is NaN or infinite; nil where all are finite.
  var firstNonFinite: (indices: [Int], value: Scalar)? {
    guard !isFinite, var position = elements.firstIndex(where: { !$0.isFinite }) else { return nil }
    let value = elements[position]
    var indices: [Int] = []
    for extent in shape.reversed() {
      indices.append(position % extent)
      position /= extent
    }
    return (indices.reversed(), value)
  }
}
