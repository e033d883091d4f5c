import SpectraAnalysis
public import SpectraDifferentiation
import SpectraLinearAlgebra

/// Mean field theory over a grid of (σ_w, σ_b), with the line on which χ₁ = 1.
///
/// ```swift
/// let diagram = try PhaseDiagram(of: Tanh(), sigmaW: PhaseDiagram.grid(0.5...3, 40), sigmaB: PhaseDiagram.grid(0...1, 20))
/// ```
public struct PhaseDiagram: Sendable, Equatable {
  /// The σ_w of the columns, ascending.
  public let sigmaW: [Double]
  /// The σ_b of the rows, ascending.
  public let sigmaB: [Double]
  /// The cells, row by row: that of `sigmaW[i]` and `sigmaB[j]` is `cells[j * sigmaW.count + i]`.
  public let cells: [Cell]
  /// The critical line within the grid, by ascending σ_b; empty where it passes elsewhere.
  public let criticalLine: [CriticalPoint]

  /// A point of the grid.
  public struct Cell: Sendable, Equatable {
    /// σ_w.
    public let sigmaW: Double
    /// σ_b.
    public let sigmaB: Double
    /// What theory says; nil where variances grow without bound.
    public let point: MeanFieldPoint?
    /// The point's phase, `unbounded` where there is no point.
    public let phase: MeanFieldPoint.Phase

    /// A number of the point; nil where it has none.
    public subscript(quantity: PhaseQuantity) -> Double? { point.flatMap { quantity.value(of: $0) } }
  }

  /// A point at which χ₁ = 1.
  public struct CriticalPoint: Sendable, Equatable, Codable {
    /// σ_w.
    public let sigmaW: Double
    /// σ_b.
    public let sigmaB: Double

    enum CodingKeys: String, CodingKey {
      case sigmaW = "sigma_w"
      case sigmaB = "sigma_b"
    }
  }

  /// The diagram of an activation.
  ///
  /// - Parameters:
  ///   - activation: φ.
  ///   - sigmaW: the σ_w of the columns, ascending, 0 or more.
  ///   - sigmaB: the σ_b of the rows, ascending, 0 or more.
  ///   - threads: how many cells are computed at once; numbers do not depend on it.
  /// - Throws: `TheoryError` that names the cell where there is no answer; variances without bound are one.
  public init(
    of activation: any Activation, sigmaW: [Double], sigmaB: [Double], threads: Int = Parallel.availableProcessors
  ) throws(TheoryError) {
    for (name, values) in [("sigma_w", sigmaW), ("sigma_b", sigmaB)] {
      guard let first = values.first, first >= 0, values.allSatisfy(\.isFinite),
        zip(values, values.dropFirst()).allSatisfy({ $0 < $1 })
      else {
        throw .outOfRange("The values of \(name) in a phase diagram must be finite, 0 or more and ascending.")
      }
    }
    (self.sigmaW, self.sigmaB) = (sigmaW, sigmaB)
    let moments = ActivationMoments(activation)
    let places = sigmaB.flatMap { bias in sigmaW.map { (weight: $0, bias: bias) } }
    let results = Parallel.map(places, threads: threads) { place -> Result<Cell, TheoryError> in
      Result { () throws(TheoryError) in try Self.cell(moments, place.weight, place.bias) }
    }
    var cells = [Cell]()
    for result in results { cells.append(try result.get()) }
    self.cells = cells
    criticalLine = Self.line(moments, sigmaW, sigmaB, threads: threads)
  }

  /// Numbers at equal distances, both ends among them; the middle where it is one.
  public static func grid(_ range: ClosedRange<Double>, _ count: Int) -> [Double] {
    guard count > 1 else { return count == 1 ? [range.lowerBound / 2 + range.upperBound / 2] : [] }
    let (low, high) = (range.lowerBound, range.upperBound)
    // The whole before the quotient: 0.5 … 3 in six steps has 1.5 among them, not its neighbour.
    return (0..<count).map { $0 == count - 1 ? high : low + (high - low) * Double($0) / Double(count - 1) }
  }

  private static func cell(
    _ moments: ActivationMoments, _ sigmaW: Double, _ sigmaB: Double
  ) throws(TheoryError) -> Cell {
    let theory = MeanField(moments, sigmaW: sigmaW, sigmaB: sigmaB)
    let q = try theory.lengthLimit()
    let point = q.isFinite ? theory.point(fixed: q) : nil
    return Cell(sigmaW: sigmaW, sigmaB: sigmaB, point: point, phase: point?.phase ?? .unbounded)
  }

  /// The critical points of each row and of each column that lie within the grid.
  private static func line(
    _ moments: ActivationMoments, _ sigmaW: [Double], _ sigmaB: [Double], threads: Int
  ) -> [CriticalPoint] {
    let (weights, biases) = (sigmaW[0]...sigmaW[sigmaW.count - 1], sigmaB[0]...sigmaB[sigmaB.count - 1])
    let grid = CriticalGrid(moments)
    let ofRows = Parallel.map(sigmaB, threads: threads) { bias in
      (try? MeanField.criticalSigmaW(grid, sigmaB: bias)).map { CriticalPoint(sigmaW: $0, sigmaB: bias) }
    }
    let ofColumns = Parallel.map(sigmaW, threads: threads) { weight in
      (try? MeanField.criticalSigmaB(grid, sigmaW: weight)).map { CriticalPoint(sigmaW: weight, sigmaB: $0) }
    }
    let points = (ofRows + ofColumns).compactMap { $0 }.filter {
      weights.contains($0.sigmaW) && biases.contains($0.sigmaB)
    }
    let sorted = points.sorted { ($0.sigmaB, $0.sigmaW) < ($1.sigmaB, $1.sigmaW) }
    // A grid point on the line is found by its row and by its column.
    return sorted.enumerated().filter { index, point in index == 0 || point != sorted[index - 1] }.map(\.element)
  }
}

/// What a phase diagram shows of its points.
public enum PhaseQuantity: String, Sendable, Codable, CaseIterable {
  /// χ₁, the mean squared singular value of a layer.
  case chi
  /// q*, the variance of pre-activations.
  case q
  /// c*, the correlation of two inputs in deep layers.
  case c
  /// ξ_c, layers over which correlations settle.
  case correlationDepth = "xi-c"
  /// ξ_q, layers over which variances settle.
  case lengthDepth = "xi-q"
  /// |ξ_∇|, layers over which squared gradients fall or grow by a factor e.
  case gradientDepth = "xi-gradient"
  /// The side of criticality.
  case phase

  /// The quantity of a point; nil where it has none, and for `phase`.
  public func value(of point: MeanFieldPoint) -> Double? {
    switch self {
    case .chi: point.chi
    case .q: point.q
    case .c: point.correlation
    case .correlationDepth: point.correlationDepth
    case .lengthDepth: point.lengthDepth
    case .gradientDepth: point.gradientDepth.map(abs)
    case .phase: nil
    }
  }

  /// Its symbol.
  public var symbol: String {
    switch self {
    case .chi: "χ₁"
    case .q: "q*"
    case .c: "c*"
    case .correlationDepth: "ξ_c"
    case .lengthDepth: "ξ_q"
    case .gradientDepth: "|ξ_∇|"
    case .phase: "phase"
    }
  }

  /// What it is, in words.
  public var meaning: String {
    switch self {
    case .chi: "χ₁ = σ_w² E[φ′²], the mean squared singular value of a layer"
    case .q: "q*, the variance of pre-activations in deep layers"
    case .c: "c*, the correlation of two inputs in deep layers"
    case .correlationDepth: "ξ_c, the layers over which correlations approach c* by a factor e"
    case .lengthDepth: "ξ_q, the layers over which variances approach q* by a factor e"
    case .gradientDepth: "|ξ_∇|, the layers over which squared gradients change by a factor e"
    case .phase: "the phase"
    }
  }
}
