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
