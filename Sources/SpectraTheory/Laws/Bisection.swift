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
