import RealModule
import SpectraRandom
import Testing

@testable import SpectraLinearAlgebra

/// The product of matrices of shape [outputs, inputs], the first one applied first.
func resolved(
  _ matrices: some Sequence<Tensor<Double>>, inputs: Int, seed: UInt64 = 0, threads: Int = 1
) throws -> ResolvedSingularValues {
  var product = try ResolvedProduct(inputs: inputs, seed: seed)
  for matrix in matrices {
    try product.advance(to: product.directions.multiplied(by: matrix, transposingOther: true), threads: threads)
  }
  return try product.singularValues(threads: threads)
}

/// A matrix of independent N(0, variance) elements.
func gaussian(_ rows: Int, _ columns: Int, variance: Double, number: Int) -> Tensor<Double> {
  var stream = RandomKey(seed: 3, sample: number, purpose: .probe).stream("gaussian")
  return Tensor(shape: [rows, columns], elements: stream.normals(count: rows * columns)).scaled(
    by: variance.squareRoot())
}

@Suite("Resolved products") struct ResolvedProductTests {
  // MARK: Known spectra

  @Test("Commuting factors: ln σ adds up, to any size", arguments: [1, 10, 1000])
  func diagonals(count: Int) throws {
    // Q D Qᵀ over and over: ln σ = count · ln d, down to −count · 23.
    let factors = [3.0, 1, 1, 0.99, 0.5, 1e-3, 1e-5, 1e-10]
    let basis: Tensor<Double> = reflection(8, phase: 1)
    let matrix = basis.multiplied(by: diagonal(factors, 8, 8)).multiplied(by: basis, transposingOther: true)
    let found = try resolved(Array(repeating: matrix, count: count), inputs: 8)
    let expected = factors.map { Double(count) * .log($0) }
    #expect(found.logSingularValues.count == 8)
    let error = try #require(found.logError)
    for (value, exact) in zip(found.logSingularValues, expected) { #expect(abs(value - exact) <= error) }
    // The matrix itself is rounded: its value 1e-10 is known to eps/1e-10 ≈ 2e-6 a factor, the same in each.
    #expect(error < 2e-4 * Double(count))
    #expect(found.unresolved == 0 && found.unresolvedBelow == nil)
  }

  @Test("A product of orthogonal matrices stays at 0 for 10,000 factors")
  func orthogonal() throws {
    let matrices: [Tensor<Double>] = (1...7).map { reflection(16, phase: $0) }
    let found = try resolved((0..<10_000).lazy.map { matrices[$0 % 7] }, inputs: 16)
    // Each reflection is orthogonal to a few eps, which add up at worst to 10,000 of them.
    for value in found.logSingularValues { #expect(abs(value) < 1e-11) }
    #expect(found.logSingularValues.count == 16)
  }

  @Test("Two by two: the closed form, with rows 10³⁰⁰ apart", arguments: [0.0, 1, 30, 300, 3000])
  func twoByTwo(gap: Double) throws {
    // diag(1, e^−gap) · [[1, ½], [¾, 1]] through factors that are each well scaled.
    let steps = Int(max(1, gap / 10))
    let shrink: Tensor<Double> = diagonal([1, .exp(-gap / Double(steps))], 2, 2)
    let first = Tensor<Double>(rows: [[1, 0.5], [0.75, 1]])
    let found = try resolved([first] + Array(repeating: shrink, count: steps), inputs: 2).logSingularValues
    // σ₁² + σ₂² = 1.25 + 1.5625 e^(−2 gap), σ₁ σ₂ = 0.625 e^(−gap).
    let sum = 1.25 + 1.5625 * .exp(-2 * gap)
    let product = 0.625 * .exp(-gap)
    let larger = 0.5 * .log((sum + (sum * sum - 4 * product * product).squareRoot()) / 2)
    let smaller = .log(0.625) - gap - larger
    #expect(abs(found[0] - larger) < 1e-13)
    // gap itself is a sum of rounded logarithms.
    #expect(abs(found[1] - smaller) < 1e-13 + 4e-16 * gap)
  }

  @Test("Lyapunov exponents of Gaussian products: the digamma formula", arguments: [4, 50])
  func lyapunov(size: Int) throws {
    // Newman 1986: λ_k = ½ [ln(2/N) + ψ((N − k + 1)/2)] for variance 1/N, and Var ln r_kk = ¼ ψ′((N − k + 1)/2).
    let count = size == 4 ? 4000 : 400
    let found = try resolved(
      (0..<count).lazy.map { gaussian(size, size, variance: 1 / Double(size), number: $0) }, inputs: size)
    let golden: (first: Double, last: Double) =
      size == 4 ? (-0.1351814227, -1.3283286) : (-0.010066656, -2.591192925)
    let exponents = (1...size).map { 0.5 * (.log(2 / Double(size)) + digamma(Double(size - $0 + 1) / 2)) }
    #expect(abs(exponents[0] - golden.first) < 1e-7 && abs(exponents[size - 1] - golden.last) < 1e-7)
    for (index, growth) in found.growth.enumerated() {
      let deviation = (0.25 * trigamma(Double(size - index) / 2) / Double(count)).squareRoot()
      // Five standard deviations of the mean over the factors; the start in a random basis is exact for Gaussian ones.
      #expect(abs(growth / Double(count) - exponents[index]) < 5 * deviation)
    }
    // ln |det| is the sum of both, whatever the basis.
    let determinants = (found.growth.reduce(0, +), found.logSingularValues.reduce(0, +))
    #expect(abs(determinants.0 - determinants.1) < 1e-9)
  }

  @Test("At finite depth the mean of ln σ has the exact mean of Gaussian products")
  func finiteDepth() throws {
    // (1/2N) Σ_k [ln(2/N) + ψ(k/2)] a factor: −0.5173120731 for N = 64.
    let (size, count) = (64, 50)
    let found = try resolved(
      (0..<count).map { gaussian(size, size, variance: 1 / Double(size), number: $0) }, inputs: size)
    let mean = found.logSingularValues.reduce(0, +) / Double(size * count)
    let variance = (1...size).reduce(0) { $0 + 0.25 * trigamma(Double($1) / 2) } / Double(size * size * count)
    #expect(abs(mean + 0.5173120731) < 5 * variance.squareRoot())
    #expect(found.logSingularValues.count == size)
  }

  @Test(
    "Against the dense product where that is accurate", arguments: [(3, 3), (12, 12), (40, 25), (25, 40), (150, 150)])
  func dense(outputs: Int, inputs: Int) throws {
    // Few well-conditioned factors: σ spans some e⁸ at most.
    let matrices = [
      gaussian(max(outputs, inputs), inputs, variance: 1, number: 1),
      gaussian(outputs, max(outputs, inputs), variance: 1, number: 2),
    ]
    let found = try resolved(matrices, inputs: inputs)
    let values = try matrices[1].multiplied(by: matrices[0]).singularValues()
    #expect(found.logSingularValues.count == min(outputs, inputs))
    for (value, dense) in zip(found.logSingularValues, values) {
      // gesdd is accurate to eps · σ₁, the product to as much.
      #expect(abs(value - .log(dense)) < 1e-14 * values[0] / dense * 10)
    }
  }

  // MARK: Null directions

  @Test(
    "Two decoupled tokens of gains 3 and 1: the last factor kills one direction of the larger",
    arguments: [2, 12, 20, 26, 28, 29, 30, 31, 32, 34, 40, 60])
  func decoupledTokens(count: Int) throws {
    // A diagonal test on unpivoted columns would miss the death, or drop values of the smaller token, 3^60 below.
    let size = 6
    let blocks = (1..<count).map { step in
      block(reflection(size, phase: step).scaled(by: 3), reflection(size, phase: step + 100))
    }
    let v: Tensor<Double> = reflection(size, phase: 500)
    let projection = v.multiplied(by: diagonal([1, 1, 1, 1, 1, 0], size, size)).multiplied(
      by: v, transposingOther: true)
    let found = try resolved(blocks + [block(projection.scaled(by: 3), reflection(size, phase: 7))], inputs: 2 * size)
    let expected = Array(repeating: Double(count) * .log(3), count: size - 1) + Array(repeating: 0, count: size)
    #expect(found.logSingularValues.count == expected.count)
    #expect(found.unresolved == 0)
    // Between 3^12 and 3^32 the killed direction's share of the other token, 3^−count, is above rounding, and known to
    // eps · 3^count of itself: the error says so, to first order; above 0.1 it says that a value is lost.
    let error = (18...33).contains(count) ? try #require(found.logError) : 1e-9
    for (value, exact) in zip(found.logSingularValues, expected) {
      #expect(abs(value - exact) <= error || (error > 0.1 && abs(value) < 2))
    }
  }

  @Test("A bottleneck of rank 5 leaves 5 values, one of rank 1 one, one of rank 0 none", arguments: [5, 1, 0])
  func bottleneck(rank: Int) throws {
    let narrow = gaussian(rank, 10, variance: 1, number: 1)
    let wide = gaussian(10, rank, variance: 1, number: 2)
    let found = try resolved([reflection(10, phase: 3), narrow, wide, reflection(10, phase: 4)], inputs: 10)
    #expect(found.logSingularValues.count == rank)
    #expect(found.growth.count == rank)
    if rank == 0 { #expect(found.logError == nil) }
    let inner = try wide.multiplied(by: narrow).singularValues()
    for (value, dense) in zip(found.logSingularValues, inner) { #expect(abs(value - .log(dense)) < 1e-12) }
  }

  @Test("A factor of zeros ends everything, and nothing comes after it")
  func zero() throws {
    let zeros = Tensor<Double>(shape: [7, 7], repeating: 0)
    for matrices in [[zeros], [reflection(7, phase: 1), zeros, reflection(7, phase: 2)]] {
      let found = try resolved(matrices, inputs: 7)
      #expect(
        found
          == ResolvedSingularValues(
            logSingularValues: [], unresolved: 0, unresolvedBelow: nil, logError: nil, growth: []))
    }
  }

  @Test("One by one, and nothing at all")
  func tiny() throws {
    let factors: [Double] = [2, -0.25, 1e-300, 1e-300, 3]
    let found = try resolved(factors.map { Tensor(rows: [[$0]]) }, inputs: 1)
    // ln 1.5 − 600 ln 10, a number no double can hold the exponential of.
    #expect(abs(found.logSingularValues[0] - (.log(1.5) - 600 * .log(10))) < 1e-12)
    #expect(try resolved([], inputs: 3).logSingularValues.allSatisfy { abs($0) < 1e-15 })
    #expect(try resolved([Tensor(shape: [0, 3], elements: [])], inputs: 3).logSingularValues.isEmpty)
    #expect(try resolved([], inputs: 0).logSingularValues.isEmpty)
  }

  @Test("NaN and infinity are errors that name the place", arguments: [Double.nan, .infinity])
  func notFinite(value: Double) throws {
    var product = try ResolvedProduct(inputs: 3)
    var images = product.directions
    images[1, 2] = value
    #expect(throws: LinearAlgebraError.notFinite(operation: "resolved product", row: 1, column: 2)) {
      try product.advance(to: images)
    }
    // A step that can be divided is asked to be, and changes nothing.
    let before = product.directions
    #expect(try product.advance(to: images, isDivisible: true) == .tooLong)
    #expect(product.directions == before)
  }

  @Test("A step too long to be accurate is refused where it can be divided, and taken where not")
  func tooLong() throws {
    let steep: Tensor<Double> = diagonal([1, 1, 1e-9], 3, 3)
    var product = try ResolvedProduct(inputs: 3)
    let images = product.directions.multiplied(by: steep, transposingOther: true)
    #expect(try product.advance(to: images, isDivisible: true) == .tooLong)
    #expect(try product.advance(to: images) == .advanced(lost: 0))
    let found = try product.singularValues()
    // The third value is known to eps/1e-9 only, and the error says so.
    #expect(abs(found.logSingularValues[2] + 9 * .log(10)) <= found.logError ?? 0)
    #expect(found.logError ?? 1 > 1e-8)
  }

  @Test("Directions counted as unresolved have an upper bound that later factors move")
  func unresolved() throws {
    // The second factor loses a direction of size 1e-20 to rounding; the third shrinks it by 1e-30 again.
    var product = try ResolvedProduct(inputs: 4)
    let basis: Tensor<Double> = reflection(4, phase: 2)
    func conjugated(_ values: [Double]) -> Tensor<Double> {
      basis.multiplied(by: diagonal(values, 4, 4)).multiplied(by: basis, transposingOther: true)
    }
    func advance(_ matrix: Tensor<Double>) throws -> ResolvedProduct.Step {
      try product.advance(to: product.directions.multiplied(by: matrix, transposingOther: true))
    }
    #expect(try advance(reflection(4, phase: 1)) == .advanced(lost: 0))
    #expect(try advance(conjugated([1, 1, 1, 1e-20])) == .advanced(lost: 1))
    product.discount(1)
    let first = try product.singularValues()
    #expect(first.unresolved == 1 && first.logSingularValues.count == 3)
    // eps and a few units above it, but above the true value.
    let bound = try #require(first.unresolvedBelow)
    #expect(bound > .log(1e-20) && bound < .log(1e-13))
    #expect(try advance(conjugated([1, 1, 1, 1e-8])) == .advanced(lost: 0))
    let second = try #require(try product.singularValues().unresolvedBelow)
    #expect(second < bound - 15 && second > .log(1e-28))
    // A factor of zeros leaves nothing to resolve.
    #expect(try advance(Tensor(shape: [4, 4], repeating: 0)) == .advanced(lost: 3))
    let third = try product.singularValues()
    #expect(third.unresolved == 0 && third.unresolvedBelow == nil && third.logSingularValues.isEmpty)
  }

  // MARK: Properties

  @Test("The starting basis matters within the error only", arguments: [1, 2, 3])
  func seeds(seed: UInt64) throws {
    let matrices = (0..<40).map { gaussian(24, 24, variance: 1.0 / 24, number: $0) }
    let (zero, other) = (try resolved(matrices, inputs: 24), try resolved(matrices, inputs: 24, seed: seed))
    let error = try #require(zero.logError) + #require(other.logError)
    #expect(error < 1e-8)
    for (x, y) in zip(zero.logSingularValues, other.logSingularValues) { #expect(abs(x - y) <= error) }
  }

  @Test("Where the basis is orthonormalised matters within the error only", arguments: [2, 3, 7])
  func strides(stride: Int) throws {
    let matrices = (0..<42).map { gaussian(16, 16, variance: 1.0 / 16, number: $0) }
    // Products of `stride` factors at once, as if nothing could be done between them.
    let merged = Swift.stride(from: 0, to: 42, by: stride).map { start in
      matrices[start..<start + stride].dropFirst().reduce(matrices[start]) { $1.multiplied(by: $0) }
    }
    let (single, together) = (try resolved(matrices, inputs: 16), try resolved(merged, inputs: 16))
    let error = try #require(single.logError) + #require(together.logError)
    for (x, y) in zip(single.logSingularValues, together.logSingularValues) { #expect(abs(x - y) <= error) }
  }

  @Test("A stack and its inverse: what is lost on the way is said", arguments: [1, 5, 20])
  func inverse(count: Int) throws {
    // Contracting and then expanding loses digits in any arithmetic; the truth is the identity.
    let size = 8
    let there = (0..<count).map { gaussian(size, size, variance: 1.0 / 8, number: $0) }
    var back: [Tensor<Double>] = []
    for matrix in there.reversed() { back.append(try inverted(matrix)) }
    let found = try resolved(there + back, inputs: size)
    let error = try #require(found.logError)
    for value in found.logSingularValues { #expect(abs(value) <= error) }
    if count == 1 { #expect(error < 1e-6) }
  }

  @Test("Threads change no bit")
  func threads() throws {
    let matrices = (0..<3).map { gaussian(300, 300, variance: 1.0 / 300, number: $0) }
    #expect(try resolved(matrices, inputs: 300) == resolved(matrices, inputs: 300, threads: 3))
  }
}

/// A block-diagonal matrix.
private func block(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Tensor<Double> {
  Tensor(rows: a.rows + b.rows, columns: a.columns + b.columns) { row, column in
    if row < a.rows, column < a.columns { return a[row, column] }
    return row >= a.rows && column >= a.columns ? b[row - a.rows, column - a.columns] : 0
  }
}

/// ψ(x), by recurrence to x > 20 and the asymptotic series.
private func digamma(_ x: Double) -> Double {
  if x < 20 { return digamma(x + 1) - 1 / x }
  let y = 1 / (x * x)
  return .log(x) - 0.5 / x - y * (1.0 / 12 - y * (1.0 / 120 - y / 252))
}

/// ψ′(x), likewise.
private func trigamma(_ x: Double) -> Double {
  if x < 20 { return trigamma(x + 1) + 1 / (x * x) }
  let y = 1 / (x * x)
  return 1 / x + y / 2 + y / x * (1.0 / 6 - y * (1.0 / 30 - y / 42))
}

/// The inverse of a small matrix, by solving with its QR factors.
private func inverted(_ matrix: Tensor<Double>) throws -> Tensor<Double> {
  let (size, factors) = (matrix.rows, try matrix.qrFactorization())
  var inverse = factors.q.transposed
  for column in 0..<size {
    for row in stride(from: size - 1, through: 0, by: -1) {
      var value = inverse[row, column]
      for later in (row + 1)..<max(size, row + 1) { value -= factors.r[row, later] * inverse[later, column] }
      inverse[row, column] = value / factors.r[row, row]
    }
  }
  return inverse
}
