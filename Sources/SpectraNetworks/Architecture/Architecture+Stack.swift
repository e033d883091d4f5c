public import SpectraDifferentiation
public import SpectraLinearAlgebra

extension Architecture {
  /// The stack with given parameters.
  ///
  /// - Throws: `ParameterError` where a parameter is missing, has another shape or none of this architecture's names, and
  ///   where the activation has no transformed form at this depth.
  public func stack<Scalar: NetworkScalar>(
    _ parameters: Parameters, as scalar: Scalar.Type = Scalar.self
  ) throws(ParameterError) -> Stack<Scalar> {
    try parameters.check(against: self)
    return StackBuilder<Scalar>(architecture: self, parameters: parameters, activation: try builtActivation()).stack
  }
}

extension Architecture {
  /// The activation, transformed for this depth where it names a transformation.
  ///
  /// - Throws: `ParameterError` where the transformation has no solution.
  public func builtActivation() throws(ParameterError) -> any Activation {
    guard activation.isTransformed else { return activation.untransformed }
    do {
      return try TransformedActivations.shared.activation(
        activation, depth: activation.number("layers").map { Int($0) } ?? depth)
    } catch {
      throw .activation("\(error)")
    }
  }
}

/// Puts the layers of an architecture together from parameters that were checked.
struct StackBuilder<Scalar: NetworkScalar> {
  let architecture: Architecture
  let parameters: Parameters
  let activation: any Activation
  private let wiring: Wiring

  init(architecture: Architecture, parameters: Parameters, activation: any Activation) {
    self.architecture = architecture
    self.parameters = parameters
    self.activation = activation
    wiring = architecture.wiring
  }

  var stack: Stack<Scalar> {
    Stack(
      (0..<architecture.depth).map { layer(sublayers(ofLayer: $0)) },
      first: architecture.positions == .sinusoidal ? SinusoidalPositions() : nil,
      final: architecture.finalNorm ? norm("norm") : nil)
  }

  /// The sublayers of a layer, not yet put together.
  func sublayers(ofLayer index: Int) -> [Sublayer<Scalar>] {
    let layer = "layers.\(index)."
    return architecture.block == .fc
      ? [sublayer(layer, "", fullyConnected(layer))]
      : [sublayer(layer, "1", attention(layer, index: index)), sublayer(layer, "2", feedForward(layer))]
  }

  /// A branch in its connection.
  private func sublayer(_ layer: String, _ suffix: String, _ branch: any Layer<Scalar>) -> Sublayer<Scalar> {
    // Branches side by side share the first norm.
    let own = wiring.arrangement == .parallel ? "1" : suffix
    return Sublayer(
      branch: branch, skip: path(wiring.skip, layer, "skip_weight", suffix),
      weight: path(wiring.branch, layer, "branch_weight", suffix),
      norm: wiring.norm == nil ? nil : norm(layer + "norm" + own), at: wiring.norm, recursion: wiring.recursion)
  }

  /// Sublayers put together as the connection has them.
  func layer(_ sublayers: [Sublayer<Scalar>]) -> any Layer<Scalar> {
    switch wiring.arrangement {
    case .sequential: sublayers.count == 1 ? sublayers[0] : Chain(sublayers)
    case .parallel: ParallelSublayers(branches: sublayers.map(\.branch), norm: sublayers[0].preNorm)
    case .reversible:
      ReversibleLayer(branches: sublayers.map { Chain([$0.preNorm, $0.branch].compactMap { $0 }) })
    }
  }

  // MARK: Branches

  private func fullyConnected(_ layer: String) -> any Layer<Scalar> {
    let linear = linear(layer)
    return architecture.doublesFeatures
      ? LinearOfConcatenatedReLU(linear: linear) : ActivatedLinear(linear: linear, activation: activation)
  }

  private func attention(_ layer: String, index: Int) -> any Layer<Scalar> {
    let attention = architecture.attention
    var weights: [ParameterDescription.AttentionWeight: Scalar] = [:]
    for weight in attention.learntWeights {
      weights[weight] = tensor("\(layer)self_attn.\(weight.rawValue)").elements[0]
    }
    let settings = attention.settings(
      layer: index + 1, of: architecture.depth, tokens: architecture.tokens, heads: architecture.heads,
      headSize: architecture.headSize, mask: architecture.mask, weights: weights)
    return SelfAttention(
      inputProjection: Linear(
        weight: tensor(layer + "self_attn.in_proj_weight"), bias: tensor(layer + "self_attn.in_proj_bias")),
      outputProjection: linear(layer + "self_attn.out_proj."), settings: settings,
      keyValueHeads: architecture.keyValueHeads, queryKeyNorm: attention.queryKeyNorm,
      rotary: architecture.positions == .rotary ? RotaryPositions() : nil,
      innerNorm: innerNorm(layer + "self_attn.inner_norm"))
  }

  private func feedForward(_ layer: String) -> any Layer<Scalar> {
    let (hidden, output) = (linear(layer + "linear1."), linear(layer + "linear2."))
    let innerNorm = innerNorm(layer + "inner_norm")
    let feedForward = architecture.feedForward
    if architecture.doublesFeatures {
      return Chain([hidden, ConcatenatedReLU(), innerNorm, output].compactMap { $0 })
    }
    guard feedForward.isGated else {
      return FeedForward(hidden: hidden, activation: activation, innerNorm: innerNorm, output: output)
    }
    return GatedFeedForward(
      gate: linear(layer + "linear_gate."), activation: feedForward.fixedActivation ?? activation, hidden: hidden,
      innerNorm: innerNorm, output: output)
  }

  /// The second norm of Sub-LN's branches.
  private func innerNorm(_ name: String) -> (any Layer<Scalar>)? {
    wiring.norm == .preAndInner ? norm(name) : nil
  }

  // MARK: Parts

  private func tensor(_ name: String) -> Tensor<Scalar> { parameters.required(name).converted() }

  private func linear(_ name: String) -> Linear<Scalar> {
    Linear(weight: tensor("\(name)weight"), bias: tensor("\(name)bias"))
  }

  private func norm(_ name: String) -> (any Layer<Scalar>)? {
    architecture.normalizer.layer { tensor("\(name).\($0.rawValue)") }
  }

  private func path(_ factor: Wiring.Factor, _ layer: String, _ name: String, _ suffix: String)
    -> PathWeight<Scalar>
  {
    switch factor {
    case .absent: .absent
    case .one: .one
    case .constant(let factor): .scalar(Scalar(factor))
    case .perLayer: .scalar(tensor(layer + "resweight").elements[0])
    case .perSublayer: .scalar(tensor(layer + name + suffix).elements[0])
    case .perFeature: .vector(tensor(layer + name + suffix))
    }
  }
}
