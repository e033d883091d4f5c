import SpectraLinearAlgebra
import SpectraNetworks
import SpectraRandom
import Testing

@testable import SpectraDifferentiation

/// A guard against becoming slower that needs no clock: what the plan of a Jacobian costs, in multiply-adds of one tangent.
///
/// A change of these numbers is a change of speed. Where it is meant, the new ones are printed by the failing test.
@Suite("Operations of plans") struct OperationCountTests {
  struct Row: CustomTestStringConvertible {
    var architecture: Architecture
    /// Of pushing every primitive, and of the plan.
    var direct: Int
    var planned: Int

    var testDescription: String { architecture.title }
  }

  static func transformer(
    _ connection: Connection, tokens: Int = 16, width: Int = 64, mask: AttentionMask = .none
  ) -> Architecture {
    .transformer(connection, depth: 4, width: width, tokens: tokens, heads: 4, mask: mask)
  }

  static let table: [Row] = [
    Row(architecture: transformer(.postLN), direct: 4_063_232, planned: 1_918_452),
    Row(architecture: transformer(.postLN, mask: .causal), direct: 4_063_232, planned: 1_918_452),
    Row(architecture: transformer(.postLN, width: 128), direct: 14_286_848, planned: 5_664_040),
    Row(architecture: transformer(.postLN, tokens: 64), direct: 20_971_520, planned: 12_133_898),
    Row(architecture: transformer(.preLN), direct: 4_063_232, planned: 2_060_162),
    Row(architecture: transformer(.rezero), direct: 3_932_160, planned: 1_847_412),
    Row(architecture: transformer(.vanilla), direct: 3_801_088, planned: 1_517_213),
    Row(architecture: .fullyConnected(.vanilla, depth: 4, width: 1024), direct: 4_227_072, planned: 2_785_670),
    Row(architecture: .fullyConnected(.residual, depth: 4, width: 1024), direct: 4_259_840, planned: 4_261_715),
  ]

  @Test("The counts", arguments: table)
  func counts(row: Row) throws {
    let architecture = row.architecture
    let parameters = Initializer(.xavierUniform).parameters(
      of: architecture, random: RandomKey(seed: 0, sample: 0, purpose: .weights))
    let stack: Stack<Double> = try architecture.stack(parameters)
    let input = Tensor<Double>(rows: architecture.tokens, columns: architecture.width) { row, column in
      Double((row * 7 + column * 3) % 11) / 11 - 0.5
    }
    let linearization = Linearization(of: stack, at: input)
    #expect(Int(linearization.directPlan.operations) == row.direct)
    #expect(Int(linearization.plan.operations) == row.planned)
  }
}
