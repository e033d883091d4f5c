public import SpectraDifferentiation
public import SpectraLinearAlgebra

extension Variant<AttentionName> {
  /// What makes the matrix A that values are multiplied by, in layer l = 1…depth of a stack.
  ///
  /// - Parameters:
  ///   - layer: l, which counts where the matrix follows a schedule over the stack.
  ///   - heads: heads of queries, each of `headSize` features.
  ///   - mask: which tokens a token attends to; of a signal-preserving attention the causal one, whichever of `none` and
  ///     `causal` is named, since its matrices are lower triangular.
  ///   - weights: those of `learntWeights`; at initialisation where one is missing.
  /// - Precondition: a signal-preserving attention has no window.
  public func settings<Scalar: NetworkScalar>(
    layer: Int, of depth: Int, tokens: Int, heads: Int, headSize: Int, mask: AttentionMask,
    weights: [ParameterDescription.AttentionWeight: Scalar] = [:]
  ) -> AttentionSettings<Scalar> {
    var settings = AttentionSettings<Scalar>(heads: heads, mask: mask, scale: scale.value(headSize: headSize))
    for weight in learntWeights {
      let value = weights[weight] ?? Scalar(number(weight.rawValue) ?? 0)
      switch weight {
      case .identity: settings.identityWeight = value
      case .softmax: settings.softmaxWeight = value
      case .centring: settings.centringWeight = value
      }
    }
    if let kernel {
      if case .window = mask {
        preconditionFailure(
          "The matrices of \(name.rawValue) reach back to the first token, not over the window \(mask).")
      }
      let matrices = SignalPreservingAttention(kernel, depth: depth, tokens: tokens)
      settings.mask = .causal
      settings.bias = matrices.bias(layer: layer).converted()
      settings.rowScale = matrices.rowScale(layer: layer).converted()
    }
    return settings
  }

  /// The factor on scores.
  var scale: AttentionScale {
    if let number = number("scale") { return .number(number) }
    return word("scale").flatMap { AttentionScale(rawValue: $0) } ?? .inverseSquareRoot
  }

  /// How queries and keys are normalised.
  var queryKeyNorm: QueryKeyNorm { word("qk-norm").flatMap { QueryKeyNorm(rawValue: $0) } ?? .none }

  /// The kernel of tokens that the matrix keeps on a schedule; nil where it keeps none.
  var kernel: SignalPreservingAttention.Kernel? {
    switch name {
    case .uSPA: number("rho").map { .uniform(similarity: $0) }
    case .eSPA: number("gamma").map { .exponential(decay: $0) }
    case .softmax, .valueSkipInit, .shaped: nil
    }
  }

  /// The learnt weights of the attention matrix.
  public var learntWeights: [ParameterDescription.AttentionWeight] {
    switch name {
    case .valueSkipInit: [.identity, .softmax]
    case .shaped: [.identity, .softmax, .centring]
    case .softmax, .uSPA, .eSPA: []
    }
  }
}
