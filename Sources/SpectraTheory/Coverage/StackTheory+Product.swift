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
    if architecture.activation.name == .crelu { return try concatenated(moments, wiring, layers: layers) }
    let normalizes = wiring.norm == .post && architecture.normalizer.name != .none
    let groups = try FreeProductLaw.layers(
      of: try builtActivation(), weights: moments.ensemble, gain: moments.gain, biasVariance: moments.biasVariance,
      inputMeanSquare: input.meanSquare, count: layers,
      normalizer: normalizes ? FreeProductLaw.Normalizer(centres: centres, epsilon: epsilon) : nil)
    var law = try FreeProductLaw(groups)
    let ensemble = moments.ensemble == .gaussian ? "Gaussian" : "Orthogonal"
    law.name = "\(ensemble) weights, gates of \(architecture.activation)"
    return .law(
      StackLaw(
        law, ensemble: RandomMatrixEnsemble(groups),
        parameters: [
          TheoryRecord.Parameter("sigma_w", moments.gain.squareRoot()),
          .init("sigma_b", moments.biasVariance.squareRoot()),
          .init("layers", Double(layers)),
        ]))
  }

  /// W applied to (max(x, 0), max(−x, 0)): of each pair of columns one counts.
  private func concatenated(
    _ moments: MatrixMoments, _ wiring: Wiring, layers: Int
  ) throws(TheoryError) -> TheoryCoverage {
    guard wiring.norm == nil else {
      return .none(reason: "No theory here covers crelu under a normaliser.")
    }
    let (ensemble, gain): (WeightEnsemble, Double)
    switch moments.elements {
    case .independent: (ensemble, gain) = (.gaussian, moments.gain / 2)
    case .mirrored: (ensemble, gain) = (.orthogonal, moments.gain)
    case .orthogonal:
      return .none(
        reason:
          "No theory here covers crelu under an orthogonal matrix of twice as many columns, of which half are taken.")
    }
    let group = FreeProductLaw.Layers(weights: ensemble, sigmaW: gain.squareRoot(), gates: .open, count: layers)
    return .law(
      StackLaw(
        try FreeProductLaw([group]), ensemble: RandomMatrixEnsemble([group]),
        parameters: [
          TheoryRecord.Parameter("sigma_w", moments.gain.squareRoot()), .init("layers", Double(layers)),
        ]))
  }

  func builtActivation() throws(TheoryError) -> any Activation {
    do { return try architecture.builtActivation() } catch { throw .outOfRange("\(error)") }
  }

  /// Whether the normaliser takes the mean off.
  var centres: Bool { architecture.normalizer.name != .rmsnorm }

  /// ε, added to what the normaliser divides by.
  var epsilon: Double { architecture.normalizer.number("eps") ?? architecture.normalizer.name.defaultEpsilon }

  /// The mean square of a normaliser's output.
  func normalizedMeanSquare(_ meanSquare: Double, _ mean: Double) -> Double {
    let size = centres ? meanSquare - mean * mean : meanSquare
    return size / (size + epsilon)
  }
}

extension MatrixMoments {
  /// How the matrix acts on others: independent elements as Gaussian ones.
  var ensemble: WeightEnsemble { elements == .independent ? .gaussian : .orthogonal }
}
