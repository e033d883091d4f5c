public import RealModule

/// The arithmetic of a network: `Float` or `Double`.
///
/// Every loop that runs once per tangent is a static requirement here, not a generic function: reached through
/// `any Layer`, a generic loop runs unspecialised at some 11 ns an element, a witness at a quarter of one. The kernels
/// take pointers and strides because they work on parts of larger arrays; nothing outside this package's own modules
/// needs to call them.
public protocol NetworkScalar: Real, BinaryFloatingPoint, Sendable, Codable
where Self: SIMDScalar {
  /// The name of the precision in options and records: `"float"` or `"double"`.
  static var precisionName: String { get }

  // MARK: BLAS

  /// C ← alpha · op(A) · op(B) + beta · C for row-major matrices; op transposes where the flag says so.
  ///
  /// op(A) has shape `[m, k]`, op(B) `[k, n]`, C `[m, n]`; each stride is the distance of two rows in memory.
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int,
    alpha: Self, a: UnsafePointer<Self>, strideA: Int, b: UnsafePointer<Self>, strideB: Int,
    beta: Self, c: UnsafeMutablePointer<Self>, strideC: Int)

  /// C ← A · B + beta · C for matrices of a few hundred rows and columns, as `gemm` without transposes.
  static func matrixProduct(
    m: Int, n: Int, k: Int, a: UnsafePointer<Self>, strideA: Int, b: UnsafePointer<Self>, strideB: Int,
    beta: Self, c: UnsafeMutablePointer<Self>, strideC: Int)

  // MARK: LAPACK

  /// Singular values, descending, of the `rows` × `columns` matrix in `matrix`, which is destroyed; returns LAPACK's
  /// `info`. Divide and conquer (`gesdd`).
  static func gesdd(
    _ matrix: UnsafeMutablePointer<Self>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Self>
  )
    -> Int
  /// The same by implicit QR iteration (`gesvd`), slower and surer.
  static func gesvd(
    _ matrix: UnsafeMutablePointer<Self>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Self>
  )
    -> Int
  /// Householder QR (`geqrf`) of the column-major `rows` × `columns` matrix with leading dimension `stride`; returns
  /// `info`.
  static func geqrf(
    matrix: UnsafeMutablePointer<Self>, rows: Int, columns: Int, stride: Int, reflectors: UnsafeMutablePointer<Self>
  ) -> Int
  /// Forms the first `columns` columns of Q (`orgqr`) from `geqrf`'s output, in place; returns `info`.
  static func orgqr(
    matrix: UnsafeMutablePointer<Self>, rows: Int, columns: Int, stride: Int, reflectors: UnsafePointer<Self>,
    reflectorCount: Int
  ) -> Int
  /// QR (`geqrt`) of the column-major `rows` × `columns` matrix with its factor T of Q = I − V T Vᵀ, upper triangular,
  /// of order min(rows, columns); `scratch` has room for that order times `columns`. Returns `info`.
  static func geqrt(
    matrix: UnsafeMutablePointer<Self>, rows: Int, columns: Int, stride: Int, triangle: UnsafeMutablePointer<Self>,
    scratch: UnsafeMutablePointer<Self>
  ) -> Int
  /// Singular values of an upper bidiagonal matrix (`bdsqr`), descending, in place of the diagonal, by dqds or by implicit
  /// QR iteration; returns `info`.
  static func bdsqr(
    diagonal: UnsafeMutablePointer<Self>, superdiagonal: UnsafeMutablePointer<Self>, count: Int, byQRIteration: Bool
  ) -> Int
  /// As `gesdd`, in two stages, by way of a band of `bandWidth` superdiagonals: faster for large matrices.
  static func twoStageSingularValues(
    _ matrix: UnsafeMutablePointer<Self>, _ rows: Int, _ columns: Int, _ values: UnsafeMutablePointer<Self>,
    bandWidth: Int
  ) -> Int

  // MARK: Elementwise

  /// target[i] ← source[i] · scale[i], the scale's `period` elements repeated `repeats` times.
  static func multiply(
    _ source: UnsafePointer<Self>, by scale: UnsafePointer<Self>, period: Int, repeats: Int,
    into target: UnsafeMutablePointer<Self>)
  /// target[i] ← alpha · x[i] + beta · y[i].
  static func combine(
    _ alpha: Self, _ x: UnsafePointer<Self>, _ beta: Self, _ y: UnsafePointer<Self>, count: Int,
    into target: UnsafeMutablePointer<Self>)
  /// target[i] ← target[i] + alpha · x[i].
  static func accumulate(
    _ alpha: Self, _ x: UnsafePointer<Self>, count: Int, into target: UnsafeMutablePointer<Self>)
  /// target[r, i] ← target[r, i] + x[i] for every row r.
  static func addToRows(
    _ x: UnsafePointer<Self>, columns: Int, rows: Int, of target: UnsafeMutablePointer<Self>)
  /// target[i] ← alpha · x[i].
  static func scale(
    _ alpha: Self, _ x: UnsafePointer<Self>, count: Int, into target: UnsafeMutablePointer<Self>)
  /// target[c, r] ← source[r, c], both with their own row stride.
  static func transpose(
    _ source: UnsafePointer<Self>, rows: Int, columns: Int, stride sourceStride: Int,
    into target: UnsafeMutablePointer<Self>, stride targetStride: Int)

  /// target[r, c] ← source[r, c], both with their own row stride.
  static func copyColumns(
    _ source: UnsafePointer<Self>, stride sourceStride: Int, rows: Int, columns: Int,
    into target: UnsafeMutablePointer<Self>, stride targetStride: Int)
  /// target[i, d, j, h] ← source[j, d, i, h] for the queries i and keys j of two ranges, and 0 for other keys. Both have
  /// shape `[tokens, directions, tokens, heads]`.
  static func exchange(
    _ source: UnsafePointer<Self>, into target: UnsafeMutablePointer<Self>, queries: Range<Int>, keys: Range<Int>,
    tokens: Int, directions: Int, heads: Int)

  /// target[i] ← source[places[i]].
  static func gather(_ source: UnsafePointer<Self>, _ places: [Int], into target: UnsafeMutablePointer<Self>)
  /// target[i] ← target[i] + |x[i]|.
  static func accumulateMagnitudes(_ x: UnsafePointer<Self>, count: Int, into target: UnsafeMutablePointer<Self>)

  // MARK: Reductions

  /// Σ x[i] · y[i], summed in eight lanes: an order that depends on the count alone.
  static func dot(_ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, count: Int) -> Self
  /// Σ x[i], summed in eight lanes: an order that depends on the count alone.
  static func sum(_ x: UnsafePointer<Self>, count: Int) -> Self
  /// Whether every element is zero.
  static func isZero(_ x: UnsafePointer<Self>, count: Int) -> Bool
  /// How many elements are zero.
  static func zeroCount(_ elements: [Self]) -> Int
  /// Whether no element is NaN or infinite.
  static func allFinite(_ elements: [Self]) -> Bool
  /// The largest absolute value; NaN where an element is NaN.
  static func maximumMagnitude(_ elements: [Self]) -> Self

  // MARK: Arrays

  /// `count` equal elements. (`Array(repeating:count:)` in generic code copies them one by one through a function.)
  static func array(repeating value: Self, count: Int) -> [Self]
  /// alpha · x[i] + beta · y[i], for as many elements as x has.
  static func combination(_ alpha: Self, _ x: [Self], _ beta: Self, _ y: [Self]) -> [Self]
  /// alpha · x[i].
  static func scaled(_ alpha: Self, _ x: [Self]) -> [Self]
  /// x[i] · y[i], for as many elements as x has.
  static func product(_ x: [Self], _ y: [Self]) -> [Self]

  // MARK: Fused values

  /// x Wᵀ + b for `rows` rows of x: W of shape `[outputs, inputs]`, b of `outputs` elements, none where nil.
  static func affine(
    _ x: [Self], rows: Int, inputs: Int, outputs: Int, weight: [Self], bias: [Self]?
  ) -> [Self]
  /// Every row of `features` elements normalised, as `normalize` does one: gain · x̂ + bias.
  static func normalized(
    _ x: [Self], rows: Int, features: Int, by rule: Normalization<Self>, gain: [Self], bias: [Self]
  ) -> NormalizedRows<Self>
  /// The normalised row x̂; returns 1/s and the remainder (`NormalizedRows.remainders`). Scaled where the squares alone would
  /// leave the range of the precision.
  static func normalize(
    _ source: UnsafePointer<Self>, features: Int, by rule: Normalization<Self>, into target: UnsafeMutablePointer<Self>
  ) -> (reciprocalDeviation: Self, remainder: Self)
  /// The softmax of a row of scores, in place. The largest score is subtracted first, so nothing overflows.
  static func softmax(_ scores: UnsafeMutablePointer<Self>, width: Int)

  // MARK: Fused tangents

  /// The tangent of one normalised row for `count` tangents: rows of `features` elements,
  /// dy = gain · (dx − mean(dx) − x̂ · c + x̂ · c · remainder)/s with c = (x̂ · dx)/(x̂ · x̂), without the mean where the rule
  /// is not centred. A remainder of 1 holds s fixed.
  ///
  /// What lies along x̂ is taken off whole and its small remainder put back. The shorter dx − mean(dx) − x̂ · mean(x̂ · dx) finds
  /// the remainder, a part in 10⁵, as a difference: with an error that is the same in every layer where states settle.
  static func normalizedTangents(
    _ source: UnsafePointer<Self>, count: Int, features: Int, normalized: UnsafePointer<Self>,
    reciprocalDeviation: Self, remainder: Self, isCentered: Bool, gain: UnsafePointer<Self>,
    into target: UnsafeMutablePointer<Self>)
  /// The same where each feature is normalised over all tokens: `source` and `target` have shape
  /// `[tokens, directions, features]`, `normalized` `[tokens, features]`, the rest `features` elements each; `scratch` has room
  /// for three times as many.
  static func normalizedTangentsOverTokens(
    _ source: UnsafePointer<Self>, tokens: Int, count: Int, features: Int, normalized: UnsafePointer<Self>,
    reciprocalDeviations: UnsafePointer<Self>, remainders: UnsafePointer<Self>, isCentered: Bool,
    gain: UnsafePointer<Self>, scratch: UnsafeMutablePointer<Self>, into target: UnsafeMutablePointer<Self>)
  /// The tangent of one softmax row p for `count` tangents of its scores, in place: dp = p ∘ (ds − Σ p ∘ ds).
  static func softmaxTangents(
    _ scores: UnsafeMutablePointer<Self>, count: Int, width: Int, stride: Int, probabilities: UnsafePointer<Self>)
  /// The same with scores laid out `[keys, directions]`; `mean` is room for one element per direction.
  static func softmaxTangents(
    _ scores: UnsafeMutablePointer<Self>, keys: Int, directions: Int, probabilities: UnsafePointer<Self>,
    mean: UnsafeMutablePointer<Self>)
  /// The same for several heads at once, rows of `[keys, heads]` elements.
  static func softmaxTangents(
    _ source: UnsafePointer<Self>, into target: UnsafeMutablePointer<Self>, count: Int, keys: Int, heads: Int,
    probabilities: UnsafePointer<Self>)
}
