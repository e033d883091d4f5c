import Spectra

/// C20 and C22: what a finite width does to gradients, and what a normaliser does to them.
enum FiniteWidthRows {
  // MARK: C20

  private static let (width, depth, networks) = (256, 32, 400)

  static let fluctuations = ReproductionTask(
    [
      ("variance", "variance of ln ‖J u‖² of a unit vector u: 5 Σ 1/N_l", 5 * Double(depth) / Double(width)),
      ("mean", "mean of ln ‖J u‖²: −½ · 5 Σ 1/N_l", -2.5 * Double(depth) / Double(width)),
    ].map { name, quantity, value in
      ReproductionLine(
        "C20.\(name)",
        source:
          "Hanin, Nica 2018, Products of Many Large Random Matrices and Gradients in Deep Networks, arXiv 1812.05994, theorem 1",
        quantity: quantity,
        settings: "\(depth) ReLU layers of width \(width), He weights, \(networks) networks, one tangent each",
        published: .value(value), criterion: .standardErrors(3))
    }
  ) { workspace in
    let logarithms = try workspace.samples(networks) { sample in
      let law = Initializer(.heNormal)
      let key = RandomKey(seed: 0, sample: sample, purpose: .weights)
      var direction = key.purpose(.probe).stream("direction")
      let u = Tensor(shape: [width, 1], elements: direction.normals(count: width))
      var signal = DualTensor(
        gaussianInput(tokens: 1, width: width, sample: sample),
        tangents: Tangents(columns: u, tokens: 1, features: width))
      // One layer's weights at a time: all of them would not fit into the cache.
      for layer in 0..<depth {
        signal = ActivatedLinear(
          linear: Linear<Double>(inputs: width, outputs: width, law, random: key.layer(layer).stream("weight")),
          activation: ReLU())(signal)
      }
      return 2 * Double.log(signal.tangents.columns.rootMeanSquare / u.rootMeanSquare)
    }
    return [MeasuredValue(varianceOf: logarithms), MeasuredValue(meanOf: logarithms)]
  }

  // MARK: C22

  private static let explosionWidth = 512

  static let explosion = ReproductionTask(
    ReproductionLine(
      "C22.layernorm", source: "Yang et al. 2019, A Mean Field Theory of Batch Normalization, arXiv 1902.08129",
      quantity: "growth of the mean σ² a layer, LayerNorm(ReLU(W x)): π/(π − 1)",
      settings: "32 layers of width \(explosionWidth), LayerNorm in place of a large batch's BatchNorm, 10 networks",
      published: .value(.pi / (.pi - 1)),
      criterion: .tolerance(
        5 / Double(explosionWidth),
        because: "the constant is of infinite width, corrections are a few 1/\(explosionWidth)"))
  ) { workspace in
    var configuration = Configuration.fullyConnected(.norm, width: explosionWidth, depth: 32)
    configuration.initializer = .heNormal
    let rates = try workspace.spectra(of: configuration).map { Double.log($0.moment(1)) / 32 }
    let rate = MeasuredValue(meanOf: rates)
    return MeasuredValue(.exp(rate.value), uncertainty: rate.uncertainty.map { $0 * .exp(rate.value) })
  }
}
