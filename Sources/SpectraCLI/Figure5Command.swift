import ArgumentParser
import Spectra

struct Figure5Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "figure5",
    abstract: "The ReZero paper's Figure 5, published numbers beside measured ones.",
    usage: "spectra figure5 <options>",
    discussion: """
      Log singular values of Transformer encoders at initialisation: (a) Post-LN, and Pre-LN beside it, with 4, 12 and \
      64 layers; (b) ReZero with 64 layers, alpha 0 and 0.1. Sizes and laws are those of the authors' notebook: 4 \
      tokens of width 16, 4 heads, hidden width 64, ReLU, 10 fresh models.

      Post-LN stands there twice: as published, by the dense Jacobian, whose peak at the noise floor is rounding noise, \
      and resolved (post-ln:method=resolved), what is really there.

      By default the notebook's own draws are repeated (--rng torch --precision float --seed 0), at 12 and 128 layers \
      also those of its published mean squared singular values, which are met to the printed digit. With another \
      generator, seed, precision or number of samples only the panels are shown.
      """)

  @Option(
    help: ArgumentHelp("torch (PyTorch's CPU generator) or spectra (keyed streams) (torch).", valueName: "name"),
    completion: .name(of: RandomSource.self))
  var rng: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of all draws (0).", valueName: "n"))
  var seed: UInt64?

  @Option(
    help: ArgumentHelp("float or double (float, as in the paper).", valueName: "name"),
    completion: .name(of: Precision.self))
  var precision: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Models of each panel (10).", valueName: "n"))
  var samples: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Bins of the histogram (40).", valueName: "n"))
  var bins: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Ends of the histogram's axis (-11,4).", valueName: "lo,hi"))
  var range: String?

  @OptionGroup(title: "Output") var output: RunOptions

  func run() throws {
    try output.run(title: "Figure 5 of “ReZero is All You Need”") { threads, command, progress in
      try figure().run(threads: threads, command: command, progress: progress)
    }
  }

  /// The figure that the options ask for.
  func figure() throws -> Figure5 {
    var figure = Figure5()
    if let rng { figure.configuration.rng = try Names.parse(rng, option: "rng") }
    if let seed { figure.configuration.seed = seed }
    if let precision { figure.configuration.precision = try Names.parse(precision, option: "precision") }
    if let samples { figure.configuration.samples = samples }
    if let bins { figure.configuration.bins = bins }
    if let range { figure.configuration.range = try Names.parseRange(range) }
    return figure
  }
}
