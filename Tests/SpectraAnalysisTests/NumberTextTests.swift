import SpectraAnalysis
import Testing

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.0, "0"), (1, "1.00"), (0.81, "0.810"), (9.999, "10.0"), (99.96, "100"), (12345, "12345"), (123_456, "1.23e+05"),
    (0.001, "0.00100"), (0.000_999_4, "9.99e-04"), (-2.5, "-2.50"), (.leastNonzeroMagnitude, "4.94e-324"),
    (.greatestFiniteMagnitude, "1.80e+308"),
  ])
  func significant(_ value: Double, _ text: String) { #expect(NumberText.significant(value) == text) }

  @Test(arguments: [
    (0.0, "1.0"), (1000, "2.0e+434"), (-1000, "5.1e-435"), (690, "4.6e+299"), (691, "1.3e+300"), (1001.95, "1.4e+435"),
    (921.02, "9.9e+399"), (921.034, "1.0e+400"),
  ])
  func significantExp(_ logarithm: Double, _ text: String) {
    #expect(NumberText.significantExp(logarithm, digits: 2) == text)
  }

  @Test(arguments: [
    (0.0, "0%"), (1e-9, "<.1%"), (0.001, "0.1%"), (0.0994, "9.9%"), (0.0996, "10%"), (0.5, "50%"), (0.994, "99%"),
    (0.999, "99.9%"), (0.9999, ">99.9%"),
    (1, "100%"),
  ])
  func percent(_ share: Double, _ text: String) { #expect(NumberText.percent(share) == text) }

  @Test func logarithmsBeyondAllExponentsDoNotTrap() {
    #expect(NumberText.significantExp(-1e308) == "exp(-1e+308)")
    #expect(NumberText.significantExp(1e300) == "exp(1e+300)")
  }

  @Test func neverANegativeZero() {
    #expect(NumberText.fixed(-1e-9, decimals: 3) == "0.000" && NumberText.fixed(-0.0, decimals: 0) == "0")
    #expect(NumberText.fixed(-0.0006, decimals: 3) == "-0.001")
  }
}
