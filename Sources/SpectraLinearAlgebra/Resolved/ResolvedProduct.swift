import SpectraRandom

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The singular values of a long product J = J_L ⋯ J_1 to high relative accuracy, however many decades they span.
///
/// A dense product in floating-point arithmetic has an error of eps · σ₁ and loses every singular value below that.
/// Here the product is never formed. A random orthonormal basis Q₀ of the input space goes through the factors, and
/// after each is made orthonormal again:
///
///     Y_l = J_l Q_{l−1} = Q_l R_l,      J = Q_L (R_L ⋯ R_1) Q₀ᵀ
///
/// The triangular factors are accumulated in a form in which rows differ in size without bound (`diag(eˢ) · U`, s in
/// logarithms), and its singular values are taken in that form.
///
/// ```swift
/// var product = try ResolvedProduct(inputs: 64)
/// for matrix in matrices {                        // of shape [outputs, inputs], first applied first
///   try product.advance(to: product.directions.multiplied(by: matrix, transposingOther: true))
/// }
/// let spectrum = try product.singularValues()     // .logSingularValues, .growth, .logError …
/// ```
///
/// **Why it is accurate.** Y_l is computed with an error E_l of the order eps · ‖J_l‖, and (Y_l + E_l) = (I + E_l Y_l⁺) Y_l:
/// a relative perturbation of the singular values of the product so far by at most ‖E_l Y_l⁺‖ ≤ eps · κ(Y_l) (Eisenstat,
/// Ipsen 1995, *Relative perturbation techniques for singular value problems*), κ the condition number of one factor only.
/// Later factors keep that where directions go on growing in their order, as in random stacks; where one that was
/// outgrown catches up, it carries what the larger one left along it, as much larger than rounding as the lead was. Q₀ is
/// random so that directions line up by growth: then R's rows are graded, U stays well conditioned, and accumulating costs
/// a few eps of each row. `logError` estimates all of this; see `advance`. The method is that of Lyapunov exponents
/// (Benettin et al. 1980) and of the product singular value decomposition (Stewart 1995, *On graded QR decompositions of
/// products of matrices*).
///
/// **Null directions.** Where a factor has a null direction, so has the product: the basis shrinks by it, and the work
/// with it. Rank is decided by column-pivoted QR against max(m, n) · eps · ‖Y_l‖.
public struct ResolvedProduct: Sendable {
  /// n: the number of inputs of the product.
  public let inputs: Int
  /// What the next factor is applied to, as rows of shape `[count, width]`: the basis, and after its `rank` vectors what
  /// else has to go along.
  public var directions: Tensor<Double> {
    if losses.isEmpty, contamination.probes.rows == 0 { return basis }
    return Tensor(
      shape: [directionCount, basis.columns],
      elements: basis.elements + contamination.probes.elements + losses.flatMap(\.probes.elements))
  }

  private var directionCount: Int {
    rank + contamination.probes.rows + losses.reduce(0) { $0 + $1.probes.rows }
  }

  private var basis: Tensor<Double>

  private var factor: GradedFactor
  /// Σ ln |R_ii| of the directions that live.
  private var growth: [Double]
  private var factors = 0
  /// For each direction the Σ of squared errors of ln σ.
  private var variances: [Double]
  /// For each direction and each before it, shape `[rank, rank]`, by how much the earlier one had outgrown it when it had
  /// most: an error of the earlier one's size along the later one counts for that much.
  private var leads: [Double]
  /// The largest amount of such a lead that was made up again.
  private var reversal = 0.0
  /// The condition number of the last factor on the basis, without its null directions.
  package private(set) var lastConditionNumber = 1.0
  /// ln of the largest image of the last factor's basis; 0 where all are zero.
  package private(set) var lastLogNorm = 0.0
  private var losses: [Loss] = []
  /// What rounding has put outside of what the product reaches.
  private var contamination: Contamination
  /// ln of how large a singular value that the last factor lost could be.
  private var lastLossSize = -Double.infinity
  private var unresolved = 0

  /// The empty product over `inputs` inputs, started from a random orthonormal basis.
  public init(inputs: Int, seed: UInt64 = 0) throws(LinearAlgebraError) {
    var stream = RandomKey(seed: seed, sample: 0, purpose: .probe).stream("starting basis")
    let normals = Tensor(shape: [inputs, inputs], elements: stream.normals(count: inputs * inputs))
    self.inputs = inputs
    basis = try normals.qrFactorization().q
    factor = GradedFactor(identity: inputs)
    growth = Array(repeating: 0, count: inputs)
    variances = growth
    leads = Array(repeating: 0, count: inputs * inputs)
    contamination = Contamination(inputs: inputs)
  }

  /// The number of basis vectors: of directions that are not lost.
  public var rank: Int { basis.rows }

  /// What became of one step.
  public enum Step: Sendable, Equatable {
    /// The product has one factor more, and lost this number of directions in it.
    case advanced(lost: Int)
    /// The images are too far from orthogonal: take the step in shorter ones. The product is as it was.
    case tooLong
  }

  /// Multiplies by one more factor, given the images of `directions` under it.
  ///
  /// - Parameters:
  ///   - images: shape `[count, outputs]`, row i the image of row i of `directions`.
  ///   - isDivisible: whether the step can be taken in shorter ones. If so, images that are nearly dependent change
  ///     nothing and give `tooLong`; if not, they are what they are, and what is dependent to rounding is lost.
  ///   - errorOfImages: how far the elements of images are off, in units of eps and of the largest image's elements: by the
  ///     rounding of the images, and because the factor itself was taken at a point known to rounding only.
  ///   - threads: how many threads share the work. Results do not depend on it.
  /// - Returns: whether the step was taken. The variance of ln σ_b grows by the square of
  ///   eps · (2 + errorOfImages) · ‖Y‖ ‖R⁻¹e_b‖/√outputs: what an error of random signs in all outputs does to
  ///   ln |R_bb|, to first order.
  /// - Throws: `LinearAlgebraError` where an image is not finite and the step cannot be divided.
  @discardableResult
  public mutating func advance(
    to images: Tensor<Double>, isDivisible: Bool = false, errorOfImages: Double = 2, threads: Int = 1
  ) throws(LinearAlgebraError) -> Step {
    precondition(
      images.rows == directionCount, "\(images.rows) images do not belong to \(directionCount) directions.")
    let step: Orthonormalization
    if !images.isFinite {
      if isDivisible { return .tooLong }
      try images.requireFinite(for: "resolved product")
    }
    switch try Orthonormalization.of(images.rows(0..<rank), decidesRank: !isDivisible, threads: threads) {
    case .done(let found): step = found
    case .nearlyDependent: return .tooLong
    case .notFinite:
      // Finite elements whose length is not.
      if isDivisible { return .tooLong }
      throw .notFinite(operation: "resolved product", row: 0, column: 0)
    }
    if isDivisible, step.conditionNumber > ResolvedProduct.longestCondition { return .tooLong }
    let dependent = step.dependent
    if !dependent.isEmpty { lastLossSize = lossSize(dependent, of: step) }
    var next = rank + contamination.probes.rows
    contamination.pass(
      images.rows(rank..<next), through: step, unit: Double.ulpOfOne * (2 + errorOfImages))
    for index in losses.indices {
      let rows = losses[index].probes.rows
      losses[index].pass(images.rows(next..<next + rows))
      next += rows
    }
    // A factor that annihilates all of a lost space makes its values exact zeros after all.
    for loss in losses where loss.isAnnihilated { unresolved -= loss.count }
    losses.removeAll(where: \.isAnnihilated)
    try factor.multiply(by: step, threads: threads)
    growth = step.pivots.enumerated().map { row, pivot in
      growth[pivot] + log(step.r[row * step.columns + pivot]) + step.logNorms[pivot]
    }
    noteLeads(of: step.pivots, among: rank)
    basis = Tensor(shape: [step.rank, step.width], elements: step.q)
    factors += 1
    lastConditionNumber = step.conditionNumber
    lastLogNorm = step.logNorms.max().flatMap { $0.isFinite ? $0 : nil } ?? 0
    let unit = Double.ulpOfOne * (2 + errorOfImages) / Double(max(1, step.width)).squareRoot()
    variances = zip(step.pivots, step.sensitivities).map { pivot, length in
      variances[pivot] + (unit * length) * (unit * length)
    }
    return .advanced(lost: dependent.count)
  }

  private mutating func noteLeads(of pivots: [Int], among count: Int) {
    let size = pivots.count
    if size < count {
      leads = pivots.flatMap { row in pivots.map { leads[row * count + $0] } }
    }
    leads.withUnsafeMutableBufferPointer { leads in
      growth.withUnsafeBufferPointer { growth in
        for row in 0..<size {
          for column in 0..<row {
            let lead = growth[column] - growth[row]
            leads[row * size + column] = max(leads[row * size + column], lead)
            reversal = max(reversal, leads[row * size + column] - max(0, lead))
          }
        }
      }
    }
  }

  /// The error of ln σ by what the factors' errors have become in later factors.
  ///
  /// What an earlier direction leaves along a later one is of the earlier one's size, and where the later one catches up
  /// afterwards it is as much larger than rounding as the lead was. Where the lead is regained, its square remains.
  private var accumulatedError: Double {
    let largest = 8 * (variances.max() ?? 0).squareRoot()
    let error =
      growth.indices.map { row in
        let made = (0..<row).reduce(0.0) { made, column in
          max(made, leads[row * rank + column] - max(0, growth[column] - growth[row]))
        }
        let outside = contamination.errors[row]
        return 8 * variances[row].squareRoot() * exp(min(made, 300)) + (outside <= 1 ? outside : 0)
      }.max() ?? 0
    let passing = largest * exp(min(reversal, 300))
    return error + min(passing * passing, 1e300)
  }

  /// A step that can be divided is, above this condition number: it would cost seven of sixteen digits.
  static let longestCondition = 1e7

  /// ln of the largest singular value that a direction which the last step lost can have: what rounding leaves of a
  /// dependent vector, in rows of the size of its own and of later ones.
  private func lossSize(_ dependent: [Int], of step: Orthonormalization) -> Double {
    let tolerance = log(Double(max(step.columns, step.width)) * Double.ulpOfOne)
    let largest = step.logNorms.max() ?? 0
    return tolerance + largest + (factor.logScales[(dependent.first ?? 0)...].max() ?? 0)
  }

  /// Declares `count` of the directions that the last step lost to be unresolved and not null: their singular values are
  /// not zero, only smaller than rounding shows.
  public mutating func discount(_ count: Int) {
    guard count > 0 else { return }
    unresolved += count
    losses.append(Loss(count, logSize: lastLossSize, beside: basis, number: losses.count))
    if losses.count > ResolvedProduct.mostLosses {
      // Of the two that are farthest below, the larger stands for both.
      losses.sort { $0.logSize > $1.logSize }
      let least = losses.removeLast()
      losses[losses.count - 1].count += least.count
    }
  }

  /// As many losses are followed on by themselves.
  private static let mostLosses = 8
}

// MARK: - Results

/// What a `ResolvedProduct` found.
public struct ResolvedSingularValues: Sendable, Equatable {
  /// ln σ of the values that are resolved, descending.
  public var logSingularValues: [Double]
  /// How many values are hidden by rounding; the rest of min(m, n) is exactly 0.
  public var unresolved: Int
  /// ln σ under which all unresolved values lie: an estimate of the bound, which is rounding's share of the factor that
  /// lost them times the growth before and after it. Nil where there is none.
  public var unresolvedBelow: Double?
  /// The estimated error of ln σ, largest over the values; nil where there is none.
  public var logError: Double?
  /// Σ_l ln |(R_l)_ii| of the directions that live, in their order: divided by the number of layers the Lyapunov
  /// exponents, which for a long product approach ln σ divided by it.
  public var growth: [Double]
}

extension ResolvedProduct {
  /// The singular values of the product so far, which can go on afterwards.
  public func singularValues(threads: Int = 1) throws(LinearAlgebraError) -> ResolvedSingularValues {
    var complete = self
    // The basis is orthonormal to 10⁻⁶ only; a last step with nothing between makes the rest a factor.
    if rank > 0 { try complete.advance(to: directions, threads: threads) }
    let (values, decomposition) = try complete.factor.logSingularValues()
    // What lies below the size that lost directions can have is mixed with them, and as unresolved as they.
    let vanished = complete.rank - values.count
    // What is only rounding by now is larger than what was there.
    let contaminated = zip(complete.contamination.errors, complete.growth).filter { $0.0 > 1 }.map { error, size in
      size + log(2 * Double(inputs).squareRoot())
    }
    let bound =
      (complete.losses.map(\.logBound) + contaminated + (vanished > 0 ? [complete.factor.logRounding] : [])).max()
    let live = values.prefix { value in bound.map { value > $0 } ?? true }
    // A sum of logarithms of size s carries rounding of eps · |s| a step.
    let largest = complete.factor.logScales.map { abs($0) }.max() ?? 0
    let sums = Double.ulpOfOne * largest * Double(factors).squareRoot()
    let mixed = live.last.flatMap { last in bound.map { exp($0 - last) } } ?? 0
    // Of hundreds of values the one with the largest error is some four standard deviations off, and those are known to
    // within a factor of 2: hence 8.
    return ResolvedSingularValues(
      logSingularValues: Array(live), unresolved: unresolved + complete.rank - live.count, unresolvedBelow: bound,
      logError: live.isEmpty ? nil : complete.accumulatedError + decomposition + sums + mixed,
      // Of exponents as of values, those that are mixed with what was lost are not known.
      growth: live.count < complete.growth.count
        ? Array(complete.growth.sorted(by: >).prefix(live.count)) : complete.growth)
  }
}

/// Directions that one step lost: how large their singular values can be.
private struct Loss: Sendable {
  /// How many directions.
  var count: Int
  /// ln of the largest singular value that a lost direction can have had so far.
  private(set) var logSize: Double
  /// Random vectors of the space that was lost, as rows of root mean square length 1, on their way through the rest of the
  /// product.
  private(set) var probes: Tensor<Double>

  /// - Parameter basis: what was not lost, orthonormal rows.
  init(_ count: Int, logSize: Double, beside basis: Tensor<Double>, number: Int) {
    let width = basis.columns
    var stream = RandomKey(seed: 0, sample: number, purpose: .probe).stream("lost direction")
    var probes = Tensor(shape: [4, width], elements: stream.normals(count: 4 * width))
    if basis.rows < width { probes = probes.projected(off: basis) }
    let size = probes.rootMeanSquare * Double(width).squareRoot()
    self.count = count
    self.logSize = logSize
    self.probes = size > 0 ? probes.scaled(by: 1 / size) : probes
  }

  mutating func pass(_ images: Tensor<Double>) {
    let size = images.rootMeanSquare * Double(images.columns).squareRoot()
    logSize += log(size)
    probes = size > 0 && size.isFinite ? images.scaled(by: 1 / size) : images
  }

  /// Whether nothing of the lost space is left.
  var isAnnihilated: Bool { logSize == -.infinity }

  /// The growth of random vectors falls short of the largest one by less than the factor √width, nearly always.
  var logBound: Double { logSize + log(2 * Double(max(probes.columns, 1)).squareRoot()) }
}

extension Tensor {
  /// Some of a matrix's rows.
  fileprivate func rows(_ range: Range<Int>) -> Tensor {
    if range == 0..<rows { return self }
    let columns = columns
    return Tensor(
      shape: [range.count, columns],
      elements: Array(elements[(range.lowerBound * columns)..<(range.upperBound * columns)]))
  }
}
