// Default implementations of the fused tangents of `NetworkScalar`; see `NetworkScalar+Kernels.swift`.

// MARK: - Fused tangents

extension NetworkScalar {
  @inline(__always)
  public static func layerNormTangents(
    _ source: UnsafePointer<Self>, count: Int, features: Int, normalized: UnsafePointer<Self>,
    reciprocalDeviation: Self, epsilon: Self, gain: UnsafePointer<Self>, into target: UnsafeMutablePointer<Self>
  ) {
    let reciprocalFeatures = 1 / Self(features)
    let square = dot(normalized, normalized, count: features)
    let reciprocalSquare = square > 0 ? 1 / square : 0
    let remainder = epsilon * reciprocalDeviation * reciprocalDeviation
    for row in 0..<count {
      let (dx, dy) = (source + row * features, target + row * features)
      let mean = sum(dx, count: features) * reciprocalFeatures
      let along = dot(dx, normalized, count: features) * reciprocalSquare
      let kept = along * remainder
      for index in 0..<features {
        let across = dx[index] - mean - normalized[index] * along
        dy[index] = gain[index] * (reciprocalDeviation * (across + normalized[index] * kept))
      }
    }
  }

  @inline(__always)
  public static func softmaxTangents(
    _ scores: UnsafeMutablePointer<Self>, count: Int, width: Int, stride: Int, probabilities: UnsafePointer<Self>
  ) {
    for row in 0..<count {
      let ds = scores + row * stride
      let mean = dot(probabilities, ds, count: width)
      for index in 0..<width { ds[index] = probabilities[index] * (ds[index] - mean) }
    }
  }

  @inline(__always)
  public static func softmaxTangents(
    _ scores: UnsafeMutablePointer<Self>, keys: Int, directions: Int, probabilities: UnsafePointer<Self>,
    mean: UnsafeMutablePointer<Self>
  ) {
    for direction in 0..<directions { mean[direction] = probabilities[0] * scores[direction] }
    for key in 1..<max(keys, 1) {
      accumulate(probabilities[key], scores + key * directions, count: directions, into: mean)
    }
    for key in 0..<keys {
      let (row, p) = (scores + key * directions, probabilities[key])
      for direction in 0..<directions { row[direction] = p * (row[direction] - mean[direction]) }
    }
  }

  @inline(__always)
  public static func softmaxTangents(
    _ source: UnsafePointer<Self>, into target: UnsafeMutablePointer<Self>, count: Int, keys: Int, heads: Int,
    probabilities: UnsafePointer<Self>
  ) {
    let width = keys * heads
    for row in 0..<count {
      let (ds, dp) = (source + row * width, target + row * width)
      for index in 0..<width { dp[index] = probabilities[index] * ds[index] }
      for head in 0..<heads {
        var mean: Self = 0
        for key in 0..<keys { mean += dp[key * heads + head] }
        for key in 0..<keys {
          let index = key * heads + head
          dp[index] -= probabilities[index] * mean
        }
      }
    }
  }
}
