import Spectra

/// C23 and C24: networks whose singular values are all 1.
enum OrthogonalRows {
  static let tasks = [
    task(
      "C23.looks-linear-20",
      source: "Balduzzi et al. 2017, The Shattered Gradients Problem, arXiv 1702.08591, section 4",
      quantity: "largest |ln σ|, looks-linear weights and concatenated ReLU", activation: .crelu, law: .looksLinear,
      depth: 20),
    task(
      "C24.orthogonal-64",
      source: "Saxe, McClelland, Ganguli 2013, Exact solutions to the nonlinear dynamics of learning, arXiv 1312.6120",
      quantity: "largest |ln σ|, orthogonal weights, linear", activation: .linear, law: .orthogonal, depth: 64),
  ]

  private static let width = 64

  private static func task(
    _ id: String, source: String, quantity: String, activation: Variant<ActivationName>, law: InitializerName,
    depth: Int
  ) -> ReproductionTask {
    // Each orthogonal factor and each product rounds to width · eps; J has all σ = 1, so that this is the error of ln σ.
    let bound = Double(2 * depth * width) * .ulpOfOne
    let line = ReproductionLine(
      id, source: source, quantity: quantity, settings: "\(depth) layers of width \(width), 10 networks",
      published: .value(0),
      criterion: .tolerance(bound, because: "\(depth) orthogonal factors and as many products, rounded"))
    return ReproductionTask(line) { workspace in
      var configuration = Configuration.fullyConnected(width: width, depth: depth)
      (configuration.activation, configuration.initializer) = (activation, law)
      let spectra = try workspace.spectra(of: configuration)
      return MeasuredValue(spectra.flatMap(\.logSingularValues).map(abs).max() ?? .nan)
    }
  }
}
