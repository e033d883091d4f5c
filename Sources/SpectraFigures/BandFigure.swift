import SpectraAnalysis

/// Medians with bands around them against depth or layer.
///
/// Of kind `quantiles` the bands are of log σ over the live values of all samples, of kind `statistic` of a number over
/// samples.
public struct BandFigure: Sendable, Equatable {
  /// Depth or layer.
  public let x: FigureAxis
  public let panels: [Panel]
  /// The quantiles at the ends of the wide band: 0.05 and 0.95, or 0 and 1.
  public let outer: ClosedRange<Double>

  public struct Panel: Sendable, Equatable {
    public let title: String
    public let y: FigureAxis
    /// Where signals keep their size, in numbers of `y`: log σ = 0, mean σ² = 1; nil for what says nothing of it.
    public let unchanged: Double?
    public let series: [Series]
    /// Why there is nothing to see; nil where there is something.
    public let emptyReason: String?

    /// What tells it from the other panels: its title, or, where all have none, what its numbers are.
    public var name: String { title.isEmpty ? y.name : title }
  }

  public struct Series: Sendable, Equatable {
    /// The place of its name in the legend.
    public let entry: Int
    /// In ascending order of `x`.
    public let points: [Point]
  }

  /// What stands at one depth or layer.
  public struct Point: Sendable, Equatable {
    public let x: Int
    /// How many numbers the quantiles are of; they are nil where it is 0.
    public let count: Int
    public let minimum, low, lowerQuartile, median, upperQuartile, high, maximum: Double?
    /// The shares of all values that are zero and that are lost to rounding; nil where the numbers are no values.
    public let zeros, unresolved: Double?
  }
}

// MARK: - What is drawn

extension BandFigure {
  /// Quantiles of log σ against the layer, one stack a panel.
  init(quantilesOf measured: PanelSamples, labels: FigureLabels, axis: HistogramAxis) throws {
    let stacks = measured.stacks
    guard stacks.contains(where: { $0.count > 1 }) else { throw FigureError.needsLayers(.quantiles) }
    guard stacks.count <= FigureError.mostPanels else { throw FigureError.tooManyPanels(stacks.count) }
    let y = FigureAxis(
      name: axis.title, lower: axis.lower, upper: axis.upper, isLogarithmic: false)
    outer = 0.05...0.95
    panels = zip(stacks, labels.groups).map { [outer] layers, group in
      let points = layers.map { panel in
        let spectra = measured[panel].compactMap(\.spectrum)
        let all = Double(spectra.reduce(0) { $0 + $1.count })
        func share(_ count: (Spectrum) -> Int) -> Double {
          all > 0 ? Double(spectra.reduce(0) { $0 + count($1) }) / all : 0
        }
        return Point(
          x: panel.layer, values: spectra.flatMap(\.logSingularValues).map { $0 / axis.logBase.naturalLog },
          outer: outer, zeros: share(\.zeros), unresolved: share(\.unresolved))
      }
      return Panel(
        title: group.title, y: y, unchanged: 0, series: [Series(entry: 0, points: points)],
        emptyReason: measured.reasonForNothing(layers))
    }
    x = FigureAxis(spanning: stacks.flatMap { $0.map { Double($0.layer) } }, name: "layer", isLogarithmic: false)
  }

  /// Statistics against depth or layer, one a panel.
  init(
    _ statistics: [Statistic], of measured: PanelSamples, labels: FigureLabels, scale: FigureDesign.Scale?
  ) throws {
    let spectra = labels.groups.flatMap(\.series)
    let depths = Set(spectra.map(\.panel.depth))
    let layers = Set(spectra.map(\.panel.layer))
    guard layers.count > 1 else { throw FigureError.needsDepths }
    let statistics = statistics.uniqued
    guard !statistics.isEmpty else { throw FigureError.noStatistic }
    let againstDepth = spectra.allSatisfy { $0.panel.layer == $0.panel.depth } && depths.count > 1
    outer = 0...1
    panels = statistics.map { [outer] statistic in
      let series = Dictionary(grouping: spectra, by: \.entry).sorted { $0.key < $1.key }.map { entry, members in
        Series(
          entry: entry,
          points: members.sorted { $0.panel.layer < $1.panel.layer }.map { member in
            Point(
              x: member.panel.layer, values: measured[member.panel].compactMap { $0.statistics?[statistic] },
              outer: outer, zeros: nil, unresolved: nil)
          })
      }
      let values = series.flatMap(\.points).flatMap { [$0.minimum, $0.maximum].compactMap { $0 } }
      return Panel(
        // Its name stands at the axis.
        title: "",
        y: FigureAxis(
          spanning: values, name: statistic.title, isLogarithmic: scale.map { $0 == .log }),
        unchanged: statistic.unchanged, series: series,
        emptyReason: values.isEmpty ? "no sample has this statistic" : nil)
    }
    x = FigureAxis(
      spanning: layers.map(Double.init), name: againstDepth ? "depth" : "layer",
      isLogarithmic: againstDepth ? nil : false)
  }
}

extension BandFigure.Point {
  fileprivate init(x: Int, values: [Double], outer: ClosedRange<Double>, zeros: Double?, unresolved: Double?) {
    let sorted = values.sorted()
    self.x = x
    count = sorted.count
    (minimum, maximum) = (sorted.first, sorted.last)
    low = quantile(outer.lowerBound, ofAscending: sorted)
    lowerQuartile = quantile(0.25, ofAscending: sorted)
    median = quantile(0.5, ofAscending: sorted)
    upperQuartile = quantile(0.75, ofAscending: sorted)
    high = quantile(outer.upperBound, ofAscending: sorted)
    (self.zeros, self.unresolved) = (zeros, unresolved)
  }
}

extension Statistic {
  /// Its value where every σ is 1, as far as that is a mark among others.
  var unchanged: Double? {
    switch self {
    case .meanSquared: 1
    case .meanLog, .medianLog, .minimumLog, .maximumLog: 0
    default: nil
    }
  }

  /// As it stands at an axis.
  var title: String {
    switch self {
    case .meanSquared: "mean σ²"
    case .meanLog: "mean ln σ"
    case .standardDeviationLog: "std of ln σ"
    case .medianLog: "median ln σ"
    case .minimumLog: "smallest ln σ"
    case .maximumLog: "largest ln σ"
    case .logConditionNumber: "ln of the condition number"
    case .isometryFraction: "isometry fraction"
    case .stableRank: "stable rank"
    case .effectiveRank: "effective rank"
    case .participationRatio: "participation ratio"
    case .logError: "estimated error of ln σ"
    }
  }
}
