import RealModule

/// The law of ln(σ_w |φ′(h)|) itself: of one orthogonal matrix behind gates, whose singular values these are.
struct GateDistribution: Sendable {
  /// A stretch in z on which |φ′| rises or falls.
  private struct Branch: Sendable {
    var panel: GatePanel
    var low: Double
    var high: Double
    /// ln(σ_w |φ′|) at both ends.
    var logLow: Double
    var logHigh: Double
  }

  /// ln σ_w.
  private let logScale: Double
  private let values: [Gates.Value]
  private let branches: [Branch]

  /// - Parameters:
  ///   - gates: with a continuous part.
  ///   - sigmaW: more than 0.
  init(_ gates: Gates, sigmaW: Double) {
    let logScale = Double.log(sigmaW)
    self.logScale = logScale
    values = gates.values
    branches = gates.panels.flatMap { panel in
      let places = panel.turns
      return zip(places, places.dropFirst()).map { low, high in
        Branch(
          panel: panel, low: low, high: high, logLow: .log(abs(panel.slope(at: low))) + logScale,
          logHigh: .log(abs(panel.slope(at: high))) + logScale)
      }
    }
  }

  /// The largest ln σ.
  var upperEdge: Double {
    branches.reduce(values.last.map { .log($0.slope) + logScale } ?? -.infinity) { max($0, $1.logLow, $1.logHigh) }
  }

  /// Density and mass above at ln σ, the values of finite share that are larger included.
  func sample(at logSingularValue: Double) -> LawSample {
    var above = values.reduce(0) { .log($1.slope) + logScale > logSingularValue ? $0 + $1.share : $0 }
    var density = 0.0
    for branch in branches {
      let isLowAbove = branch.logLow > logSingularValue
      guard isLowAbove != (branch.logHigh > logSingularValue) else {
        if isLowAbove { above += GatePanel.normalMass(from: branch.low, to: branch.high) }
        continue
      }
      let z = root(from: branch.low, to: branch.high) {
        // Of a place next to a zero of φ′ any large number has the sign.
        max(.log(abs(branch.panel.slope(at: $0))) + logScale - logSingularValue, -1e6)
      }
      above +=
        isLowAbove
        ? GatePanel.normalMass(from: branch.low, to: z) : GatePanel.normalMass(from: z, to: branch.high)
      let slope = branch.panel.slope(at: z)
      let steepness = abs(branch.panel.slopeOfSlope(at: z) / slope)
      if steepness > 0 { density += .exp(-z * z / 2) / (2 * Double.pi).squareRoot() / steepness }
    }
    return LawSample(density: density, massAbove: above)
  }
}

extension GatePanel {
  /// φ′ at a place in z.
  fileprivate func slope(at z: Double) -> Double { LegendreRule.panel.value(of: slopes, at: unitPlace(z)).value }

  /// dφ′/dz at a place in z.
  fileprivate func slopeOfSlope(at z: Double) -> Double {
    LegendreRule.panel.value(of: slopes, at: unitPlace(z)).slope * 2 / (high - low)
  }

  private func unitPlace(_ z: Double) -> Double { (2 * z - low - high) / (high - low) }

  /// The ends, and the places between at which φ′ or its slope changes its sign.
  fileprivate var turns: [Double] {
    let count = 32
    let places = (0...count).map { low + (high - low) * Double($0) / Double(count) }
    return ([slopeOfSlope, slope] as [(Double) -> Double]).reduce(into: [low, high]) { turns, function in
      for (from, to) in zip(places, places.dropFirst()) where (function(from) > 0) != (function(to) > 0) {
        turns.append(root(from: from, to: to, of: function))
      }
    }.sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
  }
}
