import RealModule

/// What goes through a recursion: the means of tokens, how they move when p does, and those of tangents.
///
/// Tangents are those of the Jacobian's columns, on average: at first of one token only, so that their mean square is 1
/// and their mean product 0. Their mean square after a layer is m_1 there.
struct KernelTrace {
  /// q per feature.
  var square: Double
  /// q − p.
  var gap: Double
  /// The mean over features that all tokens share.
  var mean: Double
  /// How q − p and q move with a small change of q − p at the start.
  var movedGap = 0.0
  var movedSquare = 0.0
  /// Of tangents, divided by exp(`logScale`): their mean square and the mean product of those of two tokens.
  var tangentSquare = 1.0
  var tangentProduct = 0.0
  var logScale = 0.0

  init(_ state: UniformAttentionRecursion.State, isMoving: Bool = false) {
    (square, gap, mean) = (state.meanSquare, state.gap, state.featureMean)
    if isMoving { movedGap = state.meanSquare }
  }

  var state: UniformAttentionRecursion.State { .init(meanSquare: square, gap: gap, featureMean: mean) }

  /// ln m_1.
  var logGrowth: Double { .log(tangentSquare) + logScale }

  /// ln |dc|, c = 1 − gap/q.
  var logAngle: Double { square > 0 ? .log(abs((movedGap - gap / square * movedSquare) / square)) : -.infinity }

  /// Divides every token by its root mean square, or by its deviation from its mean.
  mutating func normalize(isCentred: Bool) {
    let variance = square - (isCentred ? mean * mean : 0)
    guard variance > 0 else { return }
    let distance = gap / variance
    (movedSquare, movedGap) = (0, (movedGap - distance * movedSquare) / variance)
    (square, gap) = (1, distance)
    mean = isCentred ? 0 : mean / variance.squareRoot()
    scaleTangents(by: 1 / variance)
  }

  /// Adds an independent branch: skip · x + weight · F.
  mutating func add(_ branch: KernelTrace, skip: Double, weight: Double) {
    let (a, b) = (skip * skip, weight * weight)
    // E[x_i F_i] is what both means give: the weights behind F are independent of x. Two tokens have it as one with itself.
    square = a * square + b * branch.square + 2 * skip * weight * mean * branch.mean
    gap = a * gap + b * branch.gap
    movedSquare = a * movedSquare + b * branch.movedSquare
    movedGap = a * movedGap + b * branch.movedGap
    let ratio = Double.exp(branch.logScale - logScale)
    tangentSquare = a * tangentSquare + b * ratio * branch.tangentSquare
    tangentProduct = a * tangentProduct + b * ratio * branch.tangentProduct
    mean = skip * mean + weight * branch.mean
    rescale()
  }

  /// Multiplies by a matrix of independent elements.
  mutating func multiply(by gain: UniformAttentionRecursion.Gain) {
    square = gain.weight * square + gain.bias
    gap *= gain.weight
    movedSquare *= gain.weight
    movedGap *= gain.weight
    mean = 0
    scaleTangents(by: gain.weight)
  }

  /// Multiplies tokens by A = a I + m 11ᵀ/n.
  mutating func mix(identity a: Double, mean m: Double, tokens: Int) {
    let others = Double(tokens - 1) / Double(tokens)
    let (own, shared) = (a * a, 2 * a * m + m * m)
    // The mean token's mean square is (q + (n − 1) p)/n = q − (1 − 1/n)(q − p).
    square = own * square + shared * (square - others * gap)
    gap *= own
    movedSquare = own * movedSquare + shared * (movedSquare - others * movedGap)
    movedGap *= own
    let tangentMean = tangentSquare - others * (tangentSquare - tangentProduct)
    tangentSquare = own * tangentSquare + shared * tangentMean
    tangentProduct = own * tangentProduct + shared * tangentMean
    mean *= a + m
    rescale()
  }

  /// Applies φ to pre-activations, which are Gaussian.
  mutating func activate(by moments: ActivationMoments, memory: inout KernelMemory) {
    let variance = square
    // Of a state of zeros all tokens are the same.
    let distance = variance > 0 ? min(max(gap / variance, 0), 2) : 0
    let means = memory.means(of: moments, variance: variance)
    let slopeProduct = means.pair.slopeProductMean(gap: distance)
    // ∂/∂p E[φ(u₁) φ(u₂)] = E[φ′(u₁) φ′(u₂)] (Price 1958).
    movedGap *= slopeProduct
    if movedSquare != 0, variance > 0 {
      // At a fixed q − p what two means leave moves with q smoothly, wherever φ has a kink: a central difference, to 1e-10.
      let step = 1e-5
      func gap(_ factor: Double) -> Double {
        moments.productGap(variance: variance * factor, gap: min(distance / factor, 2))
      }
      movedGap += movedSquare * (gap(1 + step) - gap(1 - step)) / (2 * step * variance)
      movedSquare *= moments.meanSquareSlope(variance: variance)
    }
    (square, mean) = (means.meanSquare, means.mean)
    gap = variance > 0 ? means.pair.productGap(gap: distance) : 0
    tangentSquare *= means.meanSquaredSlope
    tangentProduct *= slopeProduct
    rescale()
  }

  /// The elementwise product with independent units.
  func times(_ other: KernelTrace) -> KernelTrace {
    var result = self
    let (ownProduct, otherProduct) = (square - gap, other.square - other.gap)
    result.square = square * other.square
    // q q′ − p p′
    result.gap = gap * other.square + ownProduct * other.gap
    result.movedSquare = movedSquare * other.square + square * other.movedSquare
    result.movedGap =
      movedGap * other.square + gap * other.movedSquare + (movedSquare - movedGap) * other.gap
      + ownProduct * other.movedGap
    let ratio = Double.exp(other.logScale - logScale)
    result.tangentSquare = tangentSquare * other.square + square * ratio * other.tangentSquare
    result.tangentProduct = tangentProduct * otherProduct + ownProduct * ratio * other.tangentProduct
    result.mean = mean * other.mean
    result.rescale()
    return result
  }

  private mutating func scaleTangents(by factor: Double) {
    tangentSquare *= factor
    tangentProduct *= factor
    rescale()
  }

  /// Keeps the tangents' size in `logScale`, so that no depth takes them out of range.
  private mutating func rescale() {
    guard tangentSquare > 0, tangentSquare.isFinite else { return }
    logScale += .log(tangentSquare)
    tangentProduct /= tangentSquare
    tangentSquare = 1
  }
}

/// The means of an activation at the last variance: behind a normaliser, and once a stack has settled, every layer has the same.
struct KernelMemory {
  struct Means {
    let variance: Double
    let mean: Double
    let meanSquare: Double
    let meanSquaredSlope: Double
    let pair: any PairForm
  }

  private var last: Means?

  mutating func means(of moments: ActivationMoments, variance: Double) -> Means {
    if let last, last.variance == variance { return last }
    let found = Means(
      variance: variance, mean: moments.mean(variance: variance), meanSquare: moments.meanSquare(variance: variance),
      meanSquaredSlope: moments.slopeMoment(1, variance: variance), pair: moments.pair(variance: variance))
    last = found
    return found
  }
}

// MARK: - Sublayers

extension UniformAttentionRecursion.Sublayer {
  /// The trace after the sublayer.
  func applied(to trace: KernelTrace, tokens: Int, memory: inout KernelMemory) -> KernelTrace {
    let branch = branchOutput(of: trace, tokens: tokens, memory: &memory)
    var (ofSkip, ofBranch) = (skip, weight)
    for index in 0..<repetitions {
      var sum = trace
      sum.add(branch, skip: ofSkip, weight: ofBranch)
      let variance = sum.square - (isCentred ? sum.mean * sum.mean : 0)
      if norm == .sum { sum.normalize(isCentred: isCentred) }
      if index == repetitions - 1 { return sum }
      // y = post(s x + w F) goes in again as a x + b F: skip · x + y.
      let length = norm == .sum && variance > 0 ? variance.squareRoot() : 1
      (ofSkip, ofBranch) = (skip + ofSkip / length, ofBranch / length)
    }
    return trace
  }

  /// inner(F(pre(x))).
  func branchOutput(of input: KernelTrace, tokens: Int, memory: inout KernelMemory) -> KernelTrace {
    var trace = input
    if norm == .input { trace.normalize(isCentred: isCentred) }
    switch branch {
    case .attention(let value, let output, let identity, let mean):
      trace.multiply(by: value)
      trace.mix(identity: identity, mean: mean, tokens: tokens)
      trace.multiply(by: output)
    case .feedForward(let moments, let hidden, let output, let gate):
      var units = trace
      units.multiply(by: gate ?? hidden)
      units.activate(by: moments, memory: &memory)
      if gate != nil {
        var other = trace
        other.multiply(by: hidden)
        units = units.times(other)
      }
      units.multiply(by: output)
      trace = units
    case .fullyConnected(let moments, let gain):
      trace.multiply(by: gain)
      trace.activate(by: moments, memory: &memory)
    }
    if norm == .branch { trace.normalize(isCentred: isCentred) }
    return trace
  }
}
