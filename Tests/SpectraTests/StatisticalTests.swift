import Testing

@testable import Spectra

// Without optimisation 240 networks take a quarter of a minute.
#if !DEBUG
  /// Experiments with our own draws against the distribution over 100 independent PyTorch models of the ReZero authors'
  /// experiment (16 wide, 4 tokens, 4 heads, hidden 64, ReLU, float64). The seed is fixed: nothing fails by chance.
  @Suite("Statistics of experiments")
  struct StatisticalTests {
    struct Row: Sendable, CustomTestStringConvertible {
      var connection: Connection
      var depth: Int
      /// The median over models of the mean squared singular value m₁, and the standard deviation of ln m₁ of one model.
      var medianMeanSquared: Double
      var deviationLog: Double
      /// Mean and standard deviation of log₁₀ σ over all values of all models.
      var log: (mean: Double, deviation: Double)?
      var testDescription: String { "\(connection.rawValue), depth \(depth)" }
    }

    /// The deviations of ln m₁ follow from the reference's standard errors of m₁ (σ(ln m₁) ≈ 10 · se / mean), but for
    /// Post-LN, whose tail is too heavy for that: there from the width of its 5–95 % interval of ten samples.
    static let rows = [
      Row(connection: .postLN, depth: 4, medianMeanSquared: 1.065, deviationLog: 0.7),
      Row(connection: .preLN, depth: 4, medianMeanSquared: 3.314, deviationLog: 0.34, log: (-0.020, 0.411)),
      Row(connection: .rezero, depth: 4, medianMeanSquared: 1.023, deviationLog: 0.010, log: (0.0002, 0.0455)),
      Row(connection: .postLN, depth: 12, medianMeanSquared: 0.385, deviationLog: 2),
      Row(connection: .preLN, depth: 12, medianMeanSquared: 7.69, deviationLog: 0.54, log: (-0.030, 0.542)),
      Row(connection: .rezero, depth: 12, medianMeanSquared: 1.071, deviationLog: 0.023, log: (0.0005, 0.0796)),
    ]

    static let models = 40

    @Test("Medians of m₁, means and deviations of log₁₀ σ")
    func statistics() throws {
      var configuration = Configuration()
      (configuration.architectures, configuration.depths) = ([.postLN, .preLN, .rezero], [4, 12])
      (configuration.initializer, configuration.alpha) = (.rezeroNotebook, 0.1)
      (configuration.samples, configuration.seed) = (Self.models, 1)
      let record = try Experiment(configuration).run(threads: 2)
      for row in Self.rows {
        let panel = Panel(architecture: row.connection.rawValue, depth: row.depth, layer: row.depth)
        let summary = try #require(record.summaries.first { $0.panel == panel })
        // Medians of 40 and of 100 models; a median's standard error is 1.2533 times a mean's for a normal law.
        let error = 1.2533 * row.deviationLog * (1 / Double(Self.models) + 1.0 / 100).squareRoot()
        let median = try #require(summary[.meanSquared].median)
        let distance = abs(Double.log(median / row.medianMeanSquared))
        #expect(distance <= 4 * error, "\(row.testDescription): median m₁ \(median), \(distance / error) errors")
        guard let expected = row.log else { continue }
        let values = record.spectra.filter { $0.panel == panel }.flatMap { $0.spectrum?.logSingularValues ?? [] }
          .map { $0 / .log(10) }
        #expect(values.count == 64 * Self.models)
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        // The level of a model's values moves as ½ log₁₀ m₁ does, as far as the values move together.
        let level = 4 * error / 2 / Double.log(10)
        #expect(abs(mean - expected.mean) <= level + 5e-4, "\(row.testDescription): mean \(mean)")
        #expect(abs(deviation / expected.deviation - 1) <= 0.1, "\(row.testDescription): deviation \(deviation)")
      }
    }
  }
#endif
