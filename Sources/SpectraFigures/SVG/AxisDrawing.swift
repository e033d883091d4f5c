import SpectraAnalysis

/// The parts that panels of all kinds have.
struct AxisDrawing {
  private let inks: Inks

  init(_ inks: Inks) { self.inks = inks }

  /// The dotted line at σ = 1, where an axis of log σ has it.
  func drawLineOfOne(_ axis: HistogramAxis, in plot: Area, on document: inout SVGDocument) {
    guard axis.lower < 0, axis.upper > 0 else { return }
    let one = place(of: 0, on: axis, in: plot)
    document.line(
      (one, plot.y), (one, plot.bottom), ["stroke": inks.faint, "stroke-width": "1", "stroke-dasharray": "1 3"])
  }

  private func place(of value: Double, on axis: HistogramAxis, in plot: Area) -> Double {
    plot.x + plot.width * (value - axis.lower) / (axis.upper - axis.lower)
  }

  /// Ticks of log σ below a plot, and what they are.
  func drawLogarithms(_ axis: HistogramAxis, in plot: Area, on document: inout SVGDocument) {
    let ticks = axis.ticks(atMost: max(Int(plot.width / 34), 2)).map { tick in
      (place: place(of: tick.value, on: axis, in: plot), text: tick.text)
    }
    draw(ticks, below: plot, name: axis.title, on: &document)
  }

  /// Ticks below a plot and the name of the axis. Labels that would touch the one before are left out.
  func draw(
    _ ticks: [(place: Double, text: String)], below plot: Area, name: String, on document: inout SVGDocument
  ) {
    var end = -Double.infinity
    for tick in ticks {
      document.line((tick.place, plot.bottom), (tick.place, plot.bottom + 4), ["stroke": inks.faint])
      let half = TextMetrics.width(tick.text, size: 10) / 2
      guard tick.place - half > end else { continue }
      end = tick.place + half + 3
      document.text(
        tick.text, x: tick.place, y: plot.bottom + 14, size: 10, fill: inks.faint, anchor: .middle)
    }
    document.text(
      name, x: plot.x + plot.width / 2, y: plot.bottom + 29, size: 11, fill: inks.text, anchor: .middle)
  }

  /// Why a panel shows nothing.
  func drawReason(_ reason: String, in plot: Area, on document: inout SVGDocument) {
    let lines = TextMetrics.wrapped(reason, size: 11, width: plot.width - 16)
    for (index, line) in lines.prefix(8).enumerated() {
      document.text(
        line, x: plot.x + 8, y: plot.y + 20 + 15 * Double(index), size: 11, fill: inks.faint, halo: inks.background)
    }
  }
}
