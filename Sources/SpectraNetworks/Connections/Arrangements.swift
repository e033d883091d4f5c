public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// Attention and feed-forward side by side on the same normalised input: x + A(N(x)) + F(N(x)).
///
/// Wang and Komatsuzaki 2021, GPT-J-6B; Chowdhery et al. 2022, PaLM, arXiv 2204.02311, section 2.
public struct ParallelSublayers<Scalar: NetworkScalar>: Layer {
  /// The branches.
  public var branches: [any Layer<Scalar>]
  /// N; the identity where nil.
  public var norm: (any Layer<Scalar>)?

  /// A layer of given parts.
  public init(branches: [any Layer<Scalar>], norm: (any Layer<Scalar>)? = nil) {
    self.branches = branches
    self.norm = norm
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    let normed = norm?(x) ?? x
    return branches.reduce(x) { $0 + $1(normed) }
  }
}

/// A reversible layer: the features are two streams, each changed by a function of the other alone.
///
/// With two branches y₁ = x₁ + F(x₂), y₂ = x₂ + G(y₁); with one, y = (x₂, x₁ + F(x₂)), so that the streams change places
/// from layer to layer. Either way the Jacobian has determinant ±1 whatever the branches: Σ ln σ = 0.
/// Gomez et al. 2017, *The Reversible Residual Network*, arXiv 1707.04585, equations 6 and 7.
public struct ReversibleLayer<Scalar: NetworkScalar>: Layer {
  /// F, or F and G: maps of half of the features, their norms included.
  public var branches: [any Layer<Scalar>]

  /// A layer of one or two branches.
  public init(branches: [any Layer<Scalar>]) {
    precondition((1...2).contains(branches.count), "A reversible layer has one or two branches, not \(branches.count).")
    self.branches = branches
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    precondition(x.features.isMultiple(of: 2), "Two streams need an even number of features, not \(x.features).")
    let half = x.features / 2
    let (first, second) = (x[features: 0..<half], x[features: half..<(2 * half)])
    let changed = first + branches[0](second)
    guard branches.count == 2 else { return .concatenated([second, changed], along: .features) }
    return .concatenated([changed, second + branches[1](changed)], along: .features)
  }
}
