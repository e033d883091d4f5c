public import SpectraLinearAlgebra

/// The weights of a stack by name, in double precision: drawn by an initialiser or read from a file.
public struct Parameters: Sendable, Equatable {
  /// Names as in `ParameterDescription`.
  public var tensors: [String: Tensor<Double>]

  /// Given tensors under given names.
  public init(_ tensors: [String: Tensor<Double>]) { self.tensors = tensors }

  /// The tensor of a name, or nil.
  public subscript(name: String) -> Tensor<Double>? {
    get { tensors[name] }
    set { tensors[name] = newValue }
  }

  /// The same weights rounded to a precision, as a network in it would hold them.
  public func rounded<Scalar: NetworkScalar>(to type: Scalar.Type) -> Parameters {
    Parameters(tensors.mapValues { $0.converted(to: type).converted() })
  }

  /// Checks that these are an architecture's parameters: all of them, none other, each of its shape and finite.
  ///
  /// - Throws: `ParameterError` for the first, in the order of layers, that is not.
  public func check(against architecture: Architecture) throws(ParameterError) {
    let expected = architecture.parameters
    for parameter in expected {
      guard let tensor = tensors[parameter.name] else {
        throw .missing(
          name: parameter.name, shape: parameter.shape, present: tensors.keys.sorted(),
          architecture: architecture.title)
      }
      guard tensor.shape == parameter.shape else {
        throw .wrongShape(name: parameter.name, shape: tensor.shape, expected: parameter.shape)
      }
      guard tensor.isFinite else { throw .notFinite(name: parameter.name) }
    }
    // All that were expected are there, each under a name of its own: where no more are, none is a stranger.
    if tensors.count == expected.count { return }
    let names = Set(expected.map(\.name))
    if let stranger = tensors.keys.filter({ !names.contains($0) }).min() {
      throw .unexpected(name: stranger, architecture: architecture.title)
    }
  }

  func required(_ name: String) -> Tensor<Double> {
    guard let tensor = tensors[name] else { preconditionFailure("The parameter \(name) was checked to be there.") }
    return tensor
  }
}

/// Why tensors are not the parameters of an architecture.
public enum ParameterError: Error, Equatable, Sendable, CustomStringConvertible {
  case missing(name: String, shape: [Int], present: [String], architecture: String)
  case wrongShape(name: String, shape: [Int], expected: [Int])
  case unexpected(name: String, architecture: String)
  case notFinite(name: String)
  /// The activation has no transformed form; a whole sentence.
  case activation(String)

  public var description: String {
    switch self {
    case .missing(let name, let shape, let present, let architecture):
      "The weights have no tensor \(name) of shape \(shape), which \(architecture) needs; "
        + (present.isEmpty
          ? "they hold nothing."
          : "they hold \(present.prefix(3).joined(separator: ", "))\(present.count > 3 ? ", …" : "").")
    case .wrongShape(let name, let shape, let expected):
      "The tensor \(name) has shape \(shape), but the architecture needs \(expected)."
    case .unexpected(let name, let architecture):
      "The weights hold a tensor \(name), which \(architecture) does not have; remove it or choose the architecture that has it."
    case .notFinite(let name):
      "The tensor \(name) holds NaN or infinity; weights must be finite."
    case .activation(let problem): problem
    }
  }
}
