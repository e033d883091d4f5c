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
  /// Weights N(0, 1/fan_in), each matrix from a stream of its own.
  init(width: Int, gate: Double, random: RandomKey) {
    func linear(_ outputs: Int, _ inputs: Int, _ name: String) -> Linear<Double> {
      var stream = random.stream(name)
      let deviation = 1 / Double(inputs).squareRoot()
      let weights = stream.normals(count: outputs * inputs, standardDeviation: deviation)
      return Linear(weight: Tensor(shape: [outputs, inputs], elements: weights))
    }
    norm = LayerNorm(features: width)
    mlp = FeedForward(
      hidden: linear(4 * width, width, "hidden"), activation: GELU(), output: linear(width, 4 * width, "output"))
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
