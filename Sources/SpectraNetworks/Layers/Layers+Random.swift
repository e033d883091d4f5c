public import SpectraDifferentiation
public import SpectraLinearAlgebra
public import SpectraRandom

// Randomly initialised layers for blocks of one's own: sizes and a law instead of weights. Biases are 0.

extension Initializer {
  /// One matrix of this law, shape `[outputs, inputs]`. (A law that treats a network's matrices unlike, as `gpt2` and
  /// `fairseq` do, gives what it gives to a matrix without a special place; `looks-linear` that of a fully connected stack.)
  public func weight(outputs: Int, inputs: Int, from stream: RandomStream) -> Tensor<Double> {
    weight(outputs: outputs, inputs: inputs, role: .fullyConnected, from: stream)
  }

  /// A matrix of a feed-forward sublayer, whose place matters to `looks-linear` alone.
  fileprivate func feedForward<Scalar>(
    inputs: Int, outputs: Int, role: ParameterDescription.Role, from stream: RandomStream
  ) -> Linear<Scalar> {
    let role = name == .looksLinear ? role : .fullyConnected
    return Linear(
      weight: weight(outputs: outputs, inputs: inputs, role: role, from: stream).converted(),
      bias: Tensor(shape: [outputs], repeating: 0))
  }

  private func weight(
    outputs: Int, inputs: Int, role: ParameterDescription.Role, from stream: RandomStream
  ) -> Tensor<Double> {
    let parameter = ParameterDescription(name: "weight", shape: [outputs, inputs], role: role, layer: 0)
    let law = weightLaw(of: parameter, in: .fullyConnected(.vanilla, depth: 1, width: inputs))
    var stream = stream
    return Tensor(shape: [outputs, inputs], elements: law.draw(rows: outputs, columns: inputs, from: &stream))
  }
}

extension Linear {
  /// A random map of `inputs` to `outputs` features, bias 0.
  ///
  /// ```swift
  /// let linear = Linear<Double>(inputs: 16, outputs: 64, Initializer(.heNormal), random: random.stream("hidden"))
  /// ```
  public init(
    inputs: Int, outputs: Int, _ initializer: Initializer = Initializer(.xavierUniform), random: RandomStream
  ) {
    self.init(
      weight: initializer.weight(outputs: outputs, inputs: inputs, from: random).converted(),
      bias: Tensor(shape: [outputs], repeating: 0))
  }
}

extension FeedForward {
  /// A random feed-forward sublayer of a width, biases 0; `hidden` is 4 · width where it is not given.
  public init(
    width: Int, hidden: Int? = nil, activation: any Activation = ReLU(),
    _ initializer: Initializer = Initializer(.xavierUniform), random: RandomKey
  ) {
    let inner = hidden ?? 4 * width
    self.init(
      hidden: initializer.feedForward(
        inputs: width, outputs: inner, role: .feedForwardHidden, from: random.stream("linear1.weight")),
      activation: activation,
      output: initializer.feedForward(
        inputs: inner, outputs: width, role: .feedForwardOutput, from: random.stream("linear2.weight")))
  }
}

extension GatedFeedForward {
  /// A random gated feed-forward sublayer of a width, biases 0; `hidden` is 4 · width where it is not given.
  public init(
    width: Int, hidden: Int? = nil, activation: any Activation = SiLU(),
    _ initializer: Initializer = Initializer(.xavierUniform), random: RandomKey
  ) {
    let inner = hidden ?? 4 * width
    self.init(
      gate: initializer.feedForward(
        inputs: width, outputs: inner, role: .feedForwardHidden, from: random.stream("gate.weight")),
      activation: activation,
      hidden: initializer.feedForward(
        inputs: width, outputs: inner, role: .feedForwardHidden, from: random.stream("linear1.weight")),
      output: initializer.feedForward(
        inputs: inner, outputs: width, role: .feedForwardOutput, from: random.stream("linear2.weight")))
  }
}

extension SelfAttention {
  /// Random self-attention of a width, biases 0; queries, keys and values are drawn as one matrix or as three, as the
  /// initialiser's packing says. Keys and values have `keyValueHeads` heads, as many as queries where it is not given.
  public init(
    width: Int, heads: Int, mask: AttentionMask = .none, keyValueHeads: Int? = nil,
    _ initializer: Initializer = Initializer(.xavierUniform), random: RandomKey
  ) {
    precondition(heads > 0 && width % heads == 0, "A width of \(width) is not divisible by \(heads) heads.")
    let shared = (keyValueHeads ?? heads) * (width / heads)
    let rows = width + 2 * shared
    let parts =
      initializer.packing == .packed
      ? [("in_proj_weight", rows)] : [("query", width), ("key", shared), ("value", shared)]
    let weights = parts.flatMap { part, rows in
      initializer.weight(outputs: rows, inputs: width, from: random.stream("self_attn.\(part)")).elements
    }
    self.init(
      inputProjection: Linear(
        weight: Tensor<Double>(shape: [rows, width], elements: weights).converted(),
        bias: Tensor(shape: [rows], repeating: 0)),
      outputProjection: Linear(
        inputs: width, outputs: width, initializer, random: random.stream("self_attn.out_proj.weight")),
      settings: AttentionSettings(heads: heads, mask: mask), keyValueHeads: keyValueHeads)
  }
}
