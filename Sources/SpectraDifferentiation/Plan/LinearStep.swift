import SpectraLinearAlgebra

/// One linear map of tangents, as a plan sees it: a recorded primitive, or one of the simpler maps a primitive is made of.
struct LinearStep<Scalar: NetworkScalar>: Sendable {
  /// The nodes it reads. In a primitive's list of parts, its own operands come first and the parts' results after them.
  var operands: [Int]
  /// The shape of its result.
  var tokens: Int
  var features: Int
  var coupling: TokenCoupling
  /// What one tangent costs, in multiply-adds.
  var operations: Int
  /// Whether the pushforward reads and sets which tokens are `occupied`. Others see full blocks.
  var isAwareOfOccupancy = false
  var pushforward: Linearized<Scalar>.Pushforward
  /// Its matrix, shape `[inputs, outputs]`, where all tokens go through the same one.
  var matrix: Tensor<Scalar>?
  /// The simpler maps it consists of, where it does.
  var parts: [LinearStep] = []
}

extension LinearStep: PartedStep {
  /// - Parameters:
  ///   - isRepeated: whether it is run often enough for its matrix to be turned round first.
  ///   - hasImages: whether images of unit tangents are taken from it.
  init(_ step: Recorder<Scalar>.Step, withParts: Bool, isRepeated: Bool, hasImages: Bool) {
    self.init(
      operands: step.operands, tokens: step.tokens, features: step.features, coupling: step.coupling,
      operations: step.operations, pushforward: step.pushforward, parts: withParts ? step.parts?.make(true) ?? [] : [])
    // Weights lie [outputs, inputs]. Turned round once, they save every product the turning; those of large ones do it
    // while they pack.
    if isRepeated, let given = step.matrix, hasImages || given.count <= 65_536 {
      let matrix = given.turned
      pushforward = { dx, dy, _ in dy.multiply(dx[0], byMatrix: matrix, transposed: false) }
      self.matrix = matrix
    }
  }

  /// A linear map with the same matrix, of shape `[inputs, outputs]`, for every token; one that cannot be run where the
  /// matrix is nil.
  static func uniform(
    _ matrix: Tensor<Scalar>?, _ inputs: Int, _ outputs: Int, of operand: Int, tokens: Int
  ) -> LinearStep {
    var step = LinearStep(
      operands: [operand], tokens: tokens, features: outputs, coupling: .uniform,
      operations: tokens * inputs * outputs
    ) { dx, dy, _ in if let matrix { dy.multiply(dx[0], byMatrix: matrix, transposed: false) } }
    step.matrix = matrix
    return step
  }

  /// The sum of two values.
  static func sum(of first: Int, _ second: Int, tokens: Int, features: Int) -> LinearStep {
    LinearStep(
      operands: [first, second], tokens: tokens, features: features, coupling: .uniform,
      operations: OperationCount.elementwise(tokens * features)
    ) { dx, dy, _ in
      dy.overwrite(from: dx[0], dx[1]) { Scalar.combine(1, $0, 1, $1, count: $2, into: $3) }
    }
  }

  /// Some features of every token.
  static func features(_ range: Range<Int>, of operand: Int, width: Int, tokens: Int) -> LinearStep {
    LinearStep(
      operands: [operand], tokens: tokens, features: range.count, coupling: .uniform,
      operations: OperationCount.elementwise(tokens * range.count)
    ) { dx, dy, _ in dy.copyFeatures(range.lowerBound, ofEvery: width, from: dx[0]) }
  }
}

/// What a primitive consists of.
struct LinearParts<Scalar: NetworkScalar>: Sendable {
  /// The parts in order; without their matrices' values where only shapes and counts are asked for.
  let make: @Sendable (_ withMatrices: Bool) -> [LinearStep<Scalar>]
}

/// A step of a list that may consist of parts.
protocol PartedStep {
  /// The nodes it reads, node 0 being the list's input and node i the result of step i − 1.
  var operands: [Int] { get set }
  /// Steps that together do the same, the last one giving its result; empty where it has none. Their operands are counted
  /// from the step's own, then the parts' results.
  var parts: [Self] { get }
}

extension Tensor {
  /// The transposed matrix.
  fileprivate var turned: Tensor {
    let (rows, columns) = (rows, columns)
    var result = Tensor(shape: [columns, rows], repeating: 0)
    result.elements.withUnsafeMutableBufferPointer { target in
      elements.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        Scalar.transpose(source, rows: rows, columns: columns, stride: columns, into: target, stride: rows)
      }
    }
    return result
  }
}

extension Array where Element: PartedStep {
  /// The list with each step that has parts replaced by these, and for each node of this list its number in that one.
  func expandingParts() -> (steps: [Element], nodes: [Int]) {
    var result: [Element] = []
    var nodes = [0]
    for var step in self {
      step.operands = step.operands.map { nodes[$0] }
      if step.parts.isEmpty { result.append(step) }
      let first = result.count + 1
      for var part in step.parts {
        part.operands = part.operands.map {
          $0 < step.operands.count ? step.operands[$0] : first + $0 - step.operands.count
        }
        result.append(part)
      }
      nodes.append(result.count)
    }
    return (result, nodes)
  }
}

/// How work is counted: in multiply-adds of a matrix product, so that different ways to the same tangents can be compared
/// without a clock.
enum OperationCount {
  /// An element that only passes through memory, read and written, takes the time of eight multiply-adds: 0.15 to 0.3 ns
  /// from the second-level cache, where a core does 25 to 30 multiply-adds a nanosecond in matrix products.
  static func elementwise(_ count: Int) -> Int { 8 * count }

  /// An element of a token block is written to memory and read from there, which is far away for large ones, after weights have
  /// been turned round for it: the time of three elements that pass through the cache.
  static func storage(_ count: Int) -> Int { 3 * elementwise(count) }

  /// Calling a matrix product, with the packing of its operands, takes the time of some 20,000: 0.5 to 1 µs.
  static let call = 20_000
}
