package import SpectraAnalysis
internal import SpectraReports

/// A law of ln σ as a histogram's panel shows it: in units of its axis, and in shares of one bin.
public struct FigureTheory: Sendable, Equatable {
  /// The law's name with its parameters, as in `Gaussian weights, gates of tanh; σ_w=1.5`.
  public let name: String
  /// The smooth part: density times the width of a bin, from edge to edge of the law or of the axis.
  public let line: [Point]
  /// The values that a finite share has, as far as they are on the axis.
  public let atoms: [Point]
  /// The shares of bins and of the places beside the axis.
  package let expected: ExpectedShares

  /// A place on the axis with a share of all values.
  public struct Point: Sendable, Equatable {
    public let x, share: Double
  }

  /// A panel's law; nil where there is none.
  init?(_ record: TheoryRecord?, beside spectra: [Spectrum], on axis: HistogramAxis) {
    guard let prediction = record?.prediction else { return nil }
    name = prediction.name
    expected = ExpectedShares(prediction.curve, on: axis, beside: spectra)
    line = Self.line(prediction.curve, on: axis)
    let unit = axis.logBase.naturalLog
    // An atom on the edge of the axis is one within it, as equal values are.
    let slack = axis.binWidth / 1000
    atoms = prediction.curve.atoms.compactMap { atom in
      guard let place = atom.logSingularValue.map({ $0 / unit }), atom.weight.isFinite,
        (axis.lower - slack...axis.upper + slack).contains(place)
      else { return nil }
      return Point(x: min(max(place, axis.lower), axis.upper), share: atom.weight)
    }
  }

  /// The highest share that a bin is expected to have, and the line's own where that is not much higher: at a hard edge it goes
  /// beyond any scale.
  var peak: Double {
    let (ofBins, ofLine) = (expected.bins.max() ?? 0, line.map(\.share).max() ?? 0)
    return ofLine <= 1.5 * ofBins ? max(ofLine, ofBins) : ofBins
  }

  /// More points than this no eye tells apart.
  private static let mostPoints = 400

  private static func line(_ curve: SpectralCurve, on axis: HistogramAxis) -> [Point] {
    // Per unit of the axis there is naturalLog times the density per unit of ln σ.
    let (unit, scale) = (axis.logBase.naturalLog, axis.logBase.naturalLog * axis.binWidth)
    var points = zip(curve.logSingularValues, curve.density).map { Point(x: $0 / unit, share: $1 * scale) }
      .filter { $0.x.isFinite && $0.share.isFinite && abs($0.x) < 1e9 && $0.share >= 0 }
    guard let first = points.first, let last = points.last else { return [] }
    // A law that begins or ends with a jump stands on the axis there; below a tail it goes on.
    let hasTail = (curve.cumulative.first ?? 0) > 1e-3 * curve.continuousMass
    if first.share > 0, !hasTail { points.insert(Point(x: first.x, share: 0), at: 0) }
    if last.share > 0 { points.append(Point(x: last.x, share: 0)) }
    return within(axis, points).evenly(atMost: mostPoints)
  }

  /// The part of a line on the axis, with its crossings of the ends.
  private static func within(_ axis: HistogramAxis, _ points: [Point]) -> [Point] {
    var result: [Point] = []
    for (index, point) in points.enumerated() {
      if index > 0 {
        let before = points[index - 1]
        for end in [axis.lower, axis.upper] where before.x < end && end < point.x {
          let share = (end - before.x) / (point.x - before.x)
          result.append(Point(x: end, share: before.share + (point.share - before.share) * share))
        }
      }
      if (axis.lower...axis.upper).contains(point.x) { result.append(point) }
    }
    return result
  }
}

extension TheoryRecord {
  /// The same of a panel with another name.
  func renamed(_ architecture: String) -> TheoryRecord {
    var record = self
    record.panel = Panel(architecture: architecture, depth: panel.depth, layer: panel.layer)
    return record
  }
}
