// The `config` of the JSON: every option under its command-line name, defaults filled in.

extension Configuration: Codable {
  enum CodingKeys: String, CodingKey {
    case architectures, block, depths, width, tokens, heads, hidden, activation
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
    let isGaussian = initializer == .gaussian && weights == nil
    try container.encode(architectures, forKey: .architectures)
    try container.encode(block, forKey: .block)
    try container.encode(depths, forKey: .depths)
    try container.encode(width, forKey: .width)
    try container.encode(block == .fc ? 1 : tokens, forKey: .tokens)
    try container.encode(block == .fc ? 1 : heads, forKey: .heads)
    try container.encode(block == .fc ? width : hidden ?? 4 * width, forKey: .hidden)
    try container.encode(activation, forKey: .activation)
    try container.encode(weights == nil ? initializer : nil, forKey: .initializer)
    try container.encode(weights == nil ? gain : nil, forKey: .gain)
    try container.encode(isGaussian ? law.sigmaW : nil, forKey: .sigmaW)
    try container.encode(isGaussian ? law.sigmaB : nil, forKey: .sigmaB)
    try container.encode(block == .transformer && weights == nil ? law.packing : nil, forKey: .packing)
    try container.encode(architectures.contains(.rezero) && weights == nil ? alpha ?? 0 : nil, forKey: .alpha)
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
    hidden = block == .fc ? nil : try decode(.hidden)
    activation = try decode(.activation)
    initializer = try decodeOptional(.initializer) ?? initializer
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
