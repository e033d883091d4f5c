import RealModule
public import SpectraDifferentiation
import SpectraDifferentiation
import SpectraNetworks

// The law of fully connected networks: gates from the pre-activations' variance, layer by layer.

extension FreeProductLaw {
  /// The law of x ↦ φ(W x + b) applied `layers` times, every layer's pre-activations with the variance that the length map gives them
  /// from the input on.
  ///
  /// - Parameters:
  ///   - activation: φ.
  ///   - weights: the ensemble of W.
  ///   - sigmaW: σ_w; elements of W have variance σ_w²/N, an orthogonal W is σ_w Q.
  ///   - sigmaB: σ_b, the standard deviation of a bias.
  ///   - inputMeanSquare: the mean square of an element of the input.
  ///   - layers: 1 or more.
  /// - Throws: `TheoryError` where the variance overflows, or as the law itself.
  public init(
    activation: any Activation, weights: WeightEnsemble, sigmaW: Double, sigmaB: Double = 0,
    inputMeanSquare: Double = 1,
    layers: Int
  ) throws(TheoryError) {
    try self.init(
      Self.layers(
        of: activation, weights: weights, sigmaW: sigmaW, biasVariance: sigmaB * sigmaB,
        inputMeanSquare: inputMeanSquare, count: layers, normalizer: nil))
  }

  /// What a normaliser after the activation does to a wide layer.
  struct Normalizer {
    /// Whether it takes the mean off.
    var centres: Bool
    /// ε, added to the mean square whose root divides.
    var epsilon: Double

    /// The mean square that is divided by, without ε, of elements of a mean square and, where it is taken off, a mean.
    func size(meanSquare: Double, mean: @autoclosure () -> Double) -> Double {
      guard centres else { return meanSquare }
      let mean = mean()
      return meanSquare - mean * mean
    }
  }

  /// The factors of a network, equal neighbours in one group.
  static func layers(
    of activation: any Activation, weights: WeightEnsemble, sigmaW: Double, biasVariance: Double,
    inputMeanSquare: Double,
    count: Int, normalizer: Normalizer?
  ) throws(TheoryError) -> [Layers] {
    guard count >= 1 else { throw .outOfRange("A product of \(count) layers has no law; name 1 or more.") }
    if normalizer == nil, let gates = Gates(ofHomogeneous: activation) {
      return [Layers(weights: weights, sigmaW: sigmaW, gates: gates, count: count)]
    }
    let gain = sigmaW * sigmaW
    let means = ActivationMoments(activation)
    var groups: [Layers] = []
    var variance = gain * inputMeanSquare + biasVariance
    var grouped = variance
    for layer in 1...count {
      guard variance.isFinite else {
        throw .notConverged(what: "The length map", at: "layer \(layer), where the variance is \(variance)")
      }
      // Layers whose variances differ by less than 10⁻⁶ have gates that differ by no more.
      let repeats = layer > 1 && abs(variance - grouped) <= 1e-6 * grouped
      let meanSquare = means.meanSquare(variance: variance)
      let size = normalizer?.size(meanSquare: meanSquare, mean: means.mean(variance: variance)) ?? meanSquare
      if repeats {
        groups[groups.count - 1].count += 1
      } else {
        grouped = variance
        var scale = sigmaW
        if let normalizer {
          // The normaliser's own Jacobian is 1/σ times a projection that leaves all but one or two directions.
          scale /= (size + normalizer.epsilon).squareRoot()
        }
        // Of signals that died out the limit, which a kink at 0 parts in two.
        let gates = Gates(of: activation, variance: max(variance, 1e-60))
        if let last = groups.last, last.gates == gates, last.sigmaW == scale {
          groups[groups.count - 1].count += 1
        } else {
          groups.append(Layers(weights: weights, sigmaW: scale, gates: gates, count: 1))
        }
      }
      variance = gain * (normalizer.map { size / (size + $0.epsilon) } ?? meanSquare) + biasVariance
    }
    return groups
  }
}
