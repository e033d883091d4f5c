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
/// var product = ResolvedProduct(inputs: 64)
/// for matrix in matrices {                        // of shape [outputs, inputs], first applied first
///   try product.advance(to: product.directions.multiplied(by: matrix, transposingOther: true))
/// }
/// let spectrum = try product.singularValues()     // .logSingularValues, .lyapunovExponents …
/// ```
///
/// **Why it is accurate.** Y_l is computed with an error E_l of the order eps · ‖J_l‖, and (Y_l + E_l) = (I + E_l Y_l⁺) Y_l:
/// a relative perturbation of *all* singular values of J by at most ‖E_l Y_l⁺‖ ≤ eps · κ(Y_l) (Eisenstat, Ipsen 1995,
/// *Relative perturbation techniques for singular value problems*), κ the condition number of one factor only. Q₀ is random
/// so that directions line up by growth: then R's rows are graded, U stays well conditioned, and accumulating costs a few
/// eps of each row. `logError` estimates the sum; see `advance`. The method is that of Lyapunov exponents (Benettin
/// et al. 1980) and of the product singular value decomposition (Stewart 1995, *On graded QR decompositions of products
/// of matrices*).
///
/// **Null directions.** Where a factor has a null direction, so has the product: the basis shrinks by it, and the work
/// with it. Rank is decided by column-pivoted QR against max(m, n) · eps · ‖Y_l‖.
public struct ResolvedProduct: Sendable {
  /// n: the number of inputs of the product.
  public let inputs: Int
  /// The basis that the next factor is applied to, as rows: shape `[rank, width]`.
  public private(set) var directions: Tensor<Double>

  private var factor: GradedFactor
  /// Σ ln |R_ii| of the directions that live.
  private var growth: [Double]
  private var factors = 0
  /// For each direction the Σ of squared errors of ln σ.
  private var variances: [Double]
  /// The condition number of the last factor on the basis, without its null directions.
  package private(set) var lastConditionNumber = 1.0
  /// ln of the largest image of the last factor's basis; 0 where all are zero.
  package private(set) var lastLogNorm = 0.0
  private var losses: [Loss] = []
  /// What `discount` needs of the last factor that lost directions.
  private var lastLoss: Loss?
  private var unresolved = 0

  /// The empty product over `inputs` inputs, started from a random orthonormal basis.
  public init(inputs: Int, seed: UInt64 = 0) throws(LinearAlgebraError) {
    var stream = RandomKey(seed: seed, sample: 0, purpose: .probe).stream("starting basis")
    let normals = Tensor(shape: [inputs, inputs], elements: stream.normals(count: inputs * inputs))
    self.inputs = inputs
    directions = try normals.qrFactorization().q
    factor = GradedFactor(identity: inputs)
    growth = Array(repeating: 0, count: inputs)
    variances = growth
  }

  /// The number of directions that are not lost.
  public var rank: Int { directions.rows }

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
  ///   - images: shape `[rank, outputs]`, row i the image of direction i.
  ///   - isDivisible: whether the step can be taken in shorter ones. If so, images that are nearly dependent change
  ///     nothing and give `tooLong`; if not, they are what they are, and what is dependent to rounding is lost.
  ///   - forwardError: the relative error of the point at which the factor was taken, in multiples of eps: the product
  ///     of Jacobians along a computed trajectory is that of the true one only so far.
  ///   - threads: how many threads share the work. Results do not depend on it.
  /// - Returns: whether the step was taken. The error of ln σ_b grows by eps · (4 + forwardError) · ‖Y‖ ‖R⁻¹e_b‖/√outputs,
  ///   in quadrature: what a rounding error of random signs in all outputs does to ln |R_bb|, to first order.
  /// - Throws: `LinearAlgebraError` where an image is not finite and the step cannot be divided.
  @discardableResult
  public mutating func advance(
    to images: Tensor<Double>, isDivisible: Bool = false, forwardError: Double = 0, threads: Int = 1
  ) throws(LinearAlgebraError) -> Step {
    precondition(images.rows == rank, "\(images.rows) images do not belong to \(rank) directions.")
    let step: Orthonormalization
    switch try Orthonormalization.of(images, decidesRank: !isDivisible, threads: threads) {
    case .done(let found): step = found
    case .nearlyDependent: return .tooLong
    case .notFinite:
      if isDivisible { return .tooLong }
      try images.requireFinite(for: "resolved product")
      throw .failed(operation: "resolved product", rows: images.columns, columns: images.rows, info: 0)
    }
    if isDivisible, step.conditionNumber > ResolvedProduct.longestCondition { return .tooLong }
    let dependent = step.dependent
    if !dependent.isEmpty {
      lastLoss = Loss(dependent, of: step, scales: factor.logScales)
    }
    for index in losses.indices { losses[index].pass(step) }
    try factor.multiply(by: step, threads: threads)
    growth = step.pivots.enumerated().map { row, pivot in
      growth[pivot] + log(step.r[row * step.columns + pivot]) + step.logNorms[pivot]
    }
    directions = Tensor(shape: [step.rank, step.width], elements: step.q)
    factors += 1
    lastConditionNumber = step.conditionNumber
    lastLogNorm = step.logNorms.max().flatMap { $0.isFinite ? $0 : nil } ?? 0
    let unit = Double.ulpOfOne * (4 + forwardError) / Double(max(1, step.width)).squareRoot()
    variances = zip(step.pivots, step.sensitivities).map { pivot, length in
      variances[pivot] + (unit * length) * (unit * length)
    }
    return .advanced(lost: dependent.count)
  }

  /// A step that can be divided is, above this condition number: it would cost seven of sixteen digits.
  static let longestCondition = 1e7

  /// Declares `count` of the directions that the last step lost to be unresolved and not null: their singular values are
  /// not zero, only smaller than rounding shows.
  public mutating func discount(_ count: Int) {
    guard count > 0, var loss = lastLoss else { return }
    loss.restart(rank: rank)
    losses.append(loss)
    unresolved += count
  }
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
    // The basis is orthonormal to 10⁻⁸ only; a last step with nothing between makes the rest a factor.
    if rank > 0 {
      try complete.advance(to: directions, threads: threads)
    }
    let (values, decomposition) = try complete.factor.logSingularValues()
    // A sum of logarithms of size s carries rounding of eps · |s| a step.
    let largest = complete.factor.logScales.map { abs($0) }.max() ?? 0
    let sums = Double.ulpOfOne * largest * Double(factors).squareRoot()
    return ResolvedSingularValues(
      logSingularValues: values, unresolved: unresolved,
      unresolvedBelow: complete.losses.map(\.logBound).max(),
      logError: values.isEmpty ? nil : (2 * (complete.variances.max() ?? 0).squareRoot() + decomposition + sums),
      growth: complete.growth)
  }
}

/// Directions that one step lost: how large their singular values could be.
private struct Loss: Sendable {
  /// ln of the largest singular value that a lost direction could have had after the step.
  private let logSize: Double
  /// Random vectors that pass through the rest of the product, as rows: their growth is that of ‖R_L ⋯ R_l‖_F/√rank.
  private var probes: [[Double]] = []
  private var logGrowth = 0.0
  private var rank = 0

  init(_ dependent: [Int], of step: Orthonormalization, scales: [Double]) {
    // What rounding leaves of vector j adds to rows of the size of j's and later vectors.
    let tolerance = log(Double(max(step.columns, step.width)) * Double.ulpOfOne)
    let largest = step.logNorms.max() ?? 0
    let later = scales[(dependent.first ?? 0)...].max() ?? 0
    logSize = tolerance + largest + later
  }

  mutating func restart(rank: Int) {
    self.rank = rank
    var stream = RandomKey(seed: 0, sample: 0, purpose: .probe).stream("suffix norm")
    probes = (0..<4).map { _ in
      var vector = stream.normals(count: rank)
      vector.withUnsafeMutableBufferPointer { vector in
        if let base = vector.baseAddress { _ = DenseVector.normalize(base, count: rank) }
      }
      return vector
    }
  }

  mutating func pass(_ step: Orthonormalization) {
    if step.rank == 0 || probes.isEmpty { return }
    let largest = step.logNorms.max() ?? 0
    let scales = step.logNorms.map { exp($0 - largest) }
    var squares = 0.0
    for index in probes.indices {
      let scaled = zip(probes[index], scales).map { $0 * $1 }
      probes[index] =
        Tensor(shape: [step.rank, step.columns], elements: step.r)
        .multiplied(by: Tensor(shape: [step.columns, 1], elements: scaled)).elements
      squares += probes[index].reduce(0) { $0 + $1 * $1 }
    }
    let size = (squares / Double(probes.count)).squareRoot()
    guard size > 0 else { return }
    logGrowth += log(size) + largest
    for index in probes.indices { probes[index] = probes[index].map { $0 / size } }
  }

  /// The mean growth of four random vectors falls short of ‖·‖_F/√rank by less than the factor 4 of the last term.
  var logBound: Double { logSize + logGrowth + log(Double(max(rank, 1)).squareRoot()) + log(4) }
}
