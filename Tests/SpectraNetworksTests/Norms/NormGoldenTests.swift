import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Values and singular values at x = (1, 2, 4, 8), found by an independent implementation and printed to the digits given.
@Suite("Normalisers at (1, 2, 4, 8)")
struct NormGoldenTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var layer: any Layer<Double>
    var value: [Double]
    var singularValues: [Double]?
  }

  static let x = Tensor<Double>(rows: [[1, 2, 4, 8]])
  static let sigma = 2.680951323690902
  static let normalized = [-1.02575529, -0.65275337, 0.09325048, 1.58525817]
  static let scaled = [-1.13097268, -0.69536206, 0.09238092, 1.33395383]

  static let rows = [
    Row(
      testDescription: "LayerNorm", layer: LayerNorm(features: 4, epsilon: 0), value: normalized,
      singularValues: [0.3730019232961255, 0.3730019232961255, 0, 0]),
    Row(
      testDescription: "LayerNorm-simple", layer: LayerNormSimple(epsilon: 0), value: normalized,
      singularValues: [0.3730019232961255, 0.3730019232961255, 0, 0]),
    Row(
      testDescription: "DetachNorm, both", layer: DetachNorm(detaching: .both, epsilon: 0), value: normalized,
      singularValues: [Double](repeating: 1 / sigma, count: 4)),
    Row(
      testDescription: "DetachNorm, deviation", layer: DetachNorm(detaching: .deviation, epsilon: 0), value: normalized,
      singularValues: [Double](repeating: 1 / sigma, count: 3) + [0]),
    Row(
      testDescription: "DetachNorm, mean", layer: DetachNorm(detaching: .mean, epsilon: 0), value: normalized,
      singularValues: [Double](repeating: 1 / sigma, count: 3) + [0]),
    Row(
      testDescription: "AdaNorm, detached", layer: AdaNorm(epsilon: 0), value: scaled,
      singularValues: [0.40237765, 0.36899661, 0, 0]),
    Row(
      testDescription: "AdaNorm, not detached", layer: AdaNorm(detachesScale: false, epsilon: 0), value: scaled,
      singularValues: [0.43204607, 0.36642312, 0, 0]),
    Row(
      testDescription: "AdaNorm as in the paper's code", layer: AdaNorm(deviation: .unbiased),
      value: [-0.9672398, -0.59725549, 0.08010485, 1.18439237]),
    Row(
      testDescription: "RMSNorm without ε", layer: RMSNorm(features: 4, epsilon: 0),
      value: [0.21693046, 0.43386092, 0.86772183, 1.73544366],
      singularValues: [0.21693045781865616, 0.21693045781865616, 0.21693045781865616, 0]),
    Row(
      testDescription: "RMSNorm", layer: RMSNorm(features: 4), value: [0.21693045, 0.43386091, 0.86772181, 1.73544362],
      singularValues: [0.21693045271441028, 0.21693045271441028, 0.21693045271441028, 1.0208491e-8]),
  ]

  /// Half a unit of the last of eight printed decimals, and rounding.
  static let printed = 0.5e-8 + 1e-15

  @Test("Values and singular values", arguments: rows)
  func golden(row: Row) throws {
    let linearization = Linearization(of: row.layer, at: Self.x)
    for (found, expected) in zip(linearization.output.elements, row.value) {
      #expect(abs(found - expected) <= Self.printed)
    }
    guard let expected = row.singularValues else { return }
    let found = try linearization.jacobian().singularValues()
    for (found, expected) in zip(found, expected) {
      // Sixteen digits where they are given: then to rounding of a decomposition of order 4.
      let hasAllDigits = expected == 0 || "\(expected)".count > 12
      #expect(abs(found - expected) <= (hasAllDigits ? 16 * Double.ulpOfOne : Self.printed))
    }
  }

  @Test("LayerNorm's Jacobian, its deviation, and what ε leaves along x̂")
  func layerNorm() throws {
    let j = jacobian(of: LayerNorm<Double>(features: 4, epsilon: 0), at: Self.x)
    for (column, expected) in [0.18163572, -0.15568776, -0.08433087, 0.05838291].enumerated() {
      #expect(abs(j[0, column] - expected) <= Self.printed)
    }
    let values = try jacobian(of: LayerNorm<Double>(features: 4), at: Self.x).singularValues()
    let deviation = (Self.sigma * Self.sigma + 1e-5).squareRoot()
    #expect(abs(values[0] * deviation - 1) <= 16 * .ulpOfOne)
    // Seven digits are printed; the decomposition knows 10⁻¹⁶ of the largest value, ten digits of this one.
    #expect(abs(values[2] - 5.189581e-07) <= 0.5e-13)
    #expect(abs(values[2] / (1e-5 / (deviation * deviation * deviation)) - 1) <= 1e-9)
    #expect(values[3] <= 4 * .ulpOfOne * values[0])
    // RMSNorm: ε/r³ along x̂ in the same way, to eight digits.
    let root = (21.25 + 1e-6).squareRoot()
    let along = try jacobian(of: RMSNorm<Double>(features: 4), at: Self.x).singularValues()[3]
    #expect(abs(along - 1.0208491e-8) <= 0.5e-15)
    #expect(abs(along / (1e-6 / (root * root * root)) - 1) <= 1e-7)
  }

  /// Xu et al. 2019, section 3.2: with both statistics detached J = I/σ, with the deviation alone (I − 11ᵀ/d)/σ.
  @Test("The Jacobians of the theorem")
  func detached() {
    let identity = Tensor<Double>(rows: 4, columns: 4) { $0 == $1 ? 1 / Self.sigma : 0 }
    let centred = Tensor<Double>(rows: 4, columns: 4) { (($0 == $1 ? 1 : 0) - 0.25) / Self.sigma }
    let both = jacobian(of: DetachNorm<Double>(detaching: .both, epsilon: 0), at: Self.x)
    let deviation = jacobian(of: DetachNorm<Double>(detaching: .deviation, epsilon: 0), at: Self.x)
    #expect(largestDifference(both, identity) <= 2 * .ulpOfOne)
    #expect(largestDifference(deviation, centred) <= 2 * .ulpOfOne)
  }

  /// Xu et al. 2019, theorem 1: the mean and the variance of the gradient that is passed back.
  @Test("Mean and variance of the gradient passed back", arguments: [0, 1, 2, 3])
  func theorem(phase: Int) {
    let features = 9
    let x: Tensor<Double> = NormCase.input(1, features)
    let gradient = Tensor<Double>(rows: 1, columns: features) {
      1.7 * Double(($1 * $1 + phase * $1) % 5) + Double(phase) - 2
    }
    func moments(_ g: [Double]) -> (mean: Double, variance: Double) {
      let mean = g.reduce(0, +) / Double(g.count)
      return (mean, g.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(g.count))
    }
    let sigma = moments(x.elements).variance.squareRoot()
    let given = moments(gradient.elements)
    let (mean, variance) = (given.mean / sigma, given.variance / (sigma * sigma))
    func back(_ layer: some Layer<Double>) -> (mean: Double, variance: Double) {
      moments(gradient.multiplied(by: jacobian(of: layer, at: x)).elements)
    }
    // Sums of nine elements of the gradient's size over σ.
    let (size, squares) = (20 * Double.ulpOfOne * gradient.maximumMagnitude / sigma, 50 * Double.ulpOfOne * variance)
    let both = back(DetachNorm(detaching: .both, epsilon: 0))
    #expect(abs(both.mean - mean) <= size && abs(both.variance - variance) <= squares)
    let simple = back(LayerNormSimple(epsilon: 0))
    #expect(abs(simple.mean) <= size && simple.variance <= variance + squares)
    let centre = back(DetachNorm(detaching: .mean, epsilon: 0))
    #expect(abs(centre.mean - mean) <= size && centre.variance <= variance + squares)
    let deviation = back(DetachNorm(detaching: .deviation, epsilon: 0))
    #expect(abs(deviation.mean) <= size && abs(deviation.variance - variance) <= squares)
  }

  @Test("FRN of one token has a larger ε than of several, and thresholds at τ")
  func filterResponse() {
    let single = jacobian(of: FilterResponseNorm<Double>(features: 4), at: Self.x)
    let several = FilterResponseNorm<Double>(features: 2)(Tensor(rows: [[3, -1], [4, 7]]))
    for feature in 0..<4 {
      let square = Self.x[0, feature] * Self.x[0, feature]
      let epsilon = 1e-6 + 1e-4
      let slope = epsilon / ((square + epsilon) * (square + epsilon).squareRoot())
      #expect(abs(single[feature, feature] / slope - 1) <= 16 * .ulpOfOne)
    }
    // ν² = 12.5 and 25.
    let (first, second) = ((12.5 + 1e-6).squareRoot(), (25 + 1e-6).squareRoot())
    let expected = Tensor<Double>(rows: [[3 / first, 0], [4 / first, 7 / second]])
    #expect(largestDifference(several, expected) <= 4 * .ulpOfOne)
    let raised = FilterResponseNorm(
      gain: Tensor(shape: [2], elements: [2, 1]), bias: Tensor(shape: [2], elements: [0, -0.5]),
      threshold: Tensor(shape: [2], elements: [2, -0.6]))(Tensor(rows: [[3, -1], [4, 7]]))
    let threshold = Tensor<Double>(rows: [[2, -0.6], [8 / first, 7 / second - 0.5]])
    #expect(largestDifference(raised, threshold) <= 4 * .ulpOfOne)
  }
}
