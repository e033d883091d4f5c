import RealModule
public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// How evenly attention spreads, and how fast it alone makes tokens equal: means over the heads of a layer.
///
/// Of the matrices A of shape `[tokens, tokens]`, row i what query i attends to. Rows are divided by their sums, which are 1
/// already but for signal-preserving attention.
public struct AttentionStatistics: Sendable, Equatable {
  /// The mean over heads and queries of −Σ_j A_ij ln A_ij, in nats; ln n where attention is uniform.
  public let entropy: Double
  /// The mean over heads and queries of a query's entropy divided by the logarithm of the number of keys that its mask allows:
  /// 1 where attention is uniform. Queries of a single key are left out; nil where all are.
  public let relativeEntropy: Double?
  /// The mean over heads of 1 − |λ₂|, λ₂ the second largest eigenvalue of A by magnitude: a power A^L approaches its limit of
  /// equal rows as |λ₂|^L. 1 for uniform attention, 0 for the identity; nil for one token.
  public let spectralGap: Double?

  /// The statistics of the heads' matrices; nil where there is none, a row has a negative or no element, or one that is not finite,
  /// as in shaped attention, where A is no average.
  ///
  /// - Parameters:
  ///   - heads: for each head A, shape `[tokens, tokens]`.
  ///   - mask: which keys a query may attend to.
  public init?(of heads: [Tensor<Double>], mask: AttentionMask = .none) {
    guard let tokens = heads.first?.rows, tokens > 0 else { return nil }
    var (entropies, relative, gaps) = ([Double](), [Double](), [Double]())
    for head in heads {
      guard let rows = Self.stochastic(head) else { return nil }
      for query in 0..<tokens {
        let entropy = (0..<tokens).reduce(0) { sum, key in
          let share = rows[query, key]
          return share > 0 ? sum - share * .log(share) : sum
        }
        entropies.append(entropy)
        let allowed = (0..<tokens).count { mask.allows(query: query, key: $0) }
        if allowed > 1 { relative.append(entropy / .log(Double(allowed))) }
      }
      if tokens > 1 {
        guard let values = try? rows.eigenvalues() else { return nil }
        gaps.append(1 - .hypot(values[1].real, values[1].imaginary))
      }
    }
    func mean(_ values: [Double]) -> Double? {
      values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    entropy = mean(entropies) ?? 0
    relativeEntropy = mean(relative)
    spectralGap = mean(gaps)
  }

  /// A with rows of sum 1; nil where it is no average.
  private static func stochastic(_ matrix: Tensor<Double>) -> Tensor<Double>? {
    var result = matrix
    for row in 0..<matrix.rows {
      let elements = matrix.elements[row * matrix.columns..<(row + 1) * matrix.columns]
      let sum = elements.reduce(0, +)
      guard sum > 0, sum.isFinite, elements.allSatisfy({ $0 >= 0 }) else { return nil }
      for column in 0..<matrix.columns { result[row, column] = matrix[row, column] / sum }
    }
    return result
  }
}
