import RealModule
public import SpectraAnalysis

/// The limiting law of ln σ of J = Π D_l W_l at large width: square weight matrices W_l, gates D_l = diag φ′(h_l), all free of
/// each other.
///
/// S-transforms multiply. Gaussian weights with gates that are 0 or one other value have a closed parametrisation; any other
/// product is solved for at each point, from the equation of Pennington et al. 2018 (arXiv 1802.09979). The order of the layers does not
/// matter to the law.
public struct FreeProductLaw: SpectralLaw {
  /// Equal layers in a row.
  public struct Layers: Sendable, Equatable {
    /// What W is drawn from.
    public var weights: WeightEnsemble
    /// σ_w: weights of variance σ_w²/N, or σ_w times an orthogonal matrix.
    public var sigmaW: Double
    /// The distribution of φ′(h).
    public var gates: Gates
    /// How many.
    public var count: Int

    /// Some number of equal layers.
    public init(weights: WeightEnsemble, sigmaW: Double, gates: Gates, count: Int) {
      self.weights = weights
      self.sigmaW = sigmaW
      self.gates = gates
      self.count = count
    }
  }

  /// The layers, equal ones in one group.
  public let layers: [Layers]
  /// How the law is called; by default after its weights and gates.
  public var name: String
  public let atoms: [SpectralCurve.Atom]
  /// Nil where all is atoms.
  let equation: FreeProductEquation?
  /// The ends, or why they are not found: looked for once.
  private var support: Result<Edges?, TheoryError> = .success(nil)
  /// The closed form; nil where there is none.
  let closed: (parametrization: BernoulliParametrization, logScale: Double)?

  /// Of one orthogonal layer the law of its gates; else nil.
  private let gatesAlone: GateDistribution?

  /// The law of L equal layers.
  ///
  /// - Parameters:
  ///   - layers: L, 1 or more.
  ///   - weights: what W is drawn from.
  ///   - sigmaW: σ_w, 0 or more.
  ///   - gates: the distribution of φ′(h).
  /// - Throws: `TheoryError.outOfRange` for what is none of these.
  public init(layers: Int, weights: WeightEnsemble, sigmaW: Double, gates: Gates) throws(TheoryError) {
    try self.init([Layers(weights: weights, sigmaW: sigmaW, gates: gates, count: layers)])
  }

  /// The law of layers that may differ, in any order.
  ///
  /// - Throws: `TheoryError.outOfRange` where there is no layer, or one's σ_w, count or gates are none.
  public init(_ layers: [Layers]) throws(TheoryError) {
    var merged = [Layers]()
    for layer in layers {
      try Self.check(layer)
      if let index = merged.firstIndex(where: {
        $0.weights == layer.weights && $0.sigmaW == layer.sigmaW && $0.gates == layer.gates
      }) {
        merged[index].count += layer.count
      } else {
        merged.append(layer)
      }
    }
    guard !merged.isEmpty else { throw .outOfRange("A product has no layers: give one or more.") }
    self.layers = merged
    self.name = Self.name(of: merged)
    self.atoms = Self.atoms(of: merged)
    let isContinuous = atoms.reduce(0) { $0 + $1.weight } < 1 - 1e-12
    let equation = isContinuous ? FreeProductEquation(merged) : nil
    self.equation = equation
    if let equation, let first = merged.first, let single = equation.singles.first, merged.count == 1,
      first.weights == .gaussian
    {
      closed = (
        BernoulliParametrization(layers: first.count, live: single.live, dead: equation.dead), equation.logScale
      )
    } else {
      closed = nil
    }
    if let only = merged.first, merged.count == 1, only.count == 1, only.weights == .orthogonal, isContinuous {
      gatesAlone = GateDistribution(only.gates, sigmaW: only.sigmaW)
    } else {
      gatesAlone = nil
    }
    do {
      support = .success(try findEdges())
    } catch {
      support = .failure(error)
    }
  }

  /// The ends of the continuous part.
  private struct Edges: Sendable {
    var lower: Double
    var upper: Double
  }

  private static func check(_ layer: Layers) throws(TheoryError) {
    guard layer.count >= 1 else { throw .outOfRange("A product has \(layer.count) layers of a kind: give 1 or more.") }
    guard layer.sigmaW >= 0, layer.sigmaW.isFinite else {
      throw .outOfRange("σ_w of a product's layer is \(layer.sigmaW): give a finite number, 0 or more.")
    }
    guard layer.gates.areValid else {
      throw .outOfRange(
        "The gates of a product's layer are no distribution: give finite slopes with shares of 0 or more that sum to 1."
      )
    }
    let lost = layer.gates.panels.reduce(0) { sum, panel in
      zip(panel.slopes, panel.masses).reduce(sum) { abs($1.0) < GatePanel.leastSlope ? $0 + $1.1 : $0 }
    }
    // Of 1e-6 the variance of ln σ keeps five digits.
    guard lost < 1e-6 else {
      throw .outOfRange(
        "A product has no law here where \(NumberText.percent(lost)) of a layer's gates are below 1e-145, whose squares "
          + "are out of the range of numbers (one in a million may be): take smaller weights or biases.")
    }
  }

  private static func name(of layers: [Layers]) -> String {
    let weights = Set(layers.map(\.weights))
    let ensemble = weights.count > 1 ? "Gaussian and orthogonal" : weights == [.gaussian] ? "Gaussian" : "orthogonal"
    let kinds = layers.map(\.gates.kind)
    let kind = Set(kinds).count == 1 ? kinds[0] : "gates of several kinds"
    return "\(ensemble) weights, \(kind)"
  }

  public var source: String {
    if closed != nil, layers[0].gates.deadShare == 0 {
      return "Pennington et al. 2017, arXiv 1711.04735, eq. 13 (Fuss-Catalan)"
    }
    return closed == nil
      ? "Pennington et al. 2018, arXiv 1802.09979, master equation of M(z)"
      : "Pennington et al. 2017, arXiv 1711.04735, S-transforms of Gaussian weights and Bernoulli gates"
  }

  public var parameters: [TheoryRecord.Parameter] {
    layers.enumerated().flatMap { index, layer in
      let suffix = layers.count == 1 ? "" : "_\(index + 1)"
      return [
        TheoryRecord.Parameter("layers" + suffix, Double(layer.count)), .init("sigma_w" + suffix, layer.sigmaW),
        .init("live_gates" + suffix, 1 - layer.gates.deadShare),
        .init("mean_squared_gate" + suffix, layer.gates.slopeMoment(1)),
      ]
    }
  }

  /// Σ ln(σ_w² μ₁).
  public var logMeanSquared: Double {
    layers.reduce(0) { $0 + Double($1.count) * (2 * .log($1.sigmaW) + .log($1.gates.slopeMoment(1))) }
  }

  /// Σ (μ₂/μ₁² − 1 − s₁), s₁ = −1 for Gaussian weights, 0 for orthogonal ones; 0 where all σ are 0.
  public var relativeVariance: Double {
    guard logMeanSquared > -.infinity else { return 0 }
    return layers.reduce(0) { sum, layer in
      let (first, second) = (layer.gates.slopeMoment(1), layer.gates.slopeMoment(2))
      return sum + Double(layer.count) * (second / (first * first) - 1 - layer.weights.transformCoefficient)
    }
  }

  public func density(at logSingularValue: Double) throws(TheoryError) -> Double {
    guard let edges = try edges(), logSingularValue > edges.lower, logSingularValue < edges.upper else { return 0 }
    if let closed {
      return closed.parametrization.sample(at: logSingularValue - closed.logScale / 2).density
    }
    if let gatesAlone { return gatesAlone.sample(at: logSingularValue).density }
    guard var solver = solver() else { return 0 }
    return try solver.sample(at: logSingularValue).density
  }

  public func curve(points: Int) throws(TheoryError) -> SpectralCurve {
    guard let edges = try edges() else {
      return SpectralCurve(logSingularValues: [], density: [], cumulative: [], atoms: atoms)
    }
    if let closed {
      return try SpectralCurve(
        lower: edges.lower, upper: edges.upper, mass: closed.parametrization.live, atoms: atoms, points: points
      ) { u throws(TheoryError) in closed.parametrization.sample(at: u - closed.logScale / 2) }
    }
    guard var solver = solver() else {
      throw .notConverged(what: "The law of \(name)", at: "any ln σ")
    }
    let mass = 1 - atoms.reduce(0) { $0 + $1.weight }
    let curve = try SpectralCurve(lower: edges.lower, upper: edges.upper, mass: mass, atoms: atoms, points: points) {
      u throws(TheoryError) in
      if let gatesAlone { return gatesAlone.sample(at: u) }
      return try solver.sample(at: u)
    }
    try checkMean(of: curve)
    return curve
  }

  /// A solution of the equation that is another one than the law's gives masses of another law: the mean of ln σ, which has a formula
  /// of its own, must lie within what the masses leave open.
  private func checkMean(of curve: SpectralCurve) throws(TheoryError) {
    guard let exact = logMoments(), let bounds = curve.boundsOfLogMean else { return }
    // Where gates nearly saturate the formula and the masses leave out up to 1e-6 of them, some hundreds below.
    let slack = 1e-3 * max(1, exact.variance.squareRoot())
    guard exact.mean > bounds.lower - slack, exact.mean < bounds.upper + slack else {
      throw .outOfRange(
        "The law of \(name) was not found: its masses have a mean ln σ between \(NumberText.significant(bounds.lower)) and "
          + "\(NumberText.significant(bounds.upper)), but the exact one is \(NumberText.significant(exact.mean)).")
    }
  }

  public func edges() throws(TheoryError) -> (lower: Double, upper: Double)? {
    try support.get().map { ($0.lower, $0.upper) }
  }

  private func findEdges() throws(TheoryError) -> Edges? {
    if let closed {
      let edges = closed.parametrization.edges
      return Edges(lower: edges.lower + closed.logScale / 2, upper: edges.upper + closed.logScale / 2)
    }
    if let gatesAlone { return Edges(lower: -.infinity, upper: gatesAlone.upperEdge) }
    return try solvedEdges().map { Edges(lower: $0.lower, upper: $0.upper) }
  }

  public func logMoments() -> (mean: Double, variance: Double)? {
    if let equation { return equation.logMoments }
    let live = atoms.compactMap { atom in atom.logSingularValue.map { (place: $0, weight: atom.weight) } }
    let mass = live.reduce(0) { $0 + $1.weight }
    guard mass > 0 else { return nil }
    let mean = live.reduce(0) { $0 + $1.weight * $1.place } / mass
    return (mean, live.reduce(0) { $0 + $1.weight * ($1.place - mean) * ($1.place - mean) } / mass)
  }

  /// The solver for any product; nil where all is atoms.
  func solver() -> FreeProductSolver? {
    equation.map {
      FreeProductSolver($0, logMean: logMeanSquared, relativeVariance: relativeVariance, name: "the law of \(name)")
    }
  }
}

// MARK: - Atoms

extension FreeProductLaw {
  /// The values of finite share.
  ///
  /// A free product has an atom at d₁ ⋯ d_L > 0 where the factors' atoms d_l have shares that miss 1 by less than 1 together, of
  /// the weight that is left: 1 − Σ (1 − w_l) (Bercovici, Voiculescu 1998 for sums, Belinschi 2003 for products). Gaussian weights have no
  /// atom and leave none. At 0 it has the largest of the factors' atoms there.
  private static func atoms(of layers: [Layers]) -> [SpectralCurve.Atom] {
    if layers.contains(where: { $0.sigmaW == 0 }) { return [.init(logSingularValue: nil, weight: 1)] }
    let zeros = layers.reduce(0) { max($0, $1.gates.deadShare) }
    var atoms = zeros > 0 ? [SpectralCurve.Atom(logSingularValue: nil, weight: zeros)] : []
    guard zeros < 1, layers.allSatisfy({ $0.weights == .orthogonal }) else { return atoms }
    // Two values of one layer's gates have shares of 1 together at most: all layers but one must be at their commonest value.
    let common = layers.compactMap { layer in
      layer.gates.values.filter { $0.slope > 0 }.max { $0.share < $1.share }.map { (layer: layer, value: $0) }
    }
    guard common.count == layers.count else {
      // A layer without a value of finite share leaves none.
      return atoms
    }
    var place = 0.0
    var missing = 0.0
    for (layer, value) in common {
      place += Double(layer.count) * (.log(layer.sigmaW) + .log(value.slope))
      missing += Double(layer.count) * (1 - value.share)
    }
    atoms.append(.init(logSingularValue: place, weight: atomWeight(1 - missing)))
    for (layer, value) in common where layer.count == 1 {
      for other in layer.gates.values where other.slope > 0 && other != value {
        atoms.append(
          .init(
            logSingularValue: place - .log(value.slope) + .log(other.slope),
            weight: atomWeight(1 - missing + (1 - value.share) - (1 - other.share))))
      }
    }
    return atoms.filter { $0.weight > 0 }.sorted {
      ($0.logSingularValue ?? -.infinity) < ($1.logSingularValue ?? -.infinity)
    }
  }

  /// Rounding of a sum of shares is no atom.
  private static func atomWeight(_ weight: Double) -> Double { weight > 1e-12 ? weight : 0 }
}
