public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// A factor on the skip or on the branch of a sublayer.
public enum PathWeight<Scalar: NetworkScalar>: Sendable {
  /// The path is not there.
  case absent
  case one
  /// The same factor for all features.
  case scalar(Scalar)
  /// A factor for each feature.
  case vector(Tensor<Scalar>)

  /// x times the weight.
  func times<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    switch self {
    case .absent: 0 * x
    case .one: x
    case .scalar(let factor): factor * x
    case .vector(let factors): x.multiplied(elementwiseBy: factors)
    }
  }
}

/// A branch F with its skip and its normalisers: post(skip · x + weight · branchNorm(F(pre(x)))).
public struct Sublayer<Scalar: NetworkScalar>: Layer {
  /// F.
  public var branch: any Layer<Scalar>
  /// The factor on x.
  public var skip: PathWeight<Scalar>
  /// The factor on the branch's output.
  public var weight: PathWeight<Scalar>
  /// On the branch's input; the identity where nil.
  public var preNorm: (any Layer<Scalar>)?
  /// On the branch's output; the identity where nil.
  public var branchNorm: (any Layer<Scalar>)?
  /// On the sum; the identity where nil.
  public var postNorm: (any Layer<Scalar>)?
  /// How often the sum and its norm are taken: y_1 = post(skip · x + …), y_k = post(skip · x + y_{k−1}).
  public var recursion: Int

  /// A sublayer of given parts.
  public init(
    branch: any Layer<Scalar>, skip: PathWeight<Scalar> = .one, weight: PathWeight<Scalar> = .one,
    preNorm: (any Layer<Scalar>)? = nil, branchNorm: (any Layer<Scalar>)? = nil,
    postNorm: (any Layer<Scalar>)? = nil, recursion: Int = 1
  ) {
    precondition(recursion >= 1, "A sublayer adds its skip once or more, not \(recursion) times.")
    self.branch = branch
    self.skip = skip
    self.weight = weight
    self.preNorm = preNorm
    self.branchNorm = branchNorm
    self.postNorm = postNorm
    self.recursion = recursion
  }

  /// A sublayer of a connection without weights of its own, with its norm in its place.
  ///
  /// - Parameters:
  ///   - connection: any whose sublayers are independent of one another and of the depth.
  ///   - norm: N; the identity where nil.
  ///   - residualWeight: α of `rezero` and `skipinit`.
  public init(
    _ connection: Connection, branch: any Layer<Scalar>, norm: (any Layer<Scalar>)? = nil, residualWeight: Scalar = 0
  ) {
    self.init(Variant(connection), branch: branch, norm: norm, residualWeight: residualWeight)
  }

  /// A sublayer of a connection with settings, its norm in its place.
  public init(
    _ connection: Variant<Connection>, branch: any Layer<Scalar>, norm: (any Layer<Scalar>)? = nil,
    residualWeight: Scalar = 0
  ) {
    let wiring = connection.wiring(depth: 1)
    precondition(
      wiring.arrangement == .sequential && wiring.norm != .preAndInner && connection.name != .deepnorm,
      "The sublayers of \(connection.name.rawValue) do not stand alone.")
    self.init(
      branch: branch, skip: wiring.skip.path(learnt: nil), weight: wiring.branch.path(learnt: residualWeight),
      norm: norm, at: wiring.norm, recursion: wiring.recursion)
  }

  /// A sublayer with one norm somewhere.
  init(
    branch: any Layer<Scalar>, skip: PathWeight<Scalar>, weight: PathWeight<Scalar>, norm: (any Layer<Scalar>)?,
    at place: Wiring.NormPlace?, recursion: Int
  ) {
    self.init(
      branch: branch, skip: skip, weight: weight,
      preNorm: place == .pre || place == .preAndInner ? norm : nil, branchNorm: place == .branch ? norm : nil,
      postNorm: place == .post ? norm : nil, recursion: recursion)
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    combined(x, branchOutput(x))
  }

  /// The branch's output with its norm: branchNorm(F(pre(x))).
  func branchOutput<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    let output = branch(preNorm?(x) ?? x)
    return branchNorm?(output) ?? output
  }

  /// Skip and branch put together.
  func combined<S: Signal>(_ x: S, _ output: S) -> S where S.Scalar == Scalar {
    var result = joined(x, weight.times(output))
    for _ in 1..<recursion { result = joined(x, result) }
    return result
  }

  /// post(skip · x + other).
  private func joined<S: Signal>(_ x: S, _ other: S) -> S where S.Scalar == Scalar {
    if case .absent = skip { return postNorm?(other) ?? other }
    let sum = skip.times(x) + other
    return postNorm?(sum) ?? sum
  }
}

extension Wiring.Factor {
  /// The factor itself, learnt ones at a given value or at the one of initialisation.
  fileprivate func path<Scalar: NetworkScalar>(learnt: Scalar?) -> PathWeight<Scalar> {
    switch self {
    case .absent: .absent
    case .one: .one
    case .constant(let factor): .scalar(Scalar(factor))
    case .perLayer(let factor), .perSublayer(let factor), .perFeature(let factor): .scalar(learnt ?? Scalar(factor))
    }
  }
}
