// A block of one's own in a deep stack. What stands between the two markers is the README's, character by character.

// README begins
import Spectra

/// x + g · mlp(norm(x)), written once; values, tangents and Jacobians follow.
struct GatedBlock: Layer {
  typealias Scalar = Double
  var norm: LayerNorm<Double>
  var mlp: FeedForward<Double>
  var gate: Double

  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double { x + gate * mlp(norm(x)) }
}

extension GatedBlock {
  /// At initialisation: LeCun's weights, drawn from this layer's own streams.
  init(width: Int, gate: Double, random: RandomKey) {
    norm = LayerNorm(features: width)
    mlp = FeedForward(width: width, activation: GELU(), Initializer(.lecunNormal), random: random)
    self.gate = gate
  }
}

/// 64 gated layers on 4 random tokens of width 16.
func gatedStackSpectrum(gate: Double) throws -> Spectrum {
  let stack = Stack<Double>(depth: 64) { random in GatedBlock(width: 16, gate: gate, random: random) }
  var stream = RandomKey(seed: 0, sample: 0, purpose: .input).stream("input")
  let input = Tensor(shape: [4, 16], elements: stream.normals(count: 4 * 16))
  return try Spectrum(ofJacobianOf: stack, at: input)
}
// README ends
