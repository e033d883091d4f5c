import SpectraReports

/// What stands at the input of each sample, in double precision, shape `[tokens, width]`.
struct ExperimentInput: Sendable {
  private enum Source: Sendable {
    case gaussian
    case shared(Tensor<Double>)
    /// Shape `[samples, tokens, width]`.
    case perSample(Tensor<Double>)
    case text([UInt8])
  }

  private let source: Source
  private let configuration: Configuration
  /// Rows of the input, as used.
  private let tokens: Int

  /// Reads the file that a configuration names, if it names one.
  ///
  /// - Throws: `FileError` where it cannot be read or does not fit the sizes.
  init(_ configuration: Configuration) throws(FileError) {
    self.configuration = configuration
    tokens = configuration.inputTokens
    let shape = [tokens, configuration.width]
    switch configuration.input {
    case .gaussian:
      source = .gaussian
    case .numpy(let path):
      let tensor = try NumpyFile.read(path, as: Double.self, requiringFinite: true)
      let samples = configuration.vary == .weights ? 1 : configuration.firstSample + configuration.samples
      if tensor.shape == shape {
        source = .shared(tensor)
      } else if tensor.shape.count == 3, Array(tensor.shape.dropFirst()) == shape, tensor.shape[0] >= samples {
        source = .perSample(tensor)
      } else {
        throw FileError(
          .badData, path: path,
          problem: "its shape \(tensor.shape) does not fit; the input needs \(shape), or "
            + "[\(samples) or more samples, \(shape[0]), \(shape[1])], so change --tokens, --width or --samples")
      }
    case .safetensors(let path):
      source = .shared(try SafetensorsFile(contentsOf: path).tensor(named: "input", shape: shape, as: Double.self))
    case .text(let path):
      let bytes = try FileBytes.read(path)
      guard bytes.count >= shape[0] else {
        throw FileError(
          .badData, path: path,
          problem: bytes.isEmpty
            ? "it is empty, but a text of at least \(shape[0]) bytes is needed, one for each token"
            : "it has \(bytes.count) bytes, but one is needed for each of the \(shape[0]) tokens; "
              + "choose a longer text or fewer --tokens")
      }
      source = .text(bytes)
    }
  }

  /// Whether all samples have the same input, from a file.
  var isShared: Bool { if case .shared = source { true } else { false } }

  /// Whether `value(sample:)` draws what PyTorch's generator would.
  var isDrawnByTorch: Bool {
    if case .gaussian = source { configuration.rng == .torch } else { false }
  }

  /// The input of a sample, by keyed streams where something is drawn.
  func value(sample: Int) -> Tensor<Double> {
    let width = configuration.width
    let drawn = configuration.vary == .weights ? 0 : sample
    let random = RandomKey(seed: configuration.seed, sample: drawn, purpose: .input)
    switch source {
    case .shared(let tensor):
      return tensor
    case .perSample(let tensor):
      let count = tokens * width
      return Tensor(shape: [tokens, width], elements: Array(tensor.elements[drawn * count..<(drawn + 1) * count]))
    case .gaussian:
      var stream = random.stream("input")
      return Tensor(shape: [tokens, width], elements: stream.normals(count: tokens * width))
    case .text(let bytes):
      var stream = random.stream("offset")
      let offset = Int(stream.next() % UInt64(bytes.count - tokens + 1))
      return embedded(Array(bytes[offset..<offset + tokens]), sample: sample)
    }
  }

  /// The first sample's input drawn by PyTorch: `randn(tokens, 1, width)`.
  func torchValue(_ generator: inout TorchGenerator) -> Tensor<Double> {
    let width = configuration.width
    let values = generator.normal(count: tokens * width)
    return Tensor(shape: [tokens, width], elements: values.map(Double.init))
  }

  /// Passes over what `torchValue` draws.
  func skipTorchValue(_ generator: inout TorchGenerator) {
    generator.skipNormal(count: tokens * configuration.width)
  }

  /// Bytes as tokens: an embedding N(0, 1/width) · √width, drawn with the weights, plus sinusoidal positions.
  private func embedded(_ bytes: [UInt8], sample: Int) -> Tensor<Double> {
    let width = configuration.width
    let key = RandomKey(
      seed: configuration.seed, sample: configuration.vary == .input ? 0 : sample, purpose: .embedding)
    var embeddings = Tensor<Double>(shape: [bytes.count, width], repeating: 0)
    for (token, byte) in bytes.enumerated() {
      var stream = key.layer(Int(byte)).stream("embedding")
      for (feature, value) in stream.normals(count: width).enumerated() { embeddings[token, feature] = value }
    }
    return SinusoidalPositions()(embeddings)
  }
}
