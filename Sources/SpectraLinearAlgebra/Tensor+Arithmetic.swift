// Elementwise arithmetic by the scalars' own kernels: a closure through a generic `map` costs ten times as much.

extension Tensor {
  /// alpha · x + beta · y for tensors of one shape.
  public static func combination(_ alpha: Scalar, _ x: Tensor, _ beta: Scalar, _ y: Tensor) -> Tensor {
    precondition(x.shape == y.shape, "Tensors of shapes \(x.shape) and \(y.shape) cannot be added.")
    return x.filled { x, target, count in
      y.elements.withUnsafeBufferPointer { y in
        guard let y = y.baseAddress else { return }
        Scalar.combine(alpha, x, beta, y, count: count, into: target)
      }
    }
  }

  /// The tensor times a number.
  public func scaled(by factor: Scalar) -> Tensor {
    filled { x, target, count in Scalar.scale(factor, x, count: count, into: target) }
  }

  /// The elementwise product of tensors of one shape.
  public static func elementwiseProduct(_ x: Tensor, _ y: Tensor) -> Tensor {
    precondition(x.shape == y.shape, "Tensors of shapes \(x.shape) and \(y.shape) have no elementwise product.")
    return x.filled { x, target, count in
      y.elements.withUnsafeBufferPointer { y in
        guard let y = y.baseAddress else { return }
        Scalar.multiply(x, by: y, period: count, repeats: 1, into: target)
      }
    }
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

  /// A tensor of this one's shape whose elements `body` writes.
  private func filled(_ body: (UnsafePointer<Scalar>, UnsafeMutablePointer<Scalar>, Int) -> Void) -> Tensor {
    let count = elements.count
    let filled = [Scalar](unsafeUninitializedCapacity: count) { target, initialized in
      elements.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        body(source, target, count)
      }
      initialized = count
    }
    return Tensor(shape: shape, elements: filled)
  }
}
