extension Configuration {
  /// Checks that the parts of the only architecture fit together, options of its own included.
  ///
  /// - Throws: `ConfigurationError` for the first that does not.
  func validateNetwork(depths: [Int]) throws(ConfigurationError) {
    let connection = architectures[0].connection
    try validateBlock(connection.name)
    try validateLaw(connection.name)
    if block == .transformer { try validateHeads(connection.name) }
    try validateNorm(connection.name)
    try validateAttention()
    try validateActivation(depths: depths)
  }

  /// Checks that what stands in an architecture's name is read: what does nothing would stand in its label all the same.
  func validateOptions(of specification: ArchitectureSpecification) throws(ConfigurationError) {
    let named = Set(specification.options.map(\.option))
    let (own, connection) = (resolved(specification), specification.connection.name)
    let unread: [(option: NetworkOption, isUnread: Bool, reason: String)] = [
      (.norm, normalizer(of: specification) == nil, "\(connection.rawValue) has no normaliser"),
      (
        .activation, own.feedForward.fixedActivation != nil,
        "the feed-forward \(own.feedForward.rawValue) has its own activation"
      ),
      (.heads, block == .fc, "--block fc has no attention"),
      (.keyValueHeads, block == .fc, "--block fc has no attention"),
      (.mask, block == .fc, "--block fc has no attention"), (.packing, block == .fc, "--block fc has no attention"),
      (
        .mask, own.attention.name.isSignalPreserving && own.mask == .none,
        "the matrices of \(own.attention.name.rawValue) are causal"
      ),
    ]
    for (option, isUnread, reason) in unread where isUnread && named.contains(option) {
      throw ConfigurationError(
        "arch", "In --arch \(specification): \(option.rawValue) does nothing, for \(reason); leave it out.")
    }
  }

  // MARK: What a fully connected stack does not have

  private func validateBlock(_ connection: Connection) throws(ConfigurationError) {
    guard connection.applies(to: block) else {
      throw ConfigurationError(
        "arch",
        "--arch \(connection.rawValue) does not apply to --block \(block.rawValue): it is about attention beside "
          + "feed-forward; use --block transformer.")
    }
    if connection == .reversible, !width.isMultiple(of: 2) {
      throw ConfigurationError(
        "width", "--width \(width) is odd, but --arch reversible parts the features into two equal streams.")
    }
    guard block == .fc else { return }
    let attention = "which has no attention"
    let unavailable: [(option: String, isNamed: Bool, reason: String)] = [
      ("hidden", hidden != nil, "whose layers have one matrix"), ("mask", mask != .none, attention),
      ("qkv", packing != nil, attention), ("attention", self.attention != .softmax, attention),
      ("kv-heads", keyValueHeads != nil, attention), ("positions", positions != .none, "which has no tokens"),
      ("feed-forward", feedForward != .mlp, "whose branch is φ(W x + b)"),
    ]
    for (option, isNamed, reason) in unavailable where isNamed {
      throw ConfigurationError(option, "--\(option) does not apply to --block fc, \(reason).")
    }
  }

  // MARK: Weights

  private func validateLaw(_ connection: Connection) throws(ConfigurationError) {
    let law = law(architectures[0])
    let name = law.name.rawValue
    if !law.name.applies(to: block) {
      throw ConfigurationError(
        "init", "--init \(name) is a law of Transformers and does not apply to --block \(block.rawValue).")
    }
    if law.name != .gaussian {
      if sigmaW != nil {
        throw ConfigurationError(
          "sigma-w",
          "--sigma-w applies only to --init gaussian, not to --init \(name)\(law.name == .orthogonal ? "; use --gain" : "")."
        )
      }
      if sigmaB != nil, law.name != .orthogonal {
        throw ConfigurationError(
          "sigma-b", "--sigma-b applies only to --init gaussian and orthogonal, not to --init \(name).")
      }
    }
    for case (let option, let value?) in [("gain", gain), ("sigma-w", sigmaW), ("sigma-b", sigmaB)] {
      guard value.isFinite else { throw ConfigurationError(option, "--\(option) \(value) is not a finite number.") }
      if option != "gain", value < 0 {
        throw ConfigurationError(option, "--\(option) \(value) is negative; a standard deviation is 0 or more.")
      }
    }
    if weights == nil, let objection = law.objection(to: architecture(architectures[0], depth: 1)) {
      throw ConfigurationError("init", "--init \(objection)")
    }
    if rng == .torch, weights == nil, !law.hasTorchDraws(for: architecture(architectures[0], depth: 1)) {
      throw ConfigurationError(
        "rng",
        law.hasTorchDraws
          ? "--rng torch has no sequence of draws for \(connection.rawValue) with these options, which PyTorch has no "
            + "layer for; use --rng spectra."
          : "--rng torch has no sequence of draws for --init \(name)"
            + (packing == .separate ? " with --qkv separate" : "")
            + "; use --rng spectra, or --init xavier-uniform, xavier-normal, he-normal, he-uniform, lecun-normal, "
            + "gaussian, torch or rezero-notebook.")
    }
  }

  // MARK: Attention

  private func validateHeads(_ connection: Connection) throws(ConfigurationError) {
    for (option, value) in [("heads", heads), ("kv-heads", keyValueHeads ?? 1), ("hidden", hidden ?? 1)] {
      guard value >= 1 else {
        throw ConfigurationError(option, "--\(option) \(value) is not positive; it must be 1 or more.")
      }
      guard value <= 100_000_000 else {
        throw ConfigurationError(option, "--\(option) \(value) is too large; at most 100000000 is allowed.")
      }
    }
    let features = connection == .reversible ? width / 2 : width
    if features % heads != 0 {
      throw ConfigurationError(
        "width",
        connection == .reversible
          ? "Half of --width \(width) is not divisible by --heads \(heads), but each stream of --arch reversible has the "
            + "heads; choose a width that is a multiple of \(2 * heads) or another number of heads."
          : "--width \(width) is not divisible by --heads \(heads); each head takes an equal part of the width, so choose "
            + "a width that is a multiple of \(heads) or another number of heads.")
    }
    if let keyValueHeads, heads % keyValueHeads != 0 {
      throw ConfigurationError(
        "kv-heads",
        "--kv-heads \(keyValueHeads) does not divide --heads \(heads); each head of keys and values serves as many heads "
          + "of queries.")
    }
    if positions == .rotary, (features / heads) % 2 != 0 {
      throw ConfigurationError(
        "positions",
        "--positions rotary turns features in pairs, but a head of --width \(width) and --heads \(heads) has "
          + "\(features / heads).")
    }
    if positions == .sinusoidal, case .text = input {
      throw ConfigurationError(
        "positions", "--positions sinusoidal would add positions twice: --input text:FILE has them already.")
    }
  }

  private func validateAttention() throws(ConfigurationError) {
    if attention.name.isSignalPreserving, case .window = mask {
      throw ConfigurationError(
        "mask",
        "--mask \(mask.rawValue) does not apply to --attention \(attention.name.rawValue), whose matrices reach back to "
          + "the first token; use causal or leave it out.")
    }
    if case .number(let factor)? = attention.given["scale"], factor == 0 {
      throw ConfigurationError("attention", "--attention \(attention) has scale 0; name a scale that is not 0.")
    }
  }

  // MARK: Normalisers

  private func validateNorm(_ connection: Connection) throws(ConfigurationError) {
    guard let normalizer = normalizer(of: architectures[0]) else { return }
    if normalizer.name == .batchnorm, tokens < 2 {
      throw ConfigurationError(
        "tokens",
        "--tokens \(tokens) is no batch: over one row BatchNorm's output does not depend on its input; name --tokens 2 or "
          + "more.")
    }
    if normalizer.word("deviation") == "unbiased",
      architecture(architectures[0], depth: 1).normalizedFeatures.contains(1)
    {
      throw ConfigurationError(
        "norm",
        "--norm \(normalizer) divides by one less than the number of features, but --arch \(connection.rawValue) normalises "
          + "single ones here; name a larger --width\(connection == .subLN ? " and --hidden" : "").")
    }
    if normalizer.name == .none, [.norm, .postLN, .gpt2Norm].contains(connection) {
      let plain = connection == .norm ? "vanilla" : "residual"
      throw ConfigurationError(
        "norm", "--norm none leaves nothing of --arch \(connection.rawValue) but --arch \(plain); name that.")
    }
  }

  // MARK: Activation

  private func validateActivation(depths: [Int]) throws(ConfigurationError) {
    if feedForward.isGated, activation.name == .crelu {
      throw ConfigurationError(
        "activation",
        "--activation crelu doubles the features, but a gate of --feed-forward \(feedForward.rawValue) does "
          + "not; use another activation.")
    }
    if feedForward.fixedActivation != nil, activation != .relu {
      throw ConfigurationError(
        "activation",
        "--feed-forward \(feedForward.rawValue) has its own activation; leave --activation \(activation) out, or use "
          + "--feed-forward gated.")
    }
    let ofMethod = ["zeta": "dks", "tau": "tat", "eta": "tat", "layers": "dks or tat"]
    for key in activation.given.keys.sorted() {
      guard let needed = ofMethod[key] else { continue }
      let transform = activation.word("transform") ?? "none"
      guard transform == needed || (key == "layers" && transform != "none") else {
        throw ConfigurationError(
          "activation",
          "--activation \(activation) has \(key), a setting of transform=\(needed), which it does not name.")
      }
    }
    if activation.given["slope"] != nil, activation.word("transform") == "tat" {
      throw ConfigurationError(
        "activation", "--activation \(activation) has a slope, which transform=tat solves for; leave one of both out.")
    }
    for depth in depths {
      do {
        _ = try architecture(architectures[0], depth: depth).builtActivation()
      } catch {
        throw ConfigurationError("activation", "--activation \(activation): \(error)")
      }
    }
  }
}
