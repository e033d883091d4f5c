/// The place where a function changes its sign between two ends at which its signs differ, to the last digits (Chandrupatla 1997,
/// inverse quadratic interpolation where that is safe, else bisection).
///
/// - Parameters:
///   - tolerance: the width relative to the larger end at which it stops.
func root(
  from low: Double, _ atLow: Double, to high: Double, _ atHigh: Double, tolerance: Double = 2e-16,
  _ f: (Double) -> Double
) -> Double {
  if atLow == 0 { return low }
  if atHigh == 0 { return high }
  var (a, fa, b, fb) = (high, atHigh, low, atLow)
  var (c, fc) = (a, fa)
  var t = 0.5
  for _ in 0..<200 {
    let x = a + t * (b - a)
    let fx = f(x)
    if (fx > 0) == (fa > 0) {
      (c, fc) = (a, fa)
    } else {
      (c, fc, b, fb) = (b, fb, a, fa)
    }
    (a, fa) = (x, fx)
    let (best, atBest) = abs(fa) < abs(fb) ? (a, fa) : (b, fb)
    let limit = 2 * tolerance * abs(best) + .leastNormalMagnitude
    let share = limit / abs(b - a)
    if atBest == 0 || share > 0.5 { return best }
    let (xi, phi) = ((a - b) / (c - b), (fa - fb) / (fc - fb))
    t = 0.5
    if phi * phi < xi, (1 - phi) * (1 - phi) < 1 - xi {
      t = fa / (fb - fa) * (fc / (fb - fc)) + (c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb))
    }
    t = min(max(t, share), 1 - share)
  }
  return a
}
