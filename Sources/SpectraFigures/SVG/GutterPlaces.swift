/// Where the gutters of a panel stand, left and right of its plot.
struct GutterPlaces {
  /// Each gutter's left end.
  let gutters: [(gutter: HistogramFigure.Gutter, x: Double)]
  /// The ends of the plot between them.
  let start, end: Double

  /// - Parameters:
  ///   - width: of each gutter.
  ///   - from, to: the ends of what there is for gutters and plot.
  ///   - gap: between the gutters of a side and the plot.
  init(_ gutters: [HistogramFigure.Gutter], width: Double, from: Double, to: Double, gap: Double) {
    let left = gutters.filter(\.isLeft)
    let right = gutters.filter { !$0.isLeft }
    start = from + Double(left.count) * width + (left.isEmpty ? 0 : gap)
    // Without a gutter a tick's label at the end of the axis has a little room.
    let end = to - Double(right.count) * width - (right.isEmpty ? 4 : gap)
    self.end = end
    self.gutters =
      left.enumerated().map { ($1, from + Double($0) * width) }
      + right.enumerated().map { ($1, end + gap + Double($0) * width) }
  }
}
