public import SpectraAnalysis
public import SpectraNetworks

/// What theory says of a stack's Jacobian at initialisation.
public enum TheoryCoverage: Sendable {
  /// A law that follows from the law of the weights.
  case law(StackLaw)
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

/// A law that covers a stack, with what belongs to it.
public struct StackLaw: Sendable {
  /// The law of ln σ.
  public var law: any SpectralLaw
  /// Random matrices whose spectra follow it as their size grows.
  public var ensemble: RandomMatrixEnsemble
  /// ln E[σ²] at this depth, zeros included, which the law may have in a limit only; −∞ where all are zeros.
  public var logMeanSquared: Double
  /// What the law was computed from, as the stack's user names it.
  public var parameters: [TheoryRecord.Parameter]
  /// What spectra of such stacks have that the law leaves out, a sentence.
  public var note: String?

  /// A law with what belongs to it.
  public init(
    _ law: any SpectralLaw, ensemble: RandomMatrixEnsemble, logMeanSquared: Double? = nil,
    parameters: [TheoryRecord.Parameter]? = nil, note: String? = nil
  ) {
    self.law = law
    self.ensemble = ensemble
    self.logMeanSquared = logMeanSquared ?? law.logMeanSquared
    self.parameters = parameters ?? law.parameters
    self.note = note
  }

  /// The law as numbers, with this depth's mean of σ².
  ///
  /// - Throws: `TheoryError` where the law cannot be computed.
  public func prediction(points: Int = 512) throws(TheoryError) -> TheoryRecord.Prediction {
    var prediction = try law.prediction(points: points)
    prediction.logMeanSquared = logMeanSquared.isFinite ? logMeanSquared : nil
    prediction.parameters = parameters
    prediction.note = note
    return prediction
  }
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
