extension NetworkScalar {
  /// Singular values, descending, of the row-major `rows` × `columns` matrix, which is destroyed; returns LAPACK's `info`.
  ///
  /// LAPACK reduces a matrix to bidiagonal form in one stage, half of which is products of the whole matrix and a vector
  /// and waits for memory. Two stages do nearly all of the work in matrix products: dense to a band, band to bidiagonal.
  /// The values of the bidiagonal matrix then follow by differential quotients (dqds, Fernando & Parlett 1994), which
  /// keep their relative accuracy; where that does not converge, by implicit QR iteration. The reduction is orthogonal
  /// and so backward stable: as with `gesdd`, each value has an absolute error of the order eps · σ₁.
  @inline(__always)
  public static func twoStageSingularValues(
    _ matrix: UnsafeMutablePointer<Self>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Self>,
    bandWidth width: Int
  ) -> Int {
    let order = min(rows, columns)
    if order == 0 { return 0 }
    let exponent = TwoStage.rescale(matrix, count: rows * columns)

    let bandCount = Band<Self>.elementCount(order: order, width: width)
    let panelCount = BandReduction<Self>.workspaceCount(rows: max(rows, columns), columns: order, width: width)
    let elements = UnsafeMutablePointer<Self>.allocate(capacity: bandCount + panelCount)
    defer { elements.deallocate() }
    elements.initialize(repeating: 0, count: bandCount + panelCount)
    let band = Band<Self>(order: order, width: width, elements: elements)
    let workspace = elements + bandCount

    var reduction = BandReduction(matrix: matrix, rows: rows, columns: columns, width: width, workspace: workspace)
    // 2mn² + 2n³ operations with a QR factorisation first, 4mn² − 4n³/3 without one.
    var info = 3 * max(rows, columns) > 5 * order ? reduction.triangularize() : 0
    if info == 0 { info = reduction.reduce(into: band) }
    if info != 0 { return info }
    BulgeChasing(band: band, reflector: workspace).run()

    let superdiagonal = workspace
    for attempt in [false, true] {
      for index in 0..<order { values[index] = band[index, index] }
      for index in 0..<(order - 1) { superdiagonal[index] = band[index, index + 1] }
      info = bdsqr(diagonal: values, superdiagonal: superdiagonal, count: order, byQRIteration: attempt)
      if info <= 0 { break }
    }
    if exponent != 0 {
      for index in 0..<order { values[index] = Self(sign: .plus, exponent: exponent, significand: values[index]) }
    }
    return info
  }
}

/// The constants of the two-stage decomposition, all measured, and its scaling.
enum TwoStage {
  /// The order from which two stages are chosen: about a fifth faster than `gesdd` there.
  ///
  /// Milliseconds of `gesdd` and of two stages on one core (Zen 4, OpenBLAS 0.3.21; medians of 7 or 11 alternated runs),
  /// random matrices: order 128, double 0.87 and 0.79, single 0.62 and 0.57; order 192, 1.98 and 1.71, 1.39 and 1.23;
  /// order 224, 2.80 and 2.33, 1.93 and 1.66; order 256, 4.66 and 3.14, 2.72 and 2.19; order 512, 32.4 and 18.4, 17.0 and
  /// 11.1.
  static let smallestOrder = 224

  /// The number of superdiagonals of the band.
  ///
  /// A wider band makes for better matrix products and a longer chase. Milliseconds in double precision for widths of 8,
  /// 16, 32 and 64: order 256, 3.1, 3.4, 3.9 and 5.0; order 512, 20.0, 18.7, 19.6 and 24.6; order 1024, 130, 111, 108 and
  /// 130; order 2048 without the first, 961, 763 and 804; order 4096, the last two, 5848 and 5396.
  static func bandWidth(order: Int) -> Int {
    switch order {
    case ..<320: 8
    case ..<768: 16
    case ..<3072: 32
    default: 64
    }
  }

  /// Multiplies the elements by a power of two where the largest is so large or so small that squares would leave the
  /// range of the precision; returns the exponent that takes this back.
  @inline(__always)
  static func rescale<Scalar: NetworkScalar>(_ elements: UnsafeMutablePointer<Scalar>, count: Int) -> Scalar.Exponent {
    var largest: Scalar = 0
    for index in 0..<count { largest = max(largest, abs(elements[index])) }
    // An eighth of the exponents on either side: squares, and sums of them, stay within half of the range.
    let limit = Scalar.greatestFiniteMagnitude.exponent / 8
    if largest == 0 || abs(largest.exponent) <= limit { return 0 }
    let exponent = largest.exponent
    // In two factors: the reciprocal of a subnormal power of two is infinite.
    let half = exponent / 2
    let first = Scalar(sign: .plus, exponent: -half, significand: 1)
    let second = Scalar(sign: .plus, exponent: half - exponent, significand: 1)
    for index in 0..<count { elements[index] = elements[index] * first * second }
    return exponent
  }
}
