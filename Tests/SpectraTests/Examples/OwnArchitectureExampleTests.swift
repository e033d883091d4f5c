import Foundation
import Spectra
import TestSupport
import Testing

@Suite("Example: an architecture of one's own")
struct OwnArchitectureExampleTests {
  @Test("Cases have the labels that were given, and smaller branches a narrower spectrum")
  func labels() throws {
    let record = try initializerComparison()
    #expect(record.summaries.map(\.panel.architecture) == ["xavier", "small", "orthogonal"])
    let spreads = try record.summaries.map { try #require($0[.standardDeviationLog].median) }
    #expect(spreads[1] < spreads[0])
    #expect(record.spectra.count == 12 && record.spectra.allSatisfy { $0.status == .ok })
  }

  @Test("The Mixer's Jacobian is that of central differences, and its tokens see one another")
  func centralDifferences() {
    let (stack, input) = mixer(depth: 2, sample: 3)
    let exact = jacobian(of: stack, at: input)
    // Central differences err by step²/6 · |f‴| + eps · |f| / step, below 1e-7 for values and derivatives up to 100.
    let step = 1e-5
    for column in stride(from: 0, to: input.count, by: 7) {
      var (above, below) = (input, input)
      above.elements[column] += step
      below.elements[column] -= step
      let (high, low) = (stack(above), stack(below))
      for row in 0..<input.count {
        let slope = (high.elements[row] - low.elements[row]) / (2 * step)
        #expect(abs(slope - exact[row, column]) < 1e-7)
        if row / 16 != column / 16 { #expect(exact[row, column] != 0) }
      }
    }
  }

  @Test("Layer by layer the last spectrum is the whole stack's")
  func states() throws {
    let (stack, input) = mixer(depth: 5, sample: 0)
    let spectra = try spectraAfterEveryLayer(of: stack, at: input)
    #expect(spectra.count == 5)
    #expect(spectra.map(\.count) == Array(repeating: 64, count: 5))
    let whole = try Spectrum(ofJacobianOf: stack, at: input, method: .product)
    let last = try #require(spectra.last)
    #expect(last.logSingularValues.count == whole.logSingularValues.count)
    // Two plans of one Jacobian differ by rounding, a few eps · σ₁; σ₁/σ_min of these stacks is below 1e5.
    for (one, other) in zip(last.logSingularValues, whole.logSingularValues) { #expect(abs(one - other) < 1e-9) }
  }

  @Test("Its record is written and read like a run's")
  func record() throws {
    let record = try mixerRecord(depths: [2, 8], samples: 3)
    #expect(record.summaries.map(\.samples) == [3, 3] && record.summaries.allSatisfy { $0.verdict != nil })
    let found = try withTemporaryFolder { folder in
      let file = folder + "/mixer.json"
      let panels = try report(record, to: file)
      #expect(panels.contains("mixer · depth 8"))
      // A picture of it names what it shows.
      let drawing = folder + "/mixer.svg"
      try picture(record, to: drawing)
      let svg = try String(contentsOfFile: drawing, encoding: .utf8)
      #expect(svg.contains("<svg") && svg.contains("mixer"))
      return try JSONDecoder().decode(RunRecord<Configuration>.self, from: Data(contentsOf: URL(filePath: file)))
    }
    let (spectra, summaries) = (found.spectra == record.spectra, found.summaries == record.summaries)
    #expect(spectra && summaries)
  }

  @Test("Maximum over tokens: J picks one input for each feature, in all three meanings")
  func maximum() throws {
    let input = Tensor<Double>(rows: [[1, -2, 3], [0, 5, 2], [-1, 4, 7]])
    let expected = Tensor<Double>(rows: 3, columns: 9) { row, column in column == [0, 4, 8][row] ? 1 : 0 }
    #expect(input.maximumOverTokens() == Tensor(rows: [[1, 5, 7]]))
    #expect(jacobian(at: input) { $0.maximumOverTokens() } == expected)
    let dual = DualTensor(input, tangents: Tangents(unit: 0..<9, tokens: 3, features: 3)).maximumOverTokens()
    #expect(dual.tangents.columns == expected)
  }
}
