import ArgumentParser
import Spectra

struct PhaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "phase",
    abstract: "The phases of fully connected networks over weights and biases.",
    discussion: """
      Mean field theory on a grid of sigma_w (weights of variance sigma_w^2/N) and sigma_b (biases of variance sigma_b^2): \
      where signals keep their size and their likeness, with the critical line between the ordered and the chaotic phase. \
      With --measure, spectra of random stacks on a coarser grid stand beside it.

        spectra phase --activation erf --sigma-w 0.5,3 --sigma-b 0,0.5
        spectra phase --quantity xi-c --measure 4x3 --plot phase.svg

      Exit codes: 0 done, 64 usage, 73 and 74 cannot write.
      """)

  enum Format: String, ResultFormat {
    case text, json, csv
  }

  @Option(
    help: ArgumentHelp(
      Names.functions.map(\.rawValue).joined(separator: ", ") + " (tanh); dks and tat shape it for --depth layers.",
      valueName: "name"),
    completion: .name(of: ActivationName.self))
  var activation: String?

  @Option(
    name: .customLong("sigma-w"), parsing: .unconditional,
    help: ArgumentHelp("Ends of sigma_w (0.5,3).", valueName: "lo,hi"))
  var sigmaW: String?

  @Option(
    name: .customLong("sigma-b"), parsing: .unconditional,
    help: ArgumentHelp("Ends of sigma_b (0,1).", valueName: "lo,hi"))
  var sigmaB: String?

  @Option(
    help: ArgumentHelp("Points of sigma_w by points of sigma_b (48x20).", valueName: "WxB"),
    completion: .list(["48x20", "96x40"]))
  var grid: String?

  @Option(
    help: ArgumentHelp(
      names(PhaseQuantity.self)
        + " (chi): what text and figure show (a figure draws phase as chi); json and csv hold all.", valueName: "name"),
    completion: .name(of: PhaseQuantity.self))
  var quantity: String?

  @Option(
    help: ArgumentHelp("Also measure spectra at so many points of the plane, as 4x3.", valueName: "WxB"),
    completion: .list(["4x3", "8x6"]))
  var measure: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Layers of the measured stacks (16).", valueName: "n"))
  var depth: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Features of the measured stacks (128).", valueName: "n"))
  var width: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Networks at each measured point (5).", valueName: "n"))
  var samples: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the measured networks (0).", valueName: "n"))
  var seed: UInt64?

  @OptionGroup var work: WorkOptions
  @OptionGroup var result: ResultOptions<Format>

  @Option(
    help: ArgumentHelp(
      "Also draw a heat map there, ending in .svg, .png, .html or .vl.json; can be given several times.",
      valueName: "figure"),
    completion: .file(extensions: FigureFormat.allCases.map(\.rawValue)))
  var plot: [String] = []

  func run() throws {
    try Exit.mapping {
      let settings = try settings()
      let quantity = try shownQuantity()
      try result.checkWritable()
      let figures = try FigureFiles(plot, option: "plot", written: result.output)
      let record = try work.run { threads, progress in
        try PhaseRecord(settings, threads: threads, command: SpectraCommand.line, progress: progress)
      }
      switch result.format {
      case .text: try result.write(record.text(quantity, style: result.style))
      case .json: try result.write(record.json())
      case .csv: try result.write(record.csv())
      }
      try figures.write(try record.figure(quantity), style: FigureStyle())
    }
  }

  func shownQuantity() throws -> PhaseQuantity {
    try quantity.map { try Names.parse($0, option: "quantity") } ?? .chi
  }

  func settings() throws -> PhaseSettings {
    var settings = PhaseSettings()
    if let activation { settings.activation = try Names.parseFunction(activation, option: "activation") }
    if let sigmaW { settings.sigmaW = try Self.range(sigmaW, option: "sigma-w") }
    if let sigmaB { settings.sigmaB = try Self.range(sigmaB, option: "sigma-b") }
    if let grid { (settings.columns, settings.rows) = try Self.sides(grid, option: "grid", example: "48x20") }
    if let measure { settings.measured = try Self.sides(measure, option: "measure", example: "4x3") }
    let ofMeasurement: [(option: String, isNamed: Bool)] = [
      ("width", width != nil), ("samples", samples != nil), ("seed", seed != nil),
      ("depth", depth != nil && !settings.activation.isTransformed),
    ]
    if measure == nil, let (option, _) = ofMeasurement.first(where: \.isNamed) {
      throw UsageError(
        "--\(option) does nothing without --measure, which measures spectra; add --measure 4x3 or leave it out.")
    }
    if let depth { settings.depth = depth }
    if let width { settings.width = width }
    if let samples { settings.samples = samples }
    if let seed { settings.seed = seed }
    try settings.validate()
    return settings
  }

  private static func range(_ text: String, option: String) throws(UsageError) -> ClosedRange<Double> {
    let ends = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low < high else {
      throw UsageError("--\(option) '\(text)' is no range; name two numbers such as 0.5,3, the smaller first.")
    }
    return low...high
  }

  private static func sides(
    _ text: String, option: String, example: String
  ) throws(UsageError) -> (columns: Int, rows: Int) {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let columns = sides[0], let rows = sides[1] else {
      throw UsageError("--\(option) '\(text)' is no grid; name points of sigma_w by points of sigma_b, as \(example).")
    }
    return (columns, rows)
  }
}
