import Spectra

/// C14: AdaNorm's map and its Jacobian against the paper's formulas.
enum LayerNormRows {
  static let tasks = [ReproductionTask(lines) { _ in try measurements() }]

  private static let (width, slope) = (64, 0.1)

  private static let lines = [
    ("map", "C (1 − k y) ⊙ y"),
    ("jacobian", "C diag(1 − k y) J_LN, φ detached"),
    ("jacobian-attached", "C diag(1 − 2 k y) J_LN, φ not detached"),
  ].map { name, formula in
    ReproductionLine(
      "C14.\(name)",
      source: "Xu et al. 2019, Understanding and Improving Layer Normalization, arXiv 1911.07013, section 4",
      quantity: "largest difference from \(formula)",
      settings: "a Gaussian token of width \(width), C = 1, k = 1/10, no ε", published: .value(0),
      // Sums of 64 terms for mean and variance, and elements of the map of up to some 5.
      criterion: .tolerance(64 * 5 * .ulpOfOne, because: "64 terms of size up to 5, rounded"))
  }

  private static func measurements() throws -> [MeasuredValue] {
    let x = gaussianInput(tokens: 1, width: width, sample: 0)
    let d = Double(width)
    let mean = x.elements.reduce(0, +) / d
    let deviation = (x.elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / d).squareRoot()
    let y = x.elements.map { ($0 - mean) / deviation }
    func jacobian(_ factor: Double) -> Tensor<Double> {
      Tensor(rows: width, columns: width) { row, column in
        let layerNorm = ((row == column ? 1 : 0) - 1 / d - y[row] * y[column] / d) / deviation
        return (1 - factor * slope * y[row]) * layerNorm
      }
    }
    func difference(_ a: Tensor<Double>, _ b: Tensor<Double>) -> MeasuredValue {
      MeasuredValue(Tensor.combination(1, a, -1, b).maximumMagnitude)
    }
    let norms = [true, false].map { AdaNorm<Double>(slope: slope, detachesScale: $0, epsilon: 0) }
    return [
      difference(norms[0](x), Tensor(shape: [1, width], elements: y.map { (1 - slope * $0) * $0 })),
      difference(Spectra.jacobian(of: norms[0], at: x), jacobian(1)),
      difference(Spectra.jacobian(of: norms[1], at: x), jacobian(2)),
    ]
  }
}
