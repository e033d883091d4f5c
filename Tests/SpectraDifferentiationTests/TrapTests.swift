import SpectraLinearAlgebra
import Testing

@testable import SpectraDifferentiation

/// Preconditions print their sentence in debug builds only; the trap itself is in every build.
private func expectSentence(
  _ sentence: String, in result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
) {
  #if DEBUG
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains(sentence), "\(output)", sourceLocation: sourceLocation)
  #endif
}

/// A value of shape [2, 3] that belongs to a linearisation.
private func recorded(_ map: (Recorded<Double>) -> Recorded<Double>) {
  _ = Linearization(at: Tensor(shape: [2, 3], repeating: 1)) { [map($0)] }
}

@Suite("Misuse traps with a sentence")
struct TrapTests {
  @Test func otherLinearisation() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor<Double>(shape: [2, 3], repeating: 1)
      _ = Linearization(at: x) { outer in
        _ = Linearization(at: x) { inner in [inner + outer] }
        return [outer]
      }
    }
    expectSentence(
      "The operands of sum belong to two linearisations; a value of one cannot be used in another.", in: result)
  }

  @Test func foreignResult() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor<Double>(shape: [2, 3], repeating: 1)
      _ = Linearization(at: x) { outer in
        _ = Linearization(at: x) { _ in [outer] }
        return [outer]
      }
    }
    expectSentence("A linearised map must return values computed from its own argument.", in: result)
  }

  @Test func sumOfShapes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0 + $0.transposed() }
    }
    expectSentence("A value of shape [2, 3] cannot be repeated to [3, 3].", in: result)
  }

  @Test func productOfShapes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0 * $0[features: 0..<2] }
    }
    expectSentence("A value of shape [2, 2] cannot be repeated to [2, 3].", in: result)
  }

  @Test func repetition() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.repeated(to: [4, 3]) }
    }
    expectSentence("A value of shape [2, 3] cannot be repeated to [4, 3].", in: result)
  }

  @Test func constant() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.adding(Tensor(shape: [3, 2], repeating: 1)) }
    }
    expectSentence("Weights of shape [3, 2] do not fit a value of shape [2, 3].", in: result)
  }

  @Test func gain() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.multiplied(elementwiseBy: Tensor(shape: [2], repeating: 1)) }
    }
    expectSentence("Weights of shape [2] do not fit a value of shape [2, 3].", in: result)
  }

  @Test func linear() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.linear(Tensor(shape: [4, 2], repeating: 1)) }
    }
    expectSentence("A weight of shape [4, 2] does not take 3 features.", in: result)
  }

  @Test func bias() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.linear(Tensor(shape: [4, 3], repeating: 1), bias: Tensor(shape: [3], repeating: 1)) }
    }
    expectSentence("A bias of 3 elements does not fit a weight of shape [4, 3].", in: result)
  }

  @Test func mixing() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.mixed(by: Tensor(shape: [2, 3], repeating: 1)) }
    }
    expectSentence("A mixing matrix of shape [2, 3] does not take 2 tokens.", in: result)
  }

  @Test func matrixProduct() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.matrixProduct($0) }
    }
    expectSentence("Values of shapes [2, 3] and [2, 3] have no matrix product.", in: result)
  }

  @Test func reshape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.reshaped(tokens: 4, features: 2) }
    }
    expectSentence("A value of shape [2, 3] cannot take the shape [4, 2].", in: result)
  }

  @Test func features() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0[features: 1..<4] }
    }
    expectSentence("Features 1..<4 are not within 0..<3.", in: result)
  }

  @Test func tokens() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0[tokens: -1..<1] }
    }
    expectSentence("Tokens -1..<1 are not within 0..<2.", in: result)
  }

  @Test func concatenatedTokens() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { .concatenated([$0, $0.transposed()], along: .tokens) }
    }
    expectSentence("Concatenated values differ in features.", in: result)
  }

  @Test func concatenatedFeatures() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { .concatenated([$0, $0.transposed()], along: .features) }
    }
    expectSentence("Concatenated values differ in tokens.", in: result)
  }

  @Test func normGain() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.layerNorm(gain: Tensor(shape: [2], repeating: 1)) }
    }
    expectSentence("A normaliser's gain of 2 elements does not fit 3 features.", in: result)
  }

  @Test func tokensLeftAlone() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { x in
        Recorded.applying("first token", to: [x]) { _ in
          Linearized(Tensor(shape: [1, 3], repeating: 1), coupling: .separate) { dx, dy, _ in dy = dx[0] }
        }
      }
    }
    expectSentence("The primitive first token makes 1 tokens of [2]: it cannot leave each token alone.", in: result)
  }

  @Test func packing() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.transposed().packedAttention(heads: 1) }
    }
    expectSentence("Packed queries, keys and values of 2 features are not three equal parts.", in: result)
  }

  @Test func heads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.packedAttention(heads: 2) }
    }
    expectSentence("A width of 1 is not divisible by 2 heads.", in: result)
  }

  @Test func noHeads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.packedAttention(heads: 0) }
    }
    expectSentence("A width of 1 is not divisible by 0 heads.", in: result)
  }

  @Test func window() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.linear(wave(3, 3)).packedAttention(heads: 1, mask: .window(0)) }
    }
    expectSentence("A window of 0 tokens leaves a token none to attend to, not even itself.", in: result)
  }

  @Test func biasShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.packedAttention(AttentionSettings(heads: 1, bias: wave(3, 3))) }
    }
    expectSentence("An attention bias of shape [3, 3] does not fit 2 tokens.", in: result)
  }

  @Test func biasOfNothing() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded {
        $0.packedAttention(AttentionSettings(heads: 1, bias: Tensor(shape: [2, 2], elements: [0, 0, 0, .nan])))
      }
    }
    expectSentence("An attention bias may be −∞, but neither NaN nor +∞.", in: result)
  }

  @Test func biasWithoutKeys() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded {
        $0.packedAttention(
          AttentionSettings(heads: 1, mask: .causal, bias: Tensor(shape: [2, 2], elements: [-.infinity, 0, 0, 0])))
      }
    }
    expectSentence("The attention bias leaves token 0 no key.", in: result)
  }

  @Test func rowScale() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      recorded { $0.packedAttention(AttentionSettings(heads: 1, rowScale: wave(3, 1))) }
    }
    expectSentence("A row scale of 3 elements does not fit 2 tokens.", in: result)
  }

  @Test func inputShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Linearization(at: Tensor<Double>(shape: [6], repeating: 1)) { [$0] }
    }
    expectSentence("An input has shape [tokens, features], not [6].", in: result)
  }

  @Test func chunk() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Linearization(at: Tensor<Double>(shape: [2, 3], repeating: 1)) { [$0] }.jacobian(chunk: 0)
    }
    expectSentence("A chunk of 0 tangents is empty.", in: result)
  }

  @Test func noResult() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Linearization(at: Tensor<Double>(shape: [2, 3], repeating: 1)) { _ in [] }.jacobian()
    }
    expectSentence("A map without results has no Jacobian.", in: result)
  }

  @Test func tangentShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Linearization(at: Tensor<Double>(shape: [2, 3], repeating: 1)) { [$0] }
        .push(Tangents(tokens: 3, directions: 1, features: 2))
    }
    expectSentence("Tangents of [3, 2] do not fit an input of shape [2, 3].", in: result)
  }

  @Test func dualShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DualTensor(
        Tensor<Double>(shape: [2, 3], repeating: 1), tangents: Tangents(tokens: 3, directions: 1, features: 2))
    }
    expectSentence("A value of shape [2, 3] cannot carry tangents of [3, 2].", in: result)
  }

  @Test func dualDirections() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor<Double>(shape: [2, 3], repeating: 1)
      _ =
        DualTensor(x, tangents: Tangents(tokens: 2, directions: 1, features: 3))
        + DualTensor(x, tangents: Tangents(tokens: 2, directions: 2, features: 3))
    }
    expectSentence("The operands of sum carry tangents of different numbers of directions: [1, 2].", in: result)
  }

  @Test func tangentCount() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tangents<Double>(tokens: 2, directions: 1, features: 3, elements: [1, 2, 3, 4, 5])
    }
    expectSentence("2 × 1 × 3 tangents cannot hold 5 elements.", in: result)
  }
}
