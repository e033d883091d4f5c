import RealModule

/// The Lyapunov exponents λ_1 ≥ … ≥ λ_N of a product of independent N × N matrices whose elements are independent Gaussians
/// of variance s², exact at any N: those of a linear, fully connected stack with Gaussian weights.
///
/// Per factor, in natural logarithms. With R the triangular factor of W Q for any orthonormal Q that does not depend on W,
/// R_kk² is s² times a χ² variable of N − k + 1 degrees of freedom (2(N − k + 1) halves of one for complex elements), and
/// independent from factor to factor. Hence λ_k = E ln R_kk, and ln R_kk has the variance that `stepVariances` gives.
///
/// Newman 1986, *The distribution of Lyapunov exponents: exact results for random matrices*, Comm. Math. Phys. 103; complex
/// matrices: Forrester 2013, arXiv 1206.2001.
public enum GaussianLyapunovExponents {
  /// What the elements of the matrices are.
  public enum Elements: String, Sendable, CaseIterable {
    /// N(0, s²).
    case real
    /// Independent real and imaginary parts N(0, s²/2).
    case complex
  }

  /// λ_k for k = 1…N, descending: ½ [ln(2 s²) + ψ((N − k + 1)/2)], of complex elements ½ [ln s² + ψ(N − k + 1)].
  ///
  /// - Parameters:
  ///   - size: N, 1 or more.
  ///   - variance: s², above 0; 1/N where nil, the variance of σ_w = 1.
  /// - Throws: `TheoryError` where a parameter is out of its range.
  public static func exponents(
    size: Int, variance: Double? = nil, elements: Elements = .real
  ) throws(TheoryError) -> [Double] {
    let variance = try checked(size: size, variance: variance)
    return switch elements {
    case .real: (1...size).reversed().map { 0.5 * (.log(2 * variance) + digamma(Double($0) / 2)) }
    case .complex: (1...size).reversed().map { 0.5 * (.log(variance) + digamma(Double($0))) }
    }
  }

  /// The variance of ln R_kk of one factor for k = 1…N: ¼ ψ′((N − k + 1)/2), of complex elements ¼ ψ′(N − k + 1).
  ///
  /// The exponents measured over L factors have these variances over L.
  ///
  /// - Throws: `TheoryError` where N is not positive.
  public static func stepVariances(size: Int, elements: Elements = .real) throws(TheoryError) -> [Double] {
    _ = try checked(size: size, variance: nil)
    return (1...size).reversed().map { 0.25 * trigamma(elements == .real ? Double($0) / 2 : Double($0)) }
  }

  /// The mean of the N exponents, which is E[(1/N) Σ_i ln σ_i]/L at every depth L: (1/N) E ln |det W|.
  ///
  /// It approaches ½ ln(N s²) − ½ as N grows.
  ///
  /// - Throws: `TheoryError` where a parameter is out of its range.
  public static func mean(
    size: Int, variance: Double? = nil, elements: Elements = .real
  ) throws(TheoryError) -> Double {
    try exponents(size: size, variance: variance, elements: elements).reduce(0, +) / Double(size)
  }

  /// The exponent below which a share of them lies as N → ∞, ½ ln(N s² share): e^{2λ}/(N s²) is uniform on [0, 1], so that the
  /// density of e^λ rises linearly, the triangle law (Newman 1986).
  ///
  /// - Parameters:
  ///   - share: between 0 and 1; −∞ at 0.
  ///   - scale: N s², 1 for σ_w = 1.
  /// - Throws: `TheoryError` where a parameter is out of its range.
  public static func limitQuantile(_ share: Double, scale: Double = 1) throws(TheoryError) -> Double {
    guard share >= 0, share <= 1, scale > 0, scale.isFinite else {
      throw .outOfRange(
        "The limit of Lyapunov exponents has no quantile \(share) at the scale \(scale): the quantile lies between 0 and 1, "
          + "the scale above 0.")
    }
    return 0.5 * (.log(scale) + .log(share))
  }

  private static func checked(size: Int, variance: Double?) throws(TheoryError) -> Double {
    guard size >= 1 else {
      throw .outOfRange("Matrices of \(size) rows have no Lyapunov exponents; name a size of 1 or more.")
    }
    let variance = variance ?? 1 / Double(size)
    guard variance > 0, variance.isFinite else {
      throw .outOfRange(
        "Gaussian elements of variance \(variance) have no finite Lyapunov exponents; name a variance above 0.")
    }
    return variance
  }
}
