import RealModule
public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// x + PE with the sinusoidal positions of Vaswani et al. 2017, section 3.5: sin(t/base^(2i/width)) in feature 2i of token t
/// and the cosine in feature 2i + 1.
public struct SinusoidalPositions<Scalar: NetworkScalar>: Layer {
  /// The base of the wavelengths.
  public var base: Double

  /// Positions with the paper's base, 10,000, where nothing else is said.
  public init(base: Double = 10_000) { self.base = base }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    x.adding(encoding(tokens: x.tokens, width: x.features).converted())
  }

  /// PE itself, shape `[tokens, width]`.
  public func encoding(tokens: Int, width: Int) -> Tensor<Double> {
    Tensor(rows: tokens, columns: width) { token, feature in
      let frequency = Double.pow(base, -Double(feature / 2 * 2) / Double(width))
      let angle = Double(token) * frequency
      return feature.isMultiple(of: 2) ? .sin(angle) : .cos(angle)
    }
  }
}
