/// A connection as a line of a table: what stands where in
///
/// x ↦ post(skip · x + weight · inner(F(pre(x))))
package struct Wiring: Sendable, Hashable {
  /// A factor on a path.
  package enum Factor: Sendable, Hashable {
    /// The path is not there.
    case absent
    case one
    case constant(Double)
    /// A learnt number, one for all sublayers of a layer, and its value at initialisation.
    case perLayer(Double)
    /// A learnt number for each sublayer.
    case perSublayer(Double)
    /// A learnt number for each feature and sublayer.
    case perFeature(Double)

    /// The factor at initialisation.
    package var atInitialisation: Double {
      switch self {
      case .absent: 0
      case .one: 1
      case .constant(let value), .perLayer(let value), .perSublayer(let value), .perFeature(let value): value
      }
    }
  }

  /// Where normalisers stand.
  package enum NormPlace: Sendable, Hashable {
    /// On the branch's input.
    case pre
    /// On the branch's output.
    case branch
    /// On the sum.
    case post
    /// On the branch's input, and inside it before the last matrix.
    case preAndInner
  }

  /// How a layer's sublayers are put together.
  package enum Arrangement: Sendable, Hashable {
    case sequential
    /// All on the layer's input, summed.
    case parallel
    /// Each on one half of the features, added to the other half.
    case reversible
  }

  package var skip = Factor.one
  package var branch = Factor.one
  package var norm: NormPlace?
  /// How often the sum and its norm are taken, the branch's part being the last result after the first time.
  package var recursion = 1
  package var arrangement = Arrangement.sequential
}

extension Variant<Connection> {
  /// The line of the table, for a stack of a depth.
  package func wiring(depth: Int) -> Wiring {
    let (alpha, beta, lambda) = (number("alpha") ?? 1, number("beta") ?? 1, number("lambda") ?? 1)
    return switch name {
    case .vanilla: Wiring(skip: .absent)
    case .residual, .tFixup: Wiring()
    case .rezero: Wiring(branch: .perLayer(alpha))
    case .norm: Wiring(skip: .absent, norm: .post)
    case .postLN: Wiring(norm: .post)
    case .preLN: Wiring(norm: .pre)
    case .gpt2Norm: Wiring(norm: .branch)
    case .xskip: Wiring(skip: .constant(lambda))
    case .xskipLN, .xskipBN: Wiring(skip: .constant(lambda), norm: .post)
    case .rskipLN: Wiring(norm: .post, recursion: Int(lambda))
    case .weighted: Wiring(skip: .constant(alpha), branch: .constant(beta), norm: .pre)
    case .deepnorm: Wiring(skip: .constant(deepnormAlpha(depth: depth)), norm: .post)
    case .admin: Wiring(skip: .perFeature(number("omega") ?? 1), norm: .post)
    case .skipinit: Wiring(branch: .perSublayer(alpha))
    case .layerscale: Wiring(branch: .perFeature(lambda), norm: .pre)
    case .fixup: Wiring(branch: .perSublayer(1))
    case .subLN: Wiring(norm: .preAndInner)
    case .parallel: Wiring(norm: .pre, arrangement: .parallel)
    case .reversible: Wiring(norm: .pre, arrangement: .reversible)
    }
  }

  /// α of DeepNorm for an encoder of N = depth layers: (2N)^{1/4} (Wang et al. 2022, arXiv 2203.00555, table 1).
  package func deepnormAlpha(depth: Int) -> Double { number("alpha") ?? (2 * Double(depth)).squareRoot().squareRoot() }

  /// β of DeepNorm for an encoder of N = depth layers: (8N)^{−1/4}.
  func deepnormBeta(depth: Int) -> Double { number("beta") ?? 1 / (8 * Double(depth)).squareRoot().squareRoot() }
}

extension Connection {
  /// Whether sublayers have a normaliser.
  public var usesNorm: Bool { Variant(self).wiring(depth: 1).norm != nil }
}

// MARK: - Factors on weights at initialisation

/// What a matrix is to a connection that has its own rule of initialisation.
enum MatrixPart: Sendable, Hashable {
  case query, key, value
  case attentionOutput
  /// A matrix of the feed-forward but its last one.
  case feedForwardHidden
  case feedForwardOutput
  /// The only matrix of a fully connected layer.
  case fullyConnected
}

extension Variant<Connection> {
  /// What the connection's own rule multiplies a matrix by at initialisation, whatever its law.
  func weightFactor(on part: MatrixPart, in architecture: Architecture) -> Double {
    let depth = Double(architecture.depth)
    // Neither queries nor keys: a softmax does not pass their size on.
    if part == .query || part == .key {
      return 1
    }
    switch name {
    case .deepnorm: return deepnormBeta(depth: architecture.depth)
    case .tFixup: return 0.67 / depth.squareRoot().squareRoot()
    case .subLN: return Double.log(2 * depth).squareRoot()
    case .fixup:
      // B^{−1/(2m−2)} on a branch of m = 2 matrices, but for the last, which is 0; with m = 1 it is the only one.
      let isLast = part == .attentionOutput || part == .feedForwardOutput || part == .fullyConnected
      return isLast ? 0 : 1 / (2 * depth).squareRoot()
    default: return 1
    }
  }
}

extension Connection {
  /// The law of the weights where none is named: the one that its paper assumes.
  public var defaultInitializer: InitializerName { self == .fixup ? .heNormal : .xavierUniform }
  /// How query, key and value matrices count where nothing is named; nil where that is the law's to say.
  ///
  /// T-Fixup multiplies a Xavier matrix of values; its authors' program takes the 1/√2 of packed ones back first.
  public var defaultPacking: ProjectionPacking? { self == .tFixup ? .separate : nil }
  /// The normaliser where none is named.
  public var defaultNormalizer: NormalizerName { self == .xskipBN ? .batchnorm : .layernorm }
}
