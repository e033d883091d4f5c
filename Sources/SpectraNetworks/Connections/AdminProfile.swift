public import SpectraLinearAlgebra

extension Parameters {
  /// The parameters with the skip weights that Admin's profiling pass gives for an input of shape `[tokens, width]`:
  /// ω_1 = 1, and after each sublayer ω_{i+1}² = Var(ω_i ∘ x_i) + Var(F_i), the variances over the features of a token,
  /// averaged over tokens. Other architectures' parameters come back as they are, and so do those whose ω was given.
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
        let next = (x.scaled(by: omega).meanVarianceOfRows + output.meanVarianceOfRows).squareRoot()
        x = sublayer.combined(x, output)
        // A pass that overflows keeps the last ω: the failure is reported where the spectrum is taken.
        if next.isFinite { omega = next }
      }
    }
    return result
  }
}

extension Tensor<Double> {
  /// The population variance over the columns, averaged over the rows.
  fileprivate var meanVarianceOfRows: Double {
    let count = Double(columns)
    let variances = (0..<rows).map { row in
      let values = (0..<columns).map { self[row, $0] }
      let mean = values.reduce(0, +) / count
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    }
    return variances.reduce(0, +) / Double(rows)
  }
}
