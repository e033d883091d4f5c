import SpectraAnalysis

/// Which spectra stand in which panel of a figure, and what panels and series are called.
///
/// A spectrum's name has three parts: architecture, depth and layer. The facet says which of them a panel is for; those that
/// still differ name its series; those that are the same everywhere go into the title.
struct FigureLabels {
  /// A panel of the figure and its series.
  struct Group {
    let title: String
    /// The series: their place in the legend and their spectra.
    var series: [(entry: Int, panel: Panel)]
  }

  let title: String
  let legend: Figure.Legend
  private(set) var groups: [Group] = []
  /// How many layers of a stack are drawn, and of how many: where not all are.
  private(set) var leftOut: (drawn: Int, of: Int)?

  /// The most layers of one stack that are series of one panel.
  static let mostLayers = 6

  /// The panels of a figure of kind histogram (`facet` chosen where nil), ridgeline or quantiles (`stack`).
  init(_ panels: [Panel], facet: FigureDesign.Facet?) {
    let parts = Parts(panels)
    let facet = facet ?? parts.naturalFacet
    let shown = facet == .spectrum ? panels : Self.withoutMostLayers(panels)
    self.init(shown, parts: parts, facet: facet)
    func mostLayers(_ panels: [Panel]) -> Int {
      Dictionary(grouping: panels) { Key(architecture: $0.architecture, depth: $0.depth, layer: nil) }
        .values.map(\.count).max() ?? 0
    }
    if shown.count < panels.count { leftOut = (mostLayers(shown), mostLayers(panels)) }
  }

  /// The panels without those layers of a stack that make too many: too many steps in one panel hide one another.
  private static func withoutMostLayers(_ panels: [Panel]) -> [Panel] {
    let stacks = Dictionary(grouping: panels) { Key(architecture: $0.architecture, depth: $0.depth, layer: nil) }
    let kept = stacks.values.flatMap { $0.sorted { $0.layer < $1.layer }.evenly(atMost: mostLayers) }
    return panels.filter(Set(kept).contains)
  }

  /// The series of a statistic against depth or, where there is only one, against layer. All stand in one panel.
  init(statisticsOf panels: [Panel]) {
    let parts = Parts(panels)
    let ends = panels.filter { $0.layer == $0.depth }
    let againstDepth = Dictionary(grouping: ends, by: \.architecture).values.contains { $0.count > 1 }
    var names: [String] = []
    var series: [(entry: Int, panel: Panel)] = []
    for panel in againstDepth ? ends : panels {
      let name = parts.name(
        panel, architecture: parts.architectures.count > 1, depth: !againstDepth && parts.depths.count > 1,
        layer: false)
      if !names.contains(name) { names.append(name) }
      series.append((names.firstIndex(of: name) ?? 0, panel))
    }
    title = parts.name(
      panels[0], architecture: parts.architectures.count == 1, depth: !againstDepth && parts.depths.count == 1,
      layer: false)
    legend = Figure.Legend(entries: names, isOrdered: false)
    groups = [Group(title: "", series: series)]
  }

  private init(_ panels: [Panel], parts: Parts, facet: FigureDesign.Facet) {
    let inFacet = (
      architecture: [.architecture, .stack, .spectrum].contains(facet),
      depth: [.depth, .stack, .spectrum].contains(facet), layer: facet == .spectrum
    )
    let varies = (
      architecture: parts.architectures.count > 1, depth: parts.depths.count > 1, layer: parts.layersVary
    )
    title = parts.name(
      panels[0], architecture: !varies.architecture, depth: !varies.depth, layer: false)
    let isOrdered = inFacet.architecture || !varies.architecture
    var keys: [Key] = []
    var names: [String] = []
    for panel in panels {
      let key = Key(
        architecture: inFacet.architecture ? panel.architecture : nil, depth: inFacet.depth ? panel.depth : nil,
        layer: inFacet.layer ? panel.layer : nil)
      let name = parts.name(
        panel, architecture: varies.architecture && !inFacet.architecture, depth: varies.depth && !inFacet.depth,
        layer: varies.layer && !inFacet.layer)
      if !names.contains(name) { names.append(name) }
      if !keys.contains(key) {
        keys.append(key)
        groups.append(
          Group(
            title: parts.name(
              panel, architecture: varies.architecture && inFacet.architecture, depth: varies.depth && inFacet.depth,
              layer: varies.layer && inFacet.layer), series: []))
      }
      groups[keys.firstIndex(of: key) ?? 0].series.append((names.firstIndex(of: name) ?? 0, panel))
    }
    // Numbers in ascending order, whatever the order in which they were first met.
    let order = isOrdered ? Self.ascending(panels, names: names, groups: groups) : Array(names.indices)
    let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    for index in groups.indices {
      groups[index].series = groups[index].series.map { (place[$0.entry] ?? $0.entry, $0.panel) }
        .sorted { $0.0 < $1.0 }
    }
    legend = Figure.Legend(entries: order.map { names[$0] }, isOrdered: isOrdered && names.count > 1)
  }

  /// The entries by (depth, layer) of the first spectrum that has them.
  private static func ascending(_ panels: [Panel], names: [String], groups: [Group]) -> [Int] {
    var first: [Int: Panel] = [:]
    for (entry, panel) in groups.flatMap(\.series) where first[entry] == nil { first[entry] = panel }
    return names.indices.sorted {
      let (a, b) = (first[$0], first[$1])
      return (a?.depth ?? 0, a?.layer ?? 0, $0) < (b?.depth ?? 0, b?.layer ?? 0, $1)
    }
  }

  private struct Key: Hashable {
    let architecture: String?
    let depth: Int?
    let layer: Int?
  }
}

/// What varies among the names of spectra.
private struct Parts {
  let architectures: [String]
  let depths: Set<Int>
  /// Whether some stack was measured after an inner layer.
  let layersVary: Bool

  init(_ panels: [Panel]) {
    architectures = panels.map(\.architecture).uniqued
    depths = Set(panels.map(\.depth))
    layersVary = panels.contains { $0.layer != $0.depth }
  }

  /// As Figure 5 of the ReZero paper: an architecture a panel with its depths overlaid; a few architectures of one depth
  /// overlaid, since that is how they compare.
  var naturalFacet: FigureDesign.Facet {
    if layersVary { return .stack }
    if depths.count > 1 { return .architecture }
    return architectures.count <= 4 ? .none : .spectrum
  }

  func name(_ panel: Panel, architecture: Bool, depth: Bool, layer: Bool) -> String {
    var parts: [String] = []
    if architecture { parts.append(panel.architecture) }
    if depth { parts.append(panel.depth == 1 ? "1 layer" : "\(panel.depth) layers") }
    if layer { parts.append("layer \(panel.layer)") }
    return parts.joined(separator: ", ")
  }
}
