import Spectra
import Testing

// Maps that do not keep the shape: three tokens of five features go in, two numbers come out. J is 2 × 15.

/// Class scores of the mean token: W · mean(x).
struct PooledClassifier: Layer {
  typealias Scalar = Double
  var classifier: Linear<Double>

  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double { classifier(x.mean(over: .tokens)) }
}

@Suite("Example: a map that is not square")
struct NonSquareMapExample {
  /// Orthogonal rows of length 5 and 2.
  let weight = Tensor<Double>(rows: [[3, 4, 0, 0, 0], [0, 0, 0, 0, 2]])
  let input = Tensor<Double>(rows: [[1, 2, 0, -1, 3], [0, 1, 1, 1, 0], [-1, 0, 2, 0, 1]])

  @Test("A layer: J is W/3 for each of the three tokens, so J Jᵀ = W Wᵀ/3")
  func classifier() throws {
    let layer = PooledClassifier(classifier: Linear(weight: weight))
    #expect(jacobian(of: layer, at: input).shape == [2, 15])
    let spectrum = try Spectrum(ofJacobianOf: layer, at: input)
    #expect((spectrum.rows, spectrum.columns, spectrum.count) == (2, 15, 2))
    let expected = [5 / 3.0.squareRoot(), 2 / 3.0.squareRoot()]
    for (found, value) in zip(spectrum.logSingularValues, expected) {
      // The error of an SVD is a few eps · σ₁, relative to the smaller value 2.5 times that.
      #expect(abs(found - .log(value)) < 1e-14)
    }
  }

  @Test("A closure: probabilities sum to 1, so that one direction of the output is lost")
  func probabilities() throws {
    let probabilities = { (x: Recorded<Double>) in x.mean(over: .tokens).linear(weight).softmax() }
    let spectrum = try Spectrum(of: jacobian(at: input, of: probabilities))
    // The mean token is (0, 1, 1, 0, 4/3), its scores are 4 and 8/3, and for p = (p₁, p₂) softmax has the Jacobian
    // p₁ p₂ [[1, −1], [−1, 1]]: with d the difference of W's rows σ₁ = p₁ p₂ · √2 · ‖d‖/√3, and σ₂ = 0.
    let p = 1 / (1 + Double.exp(8 / 3.0 - 4))
    let difference = (9.0 + 16 + 4).squareRoot()
    let largest = p * (1 - p) * 2.0.squareRoot() * difference / 3.0.squareRoot()
    #expect(spectrum.logSingularValues.count == 1)
    #expect(abs(spectrum.logSingularValues[0] - .log(largest)) < 1e-13)
    // Whether rounding leaves an exact 0 or a crumb, it does not count as a small singular value.
    #expect(spectrum.zeros + spectrum.unresolved == 1)
  }
}
