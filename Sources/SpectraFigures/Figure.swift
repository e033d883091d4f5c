public import SpectraAnalysis

/// A picture of spectra before it is drawn: what is to be seen, without sizes and colours.
///
/// It is made of runs (`init(of:design:)`) or of a heat map (`init(of:title:caption:)`) and drawn as SVG, PNG, Vega-Lite or HTML (`FigureFormat`); all of them show the
/// same content.
public struct Figure: Sendable {
  /// What stands above everything.
  public let title: String
  /// What all spectra have in common: block, size of the Jacobian, samples; empty where they differ.
  public let caption: String
  /// The series; colours follow from their order.
  public let legend: Legend
  /// The way of drawing spectra: the design's, or the one that suits what was measured; nil for a heat map.
  public let kind: FigureDesign.Kind?
  /// What is drawn.
  public let content: Content
  /// Sentences that explain marks of this figure.
  public let notes: [String]
  /// What the samples of each panel say together, in the order of the runs.
  public let summaries: [Summary]
  /// The runs it was made of.
  public let runs: [FigureRun]

  /// What is drawn.
  public enum Content: Sendable, Equatable {
    case histograms(HistogramFigure)
    case ridgeline(RidgelineFigure)
    case bands(BandFigure)
    case heatMap(HeatMap)

    /// Whether laws are drawn in it.
    var hasTheory: Bool {
      switch self {
      case .histograms(let figure): figure.panels.contains { $0.series.contains { $0.theory != nil } }
      case .ridgeline(let figure): figure.panels.contains { $0.ridges.contains { $0.theory != nil } }
      case .bands, .heatMap: false
      }
    }

    /// What stands above each panel.
    var panelTitles: [String] {
      switch self {
      case .histograms(let figure): figure.panels.map(\.title)
      case .ridgeline(let figure): figure.panels.map(\.title)
      case .bands(let figure): figure.panels.map(\.title)
      case .heatMap: [""]
      }
    }
  }

  /// The names of series.
  public struct Legend: Sendable, Equatable {
    public let entries: [String]
    /// Whether entries are numbers that ascend (depths, layers), which colours then do as well.
    public let isOrdered: Bool
    /// What the smooth lines of laws are called, which have no colour of their own; nil where there are none.
    public internal(set) var theory: String?

    public init(entries: [String], isOrdered: Bool) {
      self.entries = entries
      self.isOrdered = isOrdered
    }
  }

  /// The figure of some runs.
  ///
  /// - Throws: `FigureError` where the design does not fit what was measured; `HistogramError` where bins or range are
  ///   no good.
  public init(of runs: [FigureRun], design: FigureDesign = FigureDesign()) throws {
    let runs = try Self.toldApart(runs)
    let spectra = runs.flatMap(\.spectra)
    guard !spectra.isEmpty else { throw FigureError.empty }
    let measured = PanelSamples(spectra)
    let axis = try Self.axis(of: measured, runs: runs, design: design)
    let theory = runs.flatMap(\.theory).byPanel
    let labels: FigureLabels
    let kind = design.kind ?? measured.naturalKind
    self.kind = kind
    switch kind {
    case .histogram:
      labels = FigureLabels(measured.panels, facet: design.facet)
      content = .histograms(try HistogramFigure(measured, theory, labels: labels, axis: axis, noise: design.showsNoise))
    case .ridgeline:
      labels = FigureLabels(measured.panels, facet: .stack)
      content = .ridgeline(try RidgelineFigure(measured, theory, labels: labels, axis: axis))
    case .quantiles:
      labels = FigureLabels(measured.panels, facet: .stack)
      content = .bands(try BandFigure(quantilesOf: measured, labels: labels, axis: axis))
    case .statistic:
      labels = FigureLabels(statisticsOf: measured.panels)
      content = .bands(try BandFigure(design.statistics, of: measured, labels: labels, scale: design.scale))
    }
    // Of the others a panel has one series, whose name is its title.
    var legend = kind == .histogram || kind == .statistic ? labels.legend : Legend(entries: [""], isOrdered: false)
    legend.theory = content.hasTheory ? "theory" : nil
    self.legend = legend
    title = design.title ?? labels.title
    caption = measured.caption
    notes = content.notes(
      of: measured, theory, leftOut: labels.leftOut, series: legend.isOrdered ? 0 : legend.entries.count)
    summaries = measured.panels.map { Summary(panel: $0, samples: measured[$0]) }
    self.runs = runs
  }

  /// The axis of log σ: that of a single run where the design asks for no other.
  private static func axis(
    of measured: PanelSamples, runs: [FigureRun], design: FigureDesign
  ) throws -> HistogramAxis {
    let own = runs.count == 1 ? runs[0].axis : nil
    let logBase = design.logBase ?? runs.lazy.compactMap(\.axis).first?.logBase ?? .ten
    // In another base the ends would be no round numbers.
    let ownRange = own.flatMap { own in
      own.logBase == logBase ? HistogramAxis.Range.explicit(lower: own.lower, upper: own.upper) : nil
    }
    // Its very edges, which need not be equally spaced in a file.
    if let own, ownRange != nil, design.bins == nil, design.range == nil { return own }
    return try HistogramAxis(
      spanningPanels: measured.panels.map { measured[$0].compactMap(\.spectrum) },
      bins: design.bins ?? own?.bins ?? 40, logBase: logBase, range: design.range ?? ownRange ?? .auto)
  }

  /// The runs with blocks in the names of their architectures where these differ: a fully connected `vanilla` is no
  /// Transformer.
  private static func withBlocks(_ runs: [FigureRun]) -> [FigureRun] {
    guard Set(runs.flatMap(\.spectra).map(\.block)).count > 1 else { return runs }
    return runs.map { run in
      var run = run
      let blocks = Dictionary(run.spectra.map { ($0.panel, $0.block) }) { first, _ in first }
      run.spectra = run.spectra.map { $0.renamed("\($0.block) \($0.architecture)") }
      run.theory = run.theory.map { $0.renamed("\(blocks[$0.panel] ?? "") \($0.panel.architecture)") }
      return run
    }
  }

  /// The runs with names in their architectures where two hold the same panel.
  private static func toldApart(_ runs: [FigureRun]) throws(FigureError) -> [FigureRun] {
    let runs = withBlocks(runs)
    var owner: [Panel: Int] = [:]
    var shared: Set<Int> = []
    for (index, run) in runs.enumerated() {
      for panel in Set(run.spectra.map(\.panel)) {
        if let other = owner[panel] { shared.formUnion([other, index]) } else { owner[panel] = index }
      }
    }
    guard !shared.isEmpty else { return runs }
    var names: Set<String> = []
    return try runs.enumerated().map { (index, run) throws(FigureError) in
      guard shared.contains(index) else { return run }
      if !names.insert(run.name).inserted, let panel = run.spectra.first?.panel { throw .sameSpectra(run.name, panel) }
      var run = run
      run.spectra = run.spectra.map { $0.renamed("\($0.architecture) · \(run.name)") }
      run.theory = run.theory.map { $0.renamed("\($0.panel.architecture) · \(run.name)") }
      return run
    }
  }
}

extension Figure {
  /// The figure of a heat map.
  ///
  /// - Parameters:
  ///   - heatMap: what is drawn.
  ///   - title: what stands above it.
  ///   - caption: what is true of all of it, as `tanh, width 256`; may be empty.
  public init(of heatMap: HeatMap, title: String = "", caption: String = "") {
    self.title = title
    self.caption = caption
    legend = Legend(entries: [""], isOrdered: false)
    kind = nil
    content = .heatMap(heatMap)
    notes = heatMap.notes
    summaries = []
    runs = []
  }
}
