public import SpectraAnalysis

/// What a figure shows of its runs; what is nil is chosen from what was measured.
public struct FigureDesign: Sendable, Equatable {
  /// A way of drawing spectra.
  public enum Kind: String, Sendable, CaseIterable {
    /// Step histograms of log σ, several in one panel, on one axis (ReZero paper, Figure 5).
    case histogram
    /// A histogram of log σ for every layer of a stack, one below the other.
    case ridgeline
    /// Quantiles of log σ against the layer: how a spectrum widens with depth.
    case quantiles
    /// A statistic against depth or layer, with its spread over samples.
    case statistic
  }

  /// What gets a panel of its own; the rest of a spectrum's name is a series in it.
  public enum Facet: String, Sendable, CaseIterable {
    /// Each architecture; its depths and layers are series.
    case architecture
    /// Each depth; architectures are series.
    case depth
    /// Each architecture at each depth; its layers are series.
    case stack
    /// Each spectrum.
    case spectrum
    /// Nothing: all in one panel.
    case none
  }

  /// How the values of a statistic are laid out.
  public enum Scale: String, Sendable, CaseIterable {
    case linear, log
  }

  /// The way of drawing; by default `quantiles` where a stack was measured after three or more layers, else `histogram`.
  public var kind: Kind?
  /// The statistics of kind `statistic`, each in a panel of its own; one that is there twice has one.
  public var statistics: [Statistic] = [.meanSquared]
  /// The panels of kind `histogram`.
  public var facet: Facet?
  /// The scale of kind `statistic`; by default logarithmic where positive values span two decades.
  public var scale: Scale?
  /// The number of bins; by default those of the run, or 40 where there are several.
  public var bins: Int?
  /// What the axis of log σ spans; by default that of the run, or the bulk of all where there are several or the base is
  /// another.
  public var range: HistogramAxis.Range?
  /// The base of the logarithm of σ; by default that of the first run.
  public var logBase: HistogramAxis.LogBase?
  /// The title; by default what all spectra have in common.
  public var title: String?
  /// Whether unresolved values stand also where a dense Jacobian puts them, as an outline of rounding noise.
  public var showsNoise = false

  public init() {}
}

/// A figure that cannot be made of its runs; its description is one sentence that says what to do.
public enum FigureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The runs hold no spectra at all.
  case empty
  /// The kind needs several layers of a stack, and there is one of each.
  case needsLayers(FigureDesign.Kind)
  /// A statistic against depth or layer needs two of them.
  case needsDepths
  /// A figure of statistics was asked for without one.
  case noStatistic
  /// A figure cannot have so many panels.
  case tooManyPanels(Int)
  /// Two runs hold the same spectra.
  case sameSpectra(String, Panel)

  /// The most panels of a figure.
  public static let mostPanels = 100

  public var description: String {
    switch self {
    case .empty: "There are no spectra to draw; run with at least one sample."
    case .needsLayers(let kind):
      "A figure of kind \(kind.rawValue) needs spectra after several layers of a stack; make the run with --layers all, or draw another kind."
    case .needsDepths:
      "A statistic is drawn against depth or layer, and there is only one of them; make the run with several --depth or with --layers all."
    case .noStatistic: "A figure of statistics shows none; name one, such as mean_squared."
    case .tooManyPanels(let count):
      "The figure would have \(count) panels, more than \(FigureError.mostPanels); choose another facet, or runs of fewer architectures."
    case .sameSpectra(let name, let panel):
      "'\(name)' is there twice, with \(panel.architecture) at depth \(panel.depth) in both; name each run once."
    }
  }
}
