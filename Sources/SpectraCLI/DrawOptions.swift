import ArgumentParser
import Spectra

/// Where weights and inputs come from.
struct DrawOptions: ParsableArguments {
  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      names(InitializerName.self) + " (xavier-uniform; he-normal with fixup).", valueName: "name"),
    completion: .name(of: InitializerName.self))
  var initializer: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Multiplies every weight matrix (1).", valueName: "x"))
  var gain: Double?

  @Option(
    name: .customLong("sigma-w"), parsing: .unconditional,
    help: ArgumentHelp("With --init gaussian: weights N(0, x^2/fan_in) (sqrt 2 for relu, else 1).", valueName: "x"))
  var sigmaW: Double?

  @Option(
    name: .customLong("sigma-b"), parsing: .unconditional,
    help: ArgumentHelp("With --init gaussian or orthogonal: biases N(0, x^2) (0).", valueName: "x"))
  var sigmaB: Double?

  @Option(
    help: ArgumentHelp(
      "Query, key and value count as one matrix or three: packed or separate (packed for xavier, as in PyTorch, but not with t-fixup).",
      valueName: "name"), completion: .name(of: ProjectionPacking.self))
  var qkv: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Residual weight of rezero and skipinit (0).", valueName: "x"))
  var alpha: Double?

  @Option(
    help: ArgumentHelp(
      "gaussian, FILE.npy ([tokens, width] or [samples, tokens, width]), FILE.safetensors (its tensor 'input'), or "
        + "text:FILE (gaussian).", valueName: "source"),
    completion: .file(extensions: ["npy", "safetensors"]))
  var input: String?

  @Option(
    help: ArgumentHelp(
      "Weights from a safetensors file, such as an export or a torch.nn.TransformerEncoder state dict.",
      valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var weights: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Samples of each panel (10; 1 with --weights).", valueName: "n"))
  var samples: Int?

  @Option(
    name: .customLong("first-sample"), parsing: .unconditional,
    help: ArgumentHelp("Number of the first sample: any can be computed alone (0).", valueName: "n"))
  var firstSample: Int?

  @Option(
    help: ArgumentHelp("What differs from sample to sample: both, weights or input (both).", valueName: "name"),
    completion: .name(of: Variation.self))
  var vary: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of all draws (0).", valueName: "n"))
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "spectra (keyed streams) or torch (PyTorch's CPU generator; results depend on the order of draws) (spectra).",
      valueName: "name"), completion: .name(of: RandomSource.self))
  var rng: String?

  /// The options named here that an architecture's name may hold for itself.
  var named: [NetworkOption] {
    let all: [(NetworkOption, Bool)] = [
      (.initializer, initializer != nil), (.gain, gain != nil), (.sigmaW, sigmaW != nil), (.sigmaB, sigmaB != nil),
      (.packing, qkv != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// Puts what was named into a configuration.
  func apply(to configuration: inout Configuration) throws {
    if let initializer { configuration.initializer = try Names.parse(initializer, option: "init") }
    if let gain { configuration.gain = gain }
    if let sigmaW { configuration.sigmaW = sigmaW }
    if let sigmaB { configuration.sigmaB = sigmaB }
    if let qkv { configuration.packing = try Names.parse(qkv, option: "qkv") }
    if let alpha { configuration.alpha = alpha }
    if weights != nil {
      let laws: [(String, Bool)] = [
        ("init", initializer != nil), ("gain", gain != nil), ("sigma-w", sigmaW != nil), ("sigma-b", sigmaB != nil),
        ("qkv", qkv != nil), ("alpha", alpha != nil),
      ]
      for (option, named) in laws where named {
        throw UsageError("--\(option) is about random weights, but --weights gives them; leave one of both out.")
      }
    }
    if let input {
      guard let source = InputSource(text: input) else {
        throw UsageError(
          "--input '\(input)' is none of gaussian, FILE.npy, FILE.safetensors and text:FILE; the ending tells the kind."
        )
      }
      configuration.input = source
    }
    if let samples { configuration.samples = samples }
    if let firstSample { configuration.firstSample = firstSample }
    if let vary { configuration.vary = try Names.parse(vary, option: "vary") }
    if let seed { configuration.seed = seed }
    if let rng { configuration.rng = try Names.parse(rng, option: "rng") }
  }
}
