#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A safetensors file of weights: an export of this package, or a PyTorch state dict in the same naming.
public struct WeightsFile: Sendable {
  /// The path, for messages.
  public let path: String
  private let file: SafetensorsFile

  /// Reads a file.
  ///
  /// - Throws: `FileError` where it is no safetensors file.
  public init(_ path: String) throws(FileError) {
    self.path = path
    file = try SafetensorsFile(contentsOf: path)
  }

  /// All its tensors, in double precision, as the parameters of an architecture.
  ///
  /// - Throws: `FileError` for the first parameter that is missing (with the nearest name that the file has), has another
  ///   shape or is not finite, and for a tensor that the architecture does not have.
  public func parameters(of architecture: Architecture) throws(FileError) -> Parameters {
    if Set(file.names) == ["input", "jacobian", "output"] {
      throw FileError(
        .badData, path: path,
        problem: "it holds the signals of an export; name the file beside it that ends in weights.safetensors")
    }
    // A layer has several tensors; a depth beyond their number need not be spelled out to be refused.
    guard architecture.depth <= max(file.names.count, 1) else {
      throw FileError(
        .badData, path: path,
        problem: "its \(file.names.count) tensors are too few for \(architecture.title); name the file's own --depth")
    }
    try requireKeyValueHeads(of: architecture)
    try file.require(architecture.parameters.map { ($0.name, $0.shape) })
    var tensors: [String: Tensor<Double>] = [:]
    for name in file.names { tensors[name] = try file.tensor(named: name, as: Double.self) }
    return Parameters(tensors)
  }

  /// Where query, key and value have another shape than needed, the likeliest reason is heads that share keys and values.
  private func requireKeyValueHeads(of architecture: Architecture) throws(FileError) {
    let name = "layers.0.self_attn.in_proj_weight"
    guard let found = file.tensors[name]?.shape,
      let needed = architecture.parameters.first(where: { $0.name == name })?.shape, found != needed, found.count == 2,
      found[1] == needed[1]
    else { return }
    // Queries have as many rows as the state has features; the others are the keys' and the values'.
    let (width, heads) = (architecture.width, architecture.heads)
    let size = 2 * (width / heads)
    let shared = found[0] > width && (found[0] - width) % size == 0 ? (found[0] - width) / size : 0
    let advice =
      shared > 0 && heads % shared == 0
      ? "it is that of --heads \(heads) with --kv-heads \(shared)"
      : "name the --heads and --kv-heads of the network it is of"
    throw FileError(
      .badData, path: path,
      problem: "its tensor '\(name)' has shape \(found), but \(needed) is needed; \(advice)")
  }

  /// The configuration of the run that exported the file, nil where the file comes from elsewhere.
  public var configuration: Configuration? {
    guard let text = file.metadata["spectra"] else { return nil }
    return try? JSONDecoder().decode(Configuration.self, from: Data(text.utf8))
  }

  /// What the names and shapes say about the network, for files from elsewhere.
  ///
  /// - Throws: `FileError` where no tensor has the name of a layer's parameter.
  public func inferred() throws(FileError) -> InferredArchitecture {
    var result = InferredArchitecture()
    let layers = file.names.compactMap { name -> Int? in
      let parts = name.split(separator: ".", maxSplits: 2)
      guard parts.count == 3, parts[0] == "layers", let layer = Int(parts[1]), (0..<100_000_000).contains(layer) else {
        return nil
      }
      return layer
    }
    guard let last = layers.max() else {
      throw FileError(
        .badData, path: path,
        problem: file.names.isEmpty
          ? "it holds no tensor, but weights named layers.0.… are needed"
          : "none of its tensors is named layers.0.… as in the state dict of torch.nn.TransformerEncoder (the first is "
            + "'\(file.names[0])'); save them under these names")
    }
    result.depth = last + 1
    if let shape = file.tensors["layers.0.self_attn.in_proj_weight"]?.shape, shape.count == 2 {
      result.block = .transformer
      result.width = shape[1]
      result.hidden = file.tensors["layers.0.linear1.weight"]?.shape.first
    } else if let shape = file.tensors["layers.0.weight"]?.shape, shape.count == 2 {
      result.block = .fc
      result.width = shape[1]
    }
    result.finalNorm = file.tensors["norm.weight"] != nil
    if file.tensors["layers.0.resweight"] != nil {
      result.connection = .rezero
    } else if file.tensors["layers.0.norm1.weight"] != nil || file.tensors["layers.0.norm.weight"] != nil {
      result.connection = .postLN
    } else {
      result.connection = .residual
    }
    return result
  }

  /// What a file's names and shapes tell; nil where they do not.
  public struct InferredArchitecture: Sendable, Equatable {
    public var block: Block?
    public var connection: Connection?
    public var depth: Int?
    public var width: Int?
    public var hidden: Int?
    public var finalNorm = false
  }
}

extension String {
  /// The text without its closing full stop, to stand in a longer sentence.
  var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
