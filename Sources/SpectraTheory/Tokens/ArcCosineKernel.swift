import RealModule

/// What a layer of rectified units makes of the correlation c of two Gaussian inputs, in closed form: the arc-cosine kernels
/// of Cho and Saul 2009, *Kernel Methods for Deep Learning*, normalised to 1 at c = 1.
///
/// Those of any activation are `ActivationMoments.productMean` and `slopeProductMean`.
public enum ArcCosineKernel {
  /// κ₀(c) = (π − arccos c)/π: twice the share of units that are on for both inputs, the map of derivatives.
  public static func zero(_ correlation: Double) -> Double {
    (.pi - .acos(clamped(correlation))) / .pi
  }

  /// κ₁(c) = (√(1 − c²) + (π − arccos c) c)/π: 2 E[relu(z₁) relu(z₂)] of unit variances, the correlation after the layer.
  public static func one(_ correlation: Double) -> Double {
    let c = clamped(correlation)
    return (((1 - c) * (1 + c)).squareRoot() + (.pi - .acos(c)) * c) / .pi
  }

  /// arccos(1 − gap), to relative precision.
  static func angle(gap: Double) -> Double { 2 * .asin(min(1, (gap / 2).squareRoot())) }

  private static func clamped(_ correlation: Double) -> Double { min(max(correlation, -1), 1) }
}
