public import SpectraLinearAlgebra

// The resolved method: the singular values of a product of factors, without a noise floor.

extension Spectrum {
  /// The spectrum of an m × n Jacobian from what the resolved method found.
  ///
  /// Of the min(m, n) values the found ones are *live*; those lost to the rounding of one factor are *unresolved*; the
  /// rest are *zeros*, exact null directions of a factor.
  ///
  /// - Parameters:
  ///   - rows: m, the number of outputs.
  ///   - columns: n, the number of inputs.
  ///   - layers: what the Lyapunov exponents are taken per; none are given where it is nil or 0.
  /// - Throws: `SpectrumError` where the counts do not fit or a number is not finite.
  public init(
    resolved values: ResolvedSingularValues, rows: Int, columns: Int, layers: Int? = nil
  ) throws(SpectrumError) {
    let count = Swift.min(rows, columns)
    let live = values.logSingularValues.count
    // A direction that a bottleneck had no room for is no singular value of the whole.
    let unresolved = Swift.min(values.unresolved, Swift.max(0, count - live))
    try self.init(
      method: .resolved, precisionName: Double.precisionName, rows: rows, columns: columns,
      logSingularValues: values.logSingularValues, zeros: count - live - unresolved, unresolved: unresolved,
      unresolvedBelow: unresolved > 0 ? values.unresolvedBelow : nil, logError: values.logError,
      lyapunovExponents: layers.flatMap { layers in
        layers > 0 ? values.growth.map { $0 / Double(layers) }.sorted(by: >) : nil
      })
  }
}

extension Spectrum {
  /// Whether a dense decomposition was accurate enough for all values, so that the resolved method would add nothing: every
  /// value stands above the noise floor by more than the factor 10⁸.
  public var isAccurateProduct: Bool {
    guard method == .product, zeros == 0, unresolved == 0, let noiseFloor, let smallest = logSingularValues.last else {
      return false
    }
    return smallest > noiseFloor + .log(1e8)
  }
}
