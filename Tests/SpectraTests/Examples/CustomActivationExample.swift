import Spectra
import Testing

// An activation that the package does not have. Its derivative is never written down: dual numbers find it.

/// x + sin²(a x)/a, which learns periodic functions (Ziyin, Hartwig, Ueda 2020, arXiv 2006.08195).
struct Snake: Activation {
  var frequency = 1.0

  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T {
    let a = T(constant: frequency)
    let sine = T.sin(a * x)
    return x + sine * sine / a
  }
}

/// φ(R x), a rotation of two features before the activation.
struct RotatedSnake: Layer {
  typealias Scalar = Double
  var angle: Double
  var activation = Snake()

  var rotation: Tensor<Double> {
    Tensor(rows: [[.cos(angle), -.sin(angle)], [.sin(angle), .cos(angle)]])
  }

  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double {
    x.linear(rotation).activated(by: activation)
  }
}

@Suite("Example: an activation of one's own")
struct CustomActivationExample {
  /// d/dx (x + sin²(a x)/a) = 1 + sin(2 a x).
  static func slope(_ x: Double, frequency a: Double) -> Double { 1 + .sin(2 * a * x) }

  @Test("Its derivative is the closed form's", arguments: [0.5, 1, 3])
  func derivative(frequency: Double) {
    let points = stride(from: -4.0, through: 4, by: 0.37).map { $0 }
    let (values, derivatives) = Snake(frequency: frequency).valuesAndDerivatives(points)
    for (index, x) in points.enumerated() {
      // A handful of operations on numbers below 10, each rounded once.
      #expect(abs(values[index] - (x + .pow(.sin(frequency * x), 2) / frequency)) < 1e-14)
      #expect(abs(derivatives[index] - Self.slope(x, frequency: frequency)) < 1e-14)
    }
  }

  @Test("Behind a rotation the singular values are the slopes themselves")
  func singularValues() throws {
    let layer = RotatedSnake(angle: 0.6)
    let input = Tensor<Double>(rows: [[0.3, -0.8], [1.1, 0.4], [-0.2, 0.1]])
    let spectrum = try Spectrum(ofJacobianOf: layer, at: input)
    // J = diag(φ′(R x)) · R for each token, and R is orthogonal.
    let slopes = input.linear(layer.rotation).elements.map { Self.slope($0, frequency: 1) }.sorted(by: >)
    #expect(spectrum.logSingularValues.count == 6)
    for (found, slope) in zip(spectrum.logSingularValues, slopes) {
      // An SVD errs by a few eps · σ₁ (σ₁ < 2); the smallest slope here is above 0.01, which makes 1e-13 of ln σ.
      #expect(abs(found - .log(slope)) < 1e-12)
    }
  }
}
