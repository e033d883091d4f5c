import Spectra

/// C10 and C11: the spread of singular values at criticality, and the law of products of Gaussian matrices.
enum IsometryRows {
  static let tasks = variances + laws + edges + [criticalLine]

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
      var configuration = Configuration.fullyConnected(width: width, depth: depth, networks: networks, method: method)
      configuration.activation = isLinear ? .linear : .relu
      configuration.initializer = isOrthogonal ? .orthogonal : .gaussian
      if isOrthogonal { configuration.gain = sigmaW } else { configuration.sigmaW = sigmaW }
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
        + "\(network.isOrthogonal ? "orthogonal" : "Gaussian") weights, \(layers(network.depth)): "
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
      return limit == 0
        ? MeasuredValue(values.map(abs).max() ?? .nan) : MeasuredValue(meanOf: values, expected: expected)
    }
  }

  // MARK: C11

  private static let laws = [1, 2, 4, 8, 16].map { depth in
    let line = ReproductionLine(
      "C11.ks-\(depth)", source: "\(source), equation 13",
      quantity: "Kolmogorov–Smirnov distance of ln σ from the Fuss–Catalan law, \(layers(depth))",
      settings: "linear, width \(width), N(0, 1/\(width)) weights, \(networks) networks pooled, each σ known",
      published: .value(0),
      criterion: .tolerance(5 / Double(width), because: "five of \(width) values, the law being that of infinite width")
    )
    return ReproductionTask(line) { workspace in
      let spectra = try workspace.spectra(of: gaussian(depth).configuration(method: .auto))
      let law = try FreeProductLaw(layers: depth, weights: .gaussian, sigmaW: 1, gates: .open)
      return MeasuredValue(kolmogorovSmirnovDistance(of: spectra, from: try law.curve(points: curvePoints)))
    }
  }

  private static let edges = [1, 4, 16].map { depth in
    let (edge, spread) = fussCatalanEdge(depth)
    let line = ReproductionLine(
      "C11.edge-\(depth)", source: "\(source), equation 13",
      quantity: "largest σ², \(layers(depth)): (L + 1)^(L + 1)/L^L",
      settings:
        "as C11.ks-\(depth); at this width less the mean of the Tracy–Widom law of β = 1 on the scale of the edge",
      published: .value(edge), criterion: .standardErrors(3))
    return ReproductionTask(line) { workspace in
      let spectra = try workspace.spectra(of: gaussian(depth).configuration(method: .auto))
      let largest = spectra.compactMap(\.logSingularValues.first).map { Double.exp(2 * $0) }
      // The mean of the law: Tracy and Widom 1996; Johnstone 2001, Annals of Statistics 29.
      return MeasuredValue(meanOf: largest, expected: edge - 1.2065336 * spread)
    }
  }

  /// How many points curves have where they are compared with samples: the interpolation is far better than that.
  static let curvePoints = 1024

  private static func gaussian(_ depth: Int) -> Case { Case(isLinear: true, isOrthogonal: false, depth: depth) }

  /// The upper edge λ_+ of the Fuss–Catalan law and the scale on which the largest of N values lies about it.
  ///
  /// With λ(m) = (1 + m)^{L+1}/m, least at m_+ = 1/L where λ = λ_+, the density is √(2 (λ_+ − λ)/λ″)/(π λ_+) near the edge. Where
  /// it is (c/π) √(λ_+ − λ), the scale is (c N)^{−2/3}.
  private static func fussCatalanEdge(_ depth: Int) -> (edge: Double, scale: Double) {
    let l = Double(depth)
    let edge = Double.exp((l + 1) * .log(l + 1) - l * .log(l))
    // (ln λ)″ = 1/m² − (L + 1)/(1 + m)² = L³/(L + 1) at m_+.
    let curvature = edge * l * l * l / (l + 1)
    let c = (2 / curvature).squareRoot() / edge
    return (edge, .pow(c * Double(width), -2.0 / 3))
  }

  // MARK: C12

  private static let criticalLine = ReproductionTask(
    ReproductionLine(
      "C12.tanh",
      source: "Schoenholz, Gilmer, Ganguli, Sohl-Dickstein 2017, Deep Information Propagation, arXiv 1611.01232",
      quantity: "critical σ_w² of tanh at σ_b² = 0.05", settings: "mean field theory, no network",
      published: .value(1.76, decimals: 2), criterion: .printedDigits)
  ) { _ in
    let sigmaW = try MeanField.criticalSigmaW(Tanh(), sigmaB: 0.05.squareRoot())
    return MeasuredValue(sigmaW * sigmaW)
  }
}
