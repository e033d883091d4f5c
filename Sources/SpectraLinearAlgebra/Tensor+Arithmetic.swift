// Elementwise arithmetic by the scalars' own kernels: a closure through a generic `map` costs ten times as much.

extension Tensor {
  /// alpha · x + beta · y for tensors of one shape.
  public static func combination(_ alpha: Scalar, _ x: Tensor, _ beta: Scalar, _ y: Tensor) -> Tensor {
    precondition(x.shape == y.shape, "Tensors of shapes \(x.shape) and \(y.shape) cannot be added.")
    return Tensor(shape: x.shape, elements: Scalar.combination(alpha, x.elements, beta, y.elements))
  }

  /// The tensor times a number.
  public func scaled(by factor: Scalar) -> Tensor {
    Tensor(shape: shape, elements: Scalar.scaled(factor, elements))
  }

  /// The elementwise product of tensors of one shape.
  public static func elementwiseProduct(_ x: Tensor, _ y: Tensor) -> Tensor {
    precondition(x.shape == y.shape, "Tensors of shapes \(x.shape) and \(y.shape) have no elementwise product.")
    return Tensor(shape: x.shape, elements: Scalar.product(x.elements, y.elements))
  }

  /// A matrix with a vector of `columns` elements added to every row.
  public func addingToRows(_ vector: Tensor) -> Tensor {
    precondition(vector.count == columns, "\(vector.count) elements cannot be added to rows of \(columns).")
    var result = self
    let (rows, columns) = (rows, columns)
    result.elements.withUnsafeMutableBufferPointer { target in
      vector.elements.withUnsafeBufferPointer { vector in
        guard let target = target.baseAddress, let vector = vector.baseAddress else { return }
        Scalar.addToRows(vector, columns: columns, rows: rows, of: target)
      }
    }
    return result
  }
}
