import SpectraAnalysis

/// Where everything stands in the panels of one report: one layout for all, so that columns and heights compare.
struct PanelLayout {
  /// A place for values that have no place on the axis.
  struct Gutter {
    let label: String
    let ink: Ink
    let count: (Histogram) -> Int
    /// The share that a law expects there.
    let expected: (ExpectedShares) -> Double

    var width: Int { Swift.max(label.count, 4) + 1 }
  }

  let style: TextStyle
  let axis: HistogramAxis
  /// The number of lines of a histogram; eight are 64 levels with block characters.
  let height = 8
  /// The name of values that rounding hides.
  let hiddenLabel: String
  /// The gutters left and right of the axis: only those that some panel needs.
  let left: [Gutter]
  let right: [Gutter]
  /// How many neighbouring bins one bar shows, and how many columns wide it is: one of them is 1.
  let binsPerBar: Int
  let columnsPerBar: Int
  /// Whether the statistics stand beside the histogram, and whether with their spread.
  let statisticsBeside: Bool
  let statisticsWide: Bool
  /// The share of all values that a bar of full height stands for.
  let fullShare: Double

  /// The columns of the scale at the left edge: `100%` and the line.
  static let scaleWidth = 5
  /// The blank columns between the gutters and the axis.
  static let gap = 2
  /// A plot wider than this is too flat to read.
  private static let widestPlot = 100

  /// - Parameters:
  ///   - histograms: those that have panels.
  ///   - expected: what laws expect of them, of those that have one.
  ///   - axis: the axis that all share.
  ///   - hasFloor: whether all values that rounding hides were lost to the floor of a dense product.
  ///   - style: the width and the characters.
  init(
    histograms: [Histogram], expected: [ExpectedShares] = [], axis: HistogramAxis, hasFloor: Bool, style: TextStyle
  ) {
    self.style = style
    self.axis = axis
    let hiddenLabel = hasFloor ? style.unicode ? "≤floor" : "floor" : "hidden"
    self.hiddenLabel = hiddenLabel
    func used(_ gutter: Gutter) -> Bool {
      histograms.contains { gutter.count($0) > 0 }
        || expected.contains { gutter.expected($0) > ExpectedShares.leastBeside }
    }
    left = [
      Gutter(label: "0", ink: .lost, count: \.zeros, expected: \.zeros),
      Gutter(label: hiddenLabel, ink: .lost, count: \.unresolved, expected: \.belowFloor),
      Gutter(
        label: "<\(NumberText.shortest(axis.lower))", ink: .bar, count: \.underflow, expected: \.underflow),
    ].filter(used)
    right = [
      Gutter(label: ">\(NumberText.shortest(axis.upper))", ink: .bar, count: \.overflow, expected: \.overflow)
    ].filter(used)

    let gutters = (left + right).reduce(left.isEmpty ? 0 : Self.gap) { $0 + $1.width }
    let alone = style.width - Self.scaleWidth - gutters - 1
    let beside = alone - PanelStatistics.narrowWidth - 2
    // Beside the statistics where every bin still gets a column, or where the width alone does not give it one either.
    statisticsBeside = beside >= axis.bins || (alone < axis.bins && beside >= 30)
    let room = Swift.min(statisticsBeside ? beside : alone, Self.widestPlot)
    binsPerBar = Swift.max((axis.bins + room - 1) / room, 1)
    columnsPerBar = binsPerBar > 1 ? 1 : Swift.max(room / axis.bins, 1)
    let bars = (axis.bins + binsPerBar - 1) / binsPerBar
    let rest = alone - bars * columnsPerBar
    statisticsWide = statisticsBeside && rest >= PanelStatistics.wideWidth + 2

    let ofBars = commonFullShare(
      ofPeaks: histograms.compactMap { [binsPerBar] in Self.shares($0, binsPerBar: binsPerBar).max() })
    fullShare = ofBars.stretched(
      toPeaks: expected.compactMap { [binsPerBar] in Self.shares($0, binsPerBar: binsPerBar).max() })
  }

  /// The number of bars.
  var bars: Int { (axis.bins + binsPerBar - 1) / binsPerBar }
  /// The number of columns of all bars; the axis has one more.
  var plotWidth: Int { bars * columnsPerBar }
  /// The column of the first bar.
  var plotColumn: Int { Self.scaleWidth + (left.isEmpty ? 0 : left.reduce(Self.gap) { $0 + $1.width }) }
  /// The column of the statistics beside the histogram.
  var statisticsColumn: Int { plotColumn + plotWidth + 1 + right.reduce(0) { $0 + $1.width } + 2 }

  /// The column, relative to the first bar, of the left edge of the bar that begins at or holds a value of the axis.
  func column(of value: Double) -> Int {
    let bar = (value - axis.lower) / (axis.binWidth * Double(binsPerBar))
    return Int((bar * Double(columnsPerBar) + 1e-6).rounded(.down))
  }

  /// The share of all values that each bar shows.
  func shares(_ histogram: Histogram) -> [Double] { Self.shares(histogram, binsPerBar: binsPerBar) }

  /// The share of all values that a law expects of each bar.
  func shares(_ expected: ExpectedShares) -> [Double] { Self.shares(expected, binsPerBar: binsPerBar) }

  /// Whether a share is higher than the common scale.
  func isCut(_ share: Double) -> Bool { share > cutOff(ofFullShare: fullShare) }

  /// Whether any bar of a histogram is, on the axis or beside it.
  func cutsOff(_ histogram: Histogram) -> Bool {
    let beside = (left + right).map { Double($0.count(histogram)) / Double(Swift.max(histogram.values, 1)) }
    return (shares(histogram) + beside).contains(where: isCut)
  }

  private static func shares(_ expected: ExpectedShares, binsPerBar: Int) -> [Double] {
    stride(from: 0, to: expected.bins.count, by: binsPerBar).map { first in
      expected.bins[first..<Swift.min(first + binsPerBar, expected.bins.count)].reduce(0, +)
    }
  }

  private static func shares(_ histogram: Histogram, binsPerBar: Int) -> [Double] {
    let values = histogram.values
    return stride(from: 0, to: histogram.counts.count, by: binsPerBar).map { first in
      let count = histogram.counts[first..<Swift.min(first + binsPerBar, histogram.counts.count)].reduce(0, +)
      return values > 0 ? Double(count) / Double(values) : 0
    }
  }
}
