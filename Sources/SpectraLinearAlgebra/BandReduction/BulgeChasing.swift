/// Stage two of the values-only decomposition: an upper band to an upper bidiagonal by chasing bulges down the band.
///
/// Sweep s makes row s bidiagonal by a reflector of its columns. That fills a block below the diagonal, whose first
/// column a reflector of rows clears; that one fills a block right of the band, whose first row the next reflector of
/// columns clears, and so on to the end of the band. The rest of each bulge stays for the following sweeps (Murata &
/// Horikoshi 1975 for symmetric bands; Haidar, Ltaief & Dongarra 2011 for this case). 8 · width · order² operations, all
/// within 3 · width of the diagonal.
struct BulgeChasing<Scalar: NetworkScalar> {
  typealias Pointer = UnsafeMutablePointer<Scalar>
  private typealias Lanes = SIMD8<Scalar>

  let band: Band<Scalar>
  /// Room for one reflector, `width` elements and the lanes beyond them.
  let reflector: Pointer

  static func workspaceCount(width: Int) -> Int { width + 2 * Band<Scalar>.lanes }

  @inline(__always)
  func run() {
    let (order, width) = (band.order, band.width)
    for sweep in 0..<max(0, order - 2) {
      var (row, start) = (sweep, sweep + 1)
      while start < order - 1 {
        let end = min(start + width, order)
        clearRow(row, from: start, to: end)
        clearColumn(start, to: end, applyingUpTo: min(end + width, order))
        (row, start) = (start, end)
      }
    }
  }

  /// Clears a row right of column `start` by a reflector of the columns up to `end`.
  @inline(__always)
  private func clearRow(_ row: Int, from start: Int, to end: Int) {
    let (count, stride) = (end - start, band.stride)
    let own = band.origin + row + start * stride
    for index in 0..<count { reflector[index] = own[index * stride] }
    let scale = makeReflector(count)
    own[0] = reflector[0]
    for index in 1..<count { own[index * stride] = 0 }
    if scale == 0 { return }
    reflector[0] = 1
    // Rows are independent of one another. Those from `end` on are zero in these columns.
    var first = row + 1
    while first < end {
      let block = band.origin + first + start * stride
      var (even, odd) = (Lanes.zero, Lanes.zero)
      var index = 0
      while index + 2 <= count {
        even += load(block + index * stride) * reflector[index]
        odd += load(block + (index + 1) * stride) * reflector[index + 1]
        index += 2
      }
      if index < count { even += load(block + index * stride) * reflector[index] }
      let product = (even + odd) * scale
      for index in 0..<count {
        let target = block + index * stride
        store(load(target) - product * reflector[index], target)
      }
      first += Band<Scalar>.lanes
    }
  }

  /// Clears column `start` below the diagonal by a reflector of the rows up to `end`, which changes columns up to `last`.
  @inline(__always)
  private func clearColumn(_ start: Int, to end: Int, applyingUpTo last: Int) {
    let (count, stride) = (end - start, band.stride)
    let own = band.origin + start + start * stride
    for index in 0..<count { reflector[index] = own[index] }
    let scale = makeReflector(count)
    own[0] = reflector[0]
    for index in 1..<count { own[index] = 0 }
    if scale == 0 { return }
    reflector[0] = 1
    // Zeros of the reflector spare the rows from `end` on.
    let padded = (count + Band<Scalar>.lanes - 1) / Band<Scalar>.lanes * Band<Scalar>.lanes
    for index in count..<padded { reflector[index] = 0 }
    var column = start + 1
    while column + 4 <= last {
      let a = band.origin + start + column * stride
      let (b, c, d) = (a + stride, a + 2 * stride, a + 3 * stride)
      var (sumA, sumB, sumC, sumD) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
      var index = 0
      while index < padded {
        let v = load(reflector + index)
        sumA += v * load(a + index)
        sumB += v * load(b + index)
        sumC += v * load(c + index)
        sumD += v * load(d + index)
        index += Band<Scalar>.lanes
      }
      let (productA, productB) = (scale * sumA.sum(), scale * sumB.sum())
      let (productC, productD) = (scale * sumC.sum(), scale * sumD.sum())
      index = 0
      while index < padded {
        let v = load(reflector + index)
        store(load(a + index) - v * productA, a + index)
        store(load(b + index) - v * productB, b + index)
        store(load(c + index) - v * productC, c + index)
        store(load(d + index) - v * productD, d + index)
        index += Band<Scalar>.lanes
      }
      column += 4
    }
    while column < last {
      let a = band.origin + start + column * stride
      let product = scale * Scalar.dot(reflector, a, count: padded)
      for index in 0..<padded { a[index] -= product * reflector[index] }
      column += 1
    }
  }

  /// Turns the vector x in `reflector` into v with v₀ left out, and x₀ into ±|x|; returns the scale τ of I − τ v vᵀ.
  ///
  /// LAPACK's `larfg` without its rescaling: the matrix was scaled, so what underflows here is far below rounding.
  @inline(__always)
  private func makeReflector(_ count: Int) -> Scalar {
    let tail = Scalar.dot(reflector + 1, reflector + 1, count: count - 1)
    if !(tail >= Scalar.leastNormalMagnitude) { return 0 }
    let head = reflector[0]
    let length = (head * head + tail).squareRoot()
    let result = head > 0 ? -length : length
    let reciprocal = 1 / (head - result)
    for index in 1..<count { reflector[index] *= reciprocal }
    reflector[0] = result
    return (result - head) / result
  }

  @inline(__always)
  private func load(_ pointer: Pointer) -> Lanes { UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self) }

  @inline(__always)
  private func store(_ lanes: Lanes, _ pointer: Pointer) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Lanes.self)
  }
}
