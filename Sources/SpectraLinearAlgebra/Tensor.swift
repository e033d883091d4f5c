/// A dense array of `Float` or `Double`, row-major.
///
/// A value travelling through a network has shape `[tokens, features]`; a fully connected network has one token. A
/// weight has shape `[outputs, inputs]`, as PyTorch stores it. A Jacobian has shape `[outputs, inputs]`, both
/// flattened token-major.
public struct Tensor<Scalar: NetworkScalar>: Sendable, Equatable {
  /// The extents, slowest index first.
  public let shape: [Int]
  /// The elements, last index fastest; `elements.count` is the product of `shape`.
  public var elements: [Scalar]

  /// A tensor of `shape` over `elements` in row-major order.
  ///
  /// - Precondition: the product of `shape` is the number of elements.
  public init(shape: [Int], elements: [Scalar]) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == elements.count,
      "A tensor of shape \(shape) cannot hold \(elements.count) elements.")
    self.shape = shape
    self.elements = elements
  }

  /// A tensor of `shape` filled with one value.
  public init(shape: [Int], repeating value: Scalar) {
    self.init(shape: shape, elements: Scalar.array(repeating: value, count: shape.reduce(1, *)))
  }

  /// A matrix of shape `[rows, columns]` filled by a function of row and column.
  public init(rows: Int, columns: Int, _ element: (_ row: Int, _ column: Int) throws -> Scalar) rethrows {
    var elements: [Scalar] = []
    elements.reserveCapacity(rows * columns)
    for row in 0..<rows { for column in 0..<columns { elements.append(try element(row, column)) } }
    self.init(shape: [rows, columns], elements: elements)
  }

  /// A matrix from its rows, all of one length.
  public init(rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "The rows of a matrix must have one length.")
    self.init(shape: [rows.count, columns], elements: rows.flatMap { $0 })
  }

  /// The identity matrix of shape `[size, size]`.
  public static func identity(_ size: Int) -> Tensor {
    var result = Tensor(shape: [size, size], repeating: 0)
    for index in 0..<size { result.elements[index * size + index] = 1 }
    return result
  }
}

// MARK: - Matrices

extension Tensor {
  /// The number of elements.
  public var count: Int { elements.count }

  /// The first extent of a matrix: tokens of a value, outputs of a weight.
  public var rows: Int {
    precondition(shape.count == 2, "A tensor of shape \(shape) is not a matrix.")
    return shape[0]
  }

  /// The second extent of a matrix: features of a value, inputs of a weight.
  public var columns: Int {
    precondition(shape.count == 2, "A tensor of shape \(shape) is not a matrix.")
    return shape[1]
  }

  /// The element of a matrix at a row and a column.
  public subscript(row: Int, column: Int) -> Scalar {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The transpose of a matrix.
  public var transposed: Tensor {
    let (rows, columns) = (rows, columns)
    var result = Tensor(shape: [columns, rows], repeating: 0)
    elements.withUnsafeBufferPointer { source in
      result.elements.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        Scalar.transpose(source, rows: rows, columns: columns, stride: columns, into: target, stride: rows)
      }
    }
    return result
  }
}

// MARK: - All elements

extension Tensor {
  /// The same elements under another shape of equal count.
  public func reshaped(_ shape: [Int]) -> Tensor { Tensor(shape: shape, elements: elements) }

  /// The same elements in another precision, rounded to nearest.
  public func converted<Other: NetworkScalar>(to type: Other.Type = Other.self) -> Tensor<Other> {
    // Where the types are equal, so are the bits: a cast by `as?` takes longer than converting a small matrix.
    if Other.self == Scalar.self { return unsafeBitCast(self, to: Tensor<Other>.self) }
    // Concrete loops: a generic conversion costs twenty times as much an element.
    if Scalar.self == Double.self, Other.self == Float.self {
      let floats = unsafeBitCast(elements, to: [Double].self).map { Float($0) }
      return Tensor<Other>(shape: shape, elements: unsafeBitCast(floats, to: [Other].self))
    }
    if Scalar.self == Float.self, Other.self == Double.self {
      let doubles = unsafeBitCast(elements, to: [Float].self).map { Double($0) }
      return Tensor<Other>(shape: shape, elements: unsafeBitCast(doubles, to: [Other].self))
    }
    return Tensor<Other>(shape: shape, elements: elements.map { Other($0) })
  }

  /// The tensor with a function applied to every element.
  public func map(_ function: (Scalar) throws -> Scalar) rethrows -> Tensor {
    Tensor(shape: shape, elements: try elements.map(function))
  }

  /// Whether no element is NaN or infinite.
  public var isFinite: Bool { Scalar.allFinite(elements) }

  /// The largest absolute value; 0 where there is no element, NaN where an element is NaN.
  public var maximumMagnitude: Scalar { Scalar.maximumMagnitude(elements) }
}

extension Tensor<Double> {
  /// The square root of the mean of the squares of all elements, whatever their size; 0 where there is none.
  package var rootMeanSquare: Double {
    elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress, !elements.isEmpty else { return 0 }
      return DenseVector.length(base, count: elements.count) / Double(elements.count).squareRoot()
    }
  }
}
