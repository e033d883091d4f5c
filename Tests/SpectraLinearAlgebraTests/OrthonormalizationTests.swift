import RealModule
import Testing

@testable import SpectraLinearAlgebra

@Suite("Orthonormalisation in order") struct OrthonormalizationTests {
  /// Blocks of row vectors: well and ill conditioned, of all sizes, with dependent ones at the end and in between.
  static let blocks: [(name: String, rows: Tensor<Double>, rank: Int)] = {
    let plain = gaussian(40, 60, variance: 1, number: 1)
    var graded = plain
    for row in 0..<40 { for column in 0..<60 { graded[row, column] *= .exp(-12 * Double(row)) } }
    var repeated = plain
    for column in 0..<60 { repeated[17, column] = 2 * plain[3, column] - 0.5 * plain[16, column] }
    var nearly = plain
    for column in 0..<60 { nearly[39, column] = plain[0, column] + 1e-6 * plain[39, column] }
    var early = plain
    for column in 0..<60 { early[1, column] = plain[0, column] + 1e-7 * plain[1, column] }
    var zero = plain
    for column in 0..<60 { zero[20, column] = 0 }
    let tall = gaussian(60, 40, variance: 1, number: 2)
    return [
      ("independent", plain, 40), ("of sizes e⁰ … e⁻⁴⁶⁸", graded, 40), ("one dependent", repeated, 39),
      ("last one nearly dependent", nearly, 40), ("second one nearly dependent", early, 40),
      ("one of zeros", zero, 39), ("more than dimensions", tall, 40),
      ("all equal", Tensor(rows: 5, columns: 9) { Double($1) + 1 + 0 * Double($0) }, 1),
    ]
  }()

  @Test("Q R diag(‖y‖) is Y, Q is orthonormal, R a staircase", arguments: blocks.indices)
  func factorisation(index: Int) throws {
    let (name, rows, rank) = Self.blocks[index]
    // Sizes that grade are legitimate, but rank is decided on one scale: e⁻⁴⁶⁸ is null there.
    let scaled = name.hasPrefix("of sizes")
    guard case .done(let found) = try Orthonormalization.of(rows, decidesRank: !scaled, threads: 1) else {
      // A divisible step is divided instead.
      #expect(scaled)
      return
    }
    #expect(found.rank == rank, "\(name)")
    let (count, width) = (rows.rows, rows.columns)
    let q = Tensor(shape: [found.rank, width], elements: found.q)
    let r = Tensor(shape: [found.rank, count], elements: found.r)
    let product = r.multiplied(by: q, transposingSelf: true)
    for row in 0..<count {
      let norm = Double.exp(found.logNorms[row])
      for column in 0..<width {
        // A few eps of each vector for each of the vectors before it; dependent ones to their tolerance, 60 eps.
        #expect(abs(product[row, column] * norm - rows[row, column]) <= 1e-13 * norm)
      }
    }
    let gram = q.multiplied(by: q, transposingOther: true)
    // Cholesky loses eps · κ² of orthogonality, κ up to 10³ here, and the last step of a product takes it up.
    #expect(distance(gram, .identity(found.rank)) < 1e-6)
    for (row, pivot) in found.pivots.enumerated() {
      #expect(r[row, pivot] > 0)
      for column in 0..<pivot { #expect(r[row, column] == 0) }
    }
    #expect(found.dependent.count == count - rank)
  }

  @Test("The condition is that of the block, to a small factor", arguments: [1.0, 1e2, 1e4, 1e6, 1e8])
  func condition(condition: Double) throws {
    let size = 20
    let (u, v): (Tensor<Double>, Tensor<Double>) = (reflection(size, phase: 1), reflection(size, phase: 2))
    let values = (0..<size).map { Double.pow(condition, -Double($0) / Double(size - 1)) }
    let rows = u.multiplied(by: diagonal(values, size, size)).multiplied(by: v, transposingOther: true)
    guard case .done(let found) = try Orthonormalization.of(rows, decidesRank: true, threads: 1) else {
      Issue.record("A block that is not divided was not factored.")
      return
    }
    // ‖Y‖ is taken as its longest vector, at worst √20 shorter; eight random signs are good to a factor of 2.
    #expect(found.conditionNumber < 3 * condition + 3)
    #expect(found.conditionNumber > condition / (3 * Double(size).squareRoot()))
  }

  @Test("The rank of a block", arguments: [0, 1, 7, 20])
  func rank(rank: Int) throws {
    let block = gaussian(20, rank, variance: 1, number: 1).multiplied(by: gaussian(rank, 30, variance: 1, number: 2))
    #expect(try Orthonormalization.numericalRank(block) == rank)
  }
}

@Suite("Graded factors") struct GradedFactorTests {
  @Test("ln |det| is kept by the decomposition, and values come in order", arguments: [0.0, 0.1, 0.5, 3, 40])
  func determinant(spread: Double) throws {
    // Rows of sizes e^(−spread · i), through one factor after the other.
    let size = 60
    var product = GradedFactor(identity: size)
    var logDeterminant = 0.0
    for number in 0..<4 {
      var rows = gaussian(size, size, variance: 1, number: number)
      for row in 0..<size { for column in 0..<size { rows[row, column] *= .exp(-spread * Double(row) / 4) } }
      // Column-graded blocks are what an aligned basis gives.
      guard case .done(let step) = try Orthonormalization.of(rows, decidesRank: false, threads: 1) else {
        // Sizes over e^(15 · spread): beyond double precision such a step is divided instead.
        #expect(spread >= 3)
        return
      }
      try product.multiply(by: step, threads: 1)
      logDeterminant += (0..<size).reduce(0) { $0 + .log(step.r[$1 * size + $1]) + step.logNorms[$1] }
    }
    let (values, error) = try product.logSingularValues()
    #expect(values == values.sorted(by: >))
    #expect(error < 1e-9)
    // 60 values, each to a few eps of the largest logarithm and of its own block's condition.
    #expect(abs(values.reduce(0, +) - logDeterminant) < 1e-10 * max(1, abs(logDeterminant) * 1e-3))
  }
}
