import RealModule
import SpectraLinearAlgebra
import Testing

@testable import SpectraDifferentiation

/// A small network with every kind of primitive: [3, 8] to [3, 8].
struct Network<Scalar: NetworkScalar>: Layer {
  var mask = AttentionMask.none
  func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    states(x)[2]
  }

  func states<S: Signal>(_ x: S) -> [S] where S.Scalar == Scalar {
    let attended = x + x.layerNorm().linear(wave(24, 8)).packedAttention(heads: 2, mask: mask).linear(wave(8, 8))
    let hidden = attended.linear(wave(16, 8, phase: 2)).activated(by: Function.tanh)
    let mixed = 0.5 * hidden.linear(wave(8, 16, phase: 3)) * attended
    return [attended, mixed, .concatenated([attended, mixed], along: .features).linear(wave(8, 16, phase: 5))]
  }
}

@Suite("Linearization")
struct LinearizationTests {
  static let input: Tensor<Double> = wave(3, 8, phase: 9)

  @Test("J does not depend on the chunk", arguments: [1, 2, 3, 7, 23, 24, 25, 1000])
  func chunks(chunk: Int) {
    let linearization = Linearization(of: Network<Double>(), at: Self.input)
    let whole = linearization.jacobian(chunk: 24)
    #expect(distance(linearization.jacobian(chunk: chunk), whole) <= 1e-12 * whole.maximumMagnitude)
    #expect(distance(linearization.jacobian(), whole) <= 1e-12 * whole.maximumMagnitude)
    #expect(
      distance(jacobian(of: Network<Double>(), at: Self.input), whole) <= 1e-12 * whole.maximumMagnitude)
  }

  @Test("J has the same bits for any number of threads", arguments: [1, 2, 3, 8], [1, 3, 7, nil])
  func threads(threads: Int, chunk: Int?) {
    let linearization = Linearization(of: Network<Double>(mask: .causal), at: Self.input)
    let alone = linearization.jacobian(chunk: chunk, threads: 1)
    let shared = linearization.jacobian(chunk: chunk, threads: threads)
    #expect(shared.elements.map(\.bitPattern) == alone.elements.map(\.bitPattern))
  }

  @Test("Several results come from one pass")
  func severalResults() {
    let network = Network<Double>()
    let linearization = Linearization(at: Self.input) { x in network.states(x) + [x.sum(over: .tokens)] }
    let jacobians = linearization.jacobians(chunk: 5, threads: 2)
    #expect(jacobians.map(\.shape) == [[24, 24], [24, 24], [24, 24], [8, 24]])
    #expect(linearization.outputs.map(\.shape) == [[3, 8], [3, 8], [3, 8], [1, 8]])
    for (index, j) in jacobians.enumerated() where index < 3 {
      let alone = Linearization(at: Self.input) { [network.states($0)[index]] }
      #expect(alone.output == linearization.outputs[index])
      #expect(distance(alone.jacobian(), j) <= 1e-12 * j.maximumMagnitude)
    }
    // The last one is what `jacobian` and `output` give.
    #expect(linearization.jacobian(chunk: 5) == jacobians[3])
    #expect(linearization.output == linearization.outputs[3])
  }

  @Test("Steps that no result needs are dropped")
  func pruning() {
    let needed = Linearization(at: Self.input) { [2 * $0] }
    let withWaste = Linearization(at: Self.input) { x in
      let used = 2 * x
      _ = x * x
      _ = (used + used).linear(wave(3, 8))
      return [used]
    }
    #expect(withWaste.steps.map(\.name) == needed.steps.map(\.name))
    #expect(withWaste.jacobian() == needed.jacobian())

    // What stands between two needed steps is renumbered away.
    let between = Linearization(at: Self.input) { x in
      let first = 2 * x
      _ = first * first
      return [first + 1, first]
    }
    #expect(between.steps.count == 2)
    #expect(between.jacobians() == [Tensor.identity(24).scaled(by: 2), Tensor.identity(24).scaled(by: 2)])
  }

  @Test("A value may be used again and again")
  func reuse() {
    let x = Self.input
    let square = Linearization(at: x) { [$0 * $0] }.jacobian()
    let twice = Linearization(at: x) { [$0 + $0] }.jacobian()
    let power = Linearization(at: x) { x in
      let square = x * x
      return [square * square]
    }.jacobian()
    for (index, value) in x.elements.enumerated() {
      #expect(square[index, index] == 2 * value)
      #expect(twice[index, index] == 2)
      #expect(abs(power[index, index] - 4 * value * value * value) <= 4 * .ulpOfOne)
    }
    #expect(twice == Tensor.identity(24).scaled(by: 2))
    #expect(Linearization(at: x) { [$0 - $0] }.jacobian() == Tensor(shape: [24, 24], repeating: 0))
  }

  @Test("The input itself is a result like any other")
  func identity() {
    let linearization = Linearization(at: Self.input) { [$0, 3 * $0, $0] }
    #expect(linearization.outputs[0] == Self.input)
    for chunk in [1, 5, 24] {
      let jacobians = linearization.jacobians(chunk: chunk, threads: 2)
      #expect(jacobians == [.identity(24), Tensor.identity(24).scaled(by: 3), .identity(24)])
    }
    #expect(Linearization(at: Self.input) { [$0] }.steps.isEmpty)
  }

  @Test("Empty inputs, outputs and lists of results")
  func empty() {
    let nothing = Tensor<Double>(shape: [0, 8], elements: [])
    #expect(Linearization(at: nothing) { [2 * $0] }.jacobian().shape == [0, 0])
    #expect(Linearization(at: Self.input) { [$0[tokens: 1..<1]] }.jacobian().shape == [0, 24])
    #expect(Linearization(at: Self.input) { _ in [] }.jacobians().isEmpty)
  }

  @Test("So many results that a stack frame for each would not fit the stack")
  func manyResults() {
    // All layers of 30,000, as `--layers all` asks for them.
    let linearization = Linearization(at: Tensor<Double>(shape: [1, 1], elements: [1])) { x in
      (0..<30_000).map { Double($0) * x }
    }
    let jacobians = linearization.jacobians(threads: 2)
    #expect(jacobians.count == 30_000)
    #expect(jacobians.enumerated().allSatisfy { $1.elements == [Double($0)] })
  }

  @Test("A map may throw")
  func throwing() {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) { try Linearization(at: Self.input) { _ in throw Refusal() } }
    #expect(throws: Refusal.self) { try jacobian(at: Self.input) { _ in throw Refusal() } }
    #expect(jacobian(at: Self.input) { $0.sum(over: .features) }.shape == [3, 24])
  }

  @Test("Pushing a direction is J times it")
  func pushing() {
    let linearization = Linearization(of: Network<Double>(), at: Self.input)
    let directions: Tensor<Double> = wave(24, 5, phase: 4)
    let pushed = linearization.push(Tangents(columns: directions, tokens: 3, features: 8))
    let expected = linearization.jacobian().multiplied(by: directions)
    #expect(distance(pushed[0].columns, expected) <= 1e-13 * expected.maximumMagnitude)
  }

  /// After the first block the list of free blocks and the scratch are all that a worker holds.
  @Test("Memory grows linearly with the chunk and not with depth")
  func memory() {
    func elements(chunk: Int, depth: Int) -> Int {
      let linearization = Linearization(at: Self.input) { x in
        [(0..<depth).reduce(x) { signal, _ in Network<Double>()(signal) }]
      }
      var workspace = Workspace<Double>()
      for _ in 0..<3 {
        _ = linearization.push(Tangents(unit: 0..<chunk, tokens: 3, features: 8), in: &workspace)
      }
      return storedElements(workspace)
    }
    let one = elements(chunk: 1, depth: 1)
    #expect(one > 0)
    for chunk in [2, 8, 24] { #expect(elements(chunk: chunk, depth: 1) == chunk * one) }
    #expect(elements(chunk: 4, depth: 8) == elements(chunk: 4, depth: 2))
  }

  /// The elements of all arrays of numbers within a value.
  private func storedElements(_ value: Any) -> Int {
    if let array = value as? [Double] { return array.count }
    return Mirror(reflecting: value).children.reduce(0) { $0 + storedElements($1.value) }
  }

  @Test("A chunk gives the widest block 2^17 elements, and is at least 16 and at most what there is")
  func chunkSize() {
    #expect(Linearization<Double>.chunk(widest: 16 * 256, directions: 1024) == 131_072 / (16 * 256))
    #expect(Linearization<Double>.chunk(widest: 16, directions: 16) == 16)
    #expect(Linearization<Double>.chunk(widest: 1 << 20, directions: 8192) == 16)
    #expect(Linearization<Double>.chunk(widest: 64, directions: 1000) == 1000)
  }
}

@Suite("Tangents")
struct TangentsTests {
  @Test("Unit tangents are columns of the identity", arguments: [0..<6, 0..<1, 2..<5, 3..<3])
  func unit(range: Range<Int>) {
    let columns = Tangents<Double>(unit: range, tokens: 3, features: 2).columns
    #expect(columns == Tensor(rows: 6, columns: range.count) { $0 == range.lowerBound + $1 ? 1 : 0 })
  }

  @Test("Columns come back", arguments: [(1, 1, 1), (2, 3, 5), (17, 4, 33), (3, 0, 2), (0, 3, 2)])
  func columns(tokens: Int, features: Int, directions: Int) {
    let matrix: Tensor<Float> = wave(tokens * features, directions)
    let tangents = Tangents(columns: matrix, tokens: tokens, features: features)
    #expect(tangents.elements.count == tokens * features * directions)
    #expect(tangents.columns == matrix)
  }
}
