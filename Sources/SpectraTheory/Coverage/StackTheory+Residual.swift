import RealModule
import SpectraAnalysis
import SpectraNetworks

// Stacks with skips: J = Π (s + b F′_l), each branch small and free of the others.

extension StackTheory {
  /// The largest E‖b F′‖²/(s² N) of a branch that counts as small: the law is exact for branches of 0 at a given sum, and
  /// products of 1 + √c X are 0.03 from it (Kolmogorov–Smirnov) at 8 × 0.25, 0.05 at 2 × 0.25, 0.06 at 8 × 0.5.
  public static var largestBranch: Double { 0.25 }

  func residual(_ wiring: Wiring, layers: Int) throws(TheoryError) -> TheoryCoverage {
    let (skip, branch) = (wiring.skip.atInitialisation, wiring.branch.atInitialisation)
    guard skip != 0 else { return .none(reason: "No theory here covers skips of weight 0 beside branches.") }
    let branches = layers * (architecture.block == .fc || wiring.arrangement == .parallel ? 1 : 2)
    let logScale = Double(branches) * .log(abs(skip))
    // Of given weights the factors are the file's.
    if initializer != nil, branch == 0 || architecture.connection.name == .fixup {
      // Every branch ends in a factor 0: J is a multiple of the identity.
      let law = try ResidualLaw(strength: 0, logScale: logScale)
      return .law(
        StackLaw(law, ensemble: RandomMatrixEnsemble(branches: [], logScale: logScale), logMeanSquared: 2 * logScale))
    }
    guard architecture.block == .fc else {
      return .residual(
        logScale: logScale, branches: branches,
        why: "The Jacobian of attention has no law in terms of the weights' here.")
    }
    guard let initializer, let moments = initializer.moments(of: .fullyConnected, in: architecture) else {
      return .residual(logScale: logScale, branches: branches, why: "The weights are given, not drawn from a law.")
    }
    guard moments.ensemble != nil || architecture.doublesFeatures else { return .none(reason: Self.mirroredReason) }
    let means = ActivationMoments(try builtActivation())
    let strengths = strengths(moments, wiring, means, skip: skip, branch: branch, layers: layers)
    if let (index, largest) = strengths.enumerated().max(by: { $0.element < $1.element }),
      largest > Self.largestBranch * (1 + 1e-9)
    {
      return .none(reason: Self.tooLarge(largest, of: "that of layer \(index + 1) has"))
    }
    let law = try ResidualLaw(strength: strengths.reduce(0, +), logScale: logScale)
    // Π (1 + c_l), which is e^c in the law's limit of many small branches.
    let logMeanSquared = strengths.reduce(2 * logScale) { $0 + .log(onePlus: $1) }
    let hasMean = abs(means.mean(variance: 1)) > 1e-3
    let note =
      hasMean && !architecture.doublesFeatures
      ? "Activations of positive mean give the branches a part of rank one along the state, which the law does not have: "
        + "a few of the largest σ stand outside of it, and the mean of σ² is above its." : nil
    return .law(
      StackLaw(
        law, ensemble: RandomMatrixEnsemble(branches: strengths, logScale: logScale), logMeanSquared: logMeanSquared,
        note: note))
  }

  /// E‖b F′_l‖²/(s² N) of each layer, from the recursion of the state's mean and mean square.
  private func strengths(
    _ moments: MatrixMoments, _ wiring: Wiring, _ means: ActivationMoments, skip: Double, branch: Double, layers: Int
  ) -> [Double] {
    let isConcatenated = architecture.doublesFeatures
    let normalizes = wiring.norm == .pre && architecture.normalizer.name != .none
    let gain = isConcatenated ? moments.sigmaWOfPairs * moments.sigmaWOfPairs : moments.gain
    var (mean, meanSquare) = (input.mean, input.meanSquare)
    var strengths: [Double] = []
    for _ in 0..<layers {
      var (slope, size) = (gain, meanSquare)
      if normalizes {
        let divided = normalizer.size(meanSquare: meanSquare, mean: mean)
        slope /= divided + normalizer.epsilon
        size = divided / (divided + normalizer.epsilon)
      }
      let variance = gain * size + moments.biasVariance
      if !isConcatenated { slope *= means.slopeMoment(1, variance: variance) }
      strengths.append(branch * branch * slope / (skip * skip))
      let branchMean = isConcatenated ? 0 : means.mean(variance: variance)
      let branchSquare = isConcatenated ? variance : means.meanSquare(variance: variance)
      meanSquare =
        skip * skip * meanSquare + 2 * skip * branch * mean * branchMean + branch * branch * branchSquare
      mean = skip * mean + branch * branchMean
    }
    return strengths
  }

  /// Why branches of some mean squared singular value, relative to the skip's, have no law here.
  ///
  /// - Parameter owner: who has it, with the verb.
  package static func tooLarge(_ value: Double, of owner: String) -> String {
    "The law of residual stacks is for small branches, of a mean squared singular value up to "
      + "\(largestBranch) of the skip's, but \(owner) \(NumberText.fixed(value, unlike: largestBranch))."
  }
}
