import Testing

@testable import Spectra

/// Layer l of a deep stack is the last layer of a stack of l layers: same weights, same arithmetic, same bits.
@Suite("Spectra after inner layers")
struct LayersTests {
  /// But for those whose weights are drawn for a depth.
  static let cases = Block.allCases.flatMap { block in
    Connection.allCases.filter {
      $0.applies(to: block) && ![.deepnorm, .fixup, .tFixup, .subLN].contains($0)
    }.map { (block, $0) }
  }

  static func configuration(_ block: Block, _ connection: Connection) -> Configuration {
    .small {
      ($0.block, $0.architectures, $0.depths) = (block, [.init(connection)], [5])
      if connection == .rezero { $0.alpha = 0.4 }
      // Signals that survive five vanilla layers.
      if block == .fc { $0.initializer = .heNormal }
    }
  }

  // Without optimisation the 66 cases of five layers take ten seconds.
  #if DEBUG
    private static let depth = 3
  #else
    private static let depth = 5
  #endif

  @Test("`all` equals the last layers of shallower stacks", arguments: cases, Precision.allCases)
  func prefix(network: (block: Block, connection: Connection), precision: Precision) throws {
    var configuration = Self.configuration(network.block, network.connection)
    (configuration.layers, configuration.precision, configuration.depths) = (.all, precision, [Self.depth])
    let deep = try configuration.spectra()
    #expect(deep.map(\.layer) == Array(1...Self.depth) + Array(1...Self.depth))
    #expect(deep.map(\.sample) == [0, 1].flatMap { Array(repeating: $0, count: Self.depth) })
    configuration.layers = .last
    for depth in 1...Self.depth {
      configuration.depths = [depth]
      let shallow = try configuration.spectra()
      #expect(shallow.map(\.layer) == [depth, depth])
      #expect(shallow.map(\.measurement) == deep.filter { $0.layer == depth }.map(\.measurement))
    }
  }

  @Test("A list of layers is that part of all, ascending and each once")
  func list() throws {
    var configuration = Self.configuration(.transformer, .postLN)
    configuration.layers = .all
    let all = try configuration.spectra()
    configuration.layers = .some([4, 2, 4])
    #expect(try configuration.spectra() == all.filter { [2, 4].contains($0.layer) })
  }

  @Test("The final norm belongs to the last layer alone")
  func finalNorm() throws {
    var configuration = Self.configuration(.transformer, .preLN)
    configuration.layers = .all
    let plain = try configuration.spectra()
    configuration.finalNorm = true
    let normed = try configuration.spectra()
    #expect(normed.filter { $0.layer < 5 } == plain.filter { $0.layer < 5 })
    for (normed, plain) in zip(normed, plain) where normed.layer == 5 {
      // LayerNorm's mean direction: one null value a token, which rounding leaves below the floor.
      #expect(plain.spectrum?.logSingularValues.count == 24)
      #expect((normed.spectrum?.logSingularValues.count ?? 24) <= 24 - 3)
    }
  }

  @Test("An export holds the whole stack's Jacobian whatever layers are asked for")
  func exportOfInnerLayers() throws {
    var configuration = Self.configuration(.transformer, .preLN)
    let whole = try configuration.exports()
    configuration.layers = .some([2])
    let inner = try configuration.exports()
    #expect(inner.count == 2)
    for (name, sample) in inner {
      #expect(try sample.signal("jacobian") == whole[name]?.signal("jacobian"))
      #expect(try sample.signal("output") == whole[name]?.signal("output"))
    }
  }
}
