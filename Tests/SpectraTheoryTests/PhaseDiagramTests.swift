import SpectraNetworks
import Testing

@testable import SpectraTheory

@Suite struct PhaseDiagramTests {
  @Test func cellsAreThoseOfThePoints() throws {
    let diagram = try PhaseDiagram(of: ErrorFunction(), sigmaW: [0.5, 1, 2], sigmaB: [0, 0.3], threads: 2)
    #expect(diagram.cells.count == 6)
    for (index, cell) in diagram.cells.enumerated() {
      #expect(cell.sigmaW == diagram.sigmaW[index % 3] && cell.sigmaB == diagram.sigmaB[index / 3])
      #expect(cell.point == (try MeanField(ErrorFunction(), sigmaW: cell.sigmaW, sigmaB: cell.sigmaB).point()))
      #expect(cell[.chi] == cell.point?.chi && cell[.phase] == nil)
    }
    #expect(diagram.cells.map(\.phase) == [.ordered, .chaotic, .chaotic, .ordered, .ordered, .chaotic])
    #expect(diagram == (try PhaseDiagram(of: ErrorFunction(), sigmaW: [0.5, 1, 2], sigmaB: [0, 0.3], threads: 1)))
  }

  /// The line separates the phases: on every row, what is left of it is ordered, what is right of it chaotic.
  @Test func criticalLineSeparatesThePhases() throws {
    let diagram = try PhaseDiagram(
      of: ErrorFunction(), sigmaW: PhaseDiagram.grid(0.2...3, 9), sigmaB: PhaseDiagram.grid(0...0.8, 5))
    for bias in diagram.sigmaB {
      let critical = try #require(diagram.criticalLine.first { $0.sigmaB == bias })
      for cell in diagram.cells where cell.sigmaB == bias {
        #expect(cell.phase == (cell.sigmaW < critical.sigmaW ? .ordered : .chaotic))
      }
    }
    #expect(diagram.criticalLine.map(\.sigmaB) == diagram.criticalLine.map(\.sigmaB).sorted())
    // At the origin erf has the slope 2/√π.
    #expect(abs(diagram.criticalLine[0].sigmaW - Double.pi.squareRoot() / 2) < 1e-14)
  }

  @Test func variancesWithoutBoundAreAPhase() throws {
    let diagram = try PhaseDiagram(of: ReLU(), sigmaW: [1, 2.0.squareRoot(), 2], sigmaB: [0, 0.5])
    #expect(diagram.cells.map(\.phase) == [.ordered, .critical, .unbounded, .ordered, .unbounded, .unbounded])
    #expect(diagram.criticalLine.count == 1)
    #expect(diagram.cells[2].point == nil && diagram.cells[2][.chi] == nil)
  }

  @Test func gridsHaveTheirEnds() {
    #expect(PhaseDiagram.grid(0.5...3, 6) == [0.5, 1, 1.5, 2, 2.5, 3])
    #expect(PhaseDiagram.grid(1...2, 1) == [1.5])
    #expect(PhaseDiagram.grid(0...0.7, 8).last == 0.7)
  }

  @Test(arguments: [[], [1, 0.5], [-1, 1], [0, .infinity], [1, 1]] as [[Double]])
  func axesMustAscend(axis: [Double]) {
    #expect(throws: TheoryError.self) { try PhaseDiagram(of: ReLU(), sigmaW: axis, sigmaB: [0]) }
    #expect(throws: TheoryError.self) { try PhaseDiagram(of: ReLU(), sigmaW: [1], sigmaB: axis) }
  }
}
