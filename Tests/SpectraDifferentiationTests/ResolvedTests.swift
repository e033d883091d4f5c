import RealModule
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraDifferentiation

/// Weights N(0, variance/columns) from a stream of their own.
private func weight(_ rows: Int, _ columns: Int, variance: Double = 1, _ name: String) -> Tensor<Double> {
  var stream = RandomKey(seed: 11, sample: 0, purpose: .weights).stream(name)
  return Tensor(shape: [rows, columns], elements: stream.normals(count: rows * columns))
    .scaled(by: (variance / Double(columns)).squareRoot())
}

private func input(_ tokens: Int, _ features: Int) -> Tensor<Double> {
  weight(tokens, features, variance: Double(features), "input")
}

private struct Rectifier: Activation {
  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x > 0 ? x : 0 }
}

/// A map whose primitives stand in one function: nothing says where its layers end.
private struct Monolith: Layer {
  typealias Scalar = Double
  var depth: Int
  var attends = false
  var normalizes = false

  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Double {
    var x = x
    for layer in 0..<depth {
      let features = x.features
      let hidden = x.linear(weight(2 * features, features, "a\(layer)")).activated(by: Rectifier())
      let branch = hidden.linear(weight(features, 2 * features, variance: 2, "b\(layer)"))
      x = x + branch
      if attends {
        x = x.linear(weight(3 * features, features, "c\(layer)")).packedAttention(heads: 1)
      }
      if normalizes { x = x.layerNorm() }
    }
    return x
  }
}

@Suite("Resolved Jacobians") struct ResolvedTests {
  @Test("Cuts are the values through which everything later goes")
  func cuts() {
    let linearization = Linearization(at: input(2, 4)) { x in
      let a = x.linear(weight(4, 4, "a"))  // 1: x goes on beside it
      let b = x + a  // 2: cut
      let c = b.softmax()  // 3: cut
      let d = c * c  // 4: cut
      let e = d + 0.5 * c  // 5 beside, 6: cut; c is used after 4, which is none then
      return [e]
    }
    #expect(linearization.cuts == [0, 2, 3, 6])
    let chain = Linearization(at: input(2, 4)) { [$0.softmax().layerNorm().activated(by: Rectifier())] }
    #expect(chain.cuts == [0, 1, 2, 3])
    #expect(Linearization(at: input(2, 4)) { [$0] }.cuts == [0])
  }

  @Test(
    "Where the dense Jacobian is accurate both agree",
    arguments: [(false, false), (true, false), (true, true), (false, true)])
  func dense(attends: Bool, normalizes: Bool) throws {
    let map = Monolith(depth: 2, attends: attends, normalizes: normalizes)
    let linearization = Linearization(of: map, at: input(3, 6))
    let found = try #require(try linearization.resolvedSingularValues().first)
    let dense = try linearization.jacobian().singularValues()
    for (value, sigma) in zip(found.logSingularValues, dense) where sigma > 1e-6 * dense[0] {
      // gesdd knows σ to a few eps · σ₁.
      #expect(abs(value - .log(sigma)) <= 20 * .ulpOfOne * dense[0] / sigma + (found.logError ?? 0))
    }
    if normalizes {
      // One mean a token is null.
      #expect(found.logSingularValues.count + found.unresolved == 18 - 3)
    }
  }

  @Test("Fifty layers in one function are cut at their primitives")
  func monolith() throws {
    let linearization = Linearization(of: Monolith(depth: 50, normalizes: true), at: input(2, 6))
    // Five primitives a layer, of which the sum and the LayerNorm are passed by everything.
    #expect(linearization.cuts.count == 1 + 2 * 50)
    let found = try #require(try linearization.resolvedSingularValues().first)
    #expect(found.logSingularValues.count == 12 - 2)
    #expect(found.unresolved == 0)
    // Each LayerNorm contracts two directions by about 1e-5 · σ⁻³.
    #expect(found.logSingularValues[9] < -200)
    #expect(found.logError ?? 1 < 1e-6)
  }

  // MARK: Zeros and unresolved values

  @Test("A unit that is off, a mean and a weight of low rank are zeros")
  func zeros() throws {
    let x = input(2, 5)
    let active = x.elements.count { $0 > 0 }
    let low = weight(5, 2, "left").multiplied(by: weight(2, 5, "right"))
    let cases: [(String, (Recorded<Double>) -> Recorded<Double>, Int)] = [
      ("units", { $0.activated(by: Rectifier()) }, active),
      ("means", { $0.layerNorm() }, 8),
      ("low rank", { $0.linear(low) }, 4),
      (
        "uniform attention",
        { q in
          // No score depends on the tokens: only their mean passes.
          Recorded.concatenated([0 * q, 0 * q, q], along: .features).packedAttention(heads: 1)
        }, 5
      ),
    ]
    for (name, map, live) in cases {
      let found = try #require(try Linearization(at: x) { [map($0)] }.resolvedSingularValues().first)
      #expect(found.logSingularValues.count == live, "\(name)")
      #expect(found.unresolved == 0, "\(name)")
    }
  }

  @Test("Equal tokens under attention are unresolved: it is the point and not the map that hides them")
  func collapsedTokens() throws {
    let row = input(1, 6).elements
    let x = Tensor(rows: [row, row, row])
    let found = try #require(
      try Linearization(at: x) { [$0.linear(weight(18, 6, "qkv")).packedAttention(heads: 2)] }
        .resolvedSingularValues().first)
    #expect(found.logSingularValues.count == 6)
    #expect(found.unresolved == 12)
    let bound = try #require(found.unresolvedBelow)
    #expect(bound < -25 && bound > -40)  // some eps
  }

  @Test("A LayerNorm whose epsilon drowns in the variance leaves its direction unresolved")
  func drownedEpsilon() throws {
    let large = input(1, 8).scaled(by: 1e9)
    let found = try #require(try Linearization(at: large) { [$0.layerNorm()] }.resolvedSingularValues().first)
    #expect(found.logSingularValues.count == 6)
    #expect(found.unresolved == 1)  // and one zero, the mean
    // The true value is eps/σ³ along the direction, others are 1/σ.
    let bound = try #require(found.unresolvedBelow)
    let (others, sigma) = (found.logSingularValues[0], -found.logSingularValues[0])
    #expect(bound > .log(1e-5) - 3 * sigma && bound < others - 25)
  }

  @Test("A map that is constant has zeros only")
  func constant() throws {
    let found = try #require(
      try Linearization(at: input(2, 3)) { [(0 * $0).linear(weight(4, 3, "w"))] }.resolvedSingularValues().first)
    #expect(found.logSingularValues.isEmpty && found.unresolved == 0 && found.logError == nil)
  }

  // MARK: Shapes and several results

  @Test("Maps need not keep the shape", arguments: [(1, 9), (9, 1), (4, 7), (7, 4)])
  func shapes(inputs: Int, outputs: Int) throws {
    let linearization = Linearization(at: input(1, inputs)) {
      [$0.linear(weight(outputs, inputs, "w")).activated(by: TanH())]
    }
    let found = try #require(try linearization.resolvedSingularValues().first)
    let dense = try linearization.jacobian().singularValues()
    #expect(found.logSingularValues.count == min(inputs, outputs))
    for (value, sigma) in zip(found.logSingularValues, dense) { #expect(abs(value - .log(sigma)) < 1e-12) }
  }

  private struct TanH: Activation {
    func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { .tanh(x) }
  }

  @Test("Every result is what it is alone, bit for bit, also beside the main line")
  func results() throws {
    func map(_ x: Recorded<Double>) -> [Recorded<Double>] {
      var results: [Recorded<Double>] = []
      var state = x
      for layer in 0..<12 {
        let branch = state.linear(weight(6, 6, "r\(layer)")).activated(by: TanH())
        state = state + branch
        results += [branch, state]
      }
      return results
    }
    let x = input(1, 6)
    let together = try Linearization(at: x, of: map).resolvedSingularValues()
    #expect(together.count == 24)
    for index in [0, 1, 2, 9, 14, 22, 23] {
      #expect(try Linearization(at: x) { [map($0)[index]] }.resolvedSingularValues()[0] == together[index])
    }
    #expect(try Linearization(at: x, of: map).resolvedSingularValues(threads: 2) == together)
  }

  @Test("Images do not depend on how many go at once beyond rounding")
  func chunks() {
    let linearization = Linearization(of: Monolith(depth: 2, attends: true), at: input(3, 6))
    let rows = weight(50, 18, "rows")
    func images(_ rows: Tensor<Double>, threads: Int = 1) -> Tensor<Double> {
      linearization.images(
        ofRows: rows, through: 0..<linearization.steps.count, of: linearization.steps[...], threads: threads)
    }
    let all = images(rows)
    #expect(images(rows, threads: 2) == all)
    for row in [0, 17, 49] {
      let one = images(Tensor(rows: [Array(rows.elements[(18 * row)..<(18 * (row + 1))])]))
      let size = one.maximumMagnitude
      // Another shape may take another kernel of the same products of at most 36 terms, through 12 primitives.
      for (x, y) in zip(one.elements, all.elements[(18 * row)..<(18 * (row + 1))]) {
        #expect(abs(x - y) < 1e-13 * size)
      }
    }
    // The same map as the dense Jacobian.
    let unit = images(.identity(18))
    let dense = linearization.jacobian().transposed
    for (x, y) in zip(unit.elements, dense.elements) { #expect(abs(x - y) < 1e-13 * dense.maximumMagnitude) }
  }

  @Test("The starting basis matters within the error only", arguments: [UInt64(1), 2])
  func seeds(seed: UInt64) throws {
    let linearization = Linearization(of: Monolith(depth: 20, normalizes: true), at: input(2, 6))
    let (a, b) = (
      try linearization.resolvedSingularValues()[0], try linearization.resolvedSingularValues(seed: seed)[0]
    )
    #expect(a.logSingularValues.count == b.logSingularValues.count)
    let error = try #require(a.logError) + #require(b.logError)
    for (x, y) in zip(a.logSingularValues, b.logSingularValues) { #expect(abs(x - y) <= error) }
  }

  @Test("A tangent that is not finite is an error, not a spectrum")
  func notFinite() {
    let x = input(1, 4)
    #expect(throws: LinearAlgebraError.self) {
      try Linearization(at: x) { [(1e300 * (1e300 * $0)).softmax()] }.resolvedSingularValues()
    }
  }

  @Test("Sections may be as small as they like: factors of 1e-200 that a dense Jacobian cannot hold")
  func smallFactors() throws {
    let found = try Linearization(at: input(1, 3)) { x in
      [(0..<7).reduce(x) { state, layer in 1e-200 * state.linear(weight(3, 3, "s\(layer)")) }]
    }.resolvedSingularValues()[0]
    #expect(found.logSingularValues.count == 3)
    for value in found.logSingularValues { #expect(abs(value - 7 * .log(1e-200)) < 30) }
  }
}
