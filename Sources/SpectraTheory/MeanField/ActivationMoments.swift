public import SpectraDifferentiation
import SpectraNetworks

/// The means of an activation φ over Gaussian pre-activations that mean field theory is made of.
///
/// u ~ N(0, q), and a pair u₁, u₂ ~ N(0, q) of correlation c. linear, relu, leaky-relu, erf, hard-tanh and gelu have closed forms
/// (theory of each: its form's source), every other activation is integrated numerically from kink to kink, on panels that were
/// refined until they resolve φ and φ′. Functions that grow faster than e^|x| are cut off at 13 standard deviations.
///
/// A variance below 0 gives NaN.
public struct ActivationMoments: Sendable {
  private let form: any MomentForm

  /// The means of an activation; one that is not known in closed form is resolved into panels here, once.
  public init(_ activation: any Activation) { form = Self.form(of: activation) }

  /// E[φ(u)].
  public func mean(variance q: Double) -> Double { q >= 0 ? form.mean(q) : .nan }

  /// V(q) = E[φ(u)²].
  public func meanSquare(variance q: Double) -> Double { q >= 0 ? form.meanSquare(q) : .nan }

  /// V′(q) = E[φ′(u)² + φ(u) φ″(u)], with the masses that φ″ has at kinks; at q = 0 its limit.
  public func meanSquareSlope(variance q: Double) -> Double {
    q >= 0 ? form.meanSquareSlope(max(q, leastVariance)) : .nan
  }

  /// μ_k = E[φ′(u)^2k]; at q = 0 its limit, the mean of both sides where φ has a kink at 0.
  ///
  /// - Parameters:
  ///   - k: 1 or more.
  ///   - q: the variance of u.
  public func slopeMoment(_ k: Int, variance q: Double) -> Double {
    q >= 0 ? form.slopeMoment(k, max(q, leastVariance)) : .nan
  }

  /// E[φ(u₁) φ(u₂)].
  ///
  /// - Parameters:
  ///   - q: the variance of u₁ and u₂.
  ///   - c: their correlation, −1 … 1.
  public func productMean(variance q: Double, correlation c: Double) -> Double {
    guard q >= 0, abs(c) <= 1 else { return .nan }
    return pair(variance: q).productMean(correlation: c)
  }

  /// E[φ′(u₁) φ′(u₂)].
  ///
  /// - Parameters:
  ///   - q: the variance of u₁ and u₂.
  ///   - c: their correlation, −1 … 1.
  public func slopeProductMean(variance q: Double, correlation c: Double) -> Double {
    guard q >= 0, abs(c) <= 1 else { return .nan }
    return pair(variance: q).slopeProductMean(gap: 1 - c)
  }

  /// V(q) − E[φ(u₁) φ(u₂)] = ½ E[(φ(u₁) − φ(u₂))²] for a correlation of 1 − δ: what the product of two means close to each other would
  /// not leave.
  ///
  /// - Parameters:
  ///   - q: the variance of u₁ and u₂.
  ///   - gap: δ = 1 − c, 0 … 2.
  public func productGap(variance q: Double, gap: Double) -> Double {
    guard q >= 0, gap >= 0, gap <= 2 else { return .nan }
    return pair(variance: q).productGap(gap: gap)
  }

  /// The means over pairs of one variance, for many correlations.
  func pair(variance q: Double) -> any PairForm {
    q >= leastVariance
      ? form.pair(q)
      : SmallPair(limit: form.pair(leastVariance), ratio: q / leastVariance, meanSquare: form.meanSquare(q))
  }
}

/// Stands for 0 where a limit is meant: its square root times a node, squared, is still a normal number.
private let leastVariance = 1e-60

/// Means over pairs of a variance below the least, where φ is straight on both sides of 0: half of the mean squared difference goes
/// with the variance.
private struct SmallPair: PairForm {
  /// Those of the least variance.
  let limit: any PairForm
  /// q over the least variance.
  let ratio: Double
  /// E[φ(u)²].
  let meanSquare: Double

  func productMean(correlation c: Double) -> Double { meanSquare - productGap(gap: 1 - c) }
  func productGap(gap: Double) -> Double { ratio * limit.productGap(gap: gap) }
  func slopeProductMean(gap: Double) -> Double { limit.slopeProductMean(gap: gap) }
}

/// The means of one activation; variances are above 0, but for `mean` and `meanSquare`, which take 0.
protocol MomentForm: Sendable {
  /// E[φ(u)].
  func mean(_ q: Double) -> Double
  /// E[φ(u)²].
  func meanSquare(_ q: Double) -> Double
  /// d/dq E[φ(u)²].
  func meanSquareSlope(_ q: Double) -> Double
  /// E[φ′(u)^2k].
  func slopeMoment(_ k: Int, _ q: Double) -> Double
  /// The means over pairs of this variance.
  func pair(_ q: Double) -> any PairForm
}

/// The means over pairs of one variance.
protocol PairForm {
  /// E[φ(u₁) φ(u₂)].
  func productMean(correlation c: Double) -> Double
  /// E[φ²] − E[φ(u₁) φ(u₂)] at the correlation 1 − gap, to relative precision.
  func productGap(gap: Double) -> Double
  /// E[φ′(u₁) φ′(u₂)] at the correlation 1 − gap.
  func slopeProductMean(gap: Double) -> Double
}

extension ActivationMoments {
  private static func form(of activation: any Activation) -> any MomentForm {
    switch activation {
    case is LinearActivation: LeakyMoments(slope: 1)
    case is ReLU: LeakyMoments(slope: 0)
    case let leaky as LeakyReLU: LeakyMoments(slope: leaky.slope)
    case is ErrorFunction: ErrorFunctionMoments()
    case is HardTanh: HardTanhMoments()
    case is GELU: GELUMoments()
    case let scaled as TransformedActivation
    where scaled.inputShift == 0 && scaled.outputShift == 0 && scaled.inputScale != 0:
      ScaledMoments(base: form(of: scaled.base), inner: scaled.inputScale, outer: scaled.outputScale)
    default: QuadratureMoments(activation)
    }
  }
}

/// s φ(a x), from the means of φ.
private struct ScaledMoments: MomentForm {
  let base: any MomentForm
  let inner: Double
  let outer: Double

  private func variance(_ q: Double) -> Double { inner * inner * q }

  func mean(_ q: Double) -> Double { outer * base.mean(variance(q)) }
  func meanSquare(_ q: Double) -> Double { outer * outer * base.meanSquare(variance(q)) }
  func meanSquareSlope(_ q: Double) -> Double { outer * outer * inner * inner * base.meanSquareSlope(variance(q)) }
  func slopeMoment(_ k: Int, _ q: Double) -> Double {
    (0..<2 * k).reduce(base.slopeMoment(k, variance(q))) { product, _ in product * (outer * inner) }
  }
  func pair(_ q: Double) -> any PairForm { Pair(base: base.pair(variance(q)), inner: inner, outer: outer) }

  private struct Pair: PairForm {
    let base: any PairForm
    let inner: Double
    let outer: Double

    func productMean(correlation c: Double) -> Double { outer * outer * base.productMean(correlation: c) }
    func productGap(gap: Double) -> Double { outer * outer * base.productGap(gap: gap) }
    func slopeProductMean(gap: Double) -> Double {
      outer * outer * inner * inner * base.slopeProductMean(gap: gap)
    }
  }
}
