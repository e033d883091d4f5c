import RealModule

/// ψ(x) = d/dx ln Γ(x), to about 1e-15 of the larger of 1 and its magnitude; NaN at the poles 0, −1, −2, ….
///
/// Up to 10 the recurrence ψ(x) = ψ(x + 1) − 1/x, from there on the asymptotic series (Abramowitz, Stegun 1964, 6.3.5 and
/// 6.3.18); the reflection formula 6.3.7 for negative numbers.
public func digamma(_ x: Double) -> Double {
  guard x > 0 else {
    let fraction = x - x.rounded()
    // The poles, −∞ and NaN.
    guard x.isFinite, fraction != 0 else { return .nan }
    return digamma(1 - x) - .pi * .cos(.pi * fraction) / .sin(.pi * fraction)
  }
  var (shifted, sum) = (x, 0.0)
  while shifted < asymptoticFrom {
    sum += 1 / shifted
    shifted += 1
  }
  // B_{2k}/(2k) for k = 1…7; at 10 the next one is 4e-17.
  let series = evenSeries(
    [1 / 12.0, -1 / 120.0, 1 / 252.0, -1 / 240.0, 1 / 132.0, -691 / 32760.0, 1 / 12.0], at: shifted)
  return .log(shifted) - 0.5 / shifted - series - sum
}

/// ψ′(x), the derivative of `digamma`, to about 1e-15 of its magnitude; ∞ at the poles 0, −1, −2, ….
///
/// By recurrence, asymptotic series and reflection (Abramowitz, Stegun 1964, 6.4.6, 6.4.12, 6.4.7).
public func trigamma(_ x: Double) -> Double {
  guard x > 0 else {
    guard x.isFinite else { return .nan }
    let sine = Double.sin(.pi * (x - x.rounded()))
    return sine == 0 ? .infinity : .pi * .pi / (sine * sine) - trigamma(1 - x)
  }
  var (shifted, sum) = (x, 0.0)
  while shifted < asymptoticFrom {
    sum += 1 / (shifted * shifted)
    shifted += 1
  }
  // B_{2k} for k = 1…7.
  let series = evenSeries([1 / 6.0, -1 / 30.0, 1 / 42.0, -1 / 30.0, 5 / 66.0, -691 / 2730.0, 7 / 6.0], at: shifted)
  return sum + (1 + 0.5 / shifted + series) / shifted
}

/// Where the asymptotic series are accurate to rounding.
private let asymptoticFrom = 10.0

/// Σ_k c_k x^{−2k}, k = 1….
private func evenSeries(_ coefficients: [Double], at x: Double) -> Double {
  let square = 1 / (x * x)
  return coefficients.reversed().reduce(0) { ($0 + $1) * square }
}
