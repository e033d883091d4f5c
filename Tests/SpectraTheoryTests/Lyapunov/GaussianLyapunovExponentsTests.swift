import Testing

@testable import SpectraTheory

@Suite struct GaussianLyapunovExponentsTests {
  /// N and its exponents of s² = 1/N at some places, counted from 0. Printed digits of the formula by mpmath.
  private static let golden: [(size: Int, place: Int, exponent: Double, digits: Double)] = [
    (4, 0, -0.1351814227, 1e-10), (4, 1, -0.3283286, 1e-7), (4, 2, -0.63518142, 1e-8), (4, 3, -1.3283286, 1e-7),
    (50, 0, -0.010066656, 1e-9), (50, 49, -2.591192925, 1e-9), (256, 0, -0.0019556681, 1e-10),
    (256, 255, -3.40777015, 1e-8), (500, 0, -0.0010006667, 1e-10), (500, 499, -3.742485472, 1e-9),
  ]

  @Test(arguments: golden)
  func exponents(size: Int, place: Int, exponent: Double, digits: Double) throws {
    // Half a unit of the last printed digit.
    #expect(abs(try GaussianLyapunovExponents.exponents(size: size)[place] - exponent) <= 0.51 * digits)
  }

  @Test(arguments: [(64, -0.5173120731), (100, -0.5121930409), (256, -0.5056798768), (500, -0.5032426525)])
  func mean(size: Int, mean: Double) throws {
    #expect(abs(try GaussianLyapunovExponents.mean(size: size) - mean) <= 0.51e-10)
  }

  @Test func varianceShiftsAllExponents() throws {
    let plain = try GaussianLyapunovExponents.exponents(size: 8)
    let scaled = try GaussianLyapunovExponents.exponents(size: 8, variance: 4.0 / 8)
    for (one, other) in zip(plain, scaled) { #expect(abs(other - one - 0.6931471805599453) < 1e-15) }
  }

  @Test func complexElements() throws {
    // N = 1: ½ ln E-Gumbel, −γ/2, with variance ζ(2)/4.
    #expect(
      abs(try GaussianLyapunovExponents.exponents(size: 1, elements: .complex)[0] + 0.5772156649015329 / 2) < 1e-15)
    #expect(
      abs(try GaussianLyapunovExponents.stepVariances(size: 1, elements: .complex)[0] - 1.6449340668482264 / 4) < 1e-15)
    // A complex matrix of N fluctuates as a real one of 2N: ψ(N − k + 1) are every second ψ of the real one.
    let complex = try GaussianLyapunovExponents.exponents(size: 5, variance: 1, elements: .complex)
    let real = try GaussianLyapunovExponents.exponents(size: 10, variance: 0.5)
    for (k, exponent) in complex.enumerated() { #expect(abs(exponent - real[2 * k]) < 1e-15) }
  }

  @Test(arguments: [0.05, 0.25, 0.5, 0.9])
  func limit(share: Double) throws {
    // ψ(x) = ln x − 1/(2x) + O(1/x²) at x = N·share/2: the finite-N quantile lies within 1/(N·share) of the limit.
    let size = 2000
    let exponents = try GaussianLyapunovExponents.exponents(size: size)
    let quantile = exponents[size - Int(share * Double(size))]
    #expect(abs(quantile - (try GaussianLyapunovExponents.limitQuantile(share))) < 1 / (Double(size) * share))
  }

  @Test func refusals() {
    #expect(throws: TheoryError.self) { try GaussianLyapunovExponents.exponents(size: 0) }
    #expect(throws: TheoryError.self) { try GaussianLyapunovExponents.exponents(size: 4, variance: 0) }
    #expect(throws: TheoryError.self) { try GaussianLyapunovExponents.stepVariances(size: -1) }
    #expect(throws: TheoryError.self) { try GaussianLyapunovExponents.limitQuantile(1.5) }
  }
}
