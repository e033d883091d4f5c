import SpectraAnalysis

/// What must be said about a panel in words: how its values were found, and where those are that have no place on the
/// axis.
struct PanelNotes {
  /// One line each.
  let lines: [String]

  /// - Parameters:
  ///   - samples: those of the panel.
  ///   - axis: the histogram's.
  ///   - saysMethod: whether the run holds resolved spectra, so that the method must be named.
  ///   - twin: the samples of the panel that shows the same networks by the other method.
  init(_ samples: [SpectrumRecord], axis: HistogramAxis, saysMethod: Bool, twin: [SpectrumRecord]?) {
    let spectra = samples.compactMap(\.spectrum).filter { $0.count > 0 }
    var lines: [String] = []
    if saysMethod, let method = Self.method(spectra) { lines.append(method) }
    lines += Self.beside(spectra, axis: axis)
    if let twin, let line = Self.comparison(samples, twin) { lines.append(line) }
    self.lines = lines
  }

  /// The ending of the label of a panel that shows the networks of another one resolved.
  static let resolvedSuffix = ":method=resolved"

  /// The panel that shows the same networks by the other method, among those of a run.
  static func twin(of panel: Panel, among panels: some Collection<Panel>) -> Panel? {
    let label =
      panel.architecture.hasSuffix(resolvedSuffix)
      ? String(panel.architecture.dropLast(resolvedSuffix.count)) : panel.architecture + resolvedSuffix
    let twin = Panel(architecture: label, depth: panel.depth, layer: panel.layer)
    return panels.contains(twin) ? twin : nil
  }

  // MARK: Lines

  /// `resolved, ln σ ±1.4e-08`: the method and the error of the least certain value.
  private static func method(_ spectra: [Spectrum]) -> String? {
    guard !spectra.isEmpty else { return nil }
    let resolved = spectra.count { $0.method == .resolved }
    let name =
      resolved == 0
      ? "product" : resolved == spectra.count ? "resolved" : "\(resolved) of \(spectra.count) samples resolved"
    guard let error = spectra.compactMap(\.logError).max() else { return name }
    // An estimate of the first order says no more than that.
    if error > 1 { return "\(name), uncertain: estimated error of ln σ above 1" }
    return "\(name), ln σ ±\(NumberText.significant(error, digits: 2))"
  }

  /// How many values lie off the axis, and where.
  private static func beside(_ spectra: [Spectrum], axis: HistogramAxis) -> [String] {
    let unit = axis.logBase.naturalLog
    var (below, above): ([Double], [Double]) = ([], [])
    for spectrum in spectra {
      let tolerance = axis.tolerance(precisionName: spectrum.precisionName)
      for logarithm in spectrum.logSingularValues {
        switch axis.position(of: logarithm / unit, tolerance: tolerance) {
        case .underflow: below.append(logarithm)
        case .bin: break
        case .overflow: above.append(logarithm)
        }
      }
    }
    var lines: [String] = []
    if let range = range(below) { lines.append("<\(NumberText.shortest(axis.lower)): \(range)") }
    if let range = range(above) { lines.append(">\(NumberText.shortest(axis.upper)): \(range)") }
    let hidden = spectra.filter { $0.method == .resolved }
    let bounds = hidden.compactMap(\.unresolvedBelow)
    if let bound = bounds.max() {
      let values = count(hidden.reduce(0) { $0 + $1.unresolved })
      lines.append("hidden: \(values), σ below \(NumberText.significantExp(bound))")
    }
    return lines
  }

  /// What the values that rounding hid from the product are, and where the noise is seen that they left.
  private static func comparison(_ samples: [SpectrumRecord], _ twin: [SpectrumRecord]) -> String? {
    let pairs = samples.compactMap { sample -> (Spectrum, Spectrum)? in
      guard let own = sample.spectrum, let other = twin.first(where: { $0.sample == sample.sample })?.spectrum else {
        return nil
      }
      return (own, other)
    }
    guard pairs.allSatisfy({ $0.method != $1.method }), let first = pairs.first else { return nil }
    let isResolved = first.0.method == .resolved
    var (lost, zeros, found) = (0, 0, [Double]())
    for pair in pairs {
      let (resolved, product) = isResolved ? pair : (pair.1, pair.0)
      let count = product.unresolved + product.zeros
      lost += count
      zeros += resolved.zeros
      found += resolved.logSingularValues.suffix(Swift.max(count - resolved.zeros - resolved.unresolved, 0))
    }
    guard lost > 0 else { return nil }
    if !isResolved { return "the peak at the floor is rounding noise: the next panel shows what is there" }
    guard let range = range(found) else { return nil }
    let exact = zeros == 0 ? "" : zeros == 1 ? "1 zero and " : "\(zeros) zeros and "
    return "what the product loses: \(exact)\(range)"
  }

  /// `40 values, σ from 3.1e-660 to 2.0e-653`.
  private static func range(_ logarithms: [Double]) -> String? {
    guard let lowest = logarithms.min(), let highest = logarithms.max() else { return nil }
    let (from, to) = (NumberText.significantExp(lowest), NumberText.significantExp(highest))
    return "\(count(logarithms.count)), σ " + (from == to ? "= \(from)" : "from \(from) to \(to)")
  }

  private static func count(_ number: Int) -> String { number == 1 ? "1 value" : "\(number) values" }
}
