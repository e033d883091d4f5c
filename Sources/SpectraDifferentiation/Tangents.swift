public import SpectraLinearAlgebra

/// A block of tangents: the derivatives of one value along several directions.
///
/// The value has shape `[tokens, features]`; its tangents are stored `[tokens, directions, features]`, so that whatever
/// acts on every token alone is one matrix product over `tokens · directions` rows, and whatever mixes tokens is one
/// over `directions · features` columns.
public struct Tangents<Scalar: NetworkScalar>: Sendable, Equatable {
  /// Tokens of the value.
  public let tokens: Int
  /// How many derivatives of the value there are.
  public let directions: Int
  /// Features of each token of the value.
  public let features: Int
  /// Row-major, `tokens · directions · features` of them.
  public var elements: [Scalar]
  /// The tokens that may have tangents at all: elsewhere they are zero, and the elements there hold anything. Every token
  /// but inside a plan's run.
  var occupied: Range<Int>

  /// A block over given elements.
  public init(tokens: Int, directions: Int, features: Int, elements: [Scalar]) {
    precondition(
      elements.count == tokens * directions * features,
      "\(tokens) × \(directions) × \(features) tangents cannot hold \(elements.count) elements.")
    self.tokens = tokens
    self.directions = directions
    self.features = features
    self.elements = elements
    occupied = 0..<tokens
  }

  /// A block of zeros.
  public init(tokens: Int, directions: Int, features: Int) {
    self.init(
      tokens: tokens, directions: directions, features: features,
      elements: Scalar.array(repeating: 0, count: tokens * directions * features))
  }

  /// The unit tangents of the inputs in a range: direction k moves input `inputs.lowerBound + k` of a value of shape
  /// `[tokens, features]`, flattened token-major.
  public init(unit inputs: Range<Int>, tokens: Int, features: Int) {
    self.init(tokens: tokens, directions: inputs.count, features: features)
    setUnit(inputs)
  }

  /// Overwrites this block with the unit tangents of the inputs in a range of its size.
  mutating func setUnit(_ inputs: Range<Int>) {
    let count = elements.count
    elements.withUnsafeMutableBufferPointer { $0.baseAddress?.update(repeating: 0, count: count) }
    for (direction, input) in inputs.enumerated() {
      let (token, feature) = input.quotientAndRemainder(dividingBy: features)
      elements[(token * directions + direction) * features + feature] = 1
    }
  }

  /// The tangents of the columns of a matrix of shape `[tokens · features, directions]`.
  public init(columns: Tensor<Scalar>, tokens: Int, features: Int) {
    precondition(
      columns.rows == tokens * features,
      "Columns of \(columns.rows) elements are no tangents of a value of shape [\(tokens), \(features)].")
    self.init(tokens: tokens, directions: columns.columns, features: features)
    for token in 0..<tokens {
      for feature in 0..<features {
        for direction in 0..<directions {
          elements[(token * directions + direction) * features + feature] =
            columns[token * features + feature, direction]
        }
      }
    }
  }

  /// The tangents as the columns of a matrix of shape `[tokens · features, directions]`.
  public var columns: Tensor<Scalar> {
    var result = Tensor<Scalar>(shape: [tokens * features, directions], repeating: 0)
    result.elements.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      writeColumns(into: target, stride: directions)
    }
    return result
  }

  /// Writes the tangents as columns of a row-major matrix with `stride` elements a row.
  func writeColumns(into target: UnsafeMutablePointer<Scalar>, stride: Int) {
    elements.withUnsafeBufferPointer { source in
      guard let source = source.baseAddress else { return }
      for token in 0..<tokens {
        if !occupied.contains(token) {
          for feature in 0..<features {
            (target + (token * features + feature) * stride).update(repeating: 0, count: directions)
          }
          continue
        }
        Scalar.transpose(
          source + token * directions * features, rows: directions, columns: features, stride: features,
          into: target + token * features * stride, stride: stride)
      }
    }
  }
}
