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
  /// - Throws: `LinearAlgebraError` where a decomposition does not converge.
  public func spectrum(size: Int, key: RandomKey) throws -> Spectrum {
    var product = try ResolvedProduct(inputs: size)
    var number = 0
    for (factor, count) in factors {
      for _ in 0..<count {
        var stream = key.layer(number).stream("ensemble")
        try product.advance(to: image(of: product.directions, under: factor, size: size, from: &stream))
        number += 1
      }
    }
    let found = try product.singularValues()
    return try Spectrum(
      method: .resolved, precisionName: "double", rows: size, columns: size,
      logSingularValues: found.logSingularValues.map { $0 + logScale },
      zeros: size - found.logSingularValues.count - found.unresolved, unresolved: found.unresolved,
      unresolvedBelow: found.unresolvedBelow.map { $0 + logScale }, logError: found.logError)
  }

  private func image(
    of directions: Tensor<Double>, under factor: Factor, size: Int, from stream: inout RandomStream
  ) throws -> Tensor<Double> {
    let deviation = 1 / Double(size).squareRoot()
    switch factor {
    case .perturbed(let strength):
      let normals = stream.normals(count: size * size, standardDeviation: deviation * strength.squareRoot())
      return directions + directions.multiplied(by: Tensor(shape: [size, size], elements: normals), transposingOther: true)
    case .gated(let weights, let sigmaW, let gates):
      let scale = weights == .gaussian ? sigmaW * deviation : 1
      var matrix = Tensor(
        shape: [size, size], elements: stream.normals(count: size * size, standardDeviation: scale))
      if weights == .orthogonal {
        matrix = try matrix.qrFactorization().withPositiveDiagonal.q.scaled(by: sigmaW)
      }
      let open = (0..<size).map { _ in gates.value(at: stream.uniform()) }
      let images = directions.multiplied(by: matrix, transposingOther: true)
      return Tensor(rows: images.rows, columns: size) { row, column in open[column] * images[row, column] }
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
