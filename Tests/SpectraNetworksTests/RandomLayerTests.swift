import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

@Suite("Randomly initialised layers for custom blocks") struct RandomLayerTests {
  let random = RandomKey(seed: 3, sample: 0, purpose: .weights, layer: 5)

  @Test(
    "A linear layer has the law's matrix and bias 0",
    arguments: [InitializerName.xavierUniform, .heNormal, .orthogonal])
  func linear(name: InitializerName) {
    let law = Initializer(name)
    let layer = Linear<Double>(inputs: 6, outputs: 9, law, random: random.stream("w"))
    #expect(layer.weight == law.weight(outputs: 9, inputs: 6, from: random.stream("w")))
    #expect(layer.weight.shape == [9, 6])
    #expect(layer.bias == Tensor(shape: [9], repeating: 0))
    #expect(layer.weight != Linear<Double>(inputs: 6, outputs: 9, law, random: random.stream("other")).weight)
  }

  @Test("Single precision holds the rounded draws of double precision")
  func precision() {
    let double = Linear<Double>(inputs: 4, outputs: 4, random: random.stream("w"))
    let float = Linear<Float>(inputs: 4, outputs: 4, random: random.stream("w"))
    #expect(float.weight == double.weight.converted(to: Float.self))
  }

  @Test("Feed-forward and attention draw what an architecture's layer of the same key draws")
  func sameAsArchitecture() {
    let architecture = Architecture.transformer(.vanilla, depth: 6, width: 8, tokens: 3, heads: 2)
    for law in [Initializer(.xavierUniform), Initializer(.lecunNormal)] {
      let parameters = law.parameters(of: architecture, random: RandomKey(seed: 3, sample: 0, purpose: .weights))
      let feedForward = FeedForward<Double>(width: 8, law, random: random)
      let attention = SelfAttention<Double>(width: 8, heads: 2, law, random: random)
      #expect(feedForward.hidden.weight == parameters["layers.5.linear1.weight"])
      #expect(feedForward.output.weight == parameters["layers.5.linear2.weight"])
      #expect(attention.outputProjection.weight == parameters["layers.5.self_attn.out_proj.weight"])
      #expect(attention.inputProjection.weight.shape == [24, 8])
      if law.packing == .packed {
        #expect(attention.inputProjection.weight == parameters["layers.5.self_attn.in_proj_weight"])
      }
    }
  }
}
