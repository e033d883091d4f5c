// Code of the library's landing page and of articles, compiled: what they show stands here, line by line.

import Spectra

/// The numbers of one deep Post-LN Transformer at initialisation.
func postLayerNormStatistics() throws -> IsometryStatistics? {
  var configuration = Configuration()
  configuration.architectures = [.postLN]
  configuration.depths = [64]
  configuration.samples = 1
  let record = try Experiment(configuration).run()
  return record.spectra.first?.statistics
}

/// ln of the smallest live singular value by both methods.
func smallestLogarithms(
  of stack: Stack<Double>, at input: Tensor<Double>
) throws -> (product: Double?, resolved: Double?) {
  let product = try Spectrum(ofJacobianOf: stack, at: input, method: .product)
  let resolved = try Spectrum(ofJacobianOf: stack, at: input, method: .resolved)
  return (product.logSingularValues.last, resolved.logSingularValues.last)
}

/// The weights of one tensor of one layer: the same whenever they are drawn.
func weights(ofLayer layer: Int, sample: Int) -> [Double] {
  let key = RandomKey(seed: 0, sample: sample, purpose: .weights)
  var stream = key.layer(layer).stream("linear1.weight")
  return stream.normals(count: 64)
}

/// The histograms of a run as a picture that stands alone.
func picture(_ record: RunRecord<Configuration>, to path: String) throws {
  let figure = try Figure(of: [FigureRun(record)])
  try AtomicFile.write(try figure.bytes(as: .svg), to: path)
}
