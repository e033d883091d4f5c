public import SpectraLinearAlgebra

// Matrix products: with weights on either side, and of two signals.

extension Signal {
  /// x Wᵀ + b for each token: `weight` of shape `[outputs, inputs]`, `bias` of `outputs` elements.
  public func linear(_ weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil) -> Self {
    precondition(
      weight.columns == features, "A weight of shape \(weight.shape) does not take \(features) features.")
    precondition(
      bias.map { $0.count == weight.rows } ?? true,
      "A bias of \(bias?.count ?? 0) elements does not fit a weight of shape \(weight.shape).")
    return Self.applying("linear", to: [self]) { values in
      let value = values[0].affine(weight: weight, bias: bias)
      var result = Linearized(value, coupling: .uniform, operations: value.count * weight.columns) { dx, dy, _ in
        dy.multiply(dx[0], byMatrix: weight, transposed: true)
      }
      result.matrix = weight
      return result
    }
  }

  /// x M for each token: M of shape `[features, outputs]`.
  func product(withMatrix matrix: Tensor<Scalar>, name: String) -> Self {
    Self.applying(name, to: [self]) { values in
      let operations = values[0].count * matrix.columns
      return Linearized(values[0].multiplied(by: matrix), coupling: .uniform, operations: operations) { dx, dy, _ in
        dy.multiply(dx[0], byMatrix: matrix, transposed: false)
      }
    }
  }

  /// A x: tokens mixed by constant weights A of shape `[outputs, tokens]`, as a fixed attention matrix does.
  public func mixed(by matrix: Tensor<Scalar>) -> Self {
    precondition(matrix.columns == tokens, "A mixing matrix of shape \(matrix.shape) does not take \(tokens) tokens.")
    return Self.applying("token mixing", to: [self]) { values in
      let operations = matrix.count * values[0].columns
      return Linearized(matrix.multiplied(by: values[0]), operations: operations) { dx, dy, _ in
        dy.mix(dx[0], by: matrix, adding: false)
      }
    }
  }

  /// The matrix product of two values, of shapes `[m, k]` and `[k, n]`.
  public func matrixProduct(_ other: Self) -> Self {
    precondition(
      features == other.tokens, "Values of shapes \(value.shape) and \(other.value.shape) have no matrix product.")
    return Self.applying("matrix product", to: [self, other]) { values in
      let (x, y) = (values[0], values[1])
      return Linearized(x.multiplied(by: y), operations: 2 * x.count * y.columns) { tangents, dz, _ in
        dz.multiply(tangents[0], byMatrix: y, transposed: false)
        dz.mix(tangents[1], by: x, adding: true)
      }
    }
  }
}
