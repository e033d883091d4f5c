// The `config` of the JSON: every option under its command-line name, defaults filled in.

extension Configuration: Codable {
  enum CodingKeys: String, CodingKey {
    case architectures, block, depths, width, tokens, heads
    case keyValueHeads = "kv_heads"
    case hidden, activation, norm, attention
    case feedForward = "feed_forward"
    case positions
    case initializer = "init"
    case gain
    case sigmaW = "sigma_w"
    case sigmaB = "sigma_b"
    case packing = "qkv"
    case alpha
    case finalNorm = "final_norm"
    case mask, input, weights, samples
    case firstSample = "first_sample"
    case vary, seed, rng, method, layers, precision, bins, range
    case logBase = "log_base"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    // What follows from an architecture is told where it is the same for all of them: it may differ.
    let laws = weights == nil ? architectures.map { law($0) } : []
    func shared<Value: Equatable>(_ value: (Initializer) -> Value) -> Value? {
      laws.allSatisfy { value($0) == value(laws[0]) } ? laws.first.map(value) : nil
    }
    let isGaussian = shared(\.name) == .gaussian
    let norms = architectures.compactMap { normalizer(of: $0) }
    try container.encode(architectures, forKey: .architectures)
    try container.encode(block, forKey: .block)
    try container.encode(depths, forKey: .depths)
    try container.encode(width, forKey: .width)
    try container.encode(inputTokens, forKey: .tokens)
    try container.encode(block == .fc ? 1 : heads, forKey: .heads)
    try container.encode(block == .fc ? nil : keyValueHeads ?? sharedHeads, forKey: .keyValueHeads)
    try container.encode(block == .fc ? width : hidden ?? 4 * width, forKey: .hidden)
    try container.encode(activation, forKey: .activation)
    try container.encode(norm ?? (Set(norms).count == 1 ? norms[0] : nil), forKey: .norm)
    try container.encode(block == .fc ? nil : attention, forKey: .attention)
    try container.encode(block == .fc ? nil : feedForward, forKey: .feedForward)
    try container.encode(block == .fc ? nil : positions, forKey: .positions)
    try container.encode(initializer ?? shared(\.name), forKey: .initializer)
    try container.encode(weights == nil ? gain : nil, forKey: .gain)
    try container.encode(sigmaW ?? (isGaussian ? shared(\.sigmaW) : nil), forKey: .sigmaW)
    try container.encode(sigmaB ?? (isGaussian ? shared(\.sigmaB) : nil), forKey: .sigmaB)
    try container.encode(packing ?? (block == .transformer ? shared(\.packing) : nil), forKey: .packing)
    try container.encode(hasResidualWeight && weights == nil ? alpha ?? 0 : nil, forKey: .alpha)
    try container.encode(finalNorm, forKey: .finalNorm)
    try container.encode(mask, forKey: .mask)
    try container.encode(input.text, forKey: .input)
    try container.encode(weights, forKey: .weights)
    try container.encode(samples, forKey: .samples)
    try container.encode(firstSample, forKey: .firstSample)
    try container.encode(vary, forKey: .vary)
    try container.encode(seed, forKey: .seed)
    try container.encode(rng, forKey: .rng)
    try container.encode(method, forKey: .method)
    try container.encode(layers.text, forKey: .layers)
    try container.encode(precision, forKey: .precision)
    try container.encode(bins, forKey: .bins)
    try container.encode(range.text, forKey: .range)
    try container.encode(logBase, forKey: .logBase)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func decode<T: Decodable>(_ key: CodingKeys) throws -> T { try container.decode(T.self, forKey: key) }
    func decodeOptional<T: Decodable>(_ key: CodingKeys) throws -> T? {
      try container.decodeIfPresent(T.self, forKey: key)
    }
    func parse<T>(_ key: CodingKeys, _ parse: (String) -> T?) throws -> T {
      let text: String = try decode(key)
      guard let value = parse(text) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "\"\(text)\" is no \(key.rawValue).")
      }
      return value
    }
    architectures = try decode(.architectures)
    block = try decode(.block)
    depths = try decode(.depths)
    width = try decode(.width)
    tokens = try decode(.tokens)
    heads = try decode(.heads)
    keyValueHeads = try decodeOptional(.keyValueHeads)
    hidden = block == .fc ? nil : try decode(.hidden)
    activation = try decode(.activation)
    norm = try decodeOptional(.norm)
    attention = try decodeOptional(.attention) ?? attention
    feedForward = try decodeOptional(.feedForward) ?? feedForward
    positions = try decodeOptional(.positions) ?? positions
    initializer = try decodeOptional(.initializer)
    gain = try decodeOptional(.gain) ?? gain
    sigmaW = try decodeOptional(.sigmaW)
    sigmaB = try decodeOptional(.sigmaB)
    packing = try decodeOptional(.packing)
    alpha = try decodeOptional(.alpha)
    finalNorm = try decode(.finalNorm)
    mask = try decode(.mask)
    input = try parse(.input, InputSource.init(text:))
    weights = try decodeOptional(.weights)
    samples = try decode(.samples)
    firstSample = try decode(.firstSample)
    vary = try decode(.vary)
    seed = try decode(.seed)
    rng = try decode(.rng)
    method = try decode(.method)
    layers = try parse(.layers, LayerSelection.init(text:))
    precision = try decode(.precision)
    bins = try decode(.bins)
    range = try parse(.range, HistogramAxis.Range.init(text:))
    logBase = try decode(.logBase)
  }
}

extension Configuration {
  /// Whether `--alpha` is about one of the architectures.
  var hasResidualWeight: Bool {
    architectures.contains { $0.connection.name.hasResidualWeight && $0.connection.given["alpha"] == nil }
  }

  /// Whether `--norm` is about one of the architectures.
  var hasNormalizer: Bool { architectures.contains { normalizer(of: $0) != nil } }

  /// Heads of keys and values where none are named, nil where architectures have different heads.
  private var sharedHeads: Int? {
    architectures.contains { $0.options.contains { $0.option == .heads } } ? nil : heads
  }
}

// MARK: - Options as text

extension InputSource {
  /// The option's text: `gaussian`, `FILE.npy`, `FILE.safetensors` or `text:FILE`.
  public var text: String {
    switch self {
    case .gaussian: "gaussian"
    case .numpy(let path), .safetensors(let path): path
    case .text(let path): "text:\(path)"
    }
  }

  /// The source of an option's text, nil where the text is none of the forms.
  public init?(text: String) {
    if text == "gaussian" {
      self = .gaussian
    } else if text.hasPrefix("text:"), text.count > 5 {
      self = .text(path: String(text.dropFirst(5)))
    } else if text.hasSuffix(".npy") {
      self = .numpy(path: text)
    } else if text.hasSuffix(".safetensors") {
      self = .safetensors(path: text)
    } else {
      return nil
    }
  }
}

extension LayerSelection {
  /// The option's text: `last`, `all` or `l1,l2,…`.
  public var text: String {
    switch self {
    case .last: "last"
    case .all: "all"
    case .some(let layers): layers.map(String.init).joined(separator: ",")
    }
  }

  /// The layers of an option's text, nil where the text is none of the forms.
  public init?(text: String) {
    switch text {
    case "last": self = .last
    case "all": self = .all
    default:
      let layers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard layers.allSatisfy({ $0 != nil }) else { return nil }
      self = .some(layers.compactMap { $0 })
    }
  }
}

extension HistogramAxis.Range {
  /// The option's text: `auto` or `lo,hi`.
  public var text: String {
    switch self {
    case .auto: "auto"
    case .explicit(let lower, let upper): "\(lower),\(upper)"
    }
  }

  /// The range of an option's text, nil where the text is none of the forms.
  public init?(text: String) {
    if text == "auto" {
      self = .auto
      return
    }
    let ends = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard ends.count == 2, let lower = ends[0], let upper = ends[1] else { return nil }
    self = .explicit(lower: lower, upper: upper)
  }
}
