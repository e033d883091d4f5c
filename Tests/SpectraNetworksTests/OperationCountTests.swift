import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraDifferentiation
@testable import SpectraNetworks

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

  /// Variants have no code for the plan: it finds what keeps to a token by itself.
  static let variants: [Architecture] =
    Connection.allCases.map { transformer($0) }
    + [
      variant(normalizer: .rmsnorm), variant(normalizer: .adanorm(isDetached: true)), variant(feedForward: .swiglu),
      variant(attention: .shaped), variant(attention: .eSPA(gamma: 0.005)), variant(mask: .window(4)),
      variant(positions: .rotary), variant(keyValueHeads: 1),
      variant(
        normalizer: .rmsnorm, feedForward: .swiglu, mask: .causal, positions: .rotary, keyValueHeads: 2),
    ]

  static func variant(
    normalizer: Variant<NormalizerName>? = nil, attention: Variant<AttentionName> = .softmax,
    feedForward: FeedForwardName = .mlp, mask: AttentionMask = .none, positions: PositionName = .none,
    keyValueHeads: Int? = nil
  ) -> Architecture {
    .transformer(
      Variant(.preLN), depth: 4, width: 64, tokens: 16, heads: 4, keyValueHeads: keyValueHeads, normalizer: normalizer,
      attention: attention, feedForward: feedForward, mask: mask, positions: positions)
  }

  /// A feed-forward and its norms, merged for each token, are half of a layer's operations; only a norm over tokens, as that of
  /// `xskip-bn`, stands between, and then less can be merged.
  @Test("Every variant's layers are merged", arguments: variants)
  func variant(architecture: Architecture) throws {
    var architecture = architecture
    architecture.depth = 2
    let parameters = generalParameters(of: architecture)
    let stack: Stack<Double> = try architecture.stack(parameters)
    let linearization = Linearization(of: stack, at: Reference.input(architecture.tokens, architecture.width))
    let share = linearization.plan.operations / linearization.directPlan.operations
    #expect(share < (architecture.normalizer.name.couplesTokens ? 0.95 : 0.75), "\(share)")
  }
}
