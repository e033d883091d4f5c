import RealModule

/// Means over pairs as power series in the correlation: E[φ′(u₁) φ′(u₂)] = Σ b_n² cⁿ with b_n = E[φ′(√q z) He_n(z)]/√n!, and
/// its integral for E[φ(u₁) φ(u₂)] (Mehler's formula; Daniely, Frostig, Singer 2016, section 4.2, *dual activations*).
///
/// All terms of the gap are positive, so that it keeps its digits as c → 1.
struct HermitePair: PairForm {
  private let variance: Double
  private let mean: Double
  private let meanSquare: Double
  /// b_n².
  private let squares: [Double]
  /// Whether the series is complete at every correlation.
  private let isComplete: Bool
  private let otherwise: any PairForm

  init(moments: QuadratureMoments, variance q: Double, otherwise: any PairForm) {
    (variance, self.otherwise) = (q, otherwise)
    (mean, meanSquare) = (moments.mean(q), moments.meanSquare(q))
    // He_n oscillates with √n radians a unit of z: at n = 512 there are 7 nodes a wave.
    let (rule, scale) = (moments.rule(q, panelsPerUnit: 2), q.squareRoot())
    let slopes = moments.activation.valuesAndDerivatives(rule.nodes.map { scale * $0 }).derivatives
    // h_n = He_n/√n!, times weight and slope from the start: the recurrence is linear.
    var before = [Double](repeating: 0, count: slopes.count)
    var current = zip(rule.weights, slopes).map { $0 * $1 }
    let nodes = rule.nodes
    let total = zip(rule.weights, slopes).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
    var (squares, small) = ([Double](), 0)
    for n in 0..<Self.mostTerms {
      let coefficient = current.reduce(0, +)
      squares.append(coefficient * coefficient)
      // Every second one is 0 for odd and even functions, and more for sums of few waves.
      small = coefficient * coefficient <= 1e-20 * total ? small + 1 : 0
      if small == 6 { break }
      let (back, forward) = (-Double(n).squareRoot(), 1 / Double(n + 1).squareRoot())
      for index in current.indices {
        let next = (nodes[index] * current[index] + back * before[index]) * forward
        before[index] = current[index]
        current[index] = next
      }
    }
    self.squares = squares
    isComplete = small == 6
  }

  private static let mostTerms = 512

  func productMean(correlation c: Double) -> Double {
    guard converges(c) else { return otherwise.productMean(correlation: c) }
    var sum = 0.0
    for n in squares.indices.reversed() { sum = (sum + squares[n] / Double(n + 1)) * c }
    return mean * mean + variance * sum
  }

  func productGap(gap: Double) -> Double {
    guard converges(1 - gap) else { return otherwise.productGap(gap: gap) }
    // What an incomplete series leaves out of the gap is V's part, not damped by cⁿ; there c is far from 1.
    if !isComplete { return meanSquare - productMean(correlation: 1 - gap) }
    let logarithm = gap < 1 ? Double.log(onePlus: -gap) : 0
    var sum = 0.0
    for n in squares.indices.reversed() where squares[n] > 0 {
      let missing = gap < 1 ? -.expMinusOne(Double(n + 1) * logarithm) : 1 - .pow(1 - gap, n + 1)
      sum += squares[n] / Double(n + 1) * missing
    }
    return variance * sum
  }

  func slopeProductMean(gap: Double) -> Double {
    guard converges(1 - gap) else { return otherwise.slopeProductMean(gap: gap) }
    return squares.reversed().reduce(0) { $0 * (1 - gap) + $1 }
  }

  /// Whether what is left out of the series is below rounding at a correlation.
  private func converges(_ c: Double) -> Bool {
    isComplete || .pow(abs(c), squares.count) < 1e-17 * (1 - abs(c))
  }
}
