// Code of docs/theory.md and of the article on theory, compiled and run.

import Spectra
import Testing

/// A run with theory beside it.
func recordWithTheory() throws -> RunRecord<Configuration> {
  var configuration = Configuration()
  configuration.block = .fc
  configuration.architectures = [ArchitectureSpecification(Variant(.vanilla))]
  (configuration.activation, configuration.initializer, configuration.width) = (.tanh, .gaussian, 64)
  let experiment = try Experiment(configuration)
  var record = try experiment.run()
  record.theory = experiment.theory(of: record.spectra)
  return record
}

@Suite struct TheoryExampleTests {
  @Test func lawByItself() throws {
    let gates = Gates(of: Tanh(), variance: try MeanField(Tanh(), sigmaW: 1.3, sigmaB: 0.2).lengthFixedPoint())
    let law = try FreeProductLaw(layers: 64, weights: .orthogonal, sigmaW: 1.3, gates: gates)
    let curve = try law.curve(points: 512)
    print(law.logMeanSquared, curve.quantile(0.5) ?? 0)
    // χ = σ_w² E[φ′²] a layer, 64 layers; the gates' nodes are as good as the closed form's quadrature.
    let field = MeanField(Tanh(), sigmaW: 1.3, sigmaB: 0.2)
    let chi = field.susceptibility(variance: try field.lengthFixedPoint())
    #expect(abs(law.logMeanSquared - 64 * .log(chi)) < 1e-9)
    #expect(try #require(curve.quantile(0.5)) < law.logMeanSquared / 2)
  }

  @Test func uniformAttention() {
    let start = UniformAttentionRecursion.State(meanSquare: 1, meanProduct: 0)
    let states = UniformAttentionRecursion.postLN(tokens: 16).states(from: start, layers: 12)
    #expect(states.count >= 12)
    // Post-LN collapses: correlations only rise.
    let correlations = states.map { $0.meanProduct / $0.meanSquare }
    #expect(zip(correlations, correlations.dropFirst()).allSatisfy { $0 < $1 })
  }

  // Twelve layers that all differ take minutes without optimisation.
  #if !DEBUG
    @Test func beside() throws {
      let record = try recordWithTheory()
      #expect(record.theory?.first?.comparison != nil)
    }
  #endif
}
