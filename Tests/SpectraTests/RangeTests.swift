import Spectra
import Testing

// Numbers near the ends of the precision: what is representable is right, and what is not is said.

@Suite("Ends of the range") struct RangeTests {
  @Test(
    "LayerNorm does not see the scale of its input, to the ends of the range", arguments: [1e-150, 1e100, 1e160, 1e300])
  func layerNormScale(scale: Double) {
    let row = [1.0, 2, 4, 8, -3, 0.5, 0, 7, 1.25]
    let unit = Tensor(rows: [row]).layerNorm(epsilon: 0)
    let scaled = Tensor(rows: [row.map { scale * $0 }]).layerNorm(epsilon: 0)
    // Nine elements of size about 1, each of a few rounded operations.
    for (x, y) in zip(unit.elements, scaled.elements) { #expect(abs(x - y) < 1e-14) }
    // J scales with the reciprocal of the input's scale.
    let jacobians = [1, scale].map { factor in
      jacobian(at: Tensor(rows: [row.map { factor * $0 }])) { $0.layerNorm(epsilon: 0) }
    }
    for (x, y) in zip(jacobians[0].elements, jacobians[1].elements) { #expect(abs(x - y * scale) < 1e-13) }
  }

  @Test(
    "A gain that LayerNorm undoes gives the same spectrum, also where squares overflow", arguments: Precision.allCases)
  func gain(precision: Precision) throws {
    func logs(gain: Double) throws -> [Double] {
      var configuration = Configuration()
      (configuration.block, configuration.architectures, configuration.depths) = (.fc, [.norm], [2])
      (configuration.samples, configuration.gain, configuration.precision) = (1, gain, precision)
      configuration.method = .product
      let record = try #require(try Experiment(configuration).run(threads: 1).spectra.first)
      return try #require(record.spectrum).logSingularValues
    }
    let (small, large) = try (logs(gain: 1e4), logs(gain: precision == .double ? 1e170 : 1e25))
    #expect(small.count == large.count)
    // LN∘relu∘(gain · W) does not depend on the gain, up to eps/gain², here below 1e-11, and rounding.
    let tolerance = precision == .double ? 1e-8 : 1e-2
    for (x, y) in zip(small, large) { #expect(abs(x - y) < tolerance) }
  }

  @Test("A NaN is not made 0 by a ReLU")
  func reluOfNaN() {
    #expect(Tensor<Double>(rows: [[.nan, -1, 2]]).activated(by: ReLU()).elements[0].isNaN)
    var configuration = Configuration()
    (configuration.architectures, configuration.gain, configuration.precision) = ([.vanilla], 10, .float)
    configuration.samples = 1
    let reasons = [Variant<ActivationName>.relu, .leakyReLU].map { activation in
      configuration.activation = activation
      return (try? Experiment(configuration).run(threads: 1))?.spectra.first?.reason
    }
    #expect(reasons[0]?.contains("forward pass overflows") == true)
    #expect(reasons[1]?.contains("forward pass overflows") == true)
  }

  @Test("A Jacobian that underflows to zero is no zero, at any depth", arguments: [141, 150, 300])
  func jacobianUnderflow(depth: Int) throws {
    var configuration = Configuration()
    (configuration.block, configuration.architectures, configuration.depths) = (.fc, [.vanilla], [depth])
    (configuration.activation, configuration.initializer) = (.tanh, .gaussian)
    (configuration.sigmaW, configuration.sigmaB, configuration.samples) = (0.01, 1, 1)
    configuration.method = .product
    let record = try #require(try Experiment(configuration).run(threads: 1).spectra.first)
    #expect(record.status == .underflow)
    #expect(record.reason?.contains("Jacobian") == true)
    // The resolved method has no such range: ln σ₁ is about ln 0.01 a layer.
    configuration.method = .auto
    let resolved = try #require(try Experiment(configuration).run(threads: 1).spectra.first?.spectrum)
    #expect(resolved.method == .resolved)
    #expect(resolved.logSingularValues.count == 16)
    #expect(try abs(#require(resolved.logSingularValues.first) / Double(depth) - .log(0.01)) < 2)
  }

  @Test("A mean squared singular value below the range is 0, not missing")
  func meanSquared() throws {
    let spectrum = try Spectrum(
      method: .product, precisionName: "double", rows: 2, columns: 2, logSingularValues: [-500, -501],
      unresolvedLogSingularValues: [], zeros: 0, unresolved: 0, unresolvedBelow: nil, noiseFloor: -530, logError: 0,
      lyapunovExponents: nil)
    #expect(IsometryStatistics(spectrum).meanSquared == 0)
  }

  @Test("The gain multiplies PyTorch's own weights, too")
  func torchGain() {
    let architecture = Architecture.transformer(.postLN, depth: 2, width: 8, tokens: 2, heads: 2)
    let drawn = [1.0, 4].map { gain in
      var generator = TorchGenerator(seed: 1)
      return Initializer(.torch, gain: gain).parameters(of: architecture, torch: &generator)
    }
    let name = "layers.1.linear1.weight"
    #expect(drawn[1][name] == drawn[0][name]?.map { 4 * $0 })
    #expect(drawn[1]["layers.1.linear1.bias"] == drawn[0]["layers.1.linear1.bias"])
  }

  @Test("A verdict's number never reads as its bound")
  func verdictDigits() throws {
    let spectrum = try Spectrum(
      method: .product, precisionName: "double", rows: 1, columns: 1, logSingularValues: [-2.3026],
      unresolvedLogSingularValues: [], zeros: 0, unresolved: 0, unresolvedBelow: nil, noiseFloor: -40, logError: 0,
      lyapunovExponents: nil)
    let record = try RunRecord(
      version: "0", environment: Environment(backend: "", core: "", threads: 1), configuration: Configuration(),
      spectra: [SpectrumRecord(architecture: "a", block: "fc", depth: 1, sample: 0, spectrum: spectrum)])
    #expect(record.summaries[0].verdict == .vanishing)
    #expect(!record.summaries[0].verdictReason.contains("is -2.30,"))
  }
}
