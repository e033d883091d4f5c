/// Samples by panel, in the order in which each panel's first sample appears.
package struct PanelSamples: Sendable {
  package let panels: [Panel]
  private let samples: [Panel: [SpectrumRecord]]

  package init(_ spectra: [SpectrumRecord]) {
    var order: [Panel] = []
    var samples: [Panel: [SpectrumRecord]] = [:]
    for record in spectra {
      if samples[record.panel] == nil { order.append(record.panel) }
      samples[record.panel, default: []].append(record)
    }
    (panels, self.samples) = (order, samples)
  }

  package subscript(panel: Panel) -> [SpectrumRecord] { samples[panel] ?? [] }
}

extension Array {
  /// All elements, or some at equal distances where there are more than `most`, the first and the last among them.
  ///
  /// - Parameter most: 2 or more.
  package func evenly(atMost most: Int) -> [Element] {
    count <= most ? self : (0..<most).map { self[$0 * (count - 1) / (most - 1)] }
  }
}
