public import SpectraDifferentiation

/// How a sublayer's skip, normaliser and branch combine: the axis along which architectures differ.
public enum Connection: String, Sendable, Codable, CaseIterable {
  case vanilla
  case residual
  case rezero
  case norm
  case postLN = "post-ln"
  case preLN = "pre-ln"

  /// The sublayer's output for an input x, a branch F and a normaliser LN.
  ///
  /// - Parameters:
  ///   - residualWeight: α of `rezero`; the others do not read it.
  public func combine<S: Signal>(
    _ x: S, residualWeight alpha: S.Scalar, norm: (S) -> S, branch: (S) -> S
  ) -> S {
    switch self {
    case .vanilla: branch(x)
    case .residual: x + branch(x)
    case .rezero: x + alpha * branch(x)
    case .norm: norm(branch(x))
    case .postLN: norm(x + branch(x))
    case .preLN: x + branch(norm(x))
    }
  }
}

extension Connection {
  /// Whether sublayers have a LayerNorm.
  public var usesNorm: Bool {
    switch self {
    case .vanilla, .residual, .rezero: false
    case .norm, .postLN, .preLN: true
    }
  }

  /// Whether layers have a residual weight α.
  public var usesResidualWeight: Bool { self == .rezero }

  /// The defining equation, x ↦.
  public var equation: String {
    switch self {
    case .vanilla: "F(x)"
    case .residual: "x + F(x)"
    case .rezero: "x + α F(x), one α per layer"
    case .norm: "LN(F(x))"
    case .postLN: "LN(x + F(x))"
    case .preLN: "x + F(LN(x))"
    }
  }

  /// Where it was introduced or studied.
  public var source: String {
    switch self {
    case .vanilla: "He et al. 2023, Deep Transformers without Shortcuts, arXiv 2302.10322"
    case .residual: "He et al. 2015, Deep Residual Learning, arXiv 1512.03385"
    case .rezero: "Bachlechner et al. 2020, ReZero is All You Need, arXiv 2003.04887"
    case .norm: "Ba, Kiros, Hinton 2016, Layer Normalization, arXiv 1607.06450"
    case .postLN: "Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762"
    case .preLN: "Xiong et al. 2020, On Layer Normalization in the Transformer Architecture, arXiv 2002.04745"
    }
  }
}
