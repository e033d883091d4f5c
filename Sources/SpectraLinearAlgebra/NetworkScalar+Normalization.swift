// Default implementations of the normalisers of `NetworkScalar`; see `NetworkScalar+Kernels.swift`.

// MARK: - Values

extension NetworkScalar {
  @inline(__always)
  public static func normalized(
    _ x: [Self], rows: Int, features: Int, by rule: Normalization<Self>, gain: [Self], bias: [Self]
  ) -> NormalizedRows<Self> {
    var result = NormalizedRows<Self>(
      values: [], normalized: x, reciprocalDeviations: array(repeating: 0, count: rows),
      remainders: array(repeating: 0, count: rows))
    let values = [Self](unsafeUninitializedCapacity: rows * features) { values, initialized in
      result.normalized.withUnsafeMutableBufferPointer { normalized in
        x.withUnsafeBufferPointer { x in
          gain.withUnsafeBufferPointer { gain in
            bias.withUnsafeBufferPointer { bias in
              guard let x = x.baseAddress, let normalized = normalized.baseAddress, let values = values.baseAddress,
                let gain = gain.baseAddress, let bias = bias.baseAddress
              else { return }
              for row in 0..<rows {
                let start = row * features
                (result.reciprocalDeviations[row], result.remainders[row]) = normalize(
                  x + start, features: features, by: rule, into: normalized + start)
              }
              multiply(normalized, by: gain, period: features, repeats: rows, into: values)
              addToRows(bias, columns: features, rows: rows, of: values)
            }
          }
        }
      }
      initialized = rows * features
    }
    result.values = values
    return result
  }

  @inline(__always)
  public static func normalize(
    _ source: UnsafePointer<Self>, features: Int, by rule: Normalization<Self>, into target: UnsafeMutablePointer<Self>
  ) -> (reciprocalDeviation: Self, remainder: Self) {
    var reciprocal = normalizeUnscaled(source, features: features, by: rule, into: target)
    if !(reciprocal > 0 && reciprocal * reciprocal * leastNormalMagnitude <= ulpOfOne) {
      // The squares left the range of the precision, or the digits of its least numbers, although the row may not have: once
      // more with its largest element 1.
      var largest: Self = 0
      for index in 0..<features { largest = max(largest, abs(source[index])) }
      if largest > 0, largest.isFinite {
        for index in 0..<features { target[index] = source[index] / largest }
        var scaled = rule
        scaled.epsilon = rule.deviation == .population ? rule.epsilon / largest / largest : rule.epsilon / largest
        reciprocal =
          normalizeUnscaled(UnsafePointer(target), features: features, by: scaled, into: target) / largest
      }
    }
    switch rule.deviation {
    case .population: return (reciprocal, rule.epsilon * reciprocal * reciprocal)
    case .unbiased: return (reciprocal, rule.epsilon * reciprocal)
    }
  }

  /// As `normalize`, where neither the sum nor the squares leave the range; source and target may be the same.
  @inline(__always)
  private static func normalizeUnscaled(
    _ source: UnsafePointer<Self>, features: Int, by rule: Normalization<Self>, into target: UnsafeMutablePointer<Self>
  ) -> Self {
    let mean = rule.isCentered ? sum(source, count: features) / Self(features) : 0
    var squares: Self = 0
    for index in 0..<features {
      let deviation = source[index] - mean
      squares += deviation * deviation
    }
    let reciprocal: Self
    switch rule.deviation {
    case .population: reciprocal = 1 / (squares / Self(features) + rule.epsilon).squareRoot()
    case .unbiased: reciprocal = 1 / ((squares / Self(max(features - 1, 1))).squareRoot() + rule.epsilon)
    }
    for index in 0..<features { target[index] = (source[index] - mean) * reciprocal }
    return reciprocal
  }
}

// MARK: - Tangents

extension NetworkScalar {
  @inline(__always)
  public static func normalizedTangents(
    _ source: UnsafePointer<Self>, count: Int, features: Int, normalized: UnsafePointer<Self>,
    reciprocalDeviation: Self, remainder: Self, isCentered: Bool, gain: UnsafePointer<Self>,
    into target: UnsafeMutablePointer<Self>
  ) {
    let reciprocalFeatures = 1 / Self(features)
    if remainder == 1 {
      for row in 0..<count {
        let (dx, dy) = (source + row * features, target + row * features)
        let mean = isCentered ? sum(dx, count: features) * reciprocalFeatures : 0
        for index in 0..<features { dy[index] = gain[index] * (reciprocalDeviation * (dx[index] - mean)) }
      }
      return
    }
    let reciprocalSquare = reciprocal(ofSquare: dot(normalized, normalized, count: features))
    // Rows are short: what is the same for all of them is decided before.
    @inline(__always) func push(_ mean: (UnsafePointer<Self>) -> Self) {
      for row in 0..<count {
        let (dx, dy) = (source + row * features, target + row * features)
        let mean = mean(dx)
        let along = dot(dx, normalized, count: features) * reciprocalSquare
        let kept = along * remainder
        for index in 0..<features {
          let across = dx[index] - mean - normalized[index] * along
          dy[index] = gain[index] * (reciprocalDeviation * (across + normalized[index] * kept))
        }
      }
    }
    if isCentered { push { sum($0, count: features) * reciprocalFeatures } } else { push { _ in 0 } }
  }

  @inline(__always)
  public static func normalizedTangentsOverTokens(
    _ source: UnsafePointer<Self>, tokens: Int, count: Int, features: Int, normalized: UnsafePointer<Self>,
    reciprocalDeviations: UnsafePointer<Self>, remainders: UnsafePointer<Self>, isCentered: Bool,
    gain: UnsafePointer<Self>, scratch: UnsafeMutablePointer<Self>, into target: UnsafeMutablePointer<Self>
  ) {
    let reciprocalTokens = 1 / Self(tokens)
    let (reciprocalSquare, mean, along) = (scratch, scratch + features, scratch + 2 * features)
    reciprocalSquare.update(repeating: 0, count: features)
    for token in 0..<tokens {
      let y = normalized + token * features
      for index in 0..<features { reciprocalSquare[index] += y[index] * y[index] }
    }
    for index in 0..<features { reciprocalSquare[index] = reciprocal(ofSquare: reciprocalSquare[index]) }
    for direction in 0..<count {
      mean.update(repeating: 0, count: 2 * features)
      for token in 0..<tokens {
        let (dx, y) = (source + (token * count + direction) * features, normalized + token * features)
        for index in 0..<features {
          mean[index] += dx[index]
          along[index] += dx[index] * y[index]
        }
      }
      let share = isCentered ? reciprocalTokens : 0
      for index in 0..<features {
        mean[index] *= share
        along[index] *= reciprocalSquare[index]
      }
      for token in 0..<tokens {
        let start = (token * count + direction) * features
        let (dx, dy, y) = (source + start, target + start, normalized + token * features)
        for index in 0..<features {
          let across = dx[index] - mean[index] - y[index] * along[index]
          dy[index] =
            gain[index]
            * (reciprocalDeviations[index] * (across + y[index] * (along[index] * remainders[index])))
        }
      }
    }
  }

  /// 1/‖x̂‖², and 0 where x̂ is too small for it: epsilon is all of the deviation then, and what lies along x̂ is left as it is.
  @inline(__always)
  private static func reciprocal(ofSquare square: Self) -> Self { square >= leastNormalMagnitude ? 1 / square : 0 }
}
