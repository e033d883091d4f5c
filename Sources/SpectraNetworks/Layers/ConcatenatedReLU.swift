public import SpectraDifferentiation
public import SpectraLinearAlgebra

extension Signal {
  /// [relu(x), relu(−x)] for each token: twice the features, of which one in each pair is 0.
  ///
  /// It keeps all of x, and its Jacobian's nonzero rows are those of the identity but for signs (Shang et al. 2016, arXiv
  /// 1603.05201).
  public func concatenatedReLU() -> Self {
    Self.concatenated([activated(by: ReLU()), (-self).activated(by: ReLU())], along: .features)
  }
}

/// y = [relu(x), relu(−x)] for each token, with twice the features of x.
public struct ConcatenatedReLU<Scalar: NetworkScalar>: Layer {
  public init() {}

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar { x.concatenatedReLU() }
}

/// y = W [relu(x), relu(−x)] + b for each token: the branch of a fully connected stack with concatenated ReLU, whose state is
/// the pre-activation and so keeps its width.
///
/// With `--init looks-linear`, W = [V, −V], it is the orthogonal map V (Balduzzi et al. 2017, arXiv 1702.08591).
public struct LinearOfConcatenatedReLU<Scalar: NetworkScalar>: Layer {
  /// W and b, weight `[outputs, 2 · inputs]`.
  public var linear: Linear<Scalar>

  /// A layer of given weights.
  public init(linear: Linear<Scalar>) {
    precondition(
      linear.weight.columns.isMultiple(of: 2),
      "A weight of shape \(linear.weight.shape) does not take pairs of units: its number of columns is odd.")
    self.linear = linear
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar { linear(x.concatenatedReLU()) }
}
