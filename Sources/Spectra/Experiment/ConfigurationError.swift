/// Options that do not fit together: a sentence that names the option, its value and what is allowed.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The option without its dashes.
  public var option: String
  public var description: String

  init(_ option: String, _ description: String) {
    self.option = option
    self.description = description
  }
}

extension Configuration {
  /// Checks that the options fit together.
  ///
  /// - Throws: `ConfigurationError` for the first that does not.
  public func validate() throws(ConfigurationError) {
    try validateSizes()
    try validateApplicability()
    for specification in architectures {
      try validateOptions(of: specification)
      do {
        try resolved(specification).validateNetwork(depths: depths)
      } catch {
        // A sentence about --heads would mislead where heads=3 stands in the architecture's name.
        let isOwn = specification.options.contains { error.description.contains("--\($0.option.rawValue) ") }
        guard isOwn else { throw error }
        throw ConfigurationError("arch", "In --arch \(specification): \(error.description)")
      }
    }
    try validateNumbers()
    try validateLayers()
  }

  private func validateSizes() throws(ConfigurationError) {
    if architectures.isEmpty { throw ConfigurationError("arch", "--arch names no architecture; name at least one.") }
    if depths.isEmpty { throw ConfigurationError("depth", "--depth names no depth; name at least one.") }
    let positive = [("width", width), ("samples", samples)] + depths.map { ("depth", $0) }
    let ofTransformer = block == .transformer ? [("tokens", tokens)] : []
    for (option, value) in positive + ofTransformer where value < 1 {
      throw ConfigurationError(option, "--\(option) \(value) is not positive; it must be 1 or more.")
    }
    for (option, value) in positive + ofTransformer where value > 100_000_000 {
      throw ConfigurationError(option, "--\(option) \(value) is too large; at most 100000000 is allowed.")
    }
    if firstSample < 0 {
      throw ConfigurationError("first-sample", "--first-sample \(firstSample) is negative; samples count from 0.")
    }
    if firstSample > 1_000_000_000_000 {
      throw ConfigurationError(
        "first-sample", "--first-sample \(firstSample) is too large; at most 1000000000000 is allowed.")
    }
    for (option, repeated) in [
      ("arch", architectures.map(\.description).firstRepeated), ("depth", depths.map(String.init).firstRepeated),
    ] {
      if let repeated {
        throw ConfigurationError(option, "--\(option) names \(repeated) twice; name each once.")
      }
    }
  }

  private func validateApplicability() throws(ConfigurationError) {
    if block == .fc, case .text = input {
      throw ConfigurationError("input", "--input text:FILE does not apply to --block fc, which has no tokens.")
    }
    if norm != nil, !hasNormalizer {
      throw ConfigurationError(
        "norm",
        "--norm applies to none of the architectures, for "
          + "\(architectures.map(\.connection.name.rawValue).joined(separator: ", ")) without --final-norm has no "
          + "normaliser; name one that has.")
    }
    if alpha != nil, !hasResidualWeight {
      throw ConfigurationError(
        "alpha",
        "--alpha applies only to --arch rezero and skipinit without an alpha of their own, and none is among the "
          + "architectures.")
    }
    if weights != nil {
      if architectures.count > 1 {
        throw ConfigurationError(
          "arch",
          "--weights holds the weights of one architecture, but --arch names \(architectures.count); name only that one."
        )
      }
      if depths.count > 1 {
        throw ConfigurationError(
          "depth", "--weights holds the weights of one depth, but --depth names \(depths.count); name only that one.")
      }
      if rng == .torch {
        throw ConfigurationError("rng", "--rng torch draws weights, but --weights gives them; leave one of both out.")
      }
      if vary == .weights {
        throw ConfigurationError("vary", "--vary weights needs random weights, but --weights gives them.")
      }
    }
    if rng == .torch {
      if vary != .both {
        throw ConfigurationError("vary", "--vary \(vary.rawValue) needs --rng spectra: PyTorch's stream varies both.")
      }
      if case .text = input {
        throw ConfigurationError("input", "--input text:FILE needs --rng spectra, which draws the embedding.")
      }
    }
  }

  private func validateNumbers() throws(ConfigurationError) {
    if let alpha, !alpha.isFinite {
      throw ConfigurationError("alpha", "--alpha \(alpha) is not a finite number.")
    }
    do {
      _ = try HistogramAxis(spanning: [], bins: bins, logBase: logBase, range: range)
    } catch {
      switch error {
      case .bins:
        throw ConfigurationError("bins", "--bins \(bins) is out of range; a histogram has from 1 to 10000 bins.")
      case .range(let lower, let upper) where lower > upper:
        throw ConfigurationError("range", "--range \(range.text) has its ends swapped; write \(upper),\(lower).")
      case .range:
        throw ConfigurationError(
          "range",
          "--range \(range.text) is no axis; give two numbers between -1e8 and 1e8, the lower first, not nearly equal.")
      }
    }
  }

  private func validateLayers() throws(ConfigurationError) {
    guard case .some(let layers) = layers else { return }
    guard !layers.isEmpty else { throw ConfigurationError("layers", "--layers names no layer; name at least one.") }
    guard let shallowest = depths.min() else { return }
    for layer in layers where !(1...shallowest).contains(layer) {
      throw ConfigurationError(
        "layers", "--layers \(layer) is outside 1…\(shallowest), the layers of the shallowest stack.")
    }
  }
}

extension [String] {
  /// The first element that appears twice.
  fileprivate var firstRepeated: String? {
    var seen: Set<String> = []
    return first { !seen.insert($0).inserted }
  }
}
