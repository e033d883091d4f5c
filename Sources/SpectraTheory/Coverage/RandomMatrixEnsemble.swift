import RealModule
public import SpectraAnalysis
import SpectraDifferentiation
import SpectraLinearAlgebra
public import SpectraRandom

/// Random matrices of a size whose spectra follow a law as the size grows: what a network's spectra are compared with at that
/// size.
public struct RandomMatrixEnsemble: Sendable {
  private enum Factor: Sendable {
    /// D W, gates drawn for each row.
    case gated(weights: WeightEnsemble, sigmaW: Double, gates: GateSampler)
    /// 1 + √c X with X of independent N(0, 1/N) elements.
    case perturbed(strength: Double)
  }

  private let factors: [(factor: Factor, count: Int)]
  private let logScale: Double

  /// Products of D_l W_l: the ensemble of `FreeProductLaw`.
  public init(_ layers: [FreeProductLaw.Layers]) {
    factors = layers.map {
      (.gated(weights: $0.weights, sigmaW: $0.sigmaW, gates: GateSampler($0.gates)), $0.count)
    }
    logScale = 0
  }

  /// e^logScale Π (1 + √c_l X_l): that of `ResidualLaw` with c = Σ c_l.
  public init(branches: [Double], logScale: Double = 0) {
    factors = branches.map { (.perturbed(strength: $0), 1) }
    self.logScale = logScale
  }

  /// The number of factors.
  public var count: Int { factors.reduce(0) { $0 + $1.count } }

  /// The singular values of one matrix.
  ///
  /// - Parameters:
  ///   - size: N, rows and columns.
  ///   - key: which one.
  ///   - isDense: whether the product is formed, which takes a fraction of the time and leaves values near its rounding
  ///     unresolved; else they come from the product that is never formed (`ResolvedProduct`).
  /// - Throws: `LinearAlgebraError` where a decomposition does not converge.
  public func spectrum(size: Int, key: RandomKey, isDense: Bool = false) throws -> Spectrum {
    try isDense ? denseSpectrum(size: size, key: key) : resolvedSpectrum(size: size, key: key)
  }

  /// How far below the largest value, in ln σ, those of a dense product are known to a hundredth.
  public static func denseReach(size: Int) -> Double { -Double.log(100 * Double(max(size, 1)) * .ulpOfOne) }

  /// The spectrum of the product that is never formed.
  func resolvedSpectrum(size: Int, key: RandomKey) throws -> Spectrum {
    var product = try ResolvedProduct(inputs: size)
    try draw(size: size, key: key) { factor in try product.advance(to: factor.images(of: product.directions)) }
    let found = try product.singularValues()
    return try Spectrum(
      method: .resolved, precisionName: "double", rows: size, columns: size,
      logSingularValues: found.logSingularValues.map { $0 + logScale },
      zeros: size - found.logSingularValues.count - found.unresolved, unresolved: found.unresolved,
      unresolvedBelow: found.unresolvedBelow.map { $0 + logScale }, logError: found.logError)
  }

  /// The spectrum of the dense product.
  func denseSpectrum(size: Int, key: RandomKey) throws -> Spectrum {
    var transposed: Tensor<Double>?
    var (rank, scale) = (size, logScale)
    try draw(size: size, key: key) { factor in
      rank = min(rank, factor.rank)
      let images = transposed.map { factor.images(of: $0) } ?? factor.transposedMatrix
      let largest = images.maximumMagnitude
      guard largest > 0 else {
        transposed = images
        return
      }
      scale += .log(largest)
      transposed = images.scaled(by: 1 / largest)
    }
    // A product of no factors is the identity.
    let values = try transposed?.singularValues() ?? Array(repeating: 1, count: size)
    let floor = (values.first ?? 0) * .exp(-Self.denseReach(size: size))
    // A product of generic matrices has the rank of its poorest factor; what an SVD finds beyond is rounding.
    let live = values.prefix(rank).filter { $0 > floor }
    let unresolved = floor > 0 ? rank - live.count : 0
    return try Spectrum(
      method: .product, precisionName: "double", rows: size, columns: size,
      logSingularValues: live.map { .log($0) + scale }, zeros: size - live.count - unresolved, unresolved: unresolved,
      unresolvedBelow: unresolved > 0 ? .log(floor) + scale : nil, logError: 0.01)
  }

  // MARK: Factors

  /// One factor that was drawn.
  private struct Drawn {
    /// The matrix without gates, or X of 1 + X.
    var matrix: Tensor<Double>
    /// The gates of its rows; nil where it is 1 + X.
    var gates: [Double]?

    var rank: Int { gates.map { $0.count { $0 != 0 } } ?? matrix.rows }

    /// The images of rows.
    func images(of directions: Tensor<Double>) -> Tensor<Double> {
      let images = directions.multiplied(by: matrix, transposingOther: true)
      guard let gates else { return directions + images }
      return gated(images, gates)
    }

    var transposedMatrix: Tensor<Double> {
      guard let gates else {
        return Tensor(rows: matrix.rows, columns: matrix.rows) { $0 == $1 ? 1 + matrix[$0, $1] : matrix[$1, $0] }
      }
      return gated(matrix.transposed, gates)
    }

    private func gated(_ images: Tensor<Double>, _ gates: [Double]) -> Tensor<Double> {
      var (elements, width) = (images.elements, gates.count)
      for start in stride(from: 0, to: elements.count, by: max(width, 1)) {
        for column in 0..<width { elements[start + column] *= gates[column] }
      }
      width = images.columns
      return Tensor(shape: [images.rows, width], elements: elements)
    }
  }

  /// Draws the factors one after the other, the first applied first.
  private func draw(size: Int, key: RandomKey, _ body: (Drawn) throws -> Void) throws {
    var number = 0
    for (factor, count) in factors {
      for _ in 0..<count {
        var stream = key.layer(key.layer + number).stream("ensemble")
        try body(drawn(factor, size: size, from: &stream))
        number += 1
      }
    }
  }

  private func drawn(_ factor: Factor, size: Int, from stream: inout RandomStream) throws -> Drawn {
    let deviation = 1 / Double(size).squareRoot()
    switch factor {
    case .perturbed(let strength):
      let normals = stream.normals(count: size * size, standardDeviation: deviation * strength.squareRoot())
      return Drawn(matrix: Tensor(shape: [size, size], elements: normals), gates: nil)
    case .gated(let weights, let sigmaW, let gates):
      let scale = weights == .gaussian ? sigmaW * deviation : 1
      var matrix = Tensor(
        shape: [size, size], elements: stream.normals(count: size * size, standardDeviation: scale))
      if weights == .orthogonal {
        matrix = try matrix.qrFactorization().withPositiveDiagonal.q.scaled(by: sigmaW)
      }
      return Drawn(matrix: matrix, gates: (0..<size).map { _ in gates.value(at: stream.uniform()) })
    }
  }
}

/// Draws from a distribution of gates.
private struct GateSampler: Sendable {
  private let values: [Double]
  private let cumulative: [Double]

  init(_ gates: Gates) {
    let panels = gates.panels.flatMap { panel in zip(panel.slopes.map(abs), panel.masses) }
    values = gates.values.map(\.slope) + panels.map(\.0)
    var sum = 0.0
    cumulative = (gates.values.map(\.share) + panels.map(\.1)).map {
      sum += $0
      return sum
    }
  }

  /// The value at a number between 0 and 1; a shut gate where the weights end before.
  func value(at uniform: Double) -> Double {
    var (low, high) = (0, cumulative.count)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] <= uniform { low = middle + 1 } else { high = middle }
    }
    return low < values.count ? values[low] : 0
  }
}
