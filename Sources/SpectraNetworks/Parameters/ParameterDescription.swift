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
    /// The feed-forward's second matrix.
    case feedForwardOutput
    /// The matrix of a fully connected layer.
    case fullyConnected
    /// A bias beside a matrix of this role.
    indirect case bias(of: Role, inputs: Int)
    /// LayerNorm's γ.
    case normGain
    /// LayerNorm's β.
    case normBias
    /// ReZero's α.
    case residualWeight
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
  /// layer has it.
  public var parameters: [ParameterDescription] {
    var all: [ParameterDescription] = []
    // This list is made for every sample: no name is put together twice.
    all.reserveCapacity(depth * 16)
    for layer in 0..<depth {
      let prefix = "layers.\(layer)."
      func add(_ name: String, _ shape: [Int], _ role: ParameterDescription.Role) {
        all.append(
          ParameterDescription(name: prefix + name, shape: shape, role: role, layer: layer, localName: name))
      }
      func addNorm(_ name: String) {
        add(name + ".weight", [width], .normGain)
        add(name + ".bias", [width], .normBias)
      }
      switch block {
      case .transformer:
        add("self_attn.in_proj_weight", [3 * width, width], .packedProjection)
        add("self_attn.in_proj_bias", [3 * width], .bias(of: .packedProjection, inputs: width))
        add("self_attn.out_proj.weight", [width, width], .attentionOutput)
        add("self_attn.out_proj.bias", [width], .bias(of: .attentionOutput, inputs: width))
        add("linear1.weight", [hidden, width], .feedForwardHidden)
        add("linear1.bias", [hidden], .bias(of: .feedForwardHidden, inputs: width))
        add("linear2.weight", [width, hidden], .feedForwardOutput)
        add("linear2.bias", [width], .bias(of: .feedForwardOutput, inputs: hidden))
        if connection.usesNorm {
          addNorm("norm1")
          addNorm("norm2")
        }
      case .fc:
        add("weight", [width, width], .fullyConnected)
        add("bias", [width], .bias(of: .fullyConnected, inputs: width))
        if connection.usesNorm { addNorm("norm") }
      }
      if connection.usesResidualWeight { add("resweight", [1], .residualWeight) }
    }
    if finalNorm {
      for (name, role) in [("norm.weight", ParameterDescription.Role.normGain), ("norm.bias", .normBias)] {
        all.append(ParameterDescription(name: name, shape: [width], role: role, layer: depth))
      }
    }
    return all
  }
}
