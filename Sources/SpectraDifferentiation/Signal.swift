public import SpectraLinearAlgebra

/// A value of shape `[tokens, features]` on its way through a network: a plain `Tensor`, a `DualTensor` that carries
/// tangents along, or a `Recorded` value that remembers how it was made.
///
/// An architecture is a function over any `Signal`; it is written once and evaluated in every meaning:
///
/// ```swift
/// func block<S: Signal>(_ x: S) -> S where S.Scalar == Double { x + 0.5 * x.layerNorm().linear(weight) }
/// ```
///
/// Its primitives are methods in extensions, each stated once by `applying(_:to:)`: value rule and tangent rule side by
/// side. A new primitive is one more such method; all meanings follow.
public protocol Signal<Scalar> {
  /// `Float` or `Double`.
  associatedtype Scalar: NetworkScalar

  /// The value itself, shape `[tokens, features]`.
  var value: Tensor<Scalar> { get }

  /// Applies one primitive: `rule` maps the operands' values to the result's value and its derivative there.
  static func applying(
    _ name: String, to operands: [Self], _ rule: @escaping Linearized<Scalar>.Rule
  ) -> Self
}

/// A primitive's value at a point, and its derivative there.
public struct Linearized<Scalar: NetworkScalar>: Sendable {
  /// The linear map of tangents: reads one block of tangents per operand, all with the same number of directions, and
  /// overwrites every element of the result's.
  public typealias Pushforward =
    @Sendable (_ operands: [Tangents<Scalar>], _ result: inout Tangents<Scalar>, _ scratch: inout Scratch<Scalar>) ->
    Void

  /// A primitive: from the operands' values to the result's value and its derivative there. Kept where a map is
  /// recorded, so that it can be evaluated at another point.
  public typealias Rule = @Sendable (_ operands: [Tensor<Scalar>]) -> Linearized<Scalar>

  /// The value, shape `[tokens, features]`.
  public var value: Tensor<Scalar>
  /// The derivative at that value.
  public var pushforward: Pushforward
  /// Whether tokens keep to themselves in it: what lets a plan merge primitives (`JacobianPlan`).
  public var coupling: TokenCoupling
  /// What pushing one tangent costs, all tokens together, in multiply-adds; see `OperationCount`.
  public var operations: Int
  /// Its matrix, shape `[outputs, inputs]`, where all tokens go through the same one.
  var matrix: Tensor<Scalar>?
  /// How many of the result's features have no tangents whatever the operands', in eighths: of a single token's, a plan
  /// leaves them out.
  var zeroEighths = 0
  /// The same derivative as a list of simpler ones, for a plan that can merge these with their neighbours.
  var parts: LinearParts<Scalar>?

  /// A value with its pushforward.
  ///
  /// - Parameters:
  ///   - coupling: `mixed` is right for any primitive. Another one must be true: it lets a Jacobian be computed for each
  ///     token alone.
  ///   - operations: by default those of an elementwise primitive.
  public init(
    _ value: Tensor<Scalar>, coupling: TokenCoupling = .mixed, operations: Int? = nil,
    pushforward: @escaping Pushforward
  ) {
    precondition(value.shape.count == 2, "A signal has shape [tokens, features], not \(value.shape).")
    self.value = value
    self.coupling = coupling
    self.operations = operations ?? OperationCount.elementwise(value.count)
    self.pushforward = pushforward
  }
}

/// Whether the derivative of a primitive mixes tokens.
public enum TokenCoupling: Sendable, Hashable {
  /// Every token of the result depends on the same token of the operands alone, and through the same matrix for all tokens:
  /// a linear map with shared weights, a sum. The pushforward must take blocks of any number of tokens.
  case uniform
  /// Every token of the result depends on the same token of the operands alone: a LayerNorm, an activation.
  case separate
  /// Anything else.
  case mixed
}

/// Memory that a pushforward may use while it runs, kept from one call to the next.
public struct Scratch<Scalar: NetworkScalar>: Sendable {
  private var storage: [Scalar] = []

  /// Memory that grows when it is first asked for.
  public init() {}

  /// Calls `body` with room for `count` elements, whatever they hold.
  public mutating func withRoom<Result>(
    for count: Int, _ body: (UnsafeMutablePointer<Scalar>) throws -> Result
  ) rethrows -> Result {
    if storage.count < count { storage = Scalar.array(repeating: 0, count: count) }
    return try storage.withUnsafeMutableBufferPointer { buffer in
      // An empty array has no address to give; a pushforward over nothing never reads it.
      try withExtendedLifetime(buffer) { try body(buffer.baseAddress ?? UnsafeMutablePointer(bitPattern: 64)!) }
    }
  }
}

extension Signal {
  /// The number of tokens, 1 in a fully connected network.
  public var tokens: Int { value.rows }
  /// The number of features of each token.
  public var features: Int { value.columns }
}

/// A plain value: primitives give their value and nothing more.
extension Tensor: Signal {
  public var value: Tensor<Scalar> { self }

  public static func applying(
    _ name: String, to operands: [Tensor], _ rule: @escaping Linearized<Scalar>.Rule
  ) -> Tensor {
    rule(operands).value
  }
}

/// A map between signals with weights of its own: a layer, a block, a whole network.
///
/// A struct with public weights and one function. Any `Layer` can be evaluated, differentiated and stacked. Name its
/// precision (`typealias Scalar = Double`) where no weight's type does: the compiler does not find it in the function.
public protocol Layer<Scalar>: Sendable {
  /// The precision of its weights, `Float` or `Double`.
  associatedtype Scalar: NetworkScalar

  /// The layer's output. `x` has shape `[tokens, features]`.
  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar
}
