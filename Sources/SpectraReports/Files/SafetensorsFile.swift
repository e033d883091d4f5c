public import SpectraLinearAlgebra

/// Named tensors and a few texts, as the `safetensors` libraries of Python, Rust and others keep them.
///
/// Source: the format's description, https://github.com/huggingface/safetensors#format.
public struct SafetensorsFile: Sendable {
  /// A tensor in the precision of the file.
  public enum Values: Sendable, Equatable {
    /// `F64`.
    case float64(Tensor<Double>)
    /// `F32`; half-precision numbers (`F16`, `BF16`), which it holds exactly, are read as such too.
    case float32(Tensor<Float>)
    /// A tensor of integers, booleans or another type that no network here uses; its numbers are not read.
    case other(type: String, shape: [Int])

    public var shape: [Int] {
      switch self {
      case .float64(let tensor): tensor.shape
      case .float32(let tensor): tensor.shape
      case .other(_, let shape): shape
      }
    }
  }

  /// The tensors by name.
  public var tensors: [String: Values]
  /// The texts under `__metadata__`.
  public var metadata: [String: String]
  /// What errors call the file: its path.
  public var name: String

  public init(tensors: [String: Values] = [:], metadata: [String: String] = [:], name: String = "tensors") {
    self.tensors = tensors
    self.metadata = metadata
    self.name = name
  }
}

// MARK: - Access

extension SafetensorsFile {
  /// The names in the order of their bytes.
  public var names: [String] { tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

  /// Keeps a tensor in its own precision.
  public mutating func set<Scalar: NetworkScalar>(_ tensor: Tensor<Scalar>, named name: String) {
    tensors[name] = (tensor as? Tensor<Float>).map { .float32($0) } ?? .float64(tensor.converted())
  }

  /// A tensor by name, in any precision.
  ///
  /// - Parameters:
  ///   - shape: the shape it must have; nil allows any.
  ///   - requiringFinite: whether NaN and infinity are an error that names the first of them.
  /// - Throws: `FileError` of kind `badData` that says what was expected; where the name is missing, also which
  ///   present one is nearest to it.
  public func tensor<Scalar: NetworkScalar>(
    named name: String, shape: [Int]? = nil, as type: Scalar.Type = Scalar.self, requiringFinite: Bool = true
  ) throws(FileError) -> Tensor<Scalar> {
    let values = try self.values(named: name, shape: shape)
    let tensor: Tensor<Scalar>
    switch values {
    case .float64(let values): tensor = values.converted()
    case .float32(let values): tensor = values.converted()
    case .other(let type, _):
      throw bad("its tensor \(quoted(name)) has type \(type), but F64, F32, F16 or BF16 is needed; convert it to F32")
    }
    if requiringFinite, let (indices, value) = tensor.firstNonFinite {
      throw bad(
        "element \(bracketed(indices)) of its tensor \(quoted(name)) is \(value), but every number must be finite; "
          + "correct it")
    }
    return tensor
  }

  /// Checks that the file has exactly these tensors (or these among others), before any work is done with them.
  ///
  /// - Throws: `FileError` of kind `badData` that names the first missing or wrong-shaped tensor in the order of
  ///   `expected`, else the first that is not expected.
  public func require(_ expected: [(name: String, shape: [Int])], allowingOthers: Bool = false) throws(FileError) {
    for (name, shape) in expected { _ = try values(named: name, shape: shape) }
    guard !allowingOthers else { return }
    let known = Set(expected.map(\.name))
    if let other = names.first(where: { !known.contains($0) }) {
      throw bad("its tensor \(quoted(other)) has no place in this network; remove it or choose the network it is of")
    }
  }

  private func values(named name: String, shape: [Int]?) throws(FileError) -> Values {
    let wanted = shape.map { " of shape \(bracketed($0))" } ?? ""
    guard let values = tensors[name] else {
      let hint =
        nearestName(to: name, among: tensors.keys).map { "the nearest name in it is \(quoted($0))" }
        ?? (tensors.isEmpty ? "it holds no tensor at all" : "it begins with \(quoted(names[0]))")
      throw bad("it has no tensor \(quoted(name))\(wanted), which is needed; \(hint)")
    }
    if let shape, values.shape != shape {
      throw bad(
        "its tensor \(quoted(name)) has shape \(bracketed(values.shape)), but \(bracketed(shape)) is needed; "
          + "choose the sizes of the network it is of")
    }
    return values
  }

  private func bad(_ problem: String) -> FileError { FileError(.badData, path: name, problem: problem) }
}
