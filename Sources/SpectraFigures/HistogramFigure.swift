public import SpectraAnalysis

/// Overlaid histograms of log σ in panels with one axis and one scale.
public struct HistogramFigure: Sendable, Equatable {
  /// The axis that all panels share.
  public let axis: HistogramAxis
  public let panels: [Panel]
  /// The places beside the axis, left of it and right: those that some series needs.
  public let gutters: [Gutter]
  /// The share of all values that stands at the full height of a panel; more is cut off there, and said.
  public let fullShare: Double

  /// Whether a share goes on above the scale.
  func isCut(_ share: Double) -> Bool { share > cutOff(ofFullShare: fullShare) }

  public struct Panel: Sendable, Equatable {
    public let title: String
    public let series: [Series]
    /// Why there is nothing to see; nil where there is something.
    public let emptyReason: String?
  }

  /// One histogram.
  public struct Series: Sendable, Equatable {
    /// The place of its name in the legend.
    public let entry: Int
    public let histogram: Histogram
    /// Where a dense Jacobian puts unresolved values: counts for each bin; nil where they are not shown.
    public let noise: [Int]?
    /// The law that covers its stack; nil where there is none.
    public let theory: FigureTheory?
  }

  /// A place for values that have no place on the axis.
  public enum Gutter: Sendable, Equatable, CaseIterable {
    case zeros, floor, hidden, underflow, overflow

    /// Whether it stands left of the axis.
    public var isLeft: Bool { self != .overflow }
    /// Whether its values are known by number only.
    public var isLost: Bool { [.zeros, .floor, .hidden].contains(self) }

    public func label(_ axis: HistogramAxis) -> String {
      switch self {
      case .zeros: "0"
      case .floor: "≤ floor"
      case .hidden: "hidden"
      case .underflow: "< \(NumberText.shortest(axis.lower))"
      case .overflow: "> \(NumberText.shortest(axis.upper))"
      }
    }

    /// The share that a law expects there.
    func expected(_ theory: FigureTheory) -> Double {
      switch self {
      case .zeros: theory.expected.zeros
      case .floor, .hidden: theory.expected.belowFloor
      case .underflow: theory.expected.underflow
      case .overflow: theory.expected.overflow
      }
    }

    public func count(_ histogram: Histogram) -> Int {
      switch self {
      case .zeros: histogram.zeros
      case .floor, .hidden: histogram.unresolved
      case .underflow: histogram.underflow
      case .overflow: histogram.overflow
      }
    }
  }

  init(
    _ measured: PanelSamples, _ theory: [SpectraAnalysis.Panel: TheoryRecord], labels: FigureLabels,
    axis: HistogramAxis, noise: Bool
  ) throws {
    guard labels.groups.count <= FigureError.mostPanels else { throw FigureError.tooManyPanels(labels.groups.count) }
    panels = labels.groups.map { group in
      Panel(
        title: group.title,
        series: group.series.map { entry, panel in
          let spectra = measured[panel].compactMap(\.spectrum)
          return Series(
            entry: entry, histogram: Histogram(of: spectra, axis: axis),
            noise: noise ? axis.counts(of: spectra.flatMap(\.unresolvedLogSingularValues)) : nil,
            theory: FigureTheory(theory[panel], beside: spectra, on: axis))
        }, emptyReason: measured.reasonForNothing(group.series.map(\.panel)))
    }
    self.axis = axis
    let all = panels.flatMap(\.series)
    let theories = all.compactMap(\.theory)
    gutters = Self.gutters(all.map(\.histogram), theories, hasFloor: measured.hasFloor)
    fullShare = drawnFullShare(ofPeaks: all.compactMap { $0.histogram.shares.max() })
      .stretched(toPeaks: theories.map(\.peak))
  }

  /// The gutters that some histogram needs, or some law.
  static func gutters(_ histograms: [Histogram], _ theories: [FigureTheory], hasFloor: Bool) -> [Gutter] {
    [.zeros, hasFloor ? .floor : .hidden, .underflow, .overflow].filter { gutter in
      histograms.contains { gutter.count($0) > 0 }
        || theories.contains { gutter.expected($0) > ExpectedShares.leastBeside }
    }
  }
}
