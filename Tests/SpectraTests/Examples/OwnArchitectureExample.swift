// The code of the article "Adding an architecture", compiled: what the article shows stands here, line by line.

import Spectra

// MARK: An experiment over cases with labels of one's own

/// One architecture under three initialisers, run as the command would.
func initializerComparison() throws -> RunRecord<Configuration> {
  var configuration = Configuration()
  configuration.samples = 4
  let network = Architecture.transformer(
    .preLN, depth: 16, width: 16, tokens: 4, heads: 4)
  let laws: [(label: String, law: Initializer)] = [
    ("xavier", Initializer(.xavierUniform)),
    ("small", Initializer(.xavierUniform, gain: 0.2)),
    ("orthogonal", Initializer(.orthogonal)),
  ]
  let cases = laws.map {
    ExperimentCase(label: $0.label, architecture: network, initializer: $0.law)
  }
  return try Experiment(configuration, cases: cases).run()
}

// MARK: A layer

/// One layer of an MLP-Mixer: tokens are mixed, then features
/// (Tolstikhin et al. 2021, arXiv 2105.01601).
struct MixerLayer: Layer {
  typealias Scalar = Double
  var norm1: LayerNorm<Double>
  var acrossTokens: FeedForward<Double>
  var norm2: LayerNorm<Double>
  var acrossFeatures: FeedForward<Double>

  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double {
    let mixed = x + acrossTokens(norm1(x).transposed()).transposed()
    return mixed + acrossFeatures(norm2(mixed))
  }
}

extension MixerLayer {
  /// At initialisation: every matrix has a random stream of its own.
  init(tokens: Int, width: Int, random: RandomKey) {
    norm1 = LayerNorm(features: width)
    acrossTokens = FeedForward(
      width: tokens, activation: GELU(), random: random.purpose("token mixing"))
    norm2 = LayerNorm(features: width)
    acrossFeatures = FeedForward(
      width: width, activation: GELU(), random: random)
  }
}

// MARK: A stack of it

/// A deep Mixer and an input for it, both functions of the sample's number.
func mixer(
  depth: Int, sample: Int
) -> (stack: Stack<Double>, input: Tensor<Double>) {
  let (tokens, width) = (4, 16)
  let stack = Stack<Double>(depth: depth, sample: sample) { random in
    MixerLayer(tokens: tokens, width: width, random: random)
  }
  let key = RandomKey(seed: 0, sample: sample, purpose: .input)
  var stream = key.stream("input")
  let numbers = stream.normals(count: tokens * width)
  return (stack, Tensor(shape: [tokens, width], elements: numbers))
}

/// The spectra of ∂h_l/∂h_0 after every layer, from one pass.
func spectraAfterEveryLayer(
  of stack: Stack<Double>, at input: Tensor<Double>
) throws -> [Spectrum] {
  let linearization = Linearization(at: input) { stack.states($0) }
  return try linearization.jacobians().map { try Spectrum(of: $0) }
}

// MARK: A record of it

/// A run's record: summaries, verdicts and histograms follow from the spectra.
func mixerRecord(
  depths: [Int], samples: Int
) throws -> RunRecord<Configuration> {
  var records: [SpectrumRecord] = []
  for depth in depths {
    for sample in 0..<samples {
      let (stack, input) = mixer(depth: depth, sample: sample)
      let spectrum = try Spectrum(ofJacobianOf: stack, at: input)
      records.append(
        SpectrumRecord(
          architecture: "mixer", block: "mixer", depth: depth, sample: sample,
          spectrum: spectrum))
    }
  }
  var configuration = Configuration()
  (configuration.depths, configuration.samples) = (depths, samples)
  return try RunRecord(
    version: "mixer 1",
    environment: Environment(
      backend: Backend.summary, core: Backend.core, threads: 1),
    configuration: configuration, spectra: records)
}

/// Writes a file for `spectra plot` and for pandas; gives the panels to print.
func report(
  _ record: RunRecord<Configuration>, to path: String
) throws -> String {
  try AtomicFile.write(try JSONReport().text(of: record), to: path)
  return TextReport().text(of: record)
}

// MARK: A primitive

extension Signal {
  /// The largest value of each feature over all tokens: shape `[1, features]`.
  func maximumOverTokens() -> Self {
    Self.applying("maximum over tokens", to: [self]) { values in
      let x = values[0]
      let winners = (0..<x.columns).map { feature in
        (0..<x.rows).max { x[$0, feature] < x[$1, feature] } ?? 0
      }
      let value = Tensor<Scalar>(rows: 1, columns: x.columns) { _, feature in
        x[winners[feature], feature]
      }
      return Linearized(value) { operands, result, _ in
        let dx = operands[0]
        for direction in 0..<dx.directions {
          for (feature, winner) in winners.enumerated() {
            let source = (winner * dx.directions + direction) * dx.features
            result.elements[direction * dx.features + feature] =
              dx.elements[source + feature]
          }
        }
      }
    }
  }
}
