import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

/// Preconditions print their sentence in debug builds only; the trap itself is in every build.
private func expectSentence(
  _ sentence: String, in result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
) {
  #if DEBUG
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains(sentence), "\(output)", sourceLocation: sourceLocation)
  #endif
}

private let random = RandomKey(seed: 0, sample: 0, purpose: .weights)

@Suite("Misuse of attention traps with a sentence") struct AttentionTrapTests {
  @Test func unequalSharing() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SelfAttention<Double>(width: 8, heads: 4, keyValueHeads: 3, random: random)
    }
    expectSentence("4 heads cannot share 3 heads of keys and values equally.", in: result)
  }

  @Test func oddHeads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RotaryPositions()(Tensor<Double>(shape: [2, 6], repeating: 1), headSize: 3)
    }
    expectSentence("Rotary positions need heads of an even number of features, not 3.", in: result)
  }

  @Test func layerOutOfRange() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SignalPreservingAttention(.uniform(), depth: 2, tokens: 3).matrix(layer: 3)
    }
    expectSentence("Layer 3 of signal-preserving attention is not within 1…2.", in: result)
  }

  @Test func similarityOutOfRange() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SignalPreservingAttention(.uniform(similarity: 1.5), depth: 2, tokens: 3)
    }
    expectSentence(
      "The final similarity ρ of U-SPA is 1.5, but must lie between 0 and 1; its default is 0.8.", in: result)
  }

  @Test func windowOfTriangularMatrices() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let settings: AttentionSettings<Double> = Variant(AttentionName.uSPA).settings(
        layer: 1, of: 2, tokens: 3, heads: 1, headSize: 4, mask: .window(2))
      _ = settings
    }
    expectSentence("The matrices of u-spa reach back to the first token, not over the window ngram:2.", in: result)
  }
}
