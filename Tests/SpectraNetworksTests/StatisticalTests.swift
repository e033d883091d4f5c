import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

/// Our own draws against the distribution over 100 independent PyTorch models of the ReZero authors' experiment (16 wide,
/// 4 tokens, 4 heads, hidden 64, ReLU, float64).
///
/// Means of squared singular values are heavy-tailed and not compared. The seed is fixed, so nothing fails by chance.
@Suite("Statistics of random stacks")
struct StatisticalTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var connection: Connection
    var depth: Int
    /// The median over models of the mean squared singular value m₁; the printed standard error of m₁'s mean, times √100,
    /// is one model's deviation (not for post-ln, whose tail is too heavy).
    var medianMeanSquared: Double
    var deviation: Double?
    /// The mean of log₁₀ σ, where no σ is null.
    var meanLog: Double?
    /// The median of all log₁₀ σ, with quartiles.
    var medianLog: Double
    var quartiles: ClosedRange<Double>
    var testDescription: String { "\(connection.rawValue), depth \(depth)" }
  }

  static let rows = [
    Row(connection: .postLN, depth: 4, medianMeanSquared: 1.065, medianLog: -0.44, quartiles: -0.96 ... -0.05),
    Row(
      connection: .preLN, depth: 4, medianMeanSquared: 3.314, deviation: 1.2, meanLog: -0.020, medianLog: 0.01,
      quartiles: -0.26...0.26),
    Row(
      connection: .rezero, depth: 4, medianMeanSquared: 1.023, deviation: 0.010, meanLog: 0.0002, medianLog: 0.001,
      quartiles: -0.033...0.035),
    Row(
      connection: .residual, depth: 4, medianMeanSquared: 9.30, deviation: 4, meanLog: -0.041, medianLog: 0.03,
      quartiles: -0.41...0.41),
    Row(connection: .postLN, depth: 12, medianMeanSquared: 0.385, medianLog: -1.61, quartiles: -2.69 ... -0.84),
    Row(
      connection: .preLN, depth: 12, medianMeanSquared: 7.69, deviation: 5.1, meanLog: -0.030, medianLog: 0.01,
      quartiles: -0.36...0.34),
    Row(
      connection: .rezero, depth: 12, medianMeanSquared: 1.071, deviation: 0.025, meanLog: 0.0005, medianLog: 0,
      quartiles: -0.058...0.061),
  ]

  static let models = 40

  /// Five standard errors of the difference of two estimates from `models` and from 100 models.
  static func tolerance(_ deviation: Double) -> Double {
    5 * deviation * (1 / Double(models) + 1 / 100).squareRoot()
  }

  @Test("Medians and mean logarithms", arguments: rows)
  func statistics(row: Row) throws {
    let connection: Variant<Connection> = row.connection == .rezero ? .rezero(alpha: 0.1) : Variant(row.connection)
    let architecture = Architecture.transformer(connection, depth: row.depth, width: 16, tokens: 4, heads: 4)
    let initializer = Initializer(.rezeroNotebook)
    var (meanSquared, meanLogs, logs): ([Double], [Double], [Double]) = ([], [], [])
    for sample in 0..<Self.models {
      let key = RandomKey(seed: 1, sample: sample, purpose: .weights)
      let stack: Stack<Double> = try architecture.stack(initializer.parameters(of: architecture, random: key))
      var stream = key.purpose(.input).stream("input")
      let input = Tensor(shape: [4, 16], elements: stream.normals(count: 64))
      let values = try jacobian(of: stack, at: input).singularValues()
      meanSquared.append(values.reduce(0) { $0 + $1 * $1 } / 64)
      let own = values.map { $0 > 0 ? Double.log10($0) : -.infinity }
      meanLogs.append(own.reduce(0, +) / 64)
      logs += own
    }
    func median(_ values: [Double]) -> Double {
      let sorted = values.sorted()
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    // A median's standard error is 1.2533 times a mean's for a normal law, and no larger for a skewed one's body.
    if let deviation = row.deviation {
      let tolerance = Self.tolerance(1.2533 * deviation)
      #expect(abs(median(meanSquared) - row.medianMeanSquared) <= tolerance, "median m₁ \(median(meanSquared))")
    } else {
      // Heavy tail: on the logarithm, with our own quartiles' width as 1.35 deviations.
      let sorted: [Double] = meanSquared.map { Double.log($0) }.sorted()
      let width = sorted[3 * Self.models / 4] - sorted[Self.models / 4]
      let deviation = width / 1.35
      let distance = abs(median(sorted) - .log(row.medianMeanSquared))
      #expect(distance <= Self.tolerance(1.2533 * deviation), "median m₁ \(median(meanSquared))")
    }

    // The values of one model move together: models count, not values. Half a unit of the printed digits on top.
    if let expected = row.meanLog {
      let mean = meanLogs.reduce(0, +) / Double(Self.models)
      let variance = meanLogs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(Self.models - 1)
      #expect(abs(mean - expected) <= Self.tolerance(variance.squareRoot()) + 5e-4, "mean log₁₀ σ \(mean)")
    }
    let spread = (row.quartiles.upperBound - row.quartiles.lowerBound) / 1.35
    let sorted = logs.sorted()
    for (quantile, expected) in [(1, row.quartiles.lowerBound), (2, row.medianLog), (3, row.quartiles.upperBound)] {
      let value = sorted[quantile * sorted.count / 4]
      // A quartile's error is 1.36 deviations/√n of a normal law; 40 models of 64 values each count as 40 here.
      #expect(abs(value - expected) <= Self.tolerance(1.36 * spread) / 2 + 5e-3, "quartile \(quantile): \(value)")
    }

    // 2 null directions a token of the last LayerNorm: 8 of 64 below single precision's floor, hidden also in float64's.
    if row.connection == .postLN {
      let invisible = logs.count { $0 < -7 }
      #expect(abs(Double(invisible) / Double(logs.count) - 0.1255) < 0.01)
    }
  }
}
