import SpectraLinearAlgebra
public import SpectraRandom

extension Initializer {
  /// Whether PyTorch has a sequence of draws for this law that is reproduced.
  public var hasTorchDraws: Bool {
    switch name {
    case .xavierUniform, .xavierNormal, .heNormal, .heUniform, .lecunNormal, .torch, .rezeroNotebook, .gaussian:
      packing == .packed || !name.usesFanOut
    case .orthogonal, .scaledUniformOrthogonal, .looksLinear, .gpt2, .fairseq: false
    }
  }

  /// Whether PyTorch's modules have an architecture's matrices, and this law its sequence of draws for them.
  public func hasTorchDraws(for architecture: Architecture) -> Bool {
    guard hasTorchDraws, architecture.attention == .softmax else { return false }
    // One layer shows it.
    var architecture = architecture
    architecture.depth = 1
    let standard = Architecture.transformer(
      .residual, depth: 1, width: architecture.width, tokens: 1, heads: 1, hidden: architecture.hidden)
    let isOfTorch =
      architecture.block == .fc
      ? architecture.branchWidth == architecture.width && !architecture.doublesFeatures
      : architecture.parameters.filter { $0.initialValue(in: architecture) == nil }.map(\.shape)
        == standard.parameters.map(\.shape)
    let parts: [MatrixPart] = [.value, .attentionOutput, .feedForwardHidden, .feedForwardOutput, .fullyConnected]
    return isOfTorch
      && parts.allSatisfy { architecture.connection.weightFactor(on: $0, in: architecture) == 1 }
  }

  /// Draws all parameters of an architecture from PyTorch's generator, in the order in which a PyTorch program draws
  /// them; the result depends on everything that was drawn before.
  ///
  /// A Transformer is built as `torch.nn.TransformerEncoder` builds it: a prototype layer is drawn and copied, then every
  /// matrix of every layer is drawn again by the law (`for p in parameters(): if p.dim() > 1: …`). With the law `torch`
  /// nothing is drawn again, so all layers are equal, as they are in PyTorch. The biases of the copies are kept with
  /// `torch` and `rezero-notebook` and set to 0 with the other laws. A fully connected stack draws one `nn.Linear` per
  /// layer, then the matrices again by the law.
  ///
  /// - Precondition: `hasTorchDraws(for:)`.
  public func parameters(of architecture: Architecture, torch generator: inout TorchGenerator) -> Parameters {
    precondition(hasTorchDraws(for: architecture), "PyTorch's draws of \(name.rawValue) weights are not reproduced.")
    let constructed = constructed(architecture, &generator)
    let parameters = architecture.parameters
    var tensors = [String: Tensor<Double>](minimumCapacity: parameters.count)
    for parameter in parameters {
      let count = parameter.shape.reduce(1, *)
      func set(_ values: [Float]) {
        tensors[parameter.name] = Tensor(shape: parameter.shape, elements: values.map { Double($0) })
      }
      func fill(_ value: Double) { tensors[parameter.name] = Tensor(shape: parameter.shape, repeating: value) }
      switch redrawn(parameter, in: architecture) {
      case .uniform(let bound):
        set(generator.uniform(count: count, low: -bound, high: bound))
        continue
      case .normal(let deviation):
        set(generator.normal(count: count, standardDeviation: deviation))
        continue
      case .orthogonal, .mirrored: preconditionFailure("Orthogonal weights have no reproduced draws.")
      case nil: break
      }
      if let value = parameter.initialValue(in: architecture) {
        fill(value)
        continue
      }
      switch parameter.role {
      case .bias:
        // What was constructed with a bias keeps it only where the law has biases of PyTorch's own.
        if name == .torch || name == .rezeroNotebook, let bias = constructed[parameter.name] {
          set(bias.values)
        } else {
          fill(0)
        }
      default:
        // Drawn when constructed; the gain multiplies as `weight.mul_(gain)` does, in single precision.
        guard let weight = constructed[parameter.name]?.values else { continue }
        set(gain == 1 ? weight : weight.map { $0 * Float(gain) })
      }
    }
    return Parameters(tensors)
  }

  /// Leaves the generator as drawing all parameters of an architecture would, without drawing what nobody reads.
  ///
  /// - Precondition: `hasTorchDraws(for:)`.
  public func skipParameters(of architecture: Architecture, torch generator: inout TorchGenerator) {
    precondition(hasTorchDraws(for: architecture), "PyTorch's draws of \(name.rawValue) weights are not reproduced.")
    skipConstructed(architecture, &generator)
    for parameter in architecture.parameters {
      let count = parameter.shape.reduce(1, *)
      switch redrawn(parameter, in: architecture) {
      case .uniform: generator.skipUniform(count: count)
      case .normal: generator.skipNormal(count: count)
      case .orthogonal, .mirrored: preconditionFailure("Orthogonal weights have no reproduced draws.")
      case nil: continue
      }
    }
  }

  /// The law by which a parameter is drawn once the modules are built; nil where it keeps what it has.
  private func redrawn(_ parameter: ParameterDescription, in architecture: Architecture) -> WeightLaw? {
    if parameter.initialValue(in: architecture) != nil { return nil }
    return switch parameter.role {
    case .bias: name == .gaussian && sigmaB != 0 ? .normal(standardDeviation: sigmaB) : nil
    default: name == .torch ? nil : weightLaw(of: parameter, in: architecture)
    }
  }

  /// What building the modules draws, before any law is applied.
  private func constructed(_ architecture: Architecture, _ generator: inout TorchGenerator) -> [String: TorchTensor] {
    var drawn: [String: TorchTensor] = [:]
    switch architecture.block {
    case .transformer:
      let prototype = TorchTransformerDraws.encoderLayer(
        generator: &generator, width: architecture.width, hidden: architecture.hidden)
      for layer in 0..<architecture.depth {
        let prefix = "layers.\(layer)."
        drawn[prefix + "self_attn.in_proj_weight"] = prototype.inProjWeight
        drawn[prefix + "self_attn.out_proj.weight"] = prototype.outProjWeight
        drawn[prefix + "linear1.weight"] = prototype.linear1Weight
        drawn[prefix + "linear1.bias"] = prototype.linear1Bias
        drawn[prefix + "linear2.weight"] = prototype.linear2Weight
        drawn[prefix + "linear2.bias"] = prototype.linear2Bias
      }
    case .fc:
      for layer in 0..<architecture.depth {
        let linear = TorchTransformerDraws.linear(
          generator: &generator, outputs: architecture.width, inputs: architecture.width)
        drawn["layers.\(layer).weight"] = linear.weight
        drawn["layers.\(layer).bias"] = linear.bias
      }
    }
    return drawn
  }

  /// Passes over what `constructed` draws: uniform numbers only.
  private func skipConstructed(_ architecture: Architecture, _ generator: inout TorchGenerator) {
    let (width, hidden) = (architecture.width, architecture.hidden)
    func skipLinear(outputs: Int, inputs: Int) { generator.skipUniform(count: outputs * inputs + outputs) }
    switch architecture.block {
    case .transformer:
      generator.skipUniform(count: 3 * width * width)
      skipLinear(outputs: width, inputs: width)
      skipLinear(outputs: hidden, inputs: width)
      skipLinear(outputs: width, inputs: hidden)
    case .fc:
      for _ in 0..<architecture.depth { skipLinear(outputs: width, inputs: width) }
    }
  }
}

extension InitializerName {
  /// Whether the law depends on fan_out, and so on how query, key and value matrices count.
  var usesFanOut: Bool {
    switch self {
    case .xavierUniform, .xavierNormal, .torch, .rezeroNotebook, .fairseq: true
    default: false
    }
  }
}
