import Spectra

/// C21: the law of one parameter that the spectra of deep residual networks have.
enum ResidualRows {
  static let tasks =
    [
      law("matrices-0.5", strength: 0.5, depth: 64, activation: .linear),
      law("matrices-2", strength: 2, depth: 64, activation: .linear),
      law("relu-0.32", strength: 0.32, depth: 32, activation: .relu),
    ] + [transformers]

  private static let source =
    "Tarnowski, Warchoł, Jastrzębski, Tabor, Nowak 2018, Dynamical isometry is achieved in residual networks in a universal "
    + "way for any activation function, arXiv 1809.08848"

  // MARK: Fully connected

  private static let (width, networks) = (400, 10)

  /// x + α φ(W x) with (1/N) E ‖φ′ W‖² = 1, so that c = α² L.
  private static func law(
    _ name: String, strength: Double, depth: Int, activation: Variant<ActivationName>
  ) -> ReproductionTask {
    let isLinear = activation == .linear
    let line = ReproductionLine(
      "C21.\(name)", source: source,
      quantity: "Kolmogorov–Smirnov distance of ln σ from the law of c = α² L = \(ReproductionText.number(strength))",
      settings:
        "x + α \(isLinear ? "W x" : "relu(W x)"), σ_w² = \(isLinear ? 1 : 2), \(depth) layers of width \(width), "
        + "\(networks) networks pooled, c from the law of the weights",
      published: .value(0),
      criterion: .tolerance(0.02, because: "the law is that of infinite depth and width; the bound was set beforehand"))
    return ReproductionTask(line) { workspace in
      let connection = Variant<Connection>.rezero(alpha: (strength / Double(depth)).squareRoot())
      var configuration = Configuration.fullyConnected(
        ArchitectureSpecification(connection), width: width, depth: depth, networks: networks)
      (configuration.activation, configuration.initializer) = (activation, .gaussian)
      let curve = try ResidualLaw(strength: strength).curve(points: IsometryRows.curvePoints)
      return MeasuredValue(kolmogorovSmirnovDistance(of: try workspace.spectra(of: configuration), from: curve))
    }
  }

  // MARK: Transformers

  private static let depths = [4, 12, 64, 128]
  private static let transformerNetworks = 100

  private static let transformers = ReproductionTask(
    depths.map { depth in
      ReproductionLine(
        "C21.rezero-transformer-\(depth)", source: source,
        quantity: "standard deviation of ln σ over √(c/2 + c²/12), ReZero Transformer, \(depth) layers",
        settings:
          "α = 0.1, sizes and laws as C1, \(transformerNetworks) networks; c = ln m₁ of the same networks, so that this "
          + "tests one parameter's consistency and predicts nothing",
        published: .value(1),
        criterion: .tolerance(
          0.03, because: "the law is that of infinite depth and width, J is 64 × 64; the bound was set beforehand"))
    }
  ) { workspace in
    try depths.map { depth in
      var configuration = Configuration()
      configuration.architectures = [ArchitectureSpecification(.rezero(alpha: 0.1))]
      configuration.depths = [depth]
      configuration.initializer = .rezeroNotebook
      configuration.samples = transformerNetworks
      configuration.method = .product
      return ratio(try workspace.spectra(of: configuration))
    }
  }

  /// The measured standard deviation over the predicted one, with the jackknife's standard error over networks.
  private static func ratio(_ spectra: [Spectrum]) -> MeasuredValue {
    let networks = spectra.map { spectrum in
      (
        first: spectrum.moment(1), mean: spectrum.logSingularValues.reduce(0, +) / Double(spectrum.count),
        square: spectrum.logSingularValues.reduce(0) { $0 + $1 * $1 } / Double(spectrum.count)
      )
    }
    let sums = networks.reduce((first: 0.0, mean: 0.0, square: 0.0)) {
      ($0.first + $1.first, $0.mean + $1.mean, $0.square + $1.square)
    }
    func ratio(_ first: Double, _ mean: Double, _ square: Double, _ count: Double) -> Double {
      let c = Double.log(first / count)
      return ((square - mean * mean / count) / count / (c / 2 + c * c / 12)).squareRoot()
    }
    let count = Double(networks.count)
    let left = networks.map { ratio(sums.first - $0.first, sums.mean - $0.mean, sums.square - $0.square, count - 1) }
    let mean = left.reduce(0, +) / count
    let squares = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return MeasuredValue(
      ratio(sums.first, sums.mean, sums.square, count),
      uncertainty: ((count - 1) / count * squares).squareRoot())
  }
}
