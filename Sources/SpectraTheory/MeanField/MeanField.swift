import RealModule
import SpectraAnalysis
public import SpectraDifferentiation

/// Mean field theory of the fully connected network h^l = W^l φ(h^{l−1}) + b^l of infinite width, weights of variance σ_w²/N and
/// biases of variance σ_b² (Poole et al. 2016, arXiv 1606.05340; Schoenholz et al. 2017, arXiv 1611.01232).
///
/// q is the variance of pre-activations, c their correlation for two inputs. Logarithms are natural, depths are in layers.
///
/// ```swift
/// let point = try MeanField(Tanh(), sigmaW: 1.5, sigmaB: 0.2).point()
/// print(point.q, point.chi, point.phase)
/// ```
public struct MeanField: Sendable {
  /// The means of φ.
  public let moments: ActivationMoments
  /// σ_w: weights have the variance σ_w²/N.
  public let sigmaW: Double
  /// σ_b, the standard deviation of biases.
  public let sigmaB: Double

  /// The theory of an activation at a point (σ_w, σ_b), both 0 or more.
  public init(_ activation: any Activation, sigmaW: Double, sigmaB: Double = 0) {
    self.init(ActivationMoments(activation), sigmaW: sigmaW, sigmaB: sigmaB)
  }

  /// The same with means that were prepared before, for many points of one activation.
  public init(_ moments: ActivationMoments, sigmaW: Double, sigmaB: Double = 0) {
    (self.moments, self.sigmaW, self.sigmaB) = (moments, sigmaW, sigmaB)
  }

  /// σ_w² V(q) + σ_b²: the variance after a layer of pre-activations with the variance q (Poole, equation 3).
  public func lengthMap(_ q: Double) -> Double {
    // Weights of 0 end even a variance that overflows.
    sigmaW == 0 ? sigmaB * sigmaB : sigmaW * sigmaW * moments.meanSquare(variance: q) + sigmaB * sigmaB
  }

  /// The slope of the length map at q.
  public func lengthSlope(_ q: Double) -> Double {
    sigmaW == 0 ? 0 : sigmaW * sigmaW * moments.meanSquareSlope(variance: q)
  }

  /// χ₁ = σ_w² E[φ′(√q z)²]: the mean squared singular value of a layer at the variance q, and the slope of the correlation map
  /// at c = 1 (Poole, equation 6).
  public func susceptibility(variance q: Double) -> Double {
    sigmaW == 0 ? 0 : sigmaW * sigmaW * moments.slopeMoment(1, variance: q)
  }

  /// The correlation after a layer of two inputs of one variance and of the correlation c (Poole, equation 5).
  ///
  /// - Parameters:
  ///   - c: −1 … 1.
  ///   - q: the variance of both, q* for the map of a deep network. At 0 it is the limit from above.
  public func correlationMap(_ c: Double, variance q: Double) -> Double {
    if sigmaW == 0 { return 1 }
    // The limit of small variances: of the least there is.
    let q = max(q, 1e-60)
    let length = lengthMap(q)
    let covariance = sigmaW * sigmaW * moments.productMean(variance: q, correlation: c) + sigmaB * sigmaB
    // Near c = 1 the gap keeps the digits that the quotient loses.
    guard c > 0.5 else { return max(-1, covariance / length) }
    return 1 - sigmaW * sigmaW * moments.productGap(variance: q, gap: 1 - c) / length
  }

  /// q*: the fixed point of the length map that variances reach from q = 1.
  ///
  /// It is the first fixed point from 1 on in the direction of the first step, which is where the iteration ends as long as V
  /// ascends, as that of every named activation does. Where every q is a fixed point, as for relu at σ_w² = 2 without biases, it is 1.
  ///
  /// - Throws: `TheoryError` that names the point where variances grow without bound or end in no fixed point.
  public func lengthFixedPoint() throws(TheoryError) -> Double {
    let limit = try lengthLimit()
    guard limit.isFinite else {
      throw .outOfRange(
        "The variance of pre-activations grows without bound from q = 1 at \(place); take a smaller sigma_w."
      )
    }
    return limit
  }

  /// Where variances go from q = 1: a fixed point, or infinity.
  func lengthLimit() throws(TheoryError) -> Double {
    guard sigmaW >= 0, sigmaB >= 0, sigmaW.isFinite, sigmaB.isFinite else {
      throw .outOfRange("Mean field theory is for finite sigma_w and sigma_b of 0 or more, not for \(place).")
    }
    if sigmaW == 0 { return sigmaB * sigmaB }
    let growth = { (q: Double) -> Double in
      let excess = lengthMap(q) / q - 1
      // Below this it is rounding.
      return abs(excess) < 4e-15 ? 0 : excess
    }
    let first = growth(1)
    guard !first.isNaN else { throw notConverged }
    if first == 0 { return 1 }
    let factor = first > 0 ? 2.0 : 0.5
    var (from, atFrom) = (1.0, first)
    for _ in 0..<Self.mostDoublings {
      let to = from * factor
      let atTo = growth(to)
      if atTo.isNaN { throw notConverged }
      if (atTo > 0) != (first > 0), atTo != 0 {
        // It attracts from both sides: d ln V/d ln q is nowhere below −½, that of the Gaussian density at 0.
        return root(from: from, atFrom, to: to, atTo) { lengthMap($0) / $0 - 1 }
      }
      // A stretch of rounding on both sides of the fixed point is passed; its near end stays.
      if atTo != 0 { (from, atFrom) = (to, atTo) } else { (from, atFrom) = (to, first * 1e-300) }
    }
    return first > 0 ? .infinity : 0
  }

  /// Variances from 2^−200 to 2^200.
  private static let mostDoublings = 200

  private var notConverged: TheoryError { .notConverged(what: "The length map from q = 1", at: place) }

  /// The point as messages name it.
  var place: String {
    "sigma_w = \(NumberText.shortest(sigmaW)), sigma_b = \(NumberText.shortest(sigmaB))"
  }
}
