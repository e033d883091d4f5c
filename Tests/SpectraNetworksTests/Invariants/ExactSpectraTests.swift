import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Spectra that are known without a computation, of whole stacks as they are initialised.
@Suite("Spectra known exactly")
struct ExactSpectraTests {
  @Test(
    "Skips alone: where the branch is 0, J is λ to the number of sublayers", arguments: [2.0, 0.5, -3], Block.allCases)
  func skips(lambda: Double, block: Block) throws {
    let connection = Variant.xskip(lambda: lambda)
    let architecture: Architecture =
      block == .fc
      ? .fullyConnected(connection, depth: 32, width: 6, activation: .gelu)
      : .transformer(connection, depth: 16, width: 6, tokens: 3, heads: 2, mask: .causal)
    let j = try StructureTests.jacobian(of: architecture, Initializer(.xavierUniform, gain: 0))
    // No product rounds: 3³² < 2⁵³.
    let power = (0..<32).reduce(1.0) { product, _ in lambda * product }
    #expect(j == Tensor.identity(architecture.size).scaled(by: power))
  }

  static let closed = [Variant(Connection.rezero), Variant(.skipinit), Variant(.fixup), .layerscale(lambda: 0)]

  @Test("Branches that are shut at initialisation leave J = I, whatever the law", arguments: closed)
  func identity(connection: Variant<Connection>) throws {
    for block in Block.allCases {
      for law in InitializerName.allCases where law.applies(to: block) {
        let architecture: Architecture =
          block == .fc
          ? .fullyConnected(connection, depth: 12, width: 6, activation: .gelu)
          : .transformer(connection, depth: 6, width: 6, tokens: 3, heads: 2, activation: .gelu)
        let j = try StructureTests.jacobian(of: architecture, Initializer(law, sigmaB: 0.5))
        #expect(j == .identity(architecture.size), "\(block), \(law.rawValue)")
      }
    }
  }

  /// Balduzzi et al. 2017, section 4: the network is the product of orthogonal matrices.
  @Test("Looks-linear with concatenated ReLU: every value is 1 after 64 layers")
  func looksLinear() throws {
    let width = 24
    let architecture = Architecture.fullyConnected(.vanilla, depth: 64, width: width, activation: .crelu)
    let j = try StructureTests.jacobian(of: architecture, Initializer(.looksLinear))
    // Each factor's Q is orthogonal to n^1.5·eps, each product adds n·eps, the decomposition n·eps at the end.
    let n = Double(width)
    let bound = (64 * (n * n.squareRoot() + n) + n) * .ulpOfOne
    #expect(bound < 1e-11)
    for value in try j.singularValues() { #expect(abs(value - 1) <= bound) }
  }

  // MARK: The reversible residual

  static let norms = [
    "none", "layernorm", "layernorm-simple", "detachnorm:detach=mean", "detachnorm:detach=deviation",
    "detachnorm:detach=both", "adanorm", "adanorm:detached=false", "rmsnorm", "batchnorm", "frn",
  ]

  /// Each stream is moved by a function of the other, a shear: Gomez et al. 2017, section 3.1.
  @Test(
    "The determinant of a reversible stack is ±1, whatever stands in its branches", arguments: norms, Block.allCases)
  func determinant(norm: String, block: Block) throws {
    let normalizer = try Variant<NormalizerName>(text: norm)
    let architecture: Architecture =
      block == .fc
      ? .fullyConnected(Variant(.reversible), depth: 12, width: 8, tokens: 3, activation: .tanh, normalizer: normalizer)
      : .transformer(
        Variant(.reversible), depth: 6, width: 8, tokens: 3, heads: 2, hidden: 6, normalizer: normalizer)
    let stack: Stack<Double> = try architecture.stack(generalParameters(of: architecture))
    let found = try #require(
      try Linearization(of: stack, at: Reference.input(3, 8)).resolvedSingularValues().first)
    #expect(found.logSingularValues.count == architecture.size && found.unresolved == 0)
    let error = try #require(found.logError)
    #expect(error < 1e-9)
    #expect(abs(found.logSingularValues.reduce(0, +)) <= Double(architecture.size) * error)
    // It is no trivial one.
    #expect(found.logSingularValues[0] > 0.5)
  }
}
