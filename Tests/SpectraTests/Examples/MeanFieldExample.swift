// Code of the article on mean field theory, compiled: what it shows stands here, line by line.

import Spectra
import Testing

/// Where two signals of a tanh network end up, and the weights that would put it on the critical line.
func tanhNetwork() throws -> (point: MeanFieldPoint, criticalSigmaW: Double) {
  let sigmaB = 0.05.squareRoot()
  let point = try MeanField(Tanh(), sigmaW: 1.5, sigmaB: sigmaB).point()
  let sigmaW = try MeanField.criticalSigmaW(Tanh(), sigmaB: sigmaB)
  return (point, sigmaW)
}

@Suite struct MeanFieldExampleTests {
  @Test func tanhIsOrderedOnOneSideOfItsCriticalLine() throws {
    let (point, critical) = try tanhNetwork()
    // The known point of this line (Schoenholz et al. 2017 give 1.76), to ten decimals.
    #expect(abs(critical * critical - 1.7609546396) < 1e-10)
    #expect(critical < 1.5 && point.phase == .chaotic)
  }
}
