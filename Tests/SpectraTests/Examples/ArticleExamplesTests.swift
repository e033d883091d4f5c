import Spectra
import Testing

@Suite("Examples of the articles")
struct ArticleExamplesTests {
  @Test("The product loses what the resolved method finds")
  func smallest() throws {
    let architecture = Architecture.transformer(.postLN, depth: 8, width: 8, tokens: 2, heads: 2)
    let parameters = Initializer(.xavierUniform).parameters(
      of: architecture, random: RandomKey(seed: 0, sample: 0, purpose: .weights))
    var stream = RandomKey(seed: 0, sample: 0, purpose: .input).stream("input")
    let input = Tensor(shape: [2, 8], elements: stream.normals(count: 16))
    let smallest = try smallestLogarithms(of: architecture.stack(parameters, as: Double.self), at: input)
    // Sixteen LayerNorms shrink the direction along a token by about eps/variance = 1e-5 each, so that ln σ is near −184;
    // nothing below ln(16 · eps) + ln σ₁, near −33, is live in the product.
    let (product, resolved) = (try #require(smallest.product), try #require(smallest.resolved))
    #expect(product > -36)
    #expect((-230 ... -140).contains(resolved))
  }

  @Test("The landing page's experiment gives one spectrum's statistics")
  func landing() throws {
    let statistics = try #require(try postLayerNormStatistics())
    #expect(statistics.isometryFraction.map { $0 < 0.95 } == true)
  }

  @Test("A layer's weights do not depend on what was drawn before")
  func draws() {
    let first = weights(ofLayer: 3, sample: 1)
    #expect(weights(ofLayer: 2, sample: 1) != first)
    #expect(weights(ofLayer: 3, sample: 1) == first)
  }
}
