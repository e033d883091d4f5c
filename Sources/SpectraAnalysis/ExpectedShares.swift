/// What a law expects of a histogram: the share of all values that falls into each bin and into each place beside the axis.
///
/// The numbers of a law may come from a file: whatever they are, all shares are between 0 and 1.
package struct ExpectedShares: Sendable, Equatable {
  /// The share of each bin, atoms included.
  package let bins: [Double]
  /// The share of exact zeros, and of values at or below the floor of a dense product, zeros among them.
  package let zeros, belowFloor: Double
  /// The shares below the axis and above it.
  package let underflow, overflow: Double

  /// - Parameters:
  ///   - curve: the law.
  ///   - axis: the histogram's.
  ///   - floor: the ln σ at and below which values are lost to rounding; nil where zeros are told from small values.
  ///   - tolerance: the distance in units of the axis within which an atom lies on an edge.
  package init(_ curve: SpectralCurve, on axis: HistogramAxis, floor: Double?, tolerance: Double) {
    let unit = axis.logBase.naturalLog
    let smooth = SpectralCurve(
      logSingularValues: curve.logSingularValues, density: curve.density, cumulative: curve.cumulative)
    let least = floor ?? -.infinity
    func below(_ value: Double) -> Double { smooth.cumulative(at: Swift.max(value * unit, least)) }
    let masses = axis.edges.map(below)
    var bins = zip(masses, masses.dropFirst()).map { $1 - $0 }
    let lost = floor.map { smooth.cumulative(at: $0) } ?? 0
    var (zeros, belowFloor) = (0.0, lost)
    var underflow = masses[0] - lost
    var overflow = smooth.continuousMass - masses[axis.bins]
    for atom in curve.atoms {
      guard let place = atom.logSingularValue, place > least else {
        if floor == nil { zeros += atom.weight } else { belowFloor += atom.weight }
        continue
      }
      switch axis.position(of: place / unit, tolerance: tolerance) {
      case .underflow: underflow += atom.weight
      case .bin(let bin): bins[bin] += atom.weight
      case .overflow: overflow += atom.weight
      }
    }
    self.bins = bins.map(asShare)
    (self.zeros, self.belowFloor) = (asShare(zeros), asShare(belowFloor))
    (self.underflow, self.overflow) = (asShare(underflow), asShare(overflow))
  }

  /// The law beside the spectra of a panel: where all came from the product method they have its floor.
  package init(_ curve: SpectralCurve, on axis: HistogramAxis, beside spectra: [Spectrum]) {
    let isProduct = spectra.allSatisfy { $0.method == .product }
    self.init(
      curve, on: axis, floor: isProduct ? spectra.compactMap(\.noiseFloor).max() : nil,
      tolerance: axis.tolerance(precisionName: spectra.first?.precisionName ?? "double"))
  }

  /// The least share that has a place of its own beside an axis where no value was found: a tail of less is no sign of
  /// anything.
  package static let leastBeside = 0.005
}

/// A number between 0 and 1; 0 for what is no number.
private func asShare(_ value: Double) -> Double { value > 0 ? Swift.min(value, 1) : 0 }
