import ArgumentParser
import Spectra

/// Which networks.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Architectures (post-ln): a connection, "
        + Connection.allCases.map(\.rawValue).joined(separator: ", ")
        + ", with settings and options of its own after colons: xskip:lambda=2, vanilla:attention=e-spa:gamma=0.2, "
        + "pre-ln:norm=rmsnorm:mask=causal. 'spectra architectures' lists everything.", valueName: "a,b,..."),
    completion: .names(of: Connection.self))
  var arch: String?

  @Option(
    help: ArgumentHelp("Sublayers: transformer or fc (transformer).", valueName: "name"),
    completion: .name(of: Block.self))
  var block: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Numbers of layers (12).", valueName: "n,m,..."))
  var depth: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Features of each token (16).", valueName: "n"))
  var width: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Tokens (4); with fc the batch of batchnorm or frn.", valueName: "n"))
  var tokens: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Attention heads (4); not with fc.", valueName: "n"))
  var heads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Inner width of the feed-forward (4 times the width); not with fc.", valueName: "n"))
  var hidden: Int?

  @Option(
    help: ArgumentHelp(
      names(ActivationName.self) + " (relu); dks and tat shape it: tanh:transform=dks.", valueName: "name"),
    completion: .name(of: ActivationName.self))
  var activation: String?

  @Option(
    help: ArgumentHelp(
      names(NormalizerName.self) + " (layernorm; batchnorm with xskip-bn), for every architecture that has one.",
      valueName: "name"), completion: .name(of: NormalizerName.self))
  var norm: String?

  @Option(
    help: ArgumentHelp(names(AttentionName.self) + " (softmax); not with fc.", valueName: "name"),
    completion: .name(of: AttentionName.self))
  var attention: String?

  @Option(
    name: .customLong("feed-forward"),
    help: ArgumentHelp(names(FeedForwardName.self) + " (mlp); not with fc.", valueName: "name"),
    completion: .name(of: FeedForwardName.self))
  var feedForward: String?

  @Option(
    help: ArgumentHelp(names(PositionName.self) + " (none); not with fc.", valueName: "name"),
    completion: .name(of: PositionName.self))
  var positions: String?

  @Option(
    name: .customLong("kv-heads"), parsing: .unconditional,
    help: ArgumentHelp("Heads of keys and values, shared by the others (as many as --heads).", valueName: "n"))
  var keyValueHeads: String?

  @Option(
    help: ArgumentHelp("Attention mask: none, causal or ngram:N (none); not with fc.", valueName: "name"),
    completion: .list(["none", "causal", "ngram:2"]))
  var mask: String?

  @Flag(name: .customLong("final-norm"), help: "A normaliser (--norm) after the last layer.")
  var finalNorm = false

  /// The options named here that an architecture's name may hold for itself.
  var named: [NetworkOption] {
    let all: [(NetworkOption, Bool)] = [
      (.norm, norm != nil), (.attention, attention != nil), (.feedForward, feedForward != nil),
      (.activation, activation != nil), (.mask, mask != nil), (.positions, positions != nil), (.heads, heads != nil),
      (.keyValueHeads, keyValueHeads != nil), (.hidden, hidden != nil), (.finalNorm, finalNorm),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// Puts what was named into a configuration.
  func apply(to configuration: inout Configuration) throws {
    if let arch { configuration.architectures = try Names.parseArchitectures(arch) }
    if let block { configuration.block = try Names.parse(block, option: "block") }
    if let depth { configuration.depths = try Names.parseNumbers(depth, option: "depth") }
    try configuration.setNamed(.norm, to: norm)
    if finalNorm { configuration.finalNorm = true }
    if configuration.block == .fc {
      if tokens != nil, !configuration.hasBatch {
        throw UsageError(
          "--tokens does not apply to --block fc, whose input is one vector of --width elements, but for the batch of "
            + "--norm batchnorm or frn.")
      }
      for (option, named) in [("heads", heads != nil), ("mask", mask != nil)] where named {
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
    try configuration.setNamed(.activation, to: activation)
    try configuration.setNamed(.mask, to: mask)
    try configuration.setNamed(.attention, to: attention)
    try configuration.setNamed(.feedForward, to: feedForward)
    try configuration.setNamed(.positions, to: positions)
    try configuration.setNamed(.keyValueHeads, to: keyValueHeads)
  }
}

/// The names of a list, as help shows them.
func names<Name: RawRepresentable<String> & CaseIterable>(_ type: Name.Type) -> String {
  type.allCases.map(\.rawValue).joined(separator: ", ")
}
