import ArgumentParser
import Spectra

/// Which networks.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Connections: vanilla, residual, rezero, norm, post-ln, pre-ln (post-ln).", valueName: "a,b,...")
  )
  var arch: String?

  @Option(help: ArgumentHelp("Sublayers: transformer or fc (transformer).", valueName: "name"))
  var block: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Numbers of layers (12).", valueName: "n,m,..."))
  var depth: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Features of each token (16).", valueName: "n"))
  var width: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Tokens (4); not with fc.", valueName: "n"))
  var tokens: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Attention heads (4); not with fc.", valueName: "n"))
  var heads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Inner width of the feed-forward (4 times the width); not with fc.", valueName: "n"))
  var hidden: Int?

  @Option(
    help: ArgumentHelp(
      "linear, relu, leaky-relu, gelu, gelu-tanh, tanh, erf, hard-tanh, sigmoid, silu, softplus (relu).",
      valueName: "name"))
  var activation: String?

  @Option(help: ArgumentHelp("Attention mask: none, causal or ngram:N (none); not with fc.", valueName: "name"))
  var mask: String?

  @Flag(name: .customLong("final-norm"), help: "A LayerNorm after the last layer.")
  var finalNorm = false

  /// Puts what was named into a configuration.
  func apply(to configuration: inout Configuration) throws {
    if let arch { configuration.architectures = try Names.parseList(arch, option: "arch") }
    if let block { configuration.block = try Names.parse(block, option: "block") }
    if let depth { configuration.depths = try Names.parseNumbers(depth, option: "depth") }
    if configuration.block == .fc {
      for (option, named) in [("tokens", tokens != nil), ("heads", heads != nil), ("mask", mask != nil)] where named {
        throw UsageError("--\(option) does not apply to --block fc, whose input is one vector of --width elements.")
      }
    }
    if let width {
      // A hidden width that a file told belongs to the file's width.
      if width != configuration.width, configuration.weights == nil { configuration.hidden = nil }
      configuration.width = width
    }
    if let tokens { configuration.tokens = tokens }
    if let heads { configuration.heads = heads }
    if let hidden { configuration.hidden = hidden }
    if let activation { configuration.activation = try Names.parse(activation, option: "activation") }
    if let mask { configuration.mask = try Names.parseMask(mask) }
    if finalNorm { configuration.finalNorm = true }
  }
}
