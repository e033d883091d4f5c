public import SpectraLinearAlgebra
import SpectraRandom

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// The resolved method: the Jacobian as the product of the Jacobians between the cuts of the recorded list.

extension Linearization where Scalar == Double {
  /// The singular values of each result's Jacobian to high relative accuracy, however many decades they span: one pass
  /// for all results through which everything later goes, as the states of a stack, and one final decomposition each.
  ///
  /// - Parameters:
  ///   - seed: of the random starting basis. Results depend on it within their `logError`.
  ///   - threads: how many threads share the work. Results are the same, bit for bit, for any number.
  /// - Throws: `LinearAlgebraError` where a tangent is not finite or a decomposition does not converge.
  public func resolvedSingularValues(
    seed: UInt64 = 0, threads: Int = 1
  ) throws(LinearAlgebraError) -> [ResolvedSingularValues] {
    let cuts = Set(self.cuts)
    var results = [ResolvedSingularValues?](repeating: nil, count: outputs.count)
    let shared = outputs.indices.filter { cuts.contains(outputNodes[$0]) }
    var pass = try ResolvedPass(self, seed: seed, threads: threads)
    for index in shared.sorted(by: { outputNodes[$0] < outputNodes[$1] }) {
      results[index] = try pass.singularValues(atNode: outputNodes[index])
    }
    // A result beside the main line, such as an intermediate value of a block, is the end of a list of its own.
    for index in outputs.indices where results[index] == nil {
      let own = restricted(toOutputs: [index])
      var pass = try ResolvedPass(own, seed: seed, threads: threads)
      results[index] = try pass.singularValues(atNode: own.steps.count)
    }
    return results.compactMap { $0 }
  }
}

/// One walk of the orthonormal basis through the recorded list.
///
/// *When* to orthonormalise decides the cost: each time costs about as much as a few layers, while tangents stay
/// accurate as long as what lies between two times is well conditioned. So the walk learns how ill-conditioned each kind
/// of section is, takes as many sections at once as stay below `ordinaryLimit` together, and where that was too much goes
/// back and takes fewer. Where a single section is nearly singular it is cut at all its primitives, so that rank is decided
/// where it is lost.
struct ResolvedPass {
  private let linearization: Linearization<Double>
  private let threads: Int
  /// The nodes at which the basis may be orthonormalised.
  private let stops: [Int]
  private let cuts: [Int]
  /// Where the stops are among the cuts.
  private let places: [Int]
  /// For each section, from one stop to the next, what kind it is.
  private let kinds: [String]
  /// The position in `stops` that has been reached.
  private var position = 0
  /// How many sections may be taken at once, after more were too many.
  private var longest = Int.max / 2
  private(set) var product: ResolvedProduct
  private var sections: [String: Section] = [:]
  private var probe: RoundingProbe
  /// How far the last images were off, in units of eps.
  private var lastError = 0.0

  /// What is known of one kind of section.
  private struct Section {
    /// ln κ that it adds.
    var logCondition: Double
    /// ln of the size of its largest image.
    var logNorm: Double
    /// ln of how much larger than a few eps the errors of its images are, as where a softmax is nearly a switch.
    var logExcess: Double
  }

  /// Sections are taken together up to this ln of κ and of the excess of errors: five digits of sixteen.
  private static let ordinaryLimit = 11.5
  /// One ill-conditioned section, such as a LayerNorm with its contraction by 10⁻⁵, may have mild ones beside it up to
  /// this ln κ of theirs.
  private static let mildLimit = 4.6
  /// And all together up to this one: ln 10⁷.
  private static let highestLimit = 16.1
  /// The error of images of a few primitives of ordinary values, in units of eps.
  private static let ordinaryError = 8.0
  /// Tangents must not leave the range of double precision, and stay far from it.
  private static let normLimit = 200.0

  init(_ linearization: Linearization<Double>, seed: UInt64, threads: Int) throws(LinearAlgebraError) {
    self.linearization = linearization
    self.threads = threads
    let cuts = linearization.cuts
    self.cuts = cuts
    // Wider nodes, such as a feed-forward's hidden one, cost more to orthonormalise and are kept for need.
    let largest = max(linearization.inputCount, linearization.outputs.map(\.count).max() ?? 0)
    let outputs = Set(linearization.outputNodes)
    let stops = cuts.filter { $0 == 0 || outputs.contains($0) || linearization.value(ofNode: $0).count <= largest }
    self.stops = stops
    let isStop = Set(stops)
    places = cuts.indices.filter { isStop.contains(cuts[$0]) }
    kinds = stops.indices.dropLast().map { linearization.kind(of: stops[$0]..<stops[$0 + 1]) }
    product = try ResolvedProduct(inputs: linearization.inputCount, seed: seed)
    probe = RoundingProbe(inputs: linearization.inputCount, seed: seed)
  }

  /// The singular values of the Jacobian of a node that is a stop, at or after where the walk is.
  ///
  /// The walk itself goes no farther than its own plan takes it towards the node; the rest is a branch of it. So what is
  /// asked for on the way changes nothing: a layer's values are those of a stack that ends there, bit for bit.
  mutating func singularValues(atNode node: Int) throws(LinearAlgebraError) -> ResolvedSingularValues {
    guard let end = stops.firstIndex(of: node) else {
      preconditionFailure("Node \(node) is not a cut of the linearisation.")
    }
    while position < end, case let next = planned(), next <= end { try step(to: next) }
    var branch = self
    while branch.position < end { try branch.step(to: min(branch.planned(), end)) }
    return try branch.product.singularValues(threads: threads)
  }

  /// The stop up to which sections are expected to stay well conditioned together.
  private func planned() -> Int {
    var (sum, largest, norm, excess) = (0.0, 0.0, 0.0, 0.0)
    let end = min(position + longest, stops.count - 1)
    var next = position
    while next < end {
      // A kind not seen yet is taken alone, and so learnt.
      guard let known = sections[kinds[next]] else { break }
      sum += known.logCondition
      largest = max(largest, known.logCondition)
      norm += abs(known.logNorm)
      excess = max(excess, known.logExcess)
      guard sum + excess <= Self.ordinaryLimit || (sum - largest <= Self.mildLimit && sum <= Self.highestLimit),
        norm <= Self.normLimit
      else { break }
      next += 1
    }
    // A single section is taken whatever it is.
    return max(next, position + 1)
  }

  /// Takes the sections up to a stop at once, or where they turn out to be too many, none and fewer next time.
  private mutating func step(to next: Int) throws(LinearAlgebraError) {
    let range = stops[position]..<stops[next]
    let inner = cuts[(places[position] + 1)...places[next]]
    let taken = Array(kinds[position..<next])
    if case .tooLong = try take(range, from: range.lowerBound, isDivisible: next - position > 1 || inner.count > 1) {
      for kind in Set(taken) { sections[kind]?.logCondition *= 1.25 }
      if next - position > 1 {
        longest = (next - position) / 2
        return
      }
      var start = range.lowerBound
      for node in inner {
        _ = try take(start..<node, from: range.lowerBound, isDivisible: false)
        start = node
      }
    }
    learn(taken)
    longest = .max / 2
    position = next
  }

  /// Notes how ill-conditioned and how large the sections just taken were.
  private mutating func learn(_ kinds: [String]) {
    let (condition, norm) = (logarithm(product.lastConditionNumber), product.lastLogNorm)
    let excess = max(0, log(lastError / Self.ordinaryError))
    if kinds.count == 1 {
      sections[kinds[0]] = Section(logCondition: condition, logNorm: norm, logExcess: excess)
      return
    }
    // Conditions multiply at worst. What they were together corrects what each is expected to be.
    let expected = kinds.reduce(0.0) { $0 + (sections[$1]?.logCondition ?? 0) }
    let correction = expected > 0 ? min(2, max(0.7, condition / expected)) : 1
    for kind in Set(kinds) {
      sections[kind]?.logCondition *= correction
      sections[kind]?.logNorm = norm / Double(kinds.count)
      sections[kind]?.logExcess = excess
    }
  }

  private func logarithm(_ condition: Double) -> Double { condition.isFinite ? max(0.1, log(condition)) : 40 }

  /// Pushes the basis through a range of steps and orthonormalises it there.
  ///
  /// - Parameter origin: the stop at or before the range's start.
  private mutating func take(
    _ range: Range<Int>, from origin: Int, isDivisible: Bool
  ) throws(LinearAlgebraError) -> ResolvedProduct.Step {
    let (directions, rank) = (product.directions, product.rank)
    let images = linearization.images(
      ofRows: directions, through: range, of: linearization.steps[range], threads: threads)
    var moved = probe
    let error = moved.advance(linearization, through: range, directions: directions, images: images)
    let step = try product.advance(to: images, isDivisible: isDivisible, errorOfImages: error, threads: threads)
    guard case .advanced(let lost) = step else { return step }
    if lost > 0 { try classify(lost, of: directions, basis: rank, through: range, from: origin) }
    (probe, lastError) = (moved, error)
    return step
  }

  /// Tells exact null directions from those that only rounding hides.
  ///
  /// A direction that a primitive annihilates wherever it is evaluated, as LayerNorm does the mean and a switched-off unit
  /// does everything, is null. One that comes alive at another point is null only because the point is where it is,
  /// such as tokens that are equal to rounding, or a state so large that a LayerNorm's epsilon drowns in its variance; its
  /// singular value is some small number. So the rank is taken again at a random point of the stop before, with the
  /// activations' slopes held.
  private mutating func classify(
    _ lost: Int, of rows: Tensor<Double>, basis: Int, through range: Range<Int>, from origin: Int
  ) throws(LinearAlgebraError) {
    let shape = linearization.value(ofNode: origin).shape
    var stream = RandomKey(seed: 0, sample: origin, purpose: .probe).stream("another point")
    let point = Tensor(shape: shape, elements: stream.normals(count: shape[0] * shape[1]))
    let images = linearization.images(
      ofRows: rows, through: range,
      of: linearization.steps(origin..<range.upperBound, at: point, holdsUnits: true)[range], threads: threads)
    guard images.isFinite else { return }
    let rank = try Orthonormalization.numericalRank(
      Tensor(shape: [basis, images.columns], elements: Array(images.elements.prefix(basis * images.columns))))
    product.discount(min(lost, max(0, rank - product.rank)))
  }
}
