// Default implementations of the fused tangents of `NetworkScalar`; see `NetworkScalar+Kernels.swift`.

// MARK: - Fused tangents

extension NetworkScalar {
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
