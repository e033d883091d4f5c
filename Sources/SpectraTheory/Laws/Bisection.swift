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

/// The root of a continuous function that changes its sign between two ends, by Chandrupatla's method (1997): inverse quadratic
/// interpolation where it is safe, else halving. Without a change of sign it is the end at which the function is smaller.
func root(from first: Double, to last: Double, of function: (Double) -> Double) -> Double {
  var (a, b) = (last, first)
  var (valueA, valueB) = (function(a), function(b))
  guard (valueA > 0) != (valueB > 0) else { return abs(valueA) < abs(valueB) ? a : b }
  var (c, valueC) = (a, valueA)
  var share = 0.5
  for _ in 0..<200 {
    let place = a + share * (b - a)
    let value = function(place)
    if (value > 0) == (valueA > 0) {
      (c, valueC) = (a, valueA)
    } else {
      (c, b, valueC, valueB) = (b, a, valueB, valueA)
    }
    (a, valueA) = (place, value)
    let (best, least) = abs(valueA) < abs(valueB) ? (a, valueA) : (b, valueB)
    let tolerance = 2 * best.ulp / abs(b - a)
    if least == 0 || tolerance > 0.5 { return best }
    let (xi, phi) = ((a - b) / (c - b), (valueA - valueB) / (valueC - valueB))
    share = 0.5
    if 1 - (1 - xi).squareRoot() < phi, phi < xi.squareRoot() {
      share =
        valueA / (valueB - valueA) * valueC / (valueB - valueC)
        + (c - a) / (b - a) * valueA / (valueC - valueA) * valueB / (valueC - valueB)
    }
    share = min(max(share, tolerance), 1 - tolerance)
  }
  return a
}
