import Spectra

/// C15: how fast tokens become equal under attention without skips.
enum RankCollapseRows {
  static let tasks = [exponent]

  private static let (tokens, width, depth, networks) = (6, 12, 7, 100)

  private static let exponent = ReproductionTask(
    ReproductionLine(
      "C15.exponent",
      source: "Dong, Cordonnier, Loukas 2021, Attention is not all you need, arXiv 2103.03404, theorem 2.2",
      quantity: "growth of ln ‖res X‖ a layer, slope of ln (‖res X_(l+1)‖/‖X_(l+1)‖) against that of l",
      settings:
        "one head, no skips, N(0, 1/\(width)) weights, \(tokens) Gaussian tokens of width \(width), layers 4 to "
        + "\(depth), \(networks) networks, the residual carried on a scale of its own",
      published: .value(RankCollapse.exponentPerLayer), criterion: .standardErrors(3))
  ) { workspace in
    let slopes = try workspace.samples(networks) { sample in
      // The theorem's bound is a cube times a constant; the slope leaves the constant out.
      let logarithms = logRatios(sample: sample).suffix(4)
      let pairs = zip(logarithms, logarithms.dropFirst()).map { ($0, $1) }
      return slope(pairs)
    }
    return MeasuredValue(meanOf: slopes)
  }

  /// ln (‖res X_l‖_F/‖X_l‖_F) after layers 1…depth of one network.
  static func logRatios(sample: Int) -> [Double] {
    var state = CollapsingTokens(gaussianInput(tokens: tokens, width: width, sample: sample))
    let law = Initializer(.lecunNormal)
    return (0..<depth).map { layer in
      let random = RandomKey(seed: 0, sample: sample, purpose: .weights).layer(layer)
      let (query, key, value) = (weight("query"), weight("key"), weight("value"))
      func weight(_ name: String) -> Tensor<Double> {
        law.weight(outputs: width, inputs: width, from: random.stream(name))
      }
      state = state.attended(query: query, key: key, value: value)
      return state.logRatio
    }
  }

  /// The slope of the line of least squares.
  private static func slope(_ points: [(x: Double, y: Double)]) -> Double {
    let count = Double(points.count)
    let (x, y) = (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
    return points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
  }
}
