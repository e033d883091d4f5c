import SpectraAnalysis

// What figures ask of the samples of their runs.

extension PanelSamples {
  /// The panels of each stack (architecture at a depth), by layer, in the order of the stacks' first appearance.
  var stacks: [[Panel]] {
    // A stack is named by the panel of its whole depth.
    var order: [Panel] = []
    var layers: [Panel: [Panel]] = [:]
    for panel in panels {
      let stack = Panel(architecture: panel.architecture, depth: panel.depth, layer: panel.depth)
      if layers[stack] == nil { order.append(stack) }
      layers[stack, default: []].append(panel)
    }
    return order.map { (layers[$0] ?? []).sorted { $0.layer < $1.layer } }
  }

  /// Quantiles where there are layers enough to see how a spectrum widens.
  var naturalKind: FigureDesign.Kind { stacks.contains { $0.count >= 3 } ? .quantiles : .histogram }

  /// Block, size and samples where all spectra have them in common.
  var caption: String {
    let records = panels.flatMap { self[$0] }
    let blocks = Set(records.map(\.block))
    let sizes = Set(records.compactMap(\.spectrum).map { "\($0.rows) × \($0.columns)" })
    let counts = Set(panels.map { self[$0].count })
    var parts: [String] = []
    if blocks.count == 1, let block = blocks.first { parts.append(block) }
    if sizes.count == 1, let size = sizes.first { parts.append("Jacobians \(size)") }
    if counts.count == 1, let count = counts.first { parts.append(count == 1 ? "1 sample" : "\(count) samples") }
    return parts.joined(separator: " · ")
  }

  /// Whether all unresolved values were lost to the floor of a dense product.
  var hasFloor: Bool {
    panels.allSatisfy { self[$0].compactMap(\.spectrum).allSatisfy { $0.unresolved == 0 || $0.method == .product } }
  }

  /// Why a panel shows nothing; nil where it shows something.
  func reasonForNothing(_ panels: [Panel]) -> String? {
    let records = panels.flatMap { self[$0] }
    guard records.allSatisfy({ $0.spectrum == nil }) else { return nil }
    return records.lazy.compactMap(\.reason).first.map { "no spectrum: \($0)" } ?? "no sample has a spectrum"
  }
}
