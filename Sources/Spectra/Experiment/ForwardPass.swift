/// A forward pass that died.
struct ForwardFailure: Sendable {
  var layer: Int
  var kind: SpectrumRecord.Failure
  var reason: String
}

/// A stack evaluated and linearised at an input, and the layer at which its values left the range of the precision.
struct ForwardPass<Scalar: NetworkScalar>: Sendable {
  let input: Tensor<Scalar>
  /// Its outputs are the states after the layers asked for.
  let linearization: Linearization<Scalar>
  let failure: ForwardFailure?

  /// - Parameters:
  ///   - layers: 1-based.
  ///   - weakestFactor: of a layer, 1-based, the smallest factor that its matrices together put on a signal.
  init(of stack: Stack<Scalar>, at input: Tensor<Scalar>, layers: [Int], weakestFactor: (Int) -> Double) {
    var largest: [Scalar] = []
    self.input = input
    linearization = Linearization(at: input) { x in
      let states = stack.states(x)
      largest = states.map { $0.value.maximumMagnitude }
      return layers.map { states[$0 - 1] }
    }
    failure = Self.failure(largest, input: input.maximumMagnitude, weakestFactor)
  }

  private init(input: Tensor<Scalar>, linearization: Linearization<Scalar>, failure: ForwardFailure?) {
    (self.input, self.linearization, self.failure) = (input, linearization, failure)
  }

  /// The same pass with some of the layers asked for only.
  func restricted(toOutputs indices: [Int]) -> ForwardPass {
    ForwardPass(input: input, linearization: linearization.restricted(toOutputs: indices), failure: failure)
  }

  /// The first layer whose state is not finite, or has shrunk below the smallest normal number.
  ///
  /// A state of exact zeros after one of ordinary size is no underflow but a dead layer, whose Jacobian is exactly 0:
  /// only where the layer's matrices take the state before to within two roundings of the smallest normal number was it
  /// underflow.
  static func failure(_ largest: [Scalar], input: Scalar, _ weakestFactor: (Int) -> Double) -> ForwardFailure? {
    let range = "the range of \(Scalar.precisionName) precision"
    let threshold = Double(Scalar.leastNormalMagnitude / (Scalar.ulpOfOne * Scalar.ulpOfOne))
    // Weights that are exactly 0 make a dead layer.
    func isUnderflow(_ before: Double, _ factor: Double) -> Bool { factor > 0 && before * min(1, factor) < threshold }
    var before = input
    for (index, size) in largest.enumerated() {
      let layer = index + 1
      if !size.isFinite {
        return ForwardFailure(
          layer: layer, kind: .overflow, reason: "The forward pass overflows \(range) at layer \(layer).")
      }
      let isSubnormal = size > 0 && size < .leastNormalMagnitude
      if isSubnormal || (size == 0 && before > 0 && isUnderflow(Double(before), weakestFactor(layer))) {
        return ForwardFailure(
          layer: layer, kind: .underflow, reason: "The forward pass underflows \(range) at layer \(layer).")
      }
      before = size
    }
    return nil
  }
}
