import Spectra

/// C18: constants that papers give to skips and to weights for a depth, read off drawn networks.
enum DepthConstantRows {
  static let tasks = constants.map { constant in
    ReproductionTask(
      ReproductionLine(
        "C18.\(constant.name)-\(constant.depth)", source: constant.source, quantity: constant.quantity,
        settings: "\(constant.depth) encoder layers", published: .value(constant.value(Double(constant.depth))),
        criterion: .tolerance(1e-14, because: "a formula, rounded a few times"))
    ) { _ in MeasuredValue(try constant.measure(constant.depth)) }
  }

  private struct Constant: Sendable {
    let name: String
    let depth: Int
    /// The paper's formula of N.
    let value: @Sendable (Double) -> Double
    let quantity: String
    let source: String
    let measure: @Sendable (Int) throws -> Double
  }

  private static let constants = deepNorm + subLN + tFixup

  private static let deepNorm = [6, 12, 100].flatMap { depth in
    let source = "Wang et al. 2022, DeepNet, arXiv 2203.00555, figure 2"
    return [
      Constant(
        name: "deepnorm-alpha", depth: depth, value: { .pow(2 * $0, 0.25) },
        quantity: "α of DeepNorm's skip, (2N)^(1/4)",
        source: source,
        measure: { Variant(Connection.deepnorm).deepnormAlpha(depth: $0) }),
      Constant(
        name: "deepnorm-beta", depth: depth, value: { .pow(8 * $0, -0.25) },
        quantity: "β of DeepNorm's value, output and feed-forward weights, (8N)^(−1/4)", source: source,
        measure: { try factor(.deepnorm, depth: $0) }),
    ]
  }

  private static let subLN = [
    Constant(
      name: "sub-ln-gain", depth: 12, value: { Double.log(2 * $0).squareRoot() },
      quantity: "gain of Sub-LN's value, output and feed-forward weights, √(ln 2N)",
      source: "Wang et al. 2022, Foundation Transformers (Magneto), arXiv 2210.06423, section 2.3",
      measure: { try factor(.subLN, depth: $0) })
  ]

  private static let tFixup = [6, 12].map { depth in
    Constant(
      name: "t-fixup-scale", depth: depth, value: { 0.67 * .pow($0, -0.25) },
      quantity: "scale of T-Fixup's value, output and feed-forward weights, 0.67 N^(−1/4)",
      source:
        "Huang et al. 2020, Improving Transformer Optimization Through Better Initialization, ICML 2020, section 3",
      measure: { try factor(.tFixup, depth: $0) })
  }

  /// What a connection's rule multiplies the drawn feed-forward output by, from networks drawn with the rule and without it.
  ///
  /// - Throws: `ReproductionFailure` where the factor is not one number for all weights that have it.
  private static func factor(_ connection: Connection, depth: Int) throws -> Double {
    let law = Initializer(.xavierUniform, packing: .separate)
    let random = RandomKey(seed: 0, sample: 0, purpose: .weights)
    let drawn = [connection, .residual].map {
      law.parameters(
        of: .transformer($0, depth: depth, width: 8, tokens: 2, heads: 2), random: random)
    }
    let names = ["self_attn.out_proj.weight", "linear1.weight", "linear2.weight"]
    let ratios = names.flatMap { name in
      let tensors = drawn.compactMap { $0["layers.\(depth - 1).\(name)"] }
      return zip(tensors[0].elements, tensors[1].elements).map { $0 / $1 }
    }
    guard let least = ratios.min(), let most = ratios.max(), most - least <= 1e-12 * most else {
      throw ReproductionFailure("The weights of \(connection.rawValue) are not multiplied by one number.")
    }
    return ratios[0]
  }
}
