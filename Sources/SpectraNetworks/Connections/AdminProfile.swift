public import SpectraLinearAlgebra

extension Parameters {
  /// The parameters with the skip weights that Admin's profiling pass gives for an input of shape `[tokens, width]`:
  /// ω_1 = 1, and after each sublayer ω_{i+1}² = Var(ω_i ∘ x_i) + Var(F_i), the variances over all tokens and features, as
  /// the authors' program takes them. Other architectures' parameters come back as they are, and so do those whose ω was given.
  ///
  /// Liu et al. 2020, *Understanding the Difficulty of Training Transformers*, arXiv 2004.08249, section 4.2.
  ///
  /// - Throws: `ParameterError` as `Architecture.stack` does.
  public func profiled(for architecture: Architecture, at input: Tensor<Double>) throws(ParameterError) -> Parameters {
    guard architecture.connection.name == .admin, architecture.connection.number("omega") == nil else { return self }
    try check(against: architecture)
    let builder = StackBuilder<Double>(
      architecture: architecture, parameters: self, activation: try architecture.builtActivation())
    var result = self
    var x = builder.stack.first?(input) ?? input
    var omega = 1.0
    for layer in 0..<architecture.depth {
      for (index, part) in builder.sublayers(ofLayer: layer).enumerated() {
        let suffix = architecture.block == .fc ? "" : "\(index + 1)"
        let skip = Tensor(shape: [architecture.width], repeating: omega)
        result["layers.\(layer).skip_weight\(suffix)"] = skip
        var sublayer = part
        sublayer.skip = .vector(skip)
        let output = sublayer.branchOutput(x)
        let next = (x.scaled(by: omega).variance + output.variance).squareRoot()
        x = sublayer.combined(x, output)
        // A pass that overflows keeps the last ω: the failure is reported where the spectrum is taken.
        if next.isFinite { omega = next }
      }
    }
    return result
  }
}

extension Tensor<Double> {
  /// The population variance of all elements.
  fileprivate var variance: Double {
    let mean = elements.reduce(0, +) / Double(count)
    return elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
  }
}
