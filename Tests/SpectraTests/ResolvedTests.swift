import Foundation
import Spectra
import Testing

@Suite("Resolved spectra of experiments") struct ResolvedTests {
  static func configuration(
    _ block: Block, _ connection: Connection, depth: Int, width: Int, _ change: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    var configuration = Configuration()
    (configuration.block, configuration.architectures, configuration.depths) = (block, [.init(connection)], [depth])
    (configuration.width, configuration.samples, configuration.method) = (width, 1, .resolved)
    change(&configuration)
    return configuration
  }

  // MARK: Which method

  @Test(
    "auto keeps the product where every value stands 10⁸ above the floor, and else resolves",
    arguments: [
      (Connection.rezero, SpectrumMethod.product), (.preLN, .product), (.postLN, .resolved), (.vanilla, .resolved),
    ])
  func automatic(connection: Connection, method: SpectrumMethod) throws {
    let configuration = Self.configuration(.transformer, connection, depth: 8, width: 8) {
      ($0.tokens, $0.heads, $0.method) = (3, 2, .auto)
      if connection == .rezero { $0.alpha = 0.1 }
    }
    let spectrum = try #require(try configuration.spectra()[0].spectrum)
    #expect(spectrum.method == method)
    if method == .product {
      let (floor, smallest) = (try #require(spectrum.noiseFloor), try #require(spectrum.logSingularValues.last))
      #expect(smallest > floor + log(1e8))
    }
    #expect((spectrum.lyapunovExponents == nil) == (method == .product))
  }

  @Test("The rule itself, on both sides of its line")
  func rule() throws {
    func spectrum(smallest: Double) throws -> Spectrum {
      try Spectrum(singularValues: [1, smallest], rows: 2, columns: 2)
    }
    let line = 2 * Double.ulpOfOne * 1e8
    #expect(try spectrum(smallest: line * 1.01).isAccurateProduct)
    #expect(try !spectrum(smallest: line * 0.99).isAccurateProduct)
    #expect(try !spectrum(smallest: 0).isAccurateProduct)
  }

  @Test("Single precision rounds weights and input, and nothing after them")
  func singlePrecision() throws {
    let configuration = Self.configuration(.transformer, .postLN, depth: 6, width: 8) {
      ($0.tokens, $0.heads, $0.precision) = (3, 2, .float)
    }
    let float = try #require(try configuration.spectra()[0].spectrum)
    var double = configuration
    double.precision = .double
    let exact = try #require(try double.spectra()[0].spectrum)
    #expect(float.precisionName == "double" && float.method == .resolved)
    #expect(float.logSingularValues != exact.logSingularValues)
    #expect(float.zeros == exact.zeros)
    // Weights are off by 6e-8 of themselves, in 12 sublayers; a value's logarithm moves by some of that.
    for (x, y) in zip(float.logSingularValues, exact.logSingularValues) { #expect(abs(x - y) < 1e-4) }
    // auto means the same there, and says so of the network that dies in single precision only.
    var automatic = configuration
    automatic.method = .auto
    #expect(try automatic.spectra()[0].spectrum == float)
  }

  /// Where ReLU has left one direction, the state's own, each LayerNorm shrinks it by 10⁻⁵ and leaves what rounding has put
  /// beside it: two layers later only that is left. ln σ from 400 digits: −16.463, −36.86, −57.55, −99.60.
  @Test(
    "A direction that rounding has overgrown is hidden",
    arguments: [(4, -16.463), (6, -36.86), (8, -57.55), (12, -99.60)])
  func overgrown(depth: Int, logValue: Double) throws {
    let configuration = Self.configuration(.fc, .norm, depth: depth, width: 12) { $0.firstSample = 2 }
    let spectrum = try #require(try configuration.spectra()[0].spectrum)
    #expect(spectrum.zeros == 11)
    if depth == 4 {
      #expect(spectrum.count - spectrum.zeros == 1 && spectrum.unresolved == 0)
      // The digits of the literal.
      #expect(abs((spectrum.logSingularValues.first ?? 0) - logValue) <= 0.0005)
    } else {
      #expect(spectrum.logSingularValues.isEmpty && spectrum.unresolved == 1)
      #expect(try #require(spectrum.unresolvedBelow) > logValue)
    }
  }

  @Test("Both methods agree where the dense one is accurate", arguments: Connection.allCases, Block.allCases)
  func methods(connection: Connection, block: Block) throws {
    guard connection.applies(to: block) else { return }
    let resolved = Self.configuration(block, connection, depth: 3, width: 12) {
      if block == .transformer { ($0.tokens, $0.heads) = (3, 3) }
      if connection == .rezero { $0.alpha = 0.5 }
      $0.activation = .gelu
    }
    var product = resolved
    product.method = .product
    let (a, b) = (try #require(try resolved.spectra()[0].spectrum), try #require(try product.spectra()[0].spectrum))
    #expect(a.count == b.count)
    let floor = try #require(b.noiseFloor)
    for (x, y) in zip(a.logSingularValues, b.logSingularValues) where y > floor + log(1e3) {
      // The dense value is off by the floor at worst, and the layers' rounding by a few times that.
      #expect(abs(x - y) < 10 * exp(floor - y) + (a.logError ?? 0))
    }
  }

  @Test("A sample has the same numbers for any threads and layers asked for")
  func reproducible() throws {
    let configuration = Self.configuration(.transformer, .postLN, depth: 5, width: 8) {
      ($0.tokens, $0.heads, $0.samples) = (3, 2, 3)
    }
    let one = try configuration.spectra(threads: 1)
    #expect(try configuration.spectra(threads: 3) == one)
    var alone = configuration
    (alone.firstSample, alone.samples) = (2, 1)
    #expect(try alone.spectra(threads: 2) == [one[2]])
    var all = configuration
    all.layers = .all
    #expect(try all.spectra().filter { $0.layer == 5 }.map(\.spectrum) == one.map(\.spectrum))
  }

  // MARK: Depth

  // Without optimisation a thousand layers of Transformer take ten seconds, and so do ten thousand fully connected ones.
  #if DEBUG
    private static let (manyLayers, manyConnected) = (200, 3000)
  #else
    private static let (manyLayers, manyConnected) = (1000, 10_000)
  #endif

  @Test("A thousand layers of Transformer, 64 values each", arguments: [Connection.postLN, .preLN, .rezero])
  func thousandLayers(connection: Connection) throws {
    let configuration = Self.configuration(.transformer, connection, depth: Self.manyLayers, width: 16) {
      if connection == .rezero { $0.alpha = 0.05 }
    }
    let spectrum = try #require(try configuration.spectra()[0].spectrum)
    #expect(spectrum.logSingularValues.count == (connection == .postLN ? 60 : 64))
    #expect(spectrum.zeros == (connection == .postLN ? 4 : 0))
    #expect(spectrum.unresolved == 0)
    #expect(spectrum.lyapunovExponents?.count == spectrum.logSingularValues.count)
    if connection == .postLN {
      // Two LayerNorms a layer contract one direction of each token by eps/σ³, σ near 1.
      let contracted = spectrum.logSingularValues.suffix(4).map { $0 / Double(2 * Self.manyLayers) }
      for value in contracted { #expect(abs(value - log(1e-5)) < 1.5) }
    }
  }

  @Test(
    "Ten thousand fully connected layers",
    arguments: [
      (Connection.vanilla, ActivationName.relu, InitializerName.heNormal), (.vanilla, .tanh, .gaussian),
      (.rezero, .relu, .heNormal),
    ])
  func tenThousandLayers(connection: Connection, activation: ActivationName, initializer: InitializerName) throws {
    // Less than the width of the command's own run, for time; the depth is what matters. Of 12 units all are off in some
    // layer of 10,000.
    let width = connection == .vanilla && activation == .relu ? 24 : 12
    let configuration = Self.configuration(.fc, connection, depth: Self.manyConnected, width: width) {
      ($0.activation, $0.initializer) = (Variant(activation), initializer)
      if connection == .rezero { $0.alpha = 0.1 }
    }
    let record = try configuration.spectra()[0]
    let spectrum = try #require(record.spectrum, "\(record.reason ?? "")")
    #expect(!spectrum.logSingularValues.isEmpty)
    #expect(spectrum.unresolved == 0)
    if connection == .vanilla, activation == .tanh {
      #expect(spectrum.zeros == 0)
      // At criticality (σ_w = 1) the state shrinks towards 0, where tanh is linear: the exponents are those of Gaussian
      // products, from −1/(2N) to ½ [ln(2/N) + ψ(½)], N = 12, spread over 10,000 layers' own fluctuation.
      let exponents = try #require(spectrum.lyapunovExponents)
      #expect(abs(exponents[0] + 1.0 / 24) < 0.04)
      #expect(abs(exponents[11] - 0.5 * (log(2.0 / 12) - 1.9635100260214235)) < 0.05)
    }
    if connection == .vanilla, activation == .relu {
      // At most as many directions pass as the layer with the fewest units on has.
      #expect(spectrum.zeros > 12)
    }
  }

  @Test("Where the forward pass dies, the layer is named, and what lies before it is resolved")
  func underflow() throws {
    let configuration = Self.configuration(.fc, .vanilla, depth: 2500, width: 16) {
      ($0.initializer, $0.layers) = (.xavierNormal, .some([1000, 2500]))
    }
    let records = try configuration.spectra()
    #expect(records[0].status == .ok)
    #expect(records[1].status == .underflow)
    #expect(records[1].reason?.contains("forward pass underflows") == true)
  }

  @Test("Weights of zero make a dead layer, whose Jacobian is 0, and no underflow", arguments: MethodChoice.allCases)
  func deadLayer(method: MethodChoice) throws {
    let configuration = Self.configuration(.fc, .vanilla, depth: 3, width: 6) { ($0.gain, $0.method) = (0, method) }
    let spectrum = try #require(try configuration.spectra()[0].spectrum)
    #expect(spectrum.zeros == 6)
    #expect(spectrum.logSingularValues.isEmpty && spectrum.unresolved == 0)
  }

  @Test("A Jacobian that overflows in one layer is said to, and layers before it keep their spectra")
  func overflow() throws {
    // Scores of 10³⁰⁰ in LayerNorm's shelter: the forward pass lives, but their derivative does not.
    let configuration = Self.configuration(.transformer, .postLN, depth: 4, width: 8) {
      ($0.tokens, $0.heads, $0.gain, $0.layers) = (3, 2, 1e150, .all)
    }
    for record in try configuration.spectra() where record.status != .ok {
      #expect(record.status == .overflow)
      #expect(record.reason?.contains("overflows the range of double precision") == true)
      #expect(record.reason?.contains("\(record.layer)") == true)
    }
    var mixed = Self.configuration(.fc, .residual, depth: 6, width: 4) { ($0.gain, $0.layers) = (1e70, .all) }
    mixed.activation = .linear
    let statuses = try mixed.spectra().map(\.status)
    #expect(statuses.first == .ok && statuses.last == .overflow)
  }

  @Test("An orthogonal linear stack stays at 0")
  func orthogonal() throws {
    let configuration = Self.configuration(.fc, .vanilla, depth: 10_000, width: 8) {
      ($0.activation, $0.initializer) = (.linear, .orthogonal)
    }
    let spectrum = try #require(try configuration.spectra()[0].spectrum)
    #expect(spectrum.logSingularValues.count == 8)
    // Weights are orthogonal to a few eps each: 10,000 times that at worst.
    for value in spectrum.logSingularValues { #expect(abs(value) < 1e-11) }
  }

  @Test("One unit, one token, one layer")
  func tiny() throws {
    let configuration = Self.configuration(.fc, .residual, depth: 3, width: 1) { $0.activation = .tanh }
    let spectrum = try #require(try configuration.spectra()[0].spectrum)
    #expect(spectrum.count == 1 && spectrum.logSingularValues.count == 1)
    let norm = try #require(try Self.configuration(.fc, .norm, depth: 2, width: 1).spectra()[0].spectrum)
    #expect(norm.zeros == 1)
  }
}
