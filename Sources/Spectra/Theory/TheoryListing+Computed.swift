/// A question to theory alone: an activation, a law of weights, depths.
public struct TheoryQuestion: Sendable, Equatable {
  /// φ.
  public var activation: Variant<ActivationName> = .relu
  /// The ensemble of the weights.
  public var weights: WeightEnsemble = .gaussian
  /// σ_w; nil is √2 for relu, else 1. With `isCritical` it must be nil.
  public var sigmaW: Double?
  /// σ_b.
  public var sigmaB = 0.0
  /// Whether σ_w is the one on the critical line at this σ_b.
  public var isCritical = false
  /// The numbers of layers.
  public var depths = [1, 4, 16, 64]
  /// The mean square of the input from which the length map starts; nil where every layer has the fixed point q*.
  public var inputMeanSquare: Double?
  /// How many points a law's curve has.
  public var points = 512

  /// relu with Gaussian weights at criticality.
  public init() {}

  /// Checks what was asked.
  ///
  /// - Throws: `ConfigurationError` for the first number that makes no sense.
  public func validate() throws(ConfigurationError) {
    for (option, value) in [("sigma-w", sigmaW), ("sigma-b", sigmaB), ("input-mean-square", inputMeanSquare)] {
      guard let value else { continue }
      guard 0...1e6 ~= value else {
        throw ConfigurationError(option, "--\(option) \(value) is out of range; it is a number from 0 to 1000000.")
      }
    }
    if isCritical, let sigmaW {
      throw ConfigurationError(
        "critical", "--critical takes sigma_w from the critical line, so leave --sigma-w \(sigmaW) out.")
    }
    guard !depths.isEmpty else {
      throw ConfigurationError("depth", "--depth is empty; name one number of layers or more.")
    }
    for depth in depths where !(1...100_000).contains(depth) {
      throw ConfigurationError("depth", "--depth \(depth) is out of range; it is 1 to 100000 layers.")
    }
    try TheoryListing.validate(points: points)
    if activation.name == .crelu {
      throw ConfigurationError(
        "activation",
        "--activation crelu doubles the features; its products are those of linear with half the variance.")
    }
    if activation.isTransformed, activation.number("layers") == nil, depths.count > 1 {
      throw ConfigurationError(
        "depth",
        "--activation \(activation) is another function at each depth; name one --depth, or layers= in its name.")
    }
  }
}

extension TheoryListing {
  /// What theory says to a question.
  ///
  /// - Throws: `ConfigurationError` where the question makes no sense, `ParameterError` where a transformed activation has no
  ///   solution, `TheoryError` where there is no mean field either. A depth without a law is among the failures.
  public init(_ question: TheoryQuestion, command: [String] = []) throws {
    try question.validate()
    let activation = try Architecture.fullyConnected(
      .vanilla, depth: question.depths[0], width: 1, activation: question.activation
    ).builtActivation()
    let sigmaW =
      question.isCritical
      ? try MeanField.criticalSigmaW(activation, sigmaB: question.sigmaB)
      : question.sigmaW ?? question.activation.defaultSigmaW
    let settings = Settings(
      activation: question.activation.description, weights: question.weights.rawValue, sigmaW: sigmaW,
      sigmaB: question.sigmaB, inputMeanSquare: question.inputMeanSquare)
    self.init(version: SpectraVersion.current, command: command, settings: settings, laws: [])
    let field = MeanField(activation, sigmaW: sigmaW, sigmaB: question.sigmaB)
    let variance = try addMeanField(field, activation, hasInput: question.inputMeanSquare != nil)
    func law(depth: Int) throws(TheoryError) -> Law {
      let law: FreeProductLaw
      if let meanSquare = question.inputMeanSquare {
        law = try FreeProductLaw(
          activation: activation, weights: question.weights, sigmaW: sigmaW, sigmaB: question.sigmaB,
          inputMeanSquare: meanSquare, layers: depth)
      } else {
        law = try FreeProductLaw(
          layers: depth, weights: question.weights, sigmaW: sigmaW,
          gates: Gates(of: activation, variance: max(variance, 1e-60)))
      }
      return try Law(law, depth: depth, points: question.points)
    }
    for depth in question.depths {
      do throws(TheoryError) {
        laws.append(try law(depth: depth))
      } catch {
        // The laws of other depths, and mean field, are not lost with it.
        failures.append(Failure(depth: depth, reason: "\(error)"))
      }
    }
  }

  /// The laws of residual stacks of given strengths c, 0 to 10⁶.
  ///
  /// - Throws: `ConfigurationError` where a strength or the number of points is out of range, `TheoryError` where a law cannot be
  ///   computed.
  public init(residualStrengths strengths: [Double], points: Int = 512, command: [String] = []) throws {
    if let bad = strengths.first(where: { !(0...1e6).contains($0) }) {
      throw ConfigurationError(
        "residual", "--residual \(bad) is out of range; it is a sum of squares, 0 to 1000000.")
    }
    try Self.validate(points: points)
    self.init(
      version: SpectraVersion.current, command: command, settings: Settings(),
      laws: try strengths.map { try Law(try ResidualLaw(strength: $0), depth: nil, points: points) })
  }

  fileprivate static func validate(points: Int) throws(ConfigurationError) {
    guard 16...100_000 ~= points else {
      throw ConfigurationError("points", "--points \(points) is out of range; it is 16 to 100000.")
    }
  }

  /// Puts mean field into the listing; the variance at which gates are taken.
  private mutating func addMeanField(
    _ field: MeanField, _ activation: any Activation, hasInput: Bool
  ) throws -> Double {
    var variance = 1.0
    do throws(TheoryError) {
      let point = try field.point()
      variance = point.q
      quantities = Self.quantities(of: point)
      phase = point.phase.rawValue
    } catch {
      // Gates of straight lines through 0 do not depend on the variance.
      let isHomogeneous = Gates(ofHomogeneous: activation) != nil
      guard isHomogeneous || hasInput else { throw error }
      reason =
        isHomogeneous
        ? "\(error) Slopes of this activation do not depend on it: the laws hold at any variance."
        : "\(error) The laws follow the length map from the input."
      guard isHomogeneous else { return variance }
      quantities = [
        Quantity(
          "chi", symbol: "χ₁", value: field.susceptibility(variance: 1).ifFinite,
          meaning: "mean squared singular value of a layer")
      ]
    }
    let lengths = stride(from: 0.0, through: 4, by: 0.5).map { $0 * max(variance, 0.25) }
    let correlations = stride(from: -1.0, through: 1, by: 0.25).map { $0 }
    maps = [Map(name: "length", arguments: lengths, values: lengths.map { field.lengthMap($0) })]
    if variance > 0, reason == nil {
      maps.append(
        Map(
          name: "correlation", arguments: correlations,
          values: correlations.map { field.correlationMap($0, variance: variance) }))
    }
    maps = maps.map { map in
      let finite = zip(map.arguments, map.values).filter { $0.1.isFinite }
      return Map(name: map.name, arguments: finite.map(\.0), values: finite.map(\.1))
    }
    return variance
  }
}

extension TheoryListing.Law {
  fileprivate init(_ law: any SpectralLaw, depth: Int?, points: Int) throws(TheoryError) {
    let edge = try law.edges()?.lower
    let lowest = law.atoms.compactMap(\.logSingularValue).reduce(edge) { min($0 ?? $1, $1) }
    self.init(
      depth: depth, prediction: try law.prediction(points: points),
      relativeVariance: law.relativeVariance.ifFinite, logLowerEdge: lowest.flatMap(\.ifFinite),
      fine: points < 512 ? try law.curve(points: 512) : nil)
  }
}

extension TheoryListing {
  /// The numbers of a point, in the order of listings.
  static func quantities(of point: MeanFieldPoint) -> [Quantity] {
    [
      Quantity(
        "q", symbol: "q*", value: point.q.ifFinite, meaning: "variance of pre-activations in deep layers, from q = 1"),
      Quantity(
        "chi", symbol: "χ₁", value: point.chi.ifFinite, meaning: "mean squared singular value of a layer's Jacobian"),
      Quantity("c", symbol: "c*", value: point.correlation, meaning: "correlation that two inputs end at"),
      Quantity("xi_q", symbol: "ξ_q", value: point.lengthDepth, meaning: "layers over which q approaches q* by 1/e"),
      Quantity(
        "xi_c", symbol: "ξ_c", value: point.correlationDepth, meaning: "layers over which c approaches c* by 1/e"),
      Quantity(
        "xi_gradient", symbol: "ξ_∇", value: point.gradientDepth,
        meaning: "layers over which squared gradients fall by 1/e; below 0 they grow"),
    ]
  }
}
