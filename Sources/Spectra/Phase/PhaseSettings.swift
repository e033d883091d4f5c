/// What a phase diagram is made of, as used; the `config` of its JSON.
public struct PhaseSettings: Sendable, Equatable {
  /// φ; a transformation that counts layers counts on `depth` of them.
  public var activation: Variant<ActivationName> = .tanh
  /// The ends of σ_w.
  public var sigmaW = 0.5...3.0
  /// The ends of σ_b.
  public var sigmaB = 0.0...1.0
  /// The number of σ_w, ends included.
  public var columns = 48
  /// The number of σ_b, ends included.
  public var rows = 20
  /// The coarser grid over the same plane on which spectra are measured, columns and rows; nil for theory alone.
  public var measured: (columns: Int, rows: Int)?
  /// Layers of the measured stacks.
  public var depth = 16
  /// Features of the measured stacks.
  public var width = 128
  /// Networks at each measured point.
  public var samples = 5
  /// The seed of their draws.
  public var seed: UInt64 = 0

  /// The defaults of the command line: tanh, 48 × 20 points of theory.
  public init() {}

  public static func == (a: PhaseSettings, b: PhaseSettings) -> Bool {
    a.activation == b.activation && a.sigmaW == b.sigmaW && a.sigmaB == b.sigmaB && a.columns == b.columns
      && a.rows == b.rows && a.measured?.columns == b.measured?.columns && a.measured?.rows == b.measured?.rows
      && a.depth == b.depth && a.width == b.width && a.samples == b.samples && a.seed == b.seed
  }

  /// The most points of a side: what a picture can show.
  public static let mostPoints = 200

  /// Checks that the settings fit together.
  ///
  /// - Throws: `ConfigurationError` for the first that does not.
  public func validate() throws(ConfigurationError) {
    for (option, range) in [("sigma-w", sigmaW), ("sigma-b", sigmaB)] {
      guard range.lowerBound >= 0, range.upperBound.isFinite, range.lowerBound < range.upperBound,
        range.upperBound <= 1e6
      else {
        throw ConfigurationError(
          option,
          "--\(option) \(range.lowerBound),\(range.upperBound) is no range of standard deviations; name two numbers from 0 to 1e6, the smaller first."
        )
      }
    }
    for (option, sides) in [("grid", (columns, rows))] + (measured.map { [("measure", ($0.columns, $0.rows))] } ?? []) {
      guard (1...Self.mostPoints).contains(sides.0), (1...Self.mostPoints).contains(sides.1) else {
        throw ConfigurationError(
          option,
          "--\(option) \(sides.0)x\(sides.1) is no grid; name 1 to \(Self.mostPoints) points a side, as \(option == "grid" ? "48x20" : "4x3")."
        )
      }
    }
    for (option, range, count) in [("sigma-w", sigmaW, columns), ("sigma-b", sigmaB, rows)]
    where range.upperBound - range.lowerBound < Double(count) * 4 * range.upperBound.ulp {
      throw ConfigurationError(
        option,
        "--\(option) \(range.lowerBound),\(range.upperBound) has no \(count) numbers between its ends; name ends farther apart."
      )
    }
    if activation.name == .crelu {
      throw ConfigurationError(
        "activation", "--activation crelu has no mean field theory of one function; name relu, whose halves it has.")
    }
    guard (1...1_000_000).contains(depth) else {
      throw ConfigurationError("depth", "--depth \(depth) is no number of layers; it must be 1 to 1000000.")
    }
    // What a stack needs is checked as for any other.
    try configuration(sigmaW: 1, sigmaB: 0).validate()
  }

  /// The experiment at a point of the plane: fully connected layers W φ(h) + b of Gaussian weights.
  func configuration(sigmaW: Double, sigmaB: Double) -> Configuration {
    var configuration = Configuration()
    configuration.architectures = [ArchitectureSpecification(Variant(.vanilla))]
    configuration.block = .fc
    configuration.depths = [depth]
    configuration.width = width
    configuration.activation = activation
    configuration.initializer = .gaussian
    (configuration.sigmaW, configuration.sigmaB) = (sigmaW, sigmaB)
    (configuration.samples, configuration.seed) = (samples, seed)
    return configuration
  }
}

extension PhaseSettings: Encodable {
  enum CodingKeys: String, CodingKey {
    case activation
    case sigmaW = "sigma_w"
    case sigmaB = "sigma_b"
    case grid, measure, depth, width, samples, seed
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(activation, forKey: .activation)
    try container.encode([sigmaW.lowerBound, sigmaW.upperBound], forKey: .sigmaW)
    try container.encode([sigmaB.lowerBound, sigmaB.upperBound], forKey: .sigmaB)
    try container.encode([columns, rows], forKey: .grid)
    try container.encode(measured.map { [$0.columns, $0.rows] }, forKey: .measure)
    try container.encode(depth, forKey: .depth)
    try container.encode(width, forKey: .width)
    try container.encode(samples, forKey: .samples)
    try container.encode(seed, forKey: .seed)
  }
}
