/// A tensor as drawn by `TorchGenerator`: row-major values and their shape.
public struct TorchTensor: Equatable, Sendable {
  public var values: [Float]
  public var shape: [Int]
}

/// The random tensors of one `torch.nn.TransformerEncoderLayer`; what it does not list is constant (attention biases 0,
/// LayerNorm gains 1 and biases 0).
///
/// Weights are `[out, in]`: y = W x + b. With width d and inner width h of the feed-forward sublayer:
public struct TorchLayerDraw: Equatable, Sendable {
  /// `[3d, d]`: the rows of W_Q, W_K and W_V, in this order.
  public var inProjWeight: TorchTensor
  /// `[d, d]`
  public var outProjWeight: TorchTensor
  /// `[h, d]`
  public var linear1Weight: TorchTensor
  /// `[h]`
  public var linear1Bias: TorchTensor
  /// `[d, h]`
  public var linear2Weight: TorchTensor
  /// `[d]`
  public var linear2Bias: TorchTensor
}

/// The order in which PyTorch programs draw the weights of a Transformer. On a sequential generator the order is part of
/// the result.
public enum TorchTransformerDraws {
  /// `torch.nn.TransformerEncoderLayer(width, heads, hidden)` as constructed (the number of heads does not matter).
  ///
  /// `torch.nn.TransformerEncoder` copies this one layer, so that all its layers begin equal.
  public static func encoderLayer(
    generator: inout TorchGenerator, width: Int, hidden: Int
  ) -> TorchLayerDraw {
    let outProj = linear(generator: &generator, outputs: width, inputs: width)
    // The bias of the output projection has been drawn, and is then set to 0.
    let inProjWeight = xavier(&generator, outputs: 3 * width, inputs: width)
    let linear1 = linear(generator: &generator, outputs: hidden, inputs: width)
    let linear2 = linear(generator: &generator, outputs: width, inputs: hidden)
    return TorchLayerDraw(
      inProjWeight: inProjWeight, outProjWeight: outProj.weight,
      linear1Weight: linear1.weight, linear1Bias: linear1.bias,
      linear2Weight: linear2.weight, linear2Bias: linear2.bias)
  }

  /// The encoder of the ReZero authors' notebook *ReZero-Deep_Fast_Transformer*, cell "signal propagation": a prototype
  /// layer is drawn and copied `depth` times, then every parameter with two dimensions gets `xavier_uniform_`, layer by
  /// layer. Hence all layers share the prototype's feed-forward biases.
  ///
  /// Draws 3168 + 3072·depth words at width 16, hidden 64. The notebook seeds the generator once per depth; each of its
  /// samples draws `randn(tokens, 1, width)` as the input of three models, then the models Post-LN, Pre-LN and ReZero.
  public static func rezeroNotebookLayers(
    generator: inout TorchGenerator, depth: Int, width: Int, hidden: Int
  ) -> [TorchLayerDraw] {
    precondition(depth >= 0, "the depth of a network must not be negative")
    let prototype = encoderLayer(generator: &generator, width: width, hidden: hidden)
    return (0..<depth).map { _ in
      var layer = prototype
      layer.inProjWeight = xavier(&generator, outputs: 3 * width, inputs: width)
      layer.outProjWeight = xavier(&generator, outputs: width, inputs: width)
      layer.linear1Weight = xavier(&generator, outputs: hidden, inputs: width)
      layer.linear2Weight = xavier(&generator, outputs: width, inputs: hidden)
      return layer
    }
  }

  /// `torch.nn.Linear(inputs, outputs)` as constructed: the weight `[outputs, inputs]`, then the bias `[outputs]`.
  public static func linear(
    generator: inout TorchGenerator, outputs: Int, inputs: Int
  ) -> (weight: TorchTensor, bias: TorchTensor) {
    let weight = generator.kaimingUniform(outputs: outputs, inputs: inputs)
    let bias = generator.linearBias(outputs: outputs, inputs: inputs)
    return (TorchTensor(values: weight, shape: [outputs, inputs]), TorchTensor(values: bias, shape: [outputs]))
  }

  private static func xavier(_ generator: inout TorchGenerator, outputs: Int, inputs: Int) -> TorchTensor {
    TorchTensor(values: generator.xavierUniform(outputs: outputs, inputs: inputs), shape: [outputs, inputs])
  }
}
