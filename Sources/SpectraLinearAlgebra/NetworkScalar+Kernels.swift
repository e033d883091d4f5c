// Default implementations of the loops of `NetworkScalar`, written once. Each conformance below this module's roof
// turns them into witnesses of its own concrete type, which the optimiser specialises and vectorises.

extension NetworkScalar {
  /// In pieces of at most 10⁶ multiply-adds: these OpenBLAS gives to kernels that read their operands where they lie, and
  /// for which it packs nothing. Measured on a Zen 4 core, GFLOP/s in double precision, pieces and whole: 55 and 45 for
  /// 128 × 64 × 192, 55 and 46 for 128³, 46 and 43 for 128 × 256 × 256, 49 and 52 for 512³; on kernels without that path
  /// (Haswell) 47 and 48.
  @inline(__always)
  public static func matrixProduct(
    m: Int, n: Int, k: Int, a: UnsafePointer<Self>, strideA: Int, b: UnsafePointer<Self>, strideB: Int,
    beta: Self, c: UnsafeMutablePointer<Self>, strideC: Int
  ) {
    if m == 0 || n == 0 { return }
    if k == 0 {
      // BLAS does not take matrices without columns.
      for row in 0..<m where beta == 0 { (c + row * strideC).update(repeating: 0, count: n) }
      return
    }
    let isWhole = n * k > 65_536 || m * n * k <= 1_000_000
    let (columns, depth) = isWhole ? (n, k) : (min(n, 128), min(k, 128))
    let rows = isWhole ? m : max(8, 1_000_000 / (columns * depth) / 8 * 8)
    for row in stride(from: 0, to: m, by: rows) {
      for column in stride(from: 0, to: n, by: columns) {
        for inner in stride(from: 0, to: k, by: depth) {
          gemm(
            transposeA: false, transposeB: false, m: min(rows, m - row), n: min(columns, n - column),
            k: min(depth, k - inner), alpha: 1, a: a + row * strideA + inner, strideA: strideA,
            b: b + inner * strideB + column, strideB: strideB, beta: inner == 0 ? beta : 1,
            c: c + row * strideC + column, strideC: strideC)
        }
      }
    }
  }
}

// MARK: - Elementwise

extension NetworkScalar {
  @inline(__always)
  public static func multiply(
    _ source: UnsafePointer<Self>, by scale: UnsafePointer<Self>, period: Int, repeats: Int,
    into target: UnsafeMutablePointer<Self>
  ) {
    for block in 0..<repeats {
      let (x, y) = (source + block * period, target + block * period)
      for index in 0..<period { y[index] = x[index] * scale[index] }
    }
  }

  @inline(__always)
  public static func combine(
    _ alpha: Self, _ x: UnsafePointer<Self>, _ beta: Self, _ y: UnsafePointer<Self>, count: Int,
    into target: UnsafeMutablePointer<Self>
  ) {
    if alpha == 1, beta == 1 {
      for index in 0..<count { target[index] = x[index] + y[index] }
    } else {
      for index in 0..<count { target[index] = alpha * x[index] + beta * y[index] }
    }
  }

  @inline(__always)
  public static func accumulate(
    _ alpha: Self, _ x: UnsafePointer<Self>, count: Int, into target: UnsafeMutablePointer<Self>
  ) {
    for index in 0..<count { target[index] = target[index] + alpha * x[index] }
  }

  @inline(__always)
  public static func addToRows(
    _ x: UnsafePointer<Self>, columns: Int, rows: Int, of target: UnsafeMutablePointer<Self>
  ) {
    for row in 0..<rows {
      let line = target + row * columns
      for index in 0..<columns { line[index] = line[index] + x[index] }
    }
  }

  @inline(__always)
  public static func scale(
    _ alpha: Self, _ x: UnsafePointer<Self>, count: Int, into target: UnsafeMutablePointer<Self>
  ) {
    for index in 0..<count { target[index] = alpha * x[index] }
  }

  @inline(__always)
  public static func transpose(
    _ source: UnsafePointer<Self>, rows: Int, columns: Int, stride sourceStride: Int,
    into target: UnsafeMutablePointer<Self>, stride targetStride: Int
  ) {
    // Tiles of 16 × 16 keep both sides within a few cache lines; a plain double loop misses once an element.
    let tile = 16
    for firstRow in stride(from: 0, to: rows, by: tile) {
      let lastRow = min(firstRow + tile, rows)
      for firstColumn in stride(from: 0, to: columns, by: tile) {
        let lastColumn = min(firstColumn + tile, columns)
        for row in firstRow..<lastRow {
          let line = source + row * sourceStride
          for column in firstColumn..<lastColumn { target[column * targetStride + row] = line[column] }
        }
      }
    }
  }
}

extension NetworkScalar {
  @inline(__always)
  public static func copyColumns(
    _ source: UnsafePointer<Self>, stride sourceStride: Int, rows: Int, columns: Int,
    into target: UnsafeMutablePointer<Self>, stride targetStride: Int
  ) {
    for row in 0..<rows {
      let (x, y) = (source + row * sourceStride, target + row * targetStride)
      for column in 0..<columns { y[column] = x[column] }
    }
  }

  @inline(__always)
  public static func gather(_ source: UnsafePointer<Self>, _ places: [Int], into target: UnsafeMutablePointer<Self>) {
    for (index, place) in places.enumerated() { target[index] = source[place] }
  }

  @inline(__always)
  public static func accumulateMagnitudes(
    _ x: UnsafePointer<Self>, count: Int, into target: UnsafeMutablePointer<Self>
  ) {
    for index in 0..<count { target[index] += abs(x[index]) }
  }

  @inline(__always)
  public static func exchange(
    _ source: UnsafePointer<Self>, into target: UnsafeMutablePointer<Self>, queries: Range<Int>, keys: Range<Int>,
    tokens: Int, directions: Int, heads: Int
  ) {
    let width = tokens * heads
    for direction in 0..<directions {
      for query in queries {
        let row = target + (query * directions + direction) * width
        if keys.count < tokens { row.update(repeating: 0, count: width) }
        for key in keys {
          let (x, y) = (source + ((key * directions + direction) * width + query * heads), row + key * heads)
          var head = 0
          while head + 4 <= heads {
            let four = UnsafeRawPointer(x + head).loadUnaligned(as: SIMD4<Self>.self)
            UnsafeMutableRawPointer(y + head).storeBytes(of: four, as: SIMD4<Self>.self)
            head += 4
          }
          while head < heads {
            y[head] = x[head]
            head += 1
          }
        }
      }
    }
  }
}

// MARK: - Reductions

extension NetworkScalar {
  // Sums run in eight lanes: the order is fixed by the count alone, and the loop is vectorised without leave to
  // reassociate.

  @inline(__always)
  public static func dot(_ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, count: Int) -> Self {
    var lanes = SIMD8<Self>(repeating: 0)
    var index = 0
    while index + 8 <= count {
      lanes += lane(x, index) * lane(y, index)
      index += 8
    }
    var total = lanes.sum()
    while index < count {
      total += x[index] * y[index]
      index += 1
    }
    return total
  }

  @inline(__always)
  public static func sum(_ x: UnsafePointer<Self>, count: Int) -> Self {
    var lanes = SIMD8<Self>(repeating: 0)
    var index = 0
    while index + 8 <= count {
      lanes += lane(x, index)
      index += 8
    }
    var total = lanes.sum()
    while index < count {
      total += x[index]
      index += 1
    }
    return total
  }

  /// Eight elements from an index.
  @inline(__always)
  private static func lane(_ x: UnsafePointer<Self>, _ index: Int) -> SIMD8<Self> {
    UnsafeRawPointer(x + index).loadUnaligned(as: SIMD8<Self>.self)
  }

  @inline(__always)
  public static func isZero(_ x: UnsafePointer<Self>, count: Int) -> Bool {
    for index in 0..<count where x[index] != 0 { return false }
    return true
  }

  @inline(__always)
  public static func zeroCount(_ elements: [Self]) -> Int { elements.reduce(0) { $1 == 0 ? $0 + 1 : $0 } }

  @inline(__always)
  public static func allFinite(_ elements: [Self]) -> Bool {
    // x − x is 0 for a finite x and NaN otherwise, and a sum remembers a NaN: no branch in the loop.
    elements.withUnsafeBufferPointer { elements in
      guard let x = elements.baseAddress else { return true }
      var lanes = SIMD8<Self>(repeating: 0)
      var index = 0
      while index + 8 <= elements.count {
        let values = lane(x, index)
        lanes += values - values
        index += 8
      }
      var total = lanes.sum()
      while index < elements.count {
        total += x[index] - x[index]
        index += 1
      }
      return total == 0
    }
  }

  @inline(__always)
  public static func maximumMagnitude(_ elements: [Self]) -> Self {
    var largest: Self = 0
    for element in elements {
      let magnitude = abs(element)
      if !(magnitude <= largest) { largest = magnitude }
      if magnitude.isNaN { return .nan }
    }
    return largest
  }
}
