import RealModule

extension UniformAttentionRecursion {
  /// What a state goes to in deep stacks.
  public struct Limit: Sendable, Equatable {
    /// c*, the correlation of two tokens.
    public var correlation: Double
    /// λ_a = ln |∂c_{l+1}/∂c_l| at c*, per layer, natural logarithm: below 0 the angle between tokens converges, at 0 is the
    /// edge. −∞ where a layer makes all tokens equal.
    public var angleExponent: Double
    /// λ_g, the growth of ln m_1 per layer there: of *squared* norms.
    public var gradientExponent: Double
  }

  /// The fixed point c* of the correlation of two tokens that a state goes to, with the exponents there.
  ///
  /// Cowsik et al. 2024, arXiv 2403.02579, for tokens on a symmetric simplex. λ_a is −ln 2 for `postLN(tokens:)`.
  ///
  /// - Throws: `TheoryError` where correlation and growth of q would not settle in 1,000 layers, as in Pre-LN stacks, whose
  ///   branches count less the deeper they stand, so that c creeps, and at critical points.
  public func limit(from state: State) throws(TheoryError) -> Limit {
    let settled = try settled(from: state)
    // The tangents settle as the state does, but not from the same start.
    let layers = 60
    // Of the body: a final normaliser stands once, and is no growth per layer.
    var body = self
    body.finalNorm = false
    let growth = body.logGradientGrowth(from: settled, layers: layers)
    return Limit(
      correlation: settled.correlation, angleExponent: body.logAngleGrowth(from: settled, layers: 1)[0],
      gradientExponent: growth[layers - 1] - growth[layers - 2])
  }

  /// The state at the fixed point.
  private func settled(from start: State) throws(TheoryError) -> State {
    var (state, lastGrowth, memory) = (start, Double.infinity, KernelMemory())
    let (most, early) = (1_000, 150)
    var earlier = 0.0
    for index in 1...most {
      let next = layer(KernelTrace(state), memory: &memory).state
      guard next.meanSquare > 0, next.meanSquare.isFinite, state.meanSquare > 0 else { break }
      let growth = Double.log(next.meanSquare / state.meanSquare)
      // In units of what ends it; rounding stops a slow approach some ulps before its end.
      let change = max(
        abs(next.correlationDistance - state.correlationDistance) / 1e-13, abs(growth - lastGrowth) / 1e-12)
      if change < 1 {
        let hasCollapsed = next.correlationDistance < 1e-10
        return hasCollapsed ? State(meanSquare: next.meanSquare, gap: 0, featureMean: next.featureMean) : next
      }
      if index == early / 3 * 2 { earlier = change }
      // What creeps as a power of the layer would take more than all layers even if it went on exponentially from here.
      if index == early, Double.log(change) / Double.log(earlier / change) * Double(early / 3) > Double(most) { break }
      if index == early, change >= earlier { break }
      (state, lastGrowth) = (next, growth)
    }
    throw .notConverged(
      what: "The correlation of tokens", at: "a finite depth from correlation \(start.correlation)")
  }
}
