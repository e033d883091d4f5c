import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Printed digits of an independent float64 implementation, for every connection and norm setting.
@Suite struct FixtureTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    var architecture: Architecture
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
      name: "rezero, alpha 0.1", architecture: TinyTransformer.architecture(.rezero(alpha: 0.1)),
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
      name: "post-ln, ngram:2", architecture: TinyTransformer.architecture(.postLN, mask: .window(2)),
      firstOutput: 1.148914593941, lastOutput: -0.729935168231, meanSquared: 2.175369480286, largest: 4.256733538614,
      second: 3.225307362986, median: 0.291811265365, zeros: 6, firstEntry: 0.524299363780, cornerEntry: 0),
    Row(
      name: "pre-ln, rmsnorm, gelu",
      architecture: TinyTransformer.architecture(.preLN, activation: .gelu, normalizer: .rmsnorm),
      firstOutput: 2.332899002105, lastOutput: 0.655523352939,
      meanSquared: 5.422862891722, largest: 7.510222303882, second: 4.484207523074, median: 0.836163183561, zeros: 0,
      firstEntry: 0.473000252910,
      cornerEntry: 0.670571280870),
    Row(
      name: "gpt2-norm", architecture: TinyTransformer.architecture(.gpt2Norm), firstOutput: 2.737912100790,
      lastOutput: 0.288128042438,
      meanSquared: 10.056663584341, largest: 11.466036211966, second: 6.055426654454, median: 0.990390976640, zeros: 0,
      firstEntry: -0.026462487621,
      cornerEntry: 0.153521281557),
    Row(
      name: "xskip, lambda 2", architecture: TinyTransformer.architecture(.xskip(lambda: 2)),
      firstOutput: 16.620185411927, lastOutput: -0.436342189127,
      meanSquared: 400.786036132441, largest: 42.342633541255, second: 38.969090011537, median: 15.308082628657,
      zeros: 0, firstEntry: 17.068246062743,
      cornerEntry: 6.223486754722),
    Row(
      name: "xskip-ln, lambda 2", architecture: TinyTransformer.architecture(.xskipLN(lambda: 2)),
      firstOutput: 1.175647837012, lastOutput: 0.026768469884,
      meanSquared: 2.040251348641, largest: 3.624388194075, second: 2.911597807919, median: 0.859399346828, zeros: 6,
      firstEntry: 0.730387273977,
      cornerEntry: 0.313206023996),
    Row(
      name: "rskip-ln, lambda 2", architecture: TinyTransformer.architecture(.rskipLN(lambda: 2)),
      firstOutput: 1.185476068342, lastOutput: -0.038463464892,
      meanSquared: 2.064897521580, largest: 3.679497736009, second: 2.944393360874, median: 0.855304169168, zeros: 6,
      firstEntry: 0.741592061807,
      cornerEntry: 0.311504426827),
    Row(
      name: "deepnorm", architecture: TinyTransformer.architecture(.deepnorm), firstOutput: 1.221141936458,
      lastOutput: -0.025738434120,
      meanSquared: 2.609991974163, largest: 4.708411998084, second: 3.766660957360, median: 0.676853195711, zeros: 6,
      firstEntry: 0.556795708689,
      cornerEntry: 0.426199832309),
    Row(
      name: "admin, omega 1.5", architecture: TinyTransformer.architecture(.admin(omega: 1.5)),
      firstOutput: 1.211350715271, lastOutput: -0.011524181613,
      meanSquared: 2.484023899934, largest: 4.483054725247, second: 3.602521051465, median: 0.710515943339, zeros: 6,
      firstEntry: 0.622358943114,
      cornerEntry: 0.415967550159),
    Row(
      name: "post-ln, adanorm not detached",
      architecture: TinyTransformer.architecture(.postLN, epsilon: 0, normalizer: .adanorm(isDetached: false)),
      firstOutput: 1.033499962737, lastOutput: 0.048273823278,
      meanSquared: 6.017838727515, largest: 8.908530148188, second: 5.532498121615, median: 0.435937559175, zeros: 6,
      firstEntry: -0.117415406319,
      cornerEntry: 0.426248728085),
    Row(
      name: "post-ln, adanorm",
      architecture: TinyTransformer.architecture(.postLN, epsilon: 0, normalizer: .adanorm(isDetached: true)),
      firstOutput: 1.033499962737, lastOutput: 0.048273823278,
      meanSquared: 4.941421835661, largest: 7.574940117395, second: 5.587147911330, median: 0.490838900033, zeros: 6,
      firstEntry: -0.050657303005,
      cornerEntry: 0.491348484496),
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
    let parameters = TinyTransformer.parameters(of: row.architecture)
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
