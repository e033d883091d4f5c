import Spectra

/// C9: sizes of the hidden states of Post-LN and Pre-LN in the setting in which Xiong et al. prove their lemma 2.
enum XiongRows {
  private static let (tokens, width, depth, networks) = (16, 128, 48, 16)
  private static let shown = (post: [1, 12, 48], pre: [1, 6, 12, 24, 48])

  static let task = ReproductionTask(lines) { workspace in
    let sizes = try workspace.samples(networks) { sample in
      [true, false].map { TheoryTransformer(width: width, isPostLN: $0, depth: depth, sample: sample) }
        .map { $0.sizes(at: gaussianInput(tokens: tokens, width: width, sample: sample)) }
    }
    func measurement(_ arrangement: Int, _ layer: Int) -> MeasuredValue {
      MeasuredValue(meanOf: sizes.map { $0[arrangement][layer - 1] })
    }
    return shown.post.map { measurement(0, $0) } + shown.pre.map { measurement(1, $0) }
  }

  private static let settings =
    "one head, W^Q = W^K = 0, no W^O, all matrices \(width) × \(width) from N(0, 1/\(width)), ReLU, LayerNorm without ε, "
    + "\(tokens) Gaussian tokens, \(networks) networks"

  private static let lines =
    shown.post.map { line("post-ln", $0, "‖x⁵‖²/d of Post-LN before the last LayerNorm of layer \($0)", .value(1.5)) }
    + shown.pre.map {
      line(
        "pre-ln", $0, "‖x‖²/d of Pre-LN after layer \($0)",
        .interval(lower: 1 + Double($0) / 2, upper: 1 + 3 * Double($0) / 2))
    }

  private static func line(
    _ name: String, _ layer: Int, _ quantity: String, _ published: PublishedValue
  ) -> ReproductionLine {
    ReproductionLine(
      "C9.\(name)-\(layer)",
      source: "Xiong et al. 2020, On Layer Normalization in the Transformer Architecture, arXiv 2002.04745, lemma 2",
      quantity: quantity, settings: settings, published: published, criterion: .standardErrors(3))
  }
}

/// The Transformer of the paper's theory: attention that averages, W^V alone in it, and a square feed-forward.
private struct TheoryTransformer {
  private var sublayers: [(attention: SelfAttention<Double>, feedForward: FeedForward<Double>)]
  private var norm: LayerNorm<Double>
  private var isPostLN: Bool

  init(width: Int, isPostLN: Bool, depth: Int, sample: Int) {
    norm = LayerNorm(features: width, epsilon: 0)
    self.isPostLN = isPostLN
    let law = Initializer(.xavierNormal)
    sublayers = (0..<depth).map { layer in
      let random = RandomKey(seed: 0, sample: sample, purpose: .weights).layer(layer)
      let value = law.weight(outputs: width, inputs: width, from: random.stream("value"))
      let silent = [Double](repeating: 0, count: 2 * width * width)
      let attention = SelfAttention(
        inputProjection: Linear(weight: Tensor(shape: [3 * width, width], elements: silent + value.elements)),
        outputProjection: Linear(weight: .identity(width)), heads: 1)
      return (attention, FeedForward(width: width, hidden: width, law, random: random))
    }
  }

  /// ‖x‖²/d, the mean over tokens, for each layer: of Post-LN before its last norm, of Pre-LN after the layer.
  func sizes(at input: Tensor<Double>) -> [Double] {
    var x = input
    return sublayers.map { attention, feedForward in
      let sum = x + attention(isPostLN ? x : norm(x))
      let middle = isPostLN ? norm(sum) : sum
      let output = middle + feedForward(isPostLN ? middle : norm(middle))
      x = isPostLN ? norm(output) : output
      return output.rootMeanSquare * output.rootMeanSquare
    }
  }
}
