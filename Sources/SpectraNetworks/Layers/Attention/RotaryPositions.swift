import RealModule
public import SpectraDifferentiation
import SpectraLinearAlgebra

/// Rotary positions: pair i of a head's features of token t is rotated by the angle t · base^(−2i/d_head), so that the
/// product of a query and a key depends on their distance alone.
///
/// Su et al. 2021, *RoFormer*, arXiv 2104.09864, equation 15. Heads must have an even number of features.
public struct RotaryPositions: Sendable, Hashable, Codable {
  /// Which two features are rotated together. One is the other with features in another order: with randomly drawn
  /// queries and keys both have the same law.
  public enum Pairing: String, Sendable, Codable, CaseIterable {
    /// Features i and i + d_head/2, as GPT-NeoX and LLaMA have it.
    case halves
    /// Features 2i and 2i + 1, as in the paper.
    case neighbours
  }

  /// The base of the angles.
  public var base: Double
  public var pairing: Pairing

  /// Positions with the paper's base, 10,000, where nothing else is said.
  public init(base: Double = 10_000, pairing: Pairing = .halves) {
    (self.base, self.pairing) = (base, pairing)
  }

  /// Heads of `headSize` features side by side, each rotated.
  public func callAsFunction<S: Signal>(_ x: S, headSize: Int) -> S {
    precondition(headSize % 2 == 0, "Rotary positions need heads of an even number of features, not \(headSize).")
    let half = headSize / 2
    /// The pair of a feature within its head, and whether it is the pair's first.
    func place(_ feature: Int) -> (pair: Int, isFirst: Bool) {
      let feature = feature % headSize
      return pairing == .halves ? (feature % half, feature < half) : (feature / 2, feature % 2 == 0)
    }
    // All heads have the same angles.
    let angles = Tensor(rows: x.tokens, columns: half) {
      Double($0) * .pow(base, -2 * Double($1) / Double(headSize))
    }
    let (cosine, sine) = (angles.map { .cos($0) }, angles.map { .sin($0) })
    // (a, b) → (a cos − b sin, b cos + a sin): each feature by its cosine, plus the other one of its pair by ± sine.
    let cosines = Tensor(rows: x.tokens, columns: x.features) { S.Scalar(cosine[$0, place($1).pair]) }
    let sines = Tensor(rows: x.tokens, columns: x.features) { token, feature in
      let (pair, isFirst) = place(feature)
      return S.Scalar(isFirst ? -sine[token, pair] : sine[token, pair])
    }
    let run = pairing == .halves ? half : 1
    let exchanged = stride(from: 0, to: x.features, by: 2 * run).flatMap { first in
      [(first + run)..<(first + 2 * run), first..<(first + run)]
    }
    return x.multiplied(elementwiseBy: cosines) + x[features: exchanged].multiplied(elementwiseBy: sines)
  }
}
