public import SpectraAnalysis

/// The histograms of log σ of a stack's layers, one below the other, for one stack a panel.
public struct RidgelineFigure: Sendable, Equatable {
  /// The axis that all ridges share.
  public let axis: HistogramAxis
  public let panels: [Panel]
  /// The places beside the axis that some ridge needs.
  public let gutters: [HistogramFigure.Gutter]
  /// The share of all values that stands at the full height of a ridge; more is cut off there.
  public let fullShare: Double

  /// Whether a share goes on above the scale.
  func isCut(_ share: Double) -> Bool { share > cutOff(ofFullShare: fullShare) }

  /// The most ridges of one stack; of more layers as many are drawn, at equal distances.
  public static let mostRidges = 40

  public struct Panel: Sendable, Equatable {
    public let title: String
    public let ridges: [Ridge]
    /// The number of layers that were measured; more than there are ridges where some are left out.
    public let layers: Int
    /// Why there is nothing to see; nil where there is something.
    public let emptyReason: String?
  }

  /// One layer.
  public struct Ridge: Sendable, Equatable {
    public let layer: Int
    public let histogram: Histogram
    /// The law that covers the stack up to it; nil where there is none.
    public let theory: FigureTheory?
  }

  init(
    _ measured: PanelSamples, _ theory: [SpectraAnalysis.Panel: TheoryRecord], labels: FigureLabels, axis: HistogramAxis
  ) throws {
    let stacks = measured.stacks
    guard stacks.contains(where: { $0.count > 1 }) else { throw FigureError.needsLayers(.ridgeline) }
    guard stacks.count <= FigureError.mostPanels else { throw FigureError.tooManyPanels(stacks.count) }
    panels = zip(stacks, labels.groups).map { layers, group in
      return Panel(
        title: group.title,
        ridges: layers.evenly(atMost: Self.mostRidges).map { layer in
          let spectra = measured[layer].compactMap(\.spectrum)
          return Ridge(
            layer: layer.layer, histogram: Histogram(of: spectra, axis: axis),
            theory: FigureTheory(theory[layer], beside: spectra, on: axis))
        }, layers: layers.count, emptyReason: measured.reasonForNothing(layers))
    }
    self.axis = axis
    let ridges = panels.flatMap(\.ridges)
    let theories = ridges.compactMap(\.theory)
    gutters = HistogramFigure.gutters(ridges.map(\.histogram), theories, hasFloor: measured.hasFloor)
    fullShare = drawnFullShare(ofPeaks: ridges.compactMap { $0.histogram.shares.max() })
      .stretched(toPeaks: theories.map(\.peak))
  }
}
