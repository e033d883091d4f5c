// Default implementations of the fused values of `NetworkScalar`; see `NetworkScalar+Kernels.swift`.

// MARK: - Arrays

extension NetworkScalar {
  @inline(__always)
  public static func array(repeating value: Self, count: Int) -> [Self] { Array(repeating: value, count: count) }

  @inline(__always)
  public static func combination(_ alpha: Self, _ x: [Self], _ beta: Self, _ y: [Self]) -> [Self] {
    filled(x) { x, count, target in
      y.withUnsafeBufferPointer { y in
        guard let y = y.baseAddress else { return }
        combine(alpha, x, beta, y, count: count, into: target)
      }
    }
  }

  @inline(__always)
  public static func scaled(_ alpha: Self, _ x: [Self]) -> [Self] {
    filled(x) { x, count, target in scale(alpha, x, count: count, into: target) }
  }

  @inline(__always)
  public static func product(_ x: [Self], _ y: [Self]) -> [Self] {
    filled(x) { x, count, target in
      y.withUnsafeBufferPointer { y in
        guard let y = y.baseAddress else { return }
        multiply(x, by: y, period: count, repeats: 1, into: target)
      }
    }
  }

  /// An array of as many elements as another, which `body` writes.
  @inline(__always)
  private static func filled(
    _ x: [Self], _ body: (UnsafePointer<Self>, Int, UnsafeMutablePointer<Self>) -> Void
  ) -> [Self] {
    let count = x.count
    return [Self](unsafeUninitializedCapacity: count) { target, initialized in
      x.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        body(source, count, target)
      }
      initialized = count
    }
  }
}

// MARK: - Fused values

extension NetworkScalar {
  @inline(__always)
  public static func affine(
    _ x: [Self], rows: Int, inputs: Int, outputs: Int, weight: [Self], bias: [Self]?
  ) -> [Self] {
    if rows == 0 || outputs == 0 { return [] }
    return [Self](unsafeUninitializedCapacity: rows * outputs) { target, initialized in
      defer { initialized = rows * outputs }
      guard let target = target.baseAddress else { return }
      if inputs == 0 {
        target.initialize(repeating: 0, count: rows * outputs)
      } else {
        x.withUnsafeBufferPointer { x in
          weight.withUnsafeBufferPointer { weight in
            gemm(
              transposeA: false, transposeB: true, m: rows, n: outputs, k: inputs, alpha: 1, a: x.baseAddress!,
              strideA: inputs, b: weight.baseAddress!, strideB: inputs, beta: 0, c: target, strideC: outputs)
          }
        }
      }
      bias?.withUnsafeBufferPointer { bias in
        guard let bias = bias.baseAddress else { return }
        addToRows(bias, columns: outputs, rows: rows, of: target)
      }
    }
  }

  @inline(__always)
  public static func softmax(_ scores: UnsafeMutablePointer<Self>, width: Int) {
    var largest = -Self.infinity
    for index in 0..<width { largest = max(largest, scores[index]) }
    var total: Self = 0
    for index in 0..<width {
      scores[index] = .exp(scores[index] - largest)
      total += scores[index]
    }
    for index in 0..<width { scores[index] /= total }
  }
}
