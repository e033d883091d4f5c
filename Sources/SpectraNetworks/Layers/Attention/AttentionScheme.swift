public import SpectraDifferentiation
public import SpectraLinearAlgebra

/// The kinds of attention that can be named, with their parameters: what the matrix A that values are multiplied by is.
public enum AttentionScheme: Sendable, Hashable {
  /// A = P, the softmax of scores (Vaswani et al. 2017).
  case softmax
  /// A = α I + β P, α = 1 and β = 0 at initialisation (He et al. 2023).
  case valueSkipInit(identity: Double = 1, softmax: Double = 0)
  /// A = α I + β P − γ C with C the mean over the allowed keys, all weights 1 at initialisation: A = I where W^Q = 0 (Noci et
  /// al. 2023).
  case shaped(identity: Double = 1, softmax: Double = 1, centring: Double = 1)
  /// A = diag(r) · softmax(scores + B), U-SPA or E-SPA by the kernel (He et al. 2023). Causal.
  case signalPreserving(SignalPreservingAttention.Kernel)

  /// The name without parameters.
  public var name: String {
    switch self {
    case .softmax: "softmax"
    case .valueSkipInit: "value-skipinit"
    case .shaped: "shaped"
    case .signalPreserving(.uniform): "u-spa"
    case .signalPreserving(.exponential): "e-spa"
    }
  }

  /// The matrix A, as text.
  public var equation: String {
    switch self {
    case .softmax: "A = P = softmax(QKᵀ/√d_head)"
    case .valueSkipInit(let identity, let softmax): "A = α I + β P, α = \(identity), β = \(softmax)"
    case .shaped(let identity, let softmax, let centring):
      "A = α I + β P − γ C, α = \(identity), β = \(softmax), γ = \(centring), C the mean over allowed keys"
    case .signalPreserving(.uniform(let similarity)):
      "A = diag(r) softmax(QKᵀ/√d_head + B) with A_l ⋯ A_1 (A_l ⋯ A_1)ᵀ = (1 − ρ_l) I + ρ_l 11ᵀ, ρ_L = \(similarity)"
    case .signalPreserving(.exponential(let decay)):
      "A = diag(r) softmax(QKᵀ/√d_head + B) with A_l ⋯ A_1 (A_l ⋯ A_1)ᵀ = exp(−γ_l |i − j|), γ_L = \(decay)"
    }
  }

  /// The publication it comes from.
  public var source: String {
    switch self {
    case .softmax: "Vaswani et al. 2017, arXiv 1706.03762"
    case .valueSkipInit, .signalPreserving: "He et al. 2023, arXiv 2302.10322"
    case .shaped: "Noci et al. 2023, arXiv 2306.17759"
    }
  }

  /// What is wrong with its parameters, or with it under a mask, as a sentence; nil where all is right.
  public func problem(mask: AttentionMask) -> String? {
    switch self {
    case .softmax: return nil
    case .valueSkipInit(let identity, let softmax):
      return Self.problem([("α", identity), ("β", softmax)], of: name)
    case .shaped(let identity, let softmax, let centring):
      return Self.problem([("α", identity), ("β", softmax), ("γ", centring)], of: name)
    case .signalPreserving(let kernel):
      if let problem = kernel.problem { return problem }
      return mask == .causal
        ? nil : "The matrices of \(name) are lower triangular, which the mask \(mask) is not; choose the causal mask."
    }
  }

  private static func problem(_ weights: [(String, Double)], of name: String) -> String? {
    weights.first { !$0.1.isFinite }.map { "The weight \($0.0) of \(name) is \($0.1), but must be a finite number." }
  }

  /// The settings of layer l = 1…depth.
  ///
  /// - Precondition: there is no `problem(mask:)`.
  public func settings<Scalar: NetworkScalar>(
    layer: Int, of depth: Int, tokens: Int, heads: Int, mask: AttentionMask, scale: Scalar? = nil
  ) -> AttentionSettings<Scalar> {
    let problem = problem(mask: mask)
    precondition(problem == nil, problem ?? "")
    var settings = AttentionSettings<Scalar>(heads: heads, mask: mask, scale: scale)
    switch self {
    case .softmax: break
    case .valueSkipInit(let identity, let softmax):
      (settings.identityWeight, settings.softmaxWeight) = (Scalar(identity), Scalar(softmax))
    case .shaped(let identity, let softmax, let centring):
      (settings.identityWeight, settings.softmaxWeight) = (Scalar(identity), Scalar(softmax))
      settings.centringWeight = Scalar(centring)
    case .signalPreserving(let kernel):
      let matrices = SignalPreservingAttention(kernel, depth: depth, tokens: tokens)
      settings.bias = matrices.bias(layer: layer).converted()
      settings.rowScale = matrices.rowScale(layer: layer).converted()
    }
    return settings
  }
}
