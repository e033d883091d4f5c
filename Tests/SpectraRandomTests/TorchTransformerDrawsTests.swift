import Testing

@testable import SpectraRandom

@Suite("Order of draws in PyTorch's Transformers")
struct TorchTransformerDrawsTests {
  /// From an independent run of the ReZero authors' cell "signal propagation" in PyTorch: seed 0, 12 layers, the input
  /// of the first sample, then its post-norm model.
  @Test("The notebook's first model has the published experiment's weights")
  func notebook() {
    var generator = TorchGenerator(seed: 0)
    _ = generator.normal(count: 4 * 1 * 16)
    let layers = TorchTransformerDraws.rezeroNotebookLayers(generator: &generator, depth: 12, width: 16, hidden: 64)
    #expect(layers.count == 12)
    // Decimal numbers of 9 digits identify a Float.
    #expect(layers[0].inProjWeight.values[0] == 0.208779156)
    #expect(layers[0].inProjWeight.values[47 * 16 + 15] == 0.270905823)
    #expect(layers[0].outProjWeight.values[0] == 0.215405986)
    #expect(layers[0].linear1Weight.values[0] == 0.257639408)
    #expect(layers[0].linear2Weight.values[0] == -0.0213742908)
    #expect(layers[0].linear1Bias.values[0] == 0.18638891)
    #expect(layers[0].linear1Bias.values[63] == 0.0717210472)
    for layer in layers {
      #expect(layer.linear2Bias.values[0] == 0.0334960222)
      #expect(layer.linear2Bias.values[15] == -0.00426337123)
      #expect(layer.linear1Bias == layers[0].linear1Bias)
    }
    #expect(layers[11].linear2Weight.values[15 * 64 + 63] == -0.243205145)
  }

  @Test("A model takes 3168 + 3072·depth words", arguments: [0, 1, 5])
  func words(depth: Int) {
    var generator = TorchGenerator(seed: 0)
    _ = TorchTransformerDraws.rezeroNotebookLayers(generator: &generator, depth: depth, width: 16, hidden: 64)
    var counted = TorchGenerator(seed: 0)
    for _ in 0..<(3168 + 3072 * depth) { _ = counted.nextWord() }
    #expect(generator.nextWord() == counted.nextWord())
  }

  @Test("torch.manual_seed(3); torch.nn.TransformerEncoderLayer(8, 2, 24)")
  func encoderLayer() {
    var generator = TorchGenerator(seed: 3)
    let layer = TorchTransformerDraws.encoderLayer(generator: &generator, width: 8, hidden: 24)
    let expected: [(tensor: TorchTensor, shape: [Int], checksum: UInt64)] = [
      (layer.inProjWeight, [24, 8], 0x01a8_3e70_3768_6d94),
      (layer.outProjWeight, [8, 8], 0x09d8_6762_c7da_a05d),
      (layer.linear1Weight, [24, 8], 0x80ed_79e1_b590_193c),
      (layer.linear1Bias, [24], 0x478b_d763_86f2_a67b),
      (layer.linear2Weight, [8, 24], 0x9237_ed76_6a7d_146b),
      (layer.linear2Bias, [8], 0xe240_58e6_75e0_e204),
    ]
    for (tensor, shape, sum) in expected {
      #expect(tensor.shape == shape)
      #expect(tensor.values.count == shape.reduce(1, *))
      #expect(checksum(tensor.values) == sum)
    }
  }

  @Test("torch.manual_seed(5); torch.nn.Linear(5, 3)")
  func linear() {
    var generator = TorchGenerator(seed: 5)
    let (weight, bias) = TorchTransformerDraws.linear(generator: &generator, outputs: 3, inputs: 5)
    #expect(weight.shape == [3, 5])
    #expect(bias.shape == [3])
    #expect(checksum(weight.values) == 0x870c_5b3e_b9ca_9dab)
    #expect(checksum(bias.values) == 0x91a9_10bd_f058_9165)
  }
}
