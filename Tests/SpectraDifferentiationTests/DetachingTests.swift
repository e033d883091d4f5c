import RealModule
import SpectraLinearAlgebra
import Testing

@testable import SpectraDifferentiation

@Suite("Detached values") struct DetachingTests {
  private struct Rectifier: Activation {
    func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x <= 0 ? 0 : x }
  }

  private static func map<S: Signal>(_ x: S) -> S where S.Scalar == Double {
    let y = x.linear(wave(6, 6, phase: 2)).layerNorm()
    return (-0.2 * y.detached() + 1.5) * y + x.mean(over: .tokens).detached()
  }

  @Test("A tensor is itself, a dual loses its tangents")
  func meanings() {
    let x: Tensor<Double> = wave(3, 4)
    #expect(x.detached() == x)
    let dual = DualTensor(x, tangents: Tangents(unit: 0..<12, tokens: 3, features: 4)).detached()
    #expect(dual.value == x)
    #expect(dual.tangents == Tangents(tokens: 3, directions: 12, features: 4))
  }

  @Test("Evaluated at another point, a recorded map's detached values follow", arguments: [false, true])
  func values(holdsUnits: Bool) {
    let (x, other): (Tensor<Double>, Tensor<Double>) = (wave(4, 6, phase: 1), wave(4, 6, phase: 5))
    let linearization = Linearization(at: x) { [Self.map($0)] }
    let moved = linearization.steps(0..<linearization.steps.count, at: other, holdsUnits: holdsUnits)
    #expect(moved.last?.value == Self.map(other))
    // And the derivative there is the one of that point.
    let images = linearization.images(
      ofRows: .identity(24), through: 0..<linearization.steps.count, of: moved, threads: 1)
    let there = Linearization(at: other) { [Self.map($0)] }.jacobian()
    #expect(distance(images.transposed, there) <= 64 * .ulpOfOne * there.maximumMagnitude)
  }

  @Test("Whatever is detached, the plan gives the derivative of pushing", arguments: [1, 40])
  func plan(tokens: Int) {
    let x: Tensor<Double> = wave(tokens, 6)
    let linearization = Linearization(at: x) { x in
      let alone = x.linear(wave(8, 6, phase: 3)).detached().linear(wave(6, 8, phase: 4))
      return [Self.map(x) + alone, alone]
    }
    let direct = linearization.push(Tangents(unit: 0..<x.count, tokens: tokens, features: 6)).map(\.columns)
    let plan = linearization.plan(directions: 1_000_000, chunk: 1_000_000)
    let planned = linearization.jacobians(by: plan, chunk: 50, threads: 1, groupBytes: 1 << 30)
    for (planned, direct) in zip(planned, direct) {
      #expect(distance(planned, direct) <= 500 * .ulpOfOne * max(1, direct.maximumMagnitude))
    }
    #expect(planned[1].maximumMagnitude == 0)
  }

  @Test("The resolved method: nothing passes a detached value, and everything passes beside it")
  func zeros() throws {
    let x: Tensor<Double> = wave(2, 5, phase: 3)
    func resolved(_ map: (Recorded<Double>) -> Recorded<Double>) throws -> (live: Int, unresolved: Int) {
      let found = try #require(try Linearization(at: x) { [map($0)] }.resolvedSingularValues().first)
      return (found.logSingularValues.count, found.unresolved)
    }
    #expect(try resolved { $0.detached() } == (0, 0))
    #expect(try resolved { $0.linear(wave(5, 5)).detached().linear(wave(5, 5)) } == (0, 0))
    #expect(try resolved { $0 + $0.detached() } == (10, 0))
    #expect(try resolved { $0 * $0.detached() } == (10, 0))
    #expect(try resolved { $0 + $0.sum(over: .tokens).detached() } == (10, 0))
    // The mean of each of two tokens: one detached, the other passing.
    #expect(try resolved { $0 - $0.mean(over: .features) } == (8, 0))
    #expect(try resolved { $0 - $0.mean(over: .features).detached() } == (10, 0))
  }

  /// At a random point the gates would be others: they are held, as units are.
  @Test("What a shut gate stops is a zero, not a lost value, detached or not")
  func gates() throws {
    let x: Tensor<Double> = wave(2, 5, phase: 3)
    let open = x.elements.count { $0 > 0 }
    #expect(open > 0 && open < 10)
    for isDetached in [true, false] {
      let found = try #require(
        try Linearization(at: x) { x in
          let gate = x.activated(by: Rectifier())
          return [(isDetached ? gate.detached() : gate) * x]
        }.resolvedSingularValues().first)
      #expect(found.logSingularValues.count == open && found.unresolved == 0)
    }
  }
}
