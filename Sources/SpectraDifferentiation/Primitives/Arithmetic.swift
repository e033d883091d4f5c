public import SpectraLinearAlgebra

// Sums, differences, scalings and products. Values of shapes [tokens, features], [tokens, 1], [1, features] and [1, 1]
// combine as in NumPy: an extent of 1 is repeated.

extension Signal {
  /// The elementwise sum; extents of 1 are repeated.
  public static func + (x: Self, y: Self) -> Self { combined(1, x, 1, y, name: "sum") }

  /// The elementwise difference; extents of 1 are repeated.
  public static func - (x: Self, y: Self) -> Self { combined(1, x, -1, y, name: "difference") }

  /// The negative.
  public static prefix func - (x: Self) -> Self { -1 * x }

  /// The value scaled by a number.
  public static func * (factor: Scalar, x: Self) -> Self {
    applying("scaling", to: [x]) { values in
      Linearized(values[0].scaled(by: factor), coupling: .uniform) { dx, dy, _ in
        dy.overwrite(from: dx[0]) { Scalar.scale(factor, $0, count: $1, into: $2) }
      }
    }
  }

  /// The value with a number added to every element.
  public static func + (x: Self, number: Scalar) -> Self {
    applying("shift", to: [x]) { values in
      Linearized(values[0].map { $0 + number }, coupling: .uniform) { dx, dy, _ in dy.copy(dx[0]) }
    }
  }

  /// The elementwise product (of Hadamard); extents of 1 are repeated.
  public static func * (x: Self, y: Self) -> Self {
    let (x, y) = repeatedToMatch(x, y)
    return applying("product", to: [x, y]) { values in
      let (a, b) = (values[0], values[1])
      return Linearized(.elementwiseProduct(a, b), coupling: .separate) { tangents, dz, scratch in
        dz.multiply(tangents[0], byEachTokens: b)
        let count = dz.elements.count
        scratch.withRoom(for: count) { other in
          tangents[1].multiplied(byEachTokens: a, into: other)
          dz.elements.withUnsafeMutableBufferPointer { dz in
            guard let dz = dz.baseAddress else { return }
            Scalar.accumulate(1, other, count: count, into: dz)
          }
        }
      }
    }
  }

  /// The value with constant weights added, of the value's shape or with extents of 1: a bias is `[1, features]`.
  public func adding(_ constant: Tensor<Scalar>) -> Self {
    Self.applying("shift", to: [self]) { values in
      let constant = constant.repeated(to: values[0].shape)
      return Linearized(.combination(1, values[0], 1, constant), coupling: .uniform) { dx, dy, _ in dy.copy(dx[0]) }
    }
  }

  /// The value multiplied elementwise by constant weights, of the value's shape or with extents of 1: a gain is
  /// `[1, features]`.
  public func multiplied(elementwiseBy constant: Tensor<Scalar>) -> Self {
    Self.applying("gain", to: [self]) { values in
      let constant = constant.repeated(to: values[0].shape)
      return Linearized(.elementwiseProduct(values[0], constant), coupling: .separate) { dx, dy, _ in
        dy.multiply(dx[0], byEachTokens: constant)
      }
    }
  }

  /// φ of every element.
  public func activated(by activation: some Activation) -> Self {
    Self.applying("activation", to: [self]) { values in
      let (value, derivative) = activation.linearized(values[0].elements)
      let slope = Tensor(shape: values[0].shape, elements: derivative)
      var result = Linearized(Tensor(shape: values[0].shape, elements: value), coupling: .separate) { dx, dy, _ in
        dy.multiply(dx[0], byEachTokens: slope)
      }
      if slope.rows == 1, slope.columns > 0 {
        result.zeroEighths = 8 * Scalar.zeroCount(slope.elements) / slope.columns
      }
      return result
    }
  }

  private static func combined(_ alpha: Scalar, _ x: Self, _ beta: Scalar, _ y: Self, name: String) -> Self {
    let (x, y) = repeatedToMatch(x, y)
    return applying(name, to: [x, y]) { values in
      Linearized(.combination(alpha, values[0], beta, values[1]), coupling: .uniform) { tangents, dz, _ in
        dz.overwrite(from: tangents[0], tangents[1]) { Scalar.combine(alpha, $0, beta, $1, count: $2, into: $3) }
      }
    }
  }

  private static func repeatedToMatch(_ x: Self, _ y: Self) -> (Self, Self) {
    if x.value.shape == y.value.shape { return (x, y) }
    let shape = [max(x.tokens, y.tokens), max(x.features, y.features)]
    return (x.repeated(to: shape), y.repeated(to: shape))
  }
}
