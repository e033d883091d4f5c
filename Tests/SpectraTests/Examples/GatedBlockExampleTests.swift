import Spectra
import Testing

@Suite("Example: a gated block")
struct GatedBlockExampleTests {
  @Test("A closed gate is the identity: every singular value is exactly 1")
  func closedGate() throws {
    let spectrum = try gatedStackSpectrum(gate: 0)
    #expect(spectrum.logSingularValues == Array(repeating: 0, count: 64))
  }

  @Test("An open gate spreads the spectrum, and more so the wider it stands")
  func openGate() throws {
    let spreads = try [0.05, 0.2, 0.8].map {
      try #require(IsometryStatistics(gatedStackSpectrum(gate: $0)).standardDeviationLog)
    }
    #expect(spreads == spreads.sorted() && spreads[0] > 0)
  }

  @Test("The Jacobian is that of central differences, and tokens do not see one another")
  func centralDifferences() {
    let stack = Stack<Double>(depth: 3) { random in GatedBlock(width: 5, gate: 0.7, random: random) }
    var stream = RandomKey(seed: 1, sample: 0, purpose: .input).stream("input")
    let input = Tensor(shape: [2, 5], elements: stream.normals(count: 10))
    let exact = jacobian(of: stack, at: input)
    // Central differences err by step²/6 · |f‴| + eps · |f| / step: below 1e-8 for values, weights and derivatives of
    // the order of 1 to 10 and this step.
    let step = 1e-5
    for column in 0..<10 {
      var (above, below) = (input, input)
      above.elements[column] += step
      below.elements[column] -= step
      let (high, low) = (stack(above), stack(below))
      for row in 0..<10 {
        let slope = (high.elements[row] - low.elements[row]) / (2 * step)
        #expect(abs(slope - exact[row, column]) < 1e-8)
        if row / 5 != column / 5 { #expect(exact[row, column] == 0) }
      }
    }
  }
}
