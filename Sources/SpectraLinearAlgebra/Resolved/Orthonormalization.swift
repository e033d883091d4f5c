import SpectraRandom

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A factorisation Y = Q · R · diag(‖y_j‖) of a block of vectors y_1 … y_n, which are held as rows, in their given order.
///
/// Q is well conditioned, and orthonormal to about 10⁻⁶; it need not be better, because what counts is that the product
/// on the right is Y: the error of that is of the order eps · ‖y_j‖ in each column. R is upper triangular with columns of
/// length 1; where vectors depend on earlier ones they bring no row of their own, and R is a staircase.
///
/// The method is a block Gram–Schmidt process: the leading vectors, as long as each adds a share of more than
/// `leadingThreshold`, by Cholesky's factor of their Gram matrix, at the speed of matrix products; the others by
/// projecting twice on what is there (Giraud, Langou, Rozložník 2005). Order matters: the vectors come in the order of
/// their growth, and pivoting would mix sizes that differ by hundreds of decades.
package struct Orthonormalization: Sendable {
  /// The number of vectors.
  let columns: Int
  /// The length of each vector.
  let width: Int
  /// Shape `[rank, width]`: rows span the vectors.
  var q: [Double]
  /// Shape `[rank, columns]`.
  var r: [Double]
  /// The vector that brought each row of R; ascending.
  var pivots: [Int]
  /// ln ‖y_j‖; −∞ for a vector of zeros.
  let logNorms: [Double]
  /// max ‖y_j‖ · ‖R⁻¹ e_b‖ for each independent vector b: how far an error in Y, relative to ‖Y‖, moves ln |R_bb|.
  let sensitivities: [Double]

  /// An estimate of the condition number of Y without its dependent vectors.
  var conditionNumber: Double { sensitivities.max() ?? 1 }

  /// The number of independent vectors.
  var rank: Int { pivots.count }

  /// The vectors that depend on earlier ones.
  var dependent: [Int] {
    let independent = Set(pivots)
    return (0..<columns).filter { !independent.contains($0) }
  }

  /// What became of a block of vectors.
  enum Outcome {
    case done(Orthonormalization)
    /// Some vectors depend on others, or nearly so, and the caller has a shorter way to come here.
    case nearlyDependent
    /// A vector is NaN or infinite.
    case notFinite
  }

  /// What a vector must add to those before it, relative to its own length, to be taken by Cholesky's factor, whose
  /// pivots are the squares.
  fileprivate static let leadingThreshold = 1e-3
  /// Below this share of ‖Y‖ a vector may be a dependent one: the rounding in it is eps · ‖Y‖ times the condition of
  /// the ones before, of which 10⁷ is the worst that a LayerNorm makes.
  private static let suspicious = 1e-8
  /// Vectors projected at once.
  private static let panel = 32

  /// - Parameters:
  ///   - rows: shape `[columns, width]`.
  ///   - decidesRank: whether dependent vectors are dropped; otherwise their suspicion ends in `nearlyDependent`.
  static func of(
    _ rows: Tensor<Double>, decidesRank: Bool, threads: Int
  ) throws(LinearAlgebraError) -> Outcome {
    var builder = Builder(rows)
    guard builder.isFinite else { return .notFinite }
    // Zeros that may be an underflow on a long way are none on a shorter one.
    if !decidesRank, builder.norms.contains(where: { $0 < 1e-250 }) { return .nearlyDependent }
    guard builder.largestNorm > 0 else { return .done(builder.result()) }
    builder.takeLeading(threads: threads)
    if builder.taken == builder.columns, builder.smallestShare >= suspicious {
      // Cholesky squares the condition; up to this one Q is orthonormal to 10⁻⁶ still.
      if builder.leadingCondition < 1e5 { return .done(builder.result()) }
    }
    if builder.leadingCondition >= 1e5 { builder.restart() }
    var attempt = builder
    attempt.takeTrailing(panel: panel, threshold: builder.rankTolerance, threads: threads)
    if attempt.smallestShare >= suspicious, attempt.rank == attempt.columns {
      return .done(attempt.result())
    }
    if !decidesRank { return .nearlyDependent }
    let rank = try numericalRank(rows)
    if attempt.rank != rank {
      // A dependent vector shows the rounding of those before it, amplified by what the least of them added: it is told by
      // its share times theirs. The limit is raised until as few are left as the pivoted factorisation says.
      var threshold = Double.ulpOfOne / 16
      repeat {
        attempt = builder
        attempt.restart()
        attempt.takeTrailing(panel: panel, threshold: threshold, isAmplified: true, threads: threads)
        threshold *= 4
      } while attempt.rank > rank && threshold < 1e-5
    }
    return .done(attempt.result())
  }

  /// The rank of a block of vectors, by column-pivoted QR against max(rows, columns) · eps · ‖Y‖.
  package static func numericalRank(_ rows: Tensor<Double>) throws(LinearAlgebraError) -> Int {
    var copy = rows.elements
    var diagonal: [Double] = []
    var failure: LinearAlgebraError?
    copy.withUnsafeMutableBufferPointer { matrix in
      guard let matrix = matrix.baseAddress else { return }
      do throws(LinearAlgebraError) {
        diagonal = try DenseRoutines.pivotedDiagonal(matrix, count: rows.rows, width: rows.columns)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    let tolerance = Double(max(rows.rows, rows.columns)) * Double.ulpOfOne * (diagonal.first ?? 0)
    return diagonal.count { $0 > tolerance }
  }
}

// MARK: - The process

private struct Builder {
  let columns: Int
  let width: Int
  /// The vectors divided by their lengths; in the course of the work the first `rank` rows of `q` replace them.
  let unit: [Double]
  let norms: [Double]
  let largestNorm: Double
  var q: [Double] = []
  /// Shape `[columns, columns]`, row i belonging to the i-th pivot.
  var r: [Double]
  var pivots: [Int] = []
  /// How many vectors have been treated.
  var taken = 0
  /// The least share of ‖Y‖ that an accepted vector added to those before it.
  var smallestShare = Double.infinity
  /// The condition of the vectors that Cholesky's factor took.
  var leadingCondition = 1.0

  var rank: Int { pivots.count }

  init(_ rows: Tensor<Double>) {
    (columns, width) = (rows.rows, rows.columns)
    var (unit, norms) = (rows.elements, [Double]())
    let (columns, width) = (columns, width)
    unit.withUnsafeMutableBufferPointer { unit in
      for row in 0..<columns {
        norms.append(unit.baseAddress.map { DenseVector.normalize($0 + row * width, count: width) } ?? 0)
      }
    }
    self.unit = unit
    self.norms = norms
    largestNorm = norms.max() ?? 0
    r = Array(repeating: 0, count: columns * columns)
  }

  var isFinite: Bool { norms.allSatisfy(\.isFinite) }

  /// What rounding leaves of a dependent vector, relative to ‖Y‖.
  var rankTolerance: Double { Double(max(columns, width)) * Double.ulpOfOne }

  mutating func restart() {
    (q, pivots, taken) = ([], [], 0)
    (smallestShare, leadingCondition) = (.infinity, 1)
    r = Array(repeating: 0, count: columns * columns)
  }

  /// Takes leading vectors by Cholesky's factor of the Gram matrix.
  mutating func takeLeading(threads: Int) {
    let (columns, width) = (columns, width)
    if width == 0 { return }
    var gram = [Double](repeating: 0, count: columns * columns)
    let unit = unit
    var leading = 0
    gram.withUnsafeMutableBufferPointer { gram in
      unit.withUnsafeBufferPointer { unit in
        DenseRoutines.gram(unit.baseAddress!, count: columns, width: width, into: gram.baseAddress!, threads: threads)
      }
      let factored = DenseRoutines.cholesky(gram.baseAddress!, count: columns)
      while leading < min(factored, width), gram[leading * columns + leading] > Orthonormalization.leadingThreshold {
        leading += 1
      }
      // Below the diagonal there is scratch; below the leading block, what Cholesky left.
      for row in 0..<columns {
        for column in 0..<(row < leading ? row : columns) { gram[row * columns + column] = 0 }
      }
    }
    guard leading > 0 else { return }
    for row in 0..<leading {
      smallestShare = min(smallestShare, gram[row * columns + row] * norms[row] / largestNorm)
    }
    r = gram
    pivots = Array(0..<leading)
    taken = leading
    if leading < columns {
      // The rows right of the leading block are projections on Q, found below with what rounding leaves of them.
      for row in 0..<leading { for column in leading..<columns { r[row * columns + column] = 0 } }
    }
    leadingCondition = sensitivities(scaled: false).max() ?? 1
    q = Array(unit[..<(leading * width)])
    q.withUnsafeMutableBufferPointer { q in
      r.withUnsafeBufferPointer { r in
        DenseRoutines.solve(
          transposedUpper: r.baseAddress!, stride: columns, rows: q.baseAddress!, count: leading, width: width,
          threads: threads)
      }
    }
  }

  /// Takes the remaining vectors, panel by panel: each is projected twice on what is there; what adds less than
  /// `threshold` of ‖Y‖, or of ‖Y‖ over the least share before it, is dropped.
  mutating func takeTrailing(panel: Int, threshold: Double, isAmplified: Bool = false, threads: Int) {
    while taken < columns {
      let end = min(taken + panel, columns)
      take(taken..<end, threshold: threshold, isAmplified: isAmplified)
      taken = end
    }
  }

  private mutating func take(_ range: Range<Int>, threshold: Double, isAmplified: Bool) {
    let (columns, width, before) = (columns, width, rank)
    let count = range.count
    var block = Array(unit[(range.lowerBound * width)..<(range.upperBound * width)])
    var coefficients = [Double](repeating: 0, count: count * before)
    block.withUnsafeMutableBufferPointer { block in
      q.withUnsafeBufferPointer { q in
        guard let q = q.baseAddress, let block = block.baseAddress, before > 0 else { return }
        var found = [Double](repeating: 0, count: count * before)
        for _ in 0..<2 {
          found.withUnsafeMutableBufferPointer { found in
            Double.gemm(
              transposeA: false, transposeB: true, m: count, n: before, k: width, alpha: 1, a: block, strideA: width,
              b: q, strideB: width, beta: 0, c: found.baseAddress!, strideC: before)
            Double.gemm(
              transposeA: false, transposeB: false, m: count, n: width, k: before, alpha: -1, a: found.baseAddress!,
              strideA: before, b: q, strideB: width, beta: 1, c: block, strideC: width)
          }
          for index in found.indices { coefficients[index] += found[index] }
        }
      }
    }
    for (offset, column) in range.enumerated() {
      for row in 0..<before { r[row * columns + column] = coefficients[offset * before + row] }
    }
    block.withUnsafeMutableBufferPointer { block in
      guard let block = block.baseAddress else { return }
      /// The rows of the panel that were accepted, moved to its front.
      var accepted = 0
      for (offset, column) in range.enumerated() {
        let own = block + offset * width
        for _ in 0..<2 {
          for other in 0..<accepted {
            let projection = Double.dot(own, block + other * width, count: width)
            Double.accumulate(-projection, block + other * width, count: width, into: own)
            r[(before + other) * columns + column] += projection
          }
        }
        let length = DenseVector.length(own, count: width)
        let share = length * norms[column] / largestNorm
        let amplification = isAmplified ? min(1, smallestShare) : 1
        guard share * amplification > threshold, rank < width else { continue }
        smallestShare = min(smallestShare, share)
        _ = DenseVector.normalize(own, count: width)
        if accepted != offset { (block + accepted * width).update(from: own, count: width) }
        r[rank * columns + column] = length
        pivots.append(column)
        accepted += 1
      }
      q += UnsafeBufferPointer(start: block, count: accepted * width)
    }
  }

  /// ‖R⁻¹ e_b‖ for each vector taken so far, of the columns of length 1 or scaled by ‖y_j‖/‖Y‖.
  ///
  /// Estimated from eight random sign vectors ω, as (R⁻ᵀω)_b has the mean square ‖R⁻¹e_b‖²: to within a factor of 2 for
  /// nearly all b.
  func sensitivities(scaled: Bool) -> [Double] {
    let (size, probes) = (rank, 8)
    if size == 0 { return [] }
    var stream = RandomKey(seed: 0, sample: 0, purpose: .probe).stream("signs")
    var signs = stream.uniforms(count: size * probes, low: -1, high: 1).map { $0 < 0 ? -1.0 : 1.0 }
    if scaled {
      // (R D)⁻ᵀ ω = R⁻ᵀ (D⁻¹ ω).
      for row in 0..<size {
        let scale = largestNorm / norms[pivots[row]]
        for probe in 0..<probes { signs[row * probes + probe] *= scale }
      }
    }
    let isContiguous = pivots.last == size - 1
    let triangle = isContiguous ? r : pivotColumns()
    signs.withUnsafeMutableBufferPointer { signs in
      triangle.withUnsafeBufferPointer { triangle in
        DenseRoutines.solve(
          transposedUpper: triangle.baseAddress!, stride: isContiguous ? columns : size, rows: signs.baseAddress!,
          count: size, width: probes, threads: 1)
      }
    }
    return (0..<size).map { row in
      signs.withUnsafeBufferPointer { DenseVector.length($0.baseAddress! + row * probes, count: probes) }
        / Double(probes).squareRoot()
    }
  }

  /// R without the columns of dependent vectors.
  private func pivotColumns() -> [Double] {
    let size = rank
    var triangle = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for other in row..<size { triangle[row * size + other] = r[row * columns + pivots[other]] }
    }
    return triangle
  }

  func result() -> Orthonormalization {
    var r = Array(r[..<(rank * columns)])
    // A dependent vector has no component along vectors after it but rounding, which must not meet their sizes.
    for (row, pivot) in pivots.enumerated() { for column in 0..<pivot { r[row * columns + column] = 0 } }
    return Orthonormalization(
      columns: columns, width: width, q: q, r: r, pivots: pivots, logNorms: norms.map { log($0) },
      sensitivities: sensitivities(scaled: true))
  }
}
