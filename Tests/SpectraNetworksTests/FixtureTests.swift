import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Printed digits of an independent float64 implementation, for every connection and norm setting.
@Suite struct FixtureTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    var architecture: Architecture
    var residualWeight = 0.0
    var firstOutput, lastOutput, meanSquared, largest, second, median: Double
    var zeros: Int
    var firstEntry, cornerEntry: Double
    var testDescription: String { name }
  }

  static let rows: [Row] = [
    Row(
      name: "post-ln", architecture: TinyTransformer.architecture(.postLN), firstOutput: 1.216586001784,
      lastOutput: -0.232494551459, meanSquared: 4.362657412843, largest: 7.139004935043, second: 5.053905242113,
      median: 0.411990963547, zeros: 6, firstEntry: 0.028406622904, cornerEntry: 0.470006162925),
    Row(
      name: "post-ln, eps 0", architecture: TinyTransformer.architecture(.postLN, epsilon: 0),
      firstOutput: 1.216587371469, lastOutput: -0.232505220030, meanSquared: 4.362684414530, largest: 7.139019788819,
      second: 5.053927820831, median: 0.411992077244, zeros: 6, firstEntry: 0.028406350650,
      cornerEntry: 0.470014747323),
    Row(
      name: "pre-ln", architecture: TinyTransformer.architecture(.preLN), firstOutput: 2.057668765237,
      lastOutput: -0.037527888521, meanSquared: 6.379219094911, largest: 9.169536467896, second: 4.297746605046,
      median: 0.977642738704, zeros: 0, firstEntry: 0.751970437422, cornerEntry: 0.979451242615),
    Row(
      name: "pre-ln, final norm", architecture: TinyTransformer.architecture(.preLN, finalNorm: true),
      firstOutput: 1.694463437171, lastOutput: -0.332317441643, meanSquared: 5.007580484446, largest: 9.099348427773,
      second: 3.215432260282, median: 0.483686774121, zeros: 3, firstEntry: 0.185343071892,
      cornerEntry: 0.634863946185),
    Row(
      name: "rezero, alpha 0.1", architecture: TinyTransformer.architecture(.rezero), residualWeight: 0.1,
      firstOutput: 1.078831834291, lastOutput: 0.140734785643, meanSquared: 1.005392687345, largest: 1.209308526304,
      second: 1.152034430559, median: 1.000939044446, zeros: 0, firstEntry: 1.037574935452,
      cornerEntry: 0.030813849691),
    Row(
      name: "residual", architecture: TinyTransformer.architecture(.residual), firstOutput: 1.487081873325,
      lastOutput: 0.665514968211, meanSquared: 3.685147569722, largest: 6.052620495308, second: 3.733965644115,
      median: 0.896008375665, zeros: 0, firstEntry: 0.986561121257, cornerEntry: 0.742845485565),
    Row(
      name: "vanilla", architecture: TinyTransformer.architecture(.vanilla), firstOutput: 0.044534941551,
      lastOutput: -0.133171015387, meanSquared: 0.021021917833, largest: 0.648190036302, second: 0.251429679887,
      median: 0.000155755345, zeros: 1, firstEntry: 0.020232274842, cornerEntry: -0.000117507609),
    Row(
      name: "post-ln, gelu, causal",
      architecture: TinyTransformer.architecture(.postLN, activation: .gelu, mask: .causal),
      firstOutput: 1.210393904662, lastOutput: -0.562555154958, meanSquared: 3.225078960231, largest: 6.366244642931,
      second: 3.382542064429, median: 0.354475815825, zeros: 6, firstEntry: 0.372976687650, cornerEntry: 0),
    Row(
      name: "post-ln, window of 2", architecture: TinyTransformer.architecture(.postLN, mask: .window(2)),
      firstOutput: 1.148914593941, lastOutput: -0.729935168231, meanSquared: 2.175369480286, largest: 4.256733538614,
      second: 3.225307362986, median: 0.291811265365, zeros: 6, firstEntry: 0.524299363780, cornerEntry: 0),
  ]

  @Test func matricesOfTheFixture() {
    let matrix = TinyTransformer.matrix(1, 8, 8)
    // Eight printed decimals: half a unit of the last is 5e-9.
    for (index, expected) in [0.49583241, -0.37840125, 0.00840695].enumerated() {
      #expect(abs(matrix[0, index] - expected) < 5.1e-9)
    }
    for (index, expected) in [0.69670671, -0.37018083, -0.79096771].enumerated() {
      #expect(abs(TinyTransformer.input[1, index] - expected) < 5.1e-9)
    }
  }

  /// Twelve decimals are printed, so agreement to 1e-12 absolute (plus rounding in our own sums) is all they can show.
  @Test(arguments: rows) func agrees(_ row: Row) throws {
    let parameters = TinyTransformer.parameters(of: row.architecture, residualWeight: row.residualWeight)
    let stack: Stack<Double> = try row.architecture.stack(parameters)
    let linearization = Linearization(of: stack, at: TinyTransformer.input)
    let (output, jacobian) = (linearization.output, linearization.jacobian())
    let values = try jacobian.singularValues()
    let meanSquared = jacobian.elements.map { $0 * $0 }.reduce(0, +) / 24
    let checks: [(String, Double, Double)] = [
      ("Y[0,0]", output[0, 0], row.firstOutput), ("Y[2,7]", output[2, 7], row.lastOutput),
      ("mean squared singular value", meanSquared, row.meanSquared), ("σ₁", values[0], row.largest),
      ("σ₂", values[1], row.second), ("median σ", (values[11] + values[12]) / 2, row.median),
      ("J[0,0]", jacobian[0, 0], row.firstEntry), ("J[0,23]", jacobian[0, 23], row.cornerEntry),
    ]
    for (name, measured, expected) in checks {
      #expect(abs(measured - expected) < 1e-12 * max(1, abs(expected)), "\(name): \(measured), not \(expected)")
    }
    #expect(values.count { $0 <= 1e-11 * values[0] } == row.zeros)
  }
}
