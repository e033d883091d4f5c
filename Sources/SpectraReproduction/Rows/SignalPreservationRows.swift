import Spectra

/// C17: kernels of signal-preserving attention, and what follows from them.
enum SignalPreservationRows {
  static let tasks = [
    ("e-spa", SignalPreservingAttention.Kernel.exponential(), "Σ_L = exp(−γ_L |i − j|), γ_L = 0.005"),
    ("u-spa", .uniform(), "Σ_L = (1 − ρ_L) I + ρ_L 11ᵀ, ρ_L = 0.8"),
  ].map { name, kernel, formula in task(name, kernel, formula) }

  private static let (depth, tokens, width) = (24, 64, 8)

  private static func task(
    _ name: String, _ kernel: SignalPreservingAttention.Kernel, _ formula: String
  ) -> ReproductionTask {
    let source =
      "He et al. 2023, Deep Transformers without Shortcuts, arXiv 2302.10322, section 3, \(name.uppercased())"
    let settings = "\(depth) layers, \(tokens) tokens"
    // Every product of triangular matrices of elements up to 1 rounds to tokens · eps, and so does what it multiplies.
    let rounding = Criterion.tolerance(
      Double(depth * tokens) * .ulpOfOne, because: "\(depth) products of \(tokens) terms, rounded")
    let lines = [
      ReproductionLine(
        "C17.\(name)-kernel", source: source, quantity: "largest element of ΠΠᵀ − Σ_L, Π = A_L ⋯ A_1; \(formula)",
        settings: settings, published: .value(0), criterion: rounding),
      ReproductionLine(
        "C17.\(name)-least", source: source, quantity: "least element of all A_l", settings: settings,
        published: .interval(lower: 0, upper: nil), criterion: .bounds("not negative")),
      ReproductionLine(
        "C17.\(name)-m1", source: source, quantity: "mean σ², attention alone, which follows from diag Σ_l = 1",
        settings: "\(settings), W^Q = 0, orthogonal W^V and W^O of width \(width)", published: .value(1),
        criterion: rounding),
    ]
    return ReproductionTask(lines) { _ in
      let attention = SignalPreservingAttention(kernel, depth: depth, tokens: tokens)
      let matrices = (1...depth).map { attention.matrix(layer: $0) }
      let product = matrices.dropFirst().reduce(matrices[0]) { $1.multiplied(by: $0) }
      let error = Tensor.combination(
        1, product.multiplied(by: product.transposed), -1, attention.kernelMatrix(afterLayer: depth))
      let least = matrices.flatMap(\.elements).min() ?? .nan
      let stack = try stack(name)
      let j = Spectra.jacobian(of: stack, at: gaussianInput(tokens: tokens, width: width, sample: 0))
      let size = Double(tokens * width)
      return [
        MeasuredValue(error.maximumMagnitude), MeasuredValue(least),
        MeasuredValue(j.elements.reduce(0) { $0 + $1 * $1 } / size),
      ]
    }
  }

  /// The attention sublayers of a stack, alone.
  private static func stack(_ name: String) throws -> Stack<Double> {
    let attention = try Variant<AttentionName>(text: name)
    return Stack(depth: depth) { random in
      SelfAttention<Double>(
        width: width, heads: 1, mask: .causal, Initializer(.orthogonal), random: random
      ).silenced(
        attention.settings(
          layer: random.layer + 1, of: depth, tokens: tokens, heads: 1, headSize: width, mask: .causal))
    }
  }
}

extension SelfAttention<Double> {
  /// The same with queries of 0 and other settings.
  fileprivate func silenced(_ settings: AttentionSettings<Double>) -> SelfAttention {
    var result = self
    result.settings = settings
    let width = inputProjection.weight.columns
    for element in 0..<(width * width) { result.inputProjection.weight.elements[element] = 0 }
    return result
  }
}
