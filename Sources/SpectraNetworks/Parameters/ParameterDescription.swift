/// One parameter of an architecture: its name in files, its shape, and what it is to an initialiser.
public struct ParameterDescription: Sendable, Hashable {
  /// What a parameter is to an initialiser.
  public enum Role: Sendable, Hashable {
    /// Queries, keys and values in one matrix.
    case packedProjection
    /// The attention's output projection.
    case attentionOutput
    /// The feed-forward's first matrix.
    case feedForwardHidden
    /// The matrix of a gated feed-forward whose result goes through the activation.
    case feedForwardGate
    /// The feed-forward's last matrix.
    case feedForwardOutput
    /// The matrix of a fully connected layer.
    case fullyConnected
    /// A bias beside a matrix of this role.
    indirect case bias(of: Role, inputs: Int)
    /// A normaliser's γ.
    case normGain
    /// A normaliser's β.
    case normBias
    /// The threshold τ of FRN's activation.
    case normThreshold
    /// ReZero's α.
    case residualWeight
    /// A factor on the branch: one number or one for each feature.
    case branchWeight
    /// A factor on the skip, one for each feature.
    case skipWeight
    /// The weights α, β and γ of identity, softmax and centring in an attention matrix.
    case attentionWeight(AttentionWeight)
  }

  /// A summand of an attention matrix α I + β P − γ C.
  public enum AttentionWeight: String, Sendable, Hashable, CaseIterable {
    case identity = "alpha"
    case softmax = "beta"
    case centring = "gamma"
  }

  /// The name as in PyTorch's state dict, `layers.3.linear1.weight`.
  public var name: String
  public var shape: [Int]
  public var role: Role
  /// The layer it belongs to; `depth` for what follows the last layer.
  public var layer: Int

  /// The name without the layer: `linear1.weight`.
  public var localName: String

  /// A parameter; one of no layer has one name only.
  init(name: String, shape: [Int], role: Role, layer: Int, localName: String? = nil) {
    (self.name, self.shape, self.role, self.layer) = (name, shape, role, layer)
    self.localName = localName ?? name
  }
}

extension Architecture {
  /// All parameters of the stack, in the order of layers.
  ///
  /// Names are those of `torch.nn.TransformerEncoder`'s state dict, with `layers.{l}.resweight` as the official ReZero
  /// layer has it. What PyTorch has no layer for is named beside them; docs/architecture.md lists these names.
  public var parameters: [ParameterDescription] {
    // All layers have the same. This is done for every sample: no name is put together twice.
    let own = layerParameters
    var all: [ParameterDescription] = []
    all.reserveCapacity(depth * own.count + 3)
    for layer in 0..<depth {
      let prefix = "layers.\(layer)."
      for (name, shape, role) in own {
        all.append(
          ParameterDescription(name: prefix + name, shape: shape, role: role, layer: layer, localName: name))
      }
    }
    if finalNorm {
      for (suffix, role) in normalizer.name.parameters {
        all.append(ParameterDescription(name: "norm.\(suffix)", shape: [width], role: role, layer: depth))
      }
    }
    return all
  }

  /// The parameters of one layer.
  private var layerParameters: [ParameterList.Element] {
    var list = ParameterList(normalizer: normalizer.name)
    switch block {
    case .transformer: addTransformerLayer(to: &list)
    case .fc:
      list.addLinear("", outputs: branchWidth, inputs: branchWidth * (doublesFeatures ? 2 : 1), .fullyConnected)
      addConnection(to: &list, suffixes: [""])
    }
    return list.all
  }

  private func addTransformerLayer(to list: inout ParameterList) {
    let width = branchWidth
    let rows = width + 2 * keyRows
    list.add("self_attn.in_proj_weight", [rows, width], .packedProjection)
    list.add("self_attn.in_proj_bias", [rows], .bias(of: .packedProjection, inputs: width))
    list.addLinear("self_attn.out_proj.", outputs: width, inputs: width, .attentionOutput)
    for weight in attention.learntWeights {
      list.add("self_attn.\(weight.rawValue)", [1], .attentionWeight(weight))
    }
    list.addLinear("linear1.", outputs: hidden, inputs: width, .feedForwardHidden)
    if feedForward.isGated { list.addLinear("linear_gate.", outputs: hidden, inputs: width, .feedForwardGate) }
    list.addLinear("linear2.", outputs: width, inputs: innerFeatures, .feedForwardOutput)
    if wiring.norm == .preAndInner {
      list.addNorm("self_attn.inner_norm", features: width)
      list.addNorm("inner_norm", features: innerFeatures)
    }
    addConnection(to: &list, suffixes: wiring.arrangement == .parallel ? ["1"] : ["1", "2"])
  }

  /// Norms and weights of skips and branches, for each sublayer.
  private func addConnection(to list: inout ParameterList, suffixes: [String]) {
    if wiring.norm != nil {
      for suffix in suffixes { list.addNorm("norm\(suffix)", features: branchWidth) }
    }
    for suffix in suffixes {
      if case .perFeature = wiring.skip { list.add("skip_weight\(suffix)", [branchWidth], .skipWeight) }
      switch wiring.branch {
      case .perSublayer: list.add("branch_weight\(suffix)", [1], .branchWeight)
      case .perFeature: list.add("branch_weight\(suffix)", [branchWidth], .branchWeight)
      default: break
      }
    }
    if case .perLayer = wiring.branch { list.add("resweight", [1], .residualWeight) }
  }
}

/// The parameters of a layer while they are listed.
private struct ParameterList {
  typealias Element = (name: String, shape: [Int], role: ParameterDescription.Role)

  let normalizer: NormalizerName
  private(set) var all: [Element] = []

  init(normalizer: NormalizerName) { self.normalizer = normalizer }

  mutating func add(_ name: String, _ shape: [Int], _ role: ParameterDescription.Role) {
    all.append((name, shape, role))
  }

  mutating func addLinear(_ name: String, outputs: Int, inputs: Int, _ role: ParameterDescription.Role) {
    add(name + "weight", [outputs, inputs], role)
    add(name + "bias", [outputs], .bias(of: role, inputs: inputs))
  }

  mutating func addNorm(_ name: String, features: Int) {
    for (suffix, role) in normalizer.parameters { add("\(name).\(suffix)", [features], role) }
  }
}
