import SpectraRandom

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What rounding puts into directions that a resolved product does not reach, and what becomes of it.
///
/// Where exact zeros have left fewer directions than the space has, rounding turns each basis vector a little out of what the
/// product reaches. Nothing takes that away again: among the basis it would be projected off, but outside of it later factors may
/// let it grow faster than the direction it came with. So it is when a LayerNorm shrinks the only direction that is left, the
/// state's own, by 10⁻⁵ in every layer. A few random vectors outside of the basis go along and tell how such parts grow.
struct Contamination: Sendable {
  /// Orthonormal to the basis, as rows of length 1: how parts outside of it grow.
  private(set) var probes = Tensor<Double>(shape: [0, 0], elements: [])
  /// For each direction the part of its basis vector that lies outside of what the product reaches, relative to it.
  private var shares: [Double]
  /// For each direction the Σ of squared errors of ln σ that such parts have made.
  private var variances: [Double]
  private var random: RandomStream

  private static let probeCount = 3

  init(inputs: Int) {
    shares = Array(repeating: 0, count: inputs)
    variances = shares
    random = RandomKey(seed: 0, sample: 0, purpose: .probe).stream("outside of the basis")
  }

  /// The error of ln σ of each direction; infinite where nothing but such parts is left of it.
  var errors: [Double] {
    zip(shares, variances).map { share, variance in
      share > 0.1 ? .infinity : share * share + 8 * variance.squareRoot()
    }
  }

  /// Goes through one more factor.
  ///
  /// - Parameters:
  ///   - images: of the probes, as rows.
  ///   - step: what the images of the basis were made into.
  ///   - unit: the error of an image, relative to the largest one.
  mutating func pass(_ images: Tensor<Double>, through step: Orthonormalization, unit: Double) {
    let basis = Tensor(shape: [step.rank, step.width], elements: step.q)
    // The basis is orthonormal to 10⁻⁶ only: projected twice.
    let along = images.rows > 0 ? images.multiplied(by: basis, transposingOther: true) : images
    let outside = images.rows > 0 ? images.projected(off: basis, along).projected(off: basis) : images
    let lengths = outside.rowLengths
    let growth = lengths.max() ?? 0
    let fresh = unit * exp(step.logNorms.max() ?? 0)
    let hasOutside = step.rank < step.width
    let before = shares
    var (shares, variances): ([Double], [Double]) = ([], [])
    for (row, pivot) in step.pivots.enumerated() {
      let size = step.r[row * step.columns + pivot] * exp(step.logNorms[pivot])
      shares.append(hasOutside && size > 0 ? min((before[pivot] * growth + fresh) / size, 1e150) : 0)
      let part = (0..<images.rows).map { abs(along[$0, row]) }.max() ?? 0
      let error = size > 0 ? min(before[pivot] * part / size, 1e150) : 0
      variances.append(min(self.variances[pivot] + error * error, 1e300))
    }
    (self.shares, self.variances) = (shares, variances)
    probes = hasOutside ? renewed(outside, lengths, beside: basis) : Tensor(shape: [0, step.width], elements: [])
  }

  /// Probes for the next factor: what has grown goes on, the last one begins anew.
  private mutating func renewed(_ outside: Tensor<Double>, _ lengths: [Double], beside basis: Tensor<Double>)
    -> Tensor<Double>
  {
    let width = basis.columns
    let largest = lengths.max() ?? 0
    var rows: [Double] = []
    for index in 0..<Self.probeCount {
      if index < Self.probeCount - 1, index < lengths.count, lengths[index] > 1e-8 * largest, largest.isFinite {
        rows += (0..<width).map { outside[index, $0] / lengths[index] }
      } else {
        let vector = Tensor(shape: [1, width], elements: random.normals(count: width)).projected(off: basis)
        let length = vector.rowLengths[0]
        rows += vector.elements.map { length > 0 ? $0 / length : 0 }
      }
    }
    return Tensor(shape: [Self.probeCount, width], elements: rows)
  }
}

extension Tensor<Double> {
  /// The rows without their components along the rows of an orthonormal basis.
  func projected(off basis: Tensor, _ components: Tensor? = nil) -> Tensor {
    if basis.rows == 0 || rows == 0 { return self }
    let components = components ?? multiplied(by: basis, transposingOther: true)
    return .combination(1, self, -1, components.multiplied(by: basis))
  }

  fileprivate var rowLengths: [Double] {
    (0..<rows).map { row in (0..<columns).reduce(0) { $0 + self[row, $1] * self[row, $1] }.squareRoot() }
  }
}
