import SpectraLinearAlgebra

extension Signal {
  /// The same value, which the derivative takes for a constant: PyTorch's `detach`, JAX's `stop_gradient`.
  ///
  /// It is a primitive with the derivative 0 and no new beginning: where a recorded map is evaluated at another point, the value
  /// follows its operand.
  public func detached() -> Self {
    Self.applying("stop gradient", to: [self]) { values in
      var result = Linearized(values[0], coupling: .uniform) { _, dy, _ in
        let count = dy.elements.count
        dy.elements.withUnsafeMutableBufferPointer { $0.baseAddress?.update(repeating: 0, count: count) }
      }
      result.zeroEighths = values[0].rows == 1 ? 8 : 0
      return result
    }
  }
}
