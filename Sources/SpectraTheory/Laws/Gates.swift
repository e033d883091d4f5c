import RealModule
public import SpectraDifferentiation

/// The distribution of φ′(h), the factors by which a layer's activation multiplies tangents.
///
/// Values that have a probability of their own are kept as they are; a φ that bends has beside them a continuous part, on panels
/// in h on which φ′ is a polynomial. Only |φ′| matters to singular values.
public struct Gates: Sendable, Equatable {
  /// A value of |φ′| that a finite share of the units has.
  public struct Value: Sendable, Equatable {
    /// |φ′|, 0 for units that pass nothing on.
    public var slope: Double
    /// The share of units.
    public var share: Double

    /// A value with its share.
    public init(slope: Double, share: Double) {
      self.slope = slope
      self.share = share
    }
  }

  /// The values of finite share, ascending, none twice.
  public private(set) var values: [Value]
  /// The continuous part.
  let panels: [GatePanel]

  /// Gates of given values; equal ones are counted together.
  ///
  /// A law made with values that are not finite, or with shares that are below 0 or do not sum to 1, is an error there.
  public init(_ values: [Value]) {
    self.init(values, panels: [])
  }

  /// Gates that are 1: a linear layer.
  public static let open = Gates([Value(slope: 1, share: 1)])

  /// Gates that are 1 for a share p of the units and 0 for the others: ReLU with p = ½, hard-tanh with p = erf(1/√(2q)).
  public static func bernoulli(_ p: Double) -> Gates {
    Gates([Value(slope: 1, share: p), Value(slope: 0, share: 1 - p)])
  }

  /// The gates of an activation whose arguments h are N(0, q).
  ///
  /// Between its kinks φ′ is taken for smooth; where it is constant it makes a value, with the share by the normal distribution
  /// function. |h| > 9 √q, of probability 2e-19, is left out.
  ///
  /// - Parameters:
  ///   - activation: φ.
  ///   - q: the variance of h, 0 or more and finite; for 0 all gates are φ′(0).
  public init(of activation: any Activation, variance q: Double) {
    guard q > 0, q.isFinite else {
      // Of a variance that is no variance, NaN: a law made with it is an error.
      let slope = q == 0 ? activation.valuesAndDerivatives([0.0] as [Double]).derivatives[0] : .nan
      self.init([Value(slope: slope, share: 1)])
      return
    }
    let (constant, panels) = GatePanel.panels(of: activation, deviation: q.squareRoot())
    self.init(constant, panels: panels)
  }

  /// The gates of a φ that is straight on both sides of 0, as relu is, whose arguments may have any variance; nil for another φ.
  package init?(ofHomogeneous activation: any Activation) {
    guard activation.kinks.allSatisfy({ $0 == 0 }) else { return nil }
    self.init(of: activation, variance: 1)
    guard panels.isEmpty else { return nil }
  }

  private init(_ values: [Value], panels: [GatePanel]) {
    var merged = [Value]()
    for value in values.map({ Value(slope: abs($0.slope), share: $0.share) }).sorted(by: { $0.slope < $1.slope })
    where value.share != 0 {
      if merged.last?.slope == value.slope {
        merged[merged.count - 1].share += value.share
      } else {
        merged.append(value)
      }
    }
    self.values = merged
    self.panels = panels
  }

  /// The share of gates that are 0.
  public var deadShare: Double { values.first.map { $0.slope == 0 ? $0.share : 0 } ?? 0 }

  /// μ_k = E[φ′^{2k}], for k ≥ 1.
  public func slopeMoment(_ k: Int) -> Double {
    values.reduce(0) { $0 + $1.share * .pow($1.slope * $1.slope, k) }
      + panels.reduce(0) { sum, panel in
        zip(panel.slopes, panel.masses).reduce(sum) { $0 + $1.1 * .pow($1.0 * $1.0, k) }
      }
  }

  /// The largest |φ′|, between the nodes of panels too.
  var largestSlope: Double {
    func largest(_ panel: GatePanel) -> Double { panel.slopes.reduce(0) { max($0, abs($1)) } }
    let ofNodes = panels.reduce(values.last?.slope ?? 0) { max($0, largest($1)) }
    // A maximum is flat: 28 halvings of the stretch around it leave nothing above a node. Panels on which φ′ varies by less
    // than e² hold no larger value than twice their nodes'.
    return panels.filter { largest($0) > 0.5 * ofNodes }.reduce(ofNodes) { result, panel in
      var stretch = panel
      for _ in 0..<28 {
        let (lower, upper) = stretch.halves
        stretch = largest(lower) > largest(upper) ? lower : upper
      }
      return max(result, largest(stretch))
    }
  }

  /// Whether values and shares are those of a distribution.
  var areValid: Bool {
    let shares = values.reduce(0) { $0 + $1.share } + panels.reduce(0) { $0 + $1.masses.reduce(0, +) }
    return largestSlope.isFinite && values.allSatisfy { $0.slope.isFinite && $0.share >= 0 }
      && panels.allSatisfy { $0.slopes.allSatisfy(\.isFinite) } && abs(shares - 1) < 1e-9
  }
}

extension Gates {
  /// What a law's name says of them.
  var kind: String {
    if !panels.isEmpty { return "gates of a smooth activation" }
    let live = values.filter { $0.slope > 0 }
    if live.count == 1 { return deadShare == 0 ? "linear" : "gates open or shut" }
    return live.isEmpty ? "shut gates" : "gates of \(values.count) values"
  }
}
