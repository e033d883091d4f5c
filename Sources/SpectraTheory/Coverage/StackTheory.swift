public import SpectraNetworks

/// What theory says of a stack's Jacobian at initialisation.
public enum TheoryCoverage: Sendable {
  /// A law that follows from the law of the weights.
  ///
  /// - Parameters:
  ///   - RandomMatrixEnsemble: random matrices that have it.
  ///   - logMeanSquared: ln E[σ²] at this depth, which the law may have in a limit only.
  ///   - note: what spectra of such stacks have that the law leaves out, a sentence.
  case law(any SpectralLaw, RandomMatrixEnsemble, logMeanSquared: Double, note: String?)
  /// The law of residual stacks, whose one parameter has to be read off the measured mean of σ².
  ///
  /// - Parameters:
  ///   - logScale: ln of the product of all skips' weights.
  ///   - branches: how many branches are added on the way.
  ///   - why: why the parameter does not follow from the law of the weights, a sentence.
  case residual(logScale: Double, branches: Int, why: String)
  /// None covers it: why, one sentence.
  case none(reason: String)
}

/// Mean and mean square of the elements of an input.
public struct InputMoments: Sendable, Equatable {
  /// The mean of an element.
  public var mean: Double
  /// The mean square of an element.
  public var meanSquare: Double

  /// Moments of an input; those of independent N(0, 1) elements by default.
  public init(mean: Double = 0, meanSquare: Double = 1) {
    self.mean = mean
    self.meanSquare = meanSquare
  }
}

/// The theory that covers a stack, found from its architecture and the law of its weights.
///
/// Covered are
///
/// * fully connected stacks without skips, x ↦ φ(W x + b) or N(φ(W x + b)) with a normaliser of each token: free probability
///   (`FreeProductLaw`), each layer with the pre-activations' variance that the length map gives it from the input on;
/// * fully connected stacks with skips and small branches, with a normaliser on the branch's input or none: the law of residual
///   stacks (`ResidualLaw`), its strength from the law of the weights;
/// * Transformers and trained weights with skips and small branches: the same law, its strength read off the spectra.
///
/// Everything else has a sentence that says why not.
public struct StackTheory: Sendable {
  /// The network, all but its weights.
  public let architecture: Architecture
  /// How its weights are drawn; nil where they are given.
  public let initializer: Initializer?
  /// The input.
  public let input: InputMoments

  /// The theory of a stack.
  public init(_ architecture: Architecture, initializer: Initializer?, input: InputMoments = InputMoments()) {
    self.architecture = architecture
    self.initializer = initializer
    self.input = input
  }

  /// What theory says of ∂h_layer/∂h_0.
  ///
  /// - Parameter layer: from 1 to the depth.
  /// - Throws: `TheoryError` where a law covers the stack but cannot be computed.
  public func coverage(throughLayer layer: Int) throws(TheoryError) -> TheoryCoverage {
    let wiring = architecture.wiring
    if let reason = structuralReason(wiring, layer: layer) { return .none(reason: reason) }
    if case .absent = wiring.skip {
      guard architecture.block == .fc else {
        return .none(reason: "No theory here covers attention without a skip.")
      }
      return try product(wiring, layers: layer)
    }
    return try residual(wiring, layers: layer)
  }

  /// Why nothing can cover a stack of this form.
  private func structuralReason(_ wiring: Wiring, layer: Int) -> String? {
    let name = architecture.connection.name.rawValue
    let hasNorm = wiring.norm != nil || (architecture.finalNorm && layer == architecture.depth)
    if wiring.arrangement == .reversible {
      return "No theory here covers the two coupled streams of \(name)."
    }
    if wiring.norm == .post, wiring.skip != .absent {
      return "No theory here covers a normaliser on the sum of skip and branch, as \(name) has it."
    }
    if wiring.norm == .branch {
      return "No theory here covers a normaliser on the branch's output, as \(name) has it."
    }
    if hasNorm, architecture.normalizer.name.couplesTokens {
      return "No theory here covers \(architecture.normalizer.name.rawValue), which couples the rows of a batch."
    }
    if hasNorm, architecture.normalizer.name == .adanorm {
      return "No theory here covers adanorm, whose factor differs from feature to feature."
    }
    if architecture.finalNorm, layer == architecture.depth {
      return "No theory here covers a final normaliser; leave it out, or look at the layers before it."
    }
    return nil
  }
}
