/// The place between two ends where a condition that holds at the first one stops to hold, to the last bit.
func bisection(from first: Double, to last: Double, while holds: (Double) -> Bool) -> Double {
  var (inside, outside) = (first, last)
  for _ in 0..<2000 {
    let middle = inside + (outside - inside) / 2
    if middle == inside || middle == outside { break }
    if holds(middle) { inside = middle } else { outside = middle }
  }
  return inside + (outside - inside) / 2
}

/// The root of a rising function by Newton's method from a guess, kept between ends; an end where the root is beyond it.
///
/// - Parameter function: the value and the slope.
func newton(
  from guess: Double, within ends: ClosedRange<Double>, _ function: (Double) -> (value: Double, slope: Double)
) -> Double {
  var place = guess
  var (low, high) = (ends.lowerBound, ends.upperBound)
  for _ in 0..<200 {
    let (value, slope) = function(place)
    if value > 0 { high = place } else { low = place }
    if value > 0, place == ends.lowerBound { return place }
    if value <= 0, place == ends.upperBound { return place }
    var next = place - value / slope
    if !(next > low && next < high) {
      // An end is tried once, then the middle of what is left, in steps that do not lose the way.
      if next <= low, low == ends.lowerBound, place - low < 20 {
        next = low
      } else {
        next = (max(low, place - 20) + min(high, place + 20)) / 2
      }
    }
    let change = abs(next - place)
    place = next
    if change < 1e-14 * max(1, abs(place)) { break }
  }
  return place
}

/// The root of a continuous function that changes its sign between two ends. Without a change of sign it is the end at which the
/// function is smaller.
func root(from first: Double, to last: Double, of function: (Double) -> Double) -> Double {
  let (atFirst, atLast) = (function(first), function(last))
  guard (atFirst > 0) != (atLast > 0) else { return abs(atLast) < abs(atFirst) ? last : first }
  return root(from: first, atFirst, to: last, atLast, function)
}

/// The place where a function changes its sign between two ends at which its signs differ, to the last digits (Chandrupatla 1997,
/// inverse quadratic interpolation where that is safe, else bisection).
func root(
  from low: Double, _ atLow: Double, to high: Double, _ atHigh: Double, _ f: (Double) -> Double
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
    let limit = 2 * best.ulp
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
