public import SpectraAnalysis

/// Measured Lyapunov exponents of linear, fully connected Gaussian stacks beside the exact ones.
///
/// Measured ones are in descending order. At a small depth neighbours that lie closer than they fluctuate change places, which
/// pulls the mean of the upper ones up and of the lower ones down: such rows are not `isSeparated`. The mean over all
/// exponents does not depend on their order, and can be compared at any depth.
public struct LyapunovComparison: Sendable, Equatable {
  /// One exponent, or their mean: measured, exact, and how far both are apart.
  public struct Row: Sendable, Equatable {
    /// The mean over samples.
    public let measured: Double
    /// Of the law.
    public let exact: Double
    /// The standard deviation that the law gives `measured`, over factors and samples.
    public let standardError: Double
    /// Whether the exponent is farther than four standard deviations of one sample from its neighbours, so that their order
    /// is the law's.
    public let isSeparated: Bool

    /// (measured − exact) / standard error.
    public var zScore: Double { (measured - exact) / standardError }
  }

  /// λ_1 … λ_N.
  public let exponents: [Row]
  /// The mean of all.
  public let mean: Row
  /// The number of samples that had all exponents.
  public let samples: Int

  /// Compares the spectra of stacks of W_L ⋯ W_1 with elements N(0, σ_w²/N).
  ///
  /// - Parameters:
  ///   - spectra: resolved ones of N × N Jacobians; those without N exponents are left out.
  ///   - layers: L.
  ///   - sigmaW: σ_w.
  /// - Throws: `TheoryError` where no spectrum has N exponents, L is not positive or σ_w not above 0.
  public init(of spectra: [Spectrum], layers: Int, sigmaW: Double) throws(TheoryError) {
    let measured = spectra.compactMap { spectrum in
      spectrum.lyapunovExponents.flatMap { $0.count == spectrum.count && spectrum.rows == spectrum.columns ? $0 : nil }
    }
    guard let size = measured.first?.count, size > 0, measured.allSatisfy({ $0.count == size }) else {
      throw .outOfRange(
        "No spectrum has the Lyapunov exponents of a square Jacobian of full rank; take them by the resolved method.")
    }
    guard layers >= 1 else {
      throw .outOfRange("A stack of \(layers) layers has no Lyapunov exponents; name 1 layer or more.")
    }
    let exact = try GaussianLyapunovExponents.exponents(size: size, variance: sigmaW * sigmaW / Double(size))
    let variances = try GaussianLyapunovExponents.stepVariances(size: size).map { $0 / Double(layers) }
    let count = Double(measured.count)
    samples = measured.count
    exponents = (0..<size).map { k in
      let isSeparated = [k - 1, k + 1].filter(exact.indices.contains).allSatisfy {
        abs(exact[$0] - exact[k]) > 4 * (variances[$0] + variances[k]).squareRoot()
      }
      return Row(
        measured: measured.reduce(0) { $0 + $1[k] } / count, exact: exact[k],
        standardError: (variances[k] / count).squareRoot(), isSeparated: isSeparated)
    }
    let all = Double(size)
    mean = Row(
      measured: measured.reduce(0) { $0 + $1.reduce(0, +) / all } / count, exact: exact.reduce(0, +) / all,
      // The ln R_kk of one factor are independent.
      standardError: (variances.reduce(0, +) / (all * all * count)).squareRoot(), isSeparated: true)
  }
}
