import RealModule
import SpectraAnalysis
import SpectraDifferentiation
import SpectraNetworks

// Fully connected stacks without skips: products of random matrices and gates.

extension StackTheory {
  func product(_ wiring: Wiring, layers: Int) throws(TheoryError) -> TheoryCoverage {
    guard let initializer else {
      return .none(reason: "Free probability needs the law of the weights, but these are given by a file.")
    }
    guard let moments = initializer.moments(of: .fullyConnected, in: architecture) else {
      return .none(reason: "The law of the weights has no variance here.")
    }
    if architecture.doublesFeatures { return try concatenated(moments, wiring, layers: layers) }
    guard let ensemble = moments.ensemble else { return try mirrored(moments, wiring, layers: layers) }
    let normalizes = wiring.norm == .post && architecture.normalizer.name != .none
    let groups = try FreeProductLaw.layers(
      of: try builtActivation(), weights: ensemble, sigmaW: moments.sigmaW, biasVariance: moments.biasVariance,
      inputMeanSquare: input.meanSquare, count: layers,
      normalizer: normalizes ? normalizer : nil)
    var law = try FreeProductLaw(groups)
    law.name = "\(ensemble == .gaussian ? "Gaussian" : "Orthogonal") weights, gates of \(architecture.activation)"
    return .law(
      StackLaw(
        law, ensemble: RandomMatrixEnsemble(groups),
        parameters: [
          TheoryRecord.Parameter("sigma_w", moments.sigmaW),
          .init("sigma_b", moments.biasVariance.squareRoot()),
          .init("layers", Double(layers)),
        ], note: normalizes ? projectionNote : nil))
  }

  /// What the law of a normalised stack leaves out: the Jacobian of a normaliser is a projection but for its factor.
  private var projectionNote: String? {
    let reason = "which the law leaves out: their values stand far below the others."
    return switch architecture.normalizer.name {
    case .rmsnorm: "The normaliser removes one direction of each token, \(reason)"
    case .layernorm, .layernormSimple: "The normaliser removes two directions of each token, \(reason)"
    default: nil
    }
  }

  /// W applied to (max(x, 0), max(−x, 0)): of each pair of columns one counts.
  private func concatenated(
    _ moments: MatrixMoments, _ wiring: Wiring, layers: Int
  ) throws(TheoryError) -> TheoryCoverage {
    guard wiring.norm == nil else {
      return .none(reason: "No theory here covers crelu under a normaliser.")
    }
    guard moments.elements != .orthogonal else {
      return .none(
        reason:
          "No theory here covers crelu under an orthogonal matrix of twice as many columns, of which half are taken.")
    }
    let group = FreeProductLaw.Layers(
      weights: moments.ensemble ?? .orthogonal, sigmaW: moments.sigmaWOfPairs, gates: .open, count: layers)
    return try law([group], moments, layers: layers)
  }

  /// W = [V, −V; −V, V] and relu: of two mirrored units one is live, so that all but the first and the last step are V alone
  /// (Balduzzi et al. 2017, section 4). What [x; y] ↦ x − y does at the start and the live half of (z; −z) at the end leave is √2 Q on one
  /// half of the space, and 0 on the other.
  private func mirrored(
    _ moments: MatrixMoments, _ wiring: Wiring, layers: Int
  ) throws(TheoryError) -> TheoryCoverage {
    guard wiring.norm == nil, architecture.activation == .relu else { return .none(reason: Self.mirroredReason) }
    let layer = FreeProductLaw.Layers(weights: .orthogonal, sigmaW: moments.sigmaW, gates: .open, count: layers)
    let ends = FreeProductLaw.Layers(
      weights: .orthogonal, sigmaW: 2.0.squareRoot(), gates: .bernoulli(0.5), count: 1)
    return try law([layer, ends], moments, layers: layers, named: "Mirrored weights, gates of relu")
  }

  /// The law of groups of factors that are not the stack's own layers.
  private func law(
    _ groups: [FreeProductLaw.Layers], _ moments: MatrixMoments, layers: Int, named name: String? = nil
  ) throws(TheoryError) -> TheoryCoverage {
    var law = try FreeProductLaw(groups)
    if let name { law.name = name }
    return .law(
      StackLaw(
        law, ensemble: RandomMatrixEnsemble(groups),
        parameters: [TheoryRecord.Parameter("sigma_w", moments.sigmaW), .init("layers", Double(layers))]))
  }

  /// Gates of two mirrored units are not free of one another.
  static let mirroredReason =
    "No theory here covers mirrored weights but with relu or crelu in a stack without skips and normalisers."

  func builtActivation() throws(TheoryError) -> any Activation {
    do { return try architecture.builtActivation() } catch { throw .outOfRange("\(error)") }
  }

  /// Whether the normaliser takes the mean off.
  private var centres: Bool { architecture.normalizer.name != .rmsnorm }

  /// ε, added to what the normaliser divides by.
  private var epsilon: Double { architecture.normalizer.number("eps") ?? architecture.normalizer.name.defaultEpsilon }

  /// The architecture's normaliser.
  var normalizer: FreeProductLaw.Normalizer { FreeProductLaw.Normalizer(centres: centres, epsilon: epsilon) }
}

extension MatrixMoments {
  /// How the matrix acts on others: independent elements as Gaussian ones; nil for a mirrored one, whose units are not free of one
  /// another.
  var ensemble: WeightEnsemble? {
    switch elements {
    case .independent: .gaussian
    case .orthogonal: .orthogonal
    case .mirrored: nil
    }
  }
}
