import SpectraLinearAlgebra
import SpectraRandom

/// Measures what rounding does to the factors of a resolved product, by letting one random realisation of it happen.
///
/// Two things are off in the images of a basis under a computed factor: the images were rounded on their way, and the factor
/// belongs to a point that the forward pass knows to rounding only. A bound on either would be too large by orders of
/// magnitude; one realisation, for three of the directions, has the right size.
struct RoundingProbe {
  /// The error of the current value: a vector in units of eps and of that value's root mean square.
  private var error: [Double]
  private var random: RandomStream

  /// At the input, which is exact.
  init(inputs: Int, seed: UInt64) {
    error = Array(repeating: 0, count: inputs)
    random = RandomKey(seed: seed, sample: 0, purpose: .probe).stream("rounding")
  }

  /// By how much a difference of values must exceed eps to be seen in them: 20 bits.
  private static let magnification = 1_048_576.0
  /// The largest relative displacement of a value that still tells its derivative.
  private static let largestDisplacement = 1e-3

  /// Goes through the steps between two cuts, and tells how far the elements of images are off, in units of eps and of the
  /// largest image's elements.
  mutating func advance(
    _ linearization: Linearization<Double>, through range: Range<Int>, directions: Tensor<Double>,
    images: Tensor<Double>
  ) -> Double {
    let limit = 1 / Double.ulpOfOne
    let (from, to) = (linearization.value(ofNode: range.lowerBound), linearization.value(ofNode: range.upperBound))
    let largest = (0..<images.rows).map { images.rootMeanSquare(ofRow: $0) }.max() ?? 0
    let probes = Set([0, images.rows / 2, images.rows - 1]).filter { $0 >= 0 && $0 < images.rows }.sorted()

    // The forward pass from a point that is off by what it is off already, and by its own last digit.
    let size = from.rootMeanSquare
    let noise = random.roundings(count: from.count)
    let own = Tensor(shape: [from.count], elements: error).rootMeanSquare
    let scale = min(Double.ulpOfOne * Self.magnification, Self.largestDisplacement / max(1, own))
    var point = from
    for index in noise.indices {
      point.elements[index] += scale * (error[index] * size + noise[index] * from.elements[index])
    }
    let moved = linearization.steps(range, at: point, holdsUnits: false)
    let end = moved.last?.value ?? point
    let last = random.roundings(count: to.count)
    let after = to.rootMeanSquare
    error = to.elements.indices.map { index in
      let difference = (end.elements[index] - to.elements[index]) / scale + last[index] * to.elements[index]
      return after > 0 && difference.isFinite ? min(max(difference / after, -limit), limit) : (after > 0 ? limit : 0)
    }
    guard largest > 0, !probes.isEmpty else { return 0 }

    let rows = Tensor(rows: probes.map { directions.row($0) })
    let elsewhere = linearization.images(ofRows: rows, through: range, of: moved, threads: 1)
    let shifts = probes.enumerated().map { index, row in
      Tensor.combination(
        1 / scale, Tensor(rows: [elsewhere.row(index)]), -1 / scale, Tensor(rows: [images.row(row)])
      ).rootMeanSquare
    }
    let rounded = linearization.rounding(ofImagesOf: rows, through: range, random: &random)
    let worst = ((shifts.max() ?? 0) + rounded) / largest
    return worst.isFinite ? min(worst, limit) : limit
  }
}

extension Linearization where Scalar == Double {
  /// How large rounding errors in the images of rows are, in units of eps: each element of each block of tangents on the way
  /// is off by a random share of itself. The largest root mean square over the rows.
  fileprivate func rounding(
    ofImagesOf rows: Tensor<Double>, through range: Range<Int>, random: inout RandomStream
  ) -> Double {
    let (from, to) = (value(ofNode: range.lowerBound), value(ofNode: range.upperBound))
    let count = rows.rows
    // First the rows themselves, then their errors: the basis is rounded, too, which matters where it lacks what the factor
    // amplifies most.
    let initial = random.roundings(count: rows.count)
    let start = Tensor(
      shape: [2 * count, from.count], elements: rows.elements + zip(rows.elements, initial).map { $0 * $1 })
    var workspace = Workspace<Double>()
    var block = workspace.block(tokens: from.rows, directions: 2 * count, features: from.columns)
    block.readRows(start, 0..<(2 * count))
    var stream = random
    let nodes = run(block, through: range, of: steps[range], in: &workspace) { step, result in
      let half = count * step.features
      let noise = stream.roundings(count: step.tokens * half)
      for token in 0..<step.tokens {
        let own = 2 * token * half
        for index in 0..<half {
          result.elements[own + half + index] += noise[token * half + index] * result.elements[own + index]
        }
      }
    }
    random = stream
    guard let result = nodes.last ?? nil else { return 0 }
    var images = Tensor<Double>(shape: [2 * count, to.count], repeating: 0)
    images.elements.withUnsafeMutableBufferPointer { target in
      if let base = target.baseAddress { result.writeRows(into: base) }
    }
    return (count..<(2 * count)).map { images.rootMeanSquare(ofRow: $0) }.max() ?? 0
  }
}

extension RandomStream {
  /// Numbers of variance 1, distributed as roundings are: uniformly.
  fileprivate mutating func roundings(count: Int) -> [Double] {
    uniforms(count: count, low: -(3.0.squareRoot()), high: 3.0.squareRoot())
  }
}

extension Tensor<Double> {
  fileprivate func row(_ index: Int) -> [Double] { Array(elements[(index * columns)..<((index + 1) * columns)]) }

  fileprivate func rootMeanSquare(ofRow index: Int) -> Double {
    Tensor(shape: [columns], elements: row(index)).rootMeanSquare
  }
}
