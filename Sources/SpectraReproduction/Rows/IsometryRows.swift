import Spectra

/// C10 and C11: the spread of singular values at criticality, and the law of products of Gaussian matrices.
enum IsometryRows {
  static let tasks = variances

  static let (width, networks) = (500, 10)
  private static let source =
    "Pennington, Schoenholz, Ganguli 2017, Resurrecting the sigmoid in deep learning through dynamical isometry, "
    + "arXiv 1711.04735"

  /// A fully connected stack at criticality.
  struct Case: Sendable {
    var isLinear: Bool
    var isOrthogonal: Bool
    var depth: Int

    var name: String { "\(isLinear ? "linear" : "relu")-\(isOrthogonal ? "orthogonal" : "gaussian")-\(depth)" }
    var sigmaW: Double { isLinear ? 1 : 2.0.squareRoot() }
    /// p, the share of gates that are open.
    var open: Double { isLinear ? 1 : 0.5 }

    /// Its networks, drawn as `spectra --block fc --arch vanilla` draws them.
    func configuration(method: MethodChoice) -> Configuration {
      var configuration = Configuration()
      configuration.block = .fc
      configuration.architectures = [.vanilla]
      (configuration.width, configuration.depths, configuration.samples) = (width, [depth], networks)
      (configuration.heads, configuration.tokens) = (1, 1)
      configuration.activation = isLinear ? .linear : .relu
      configuration.initializer = isOrthogonal ? .orthogonal : .gaussian
      if isOrthogonal { configuration.gain = sigmaW } else { configuration.sigmaW = sigmaW }
      configuration.method = method
      return configuration
    }
  }

  // MARK: C10

  private static let variances = [true, false].flatMap { isLinear in
    [false, true].flatMap { isOrthogonal in
      [4, 16].map { variance(Case(isLinear: isLinear, isOrthogonal: isOrthogonal, depth: $0)) }
    }
  }

  private static func variance(_ network: Case) -> ReproductionTask {
    let limit = Double(network.depth) * (1 / network.open - (network.isOrthogonal ? 1 : 0))
    let rounding = Double(4 * network.depth * width) * .ulpOfOne
    let line = ReproductionLine(
      "C10.\(network.name)", source: "\(source), section 2.5",
      quantity: "variance of σ², \(network.isLinear ? "linear" : "ReLU"), "
        + "\(network.isOrthogonal ? "orthogonal" : "Gaussian") weights, \(network.depth) layers: "
        + (network.isOrthogonal ? "L (1 − p)/p" : "L/p"),
      settings:
        "width \(width), σ_w² = \(network.isLinear ? 1 : 2), no biases, \(networks) networks; at this width by the exact "
        + "recursion of E tr (JJᵀ)²",
      published: .value(limit),
      criterion: limit == 0
        ? .tolerance(rounding, because: "\(network.depth) orthogonal factors, rounded") : .standardErrors(3))
    return ReproductionTask(line) { workspace in
      // Linear Gaussian stacks are those of C11.
      let method: MethodChoice = network.isLinear && !network.isOrthogonal ? .auto : .product
      let spectra = try workspace.spectra(of: network.configuration(method: method))
      let values = spectra.map { $0.moment(2) - $0.moment(1) * $0.moment(1) }
      let expected = (0..<network.depth).reduce(FiniteWidthMoments(width: width)) { moments, _ in
        moments.layer(isOrthogonal: network.isOrthogonal, sigmaW: network.sigmaW, open: network.open)
      }.variance
      return limit == 0 ? Measurement(values.map(abs).max() ?? .nan) : Measurement(meanOf: values, expected: expected)
    }
  }
}
