public import SpectraAnalysis

/// A propagation for the eye: of each stack a table with a line for each layer, measured numbers beside those of the recursion, and the
/// two exponents.
public struct PropagationTextReport: PropagationReport {
  /// The width, the characters and the colours.
  public let style: TextStyle

  public init(style: TextStyle = TextStyle()) { self.style = style }

  public func text<Configuration>(of record: PropagationRecord<Configuration>) -> String {
    var canvas = Canvas()
    var shown: Set<String> = []
    for stack in record.stacks {
      drawTitle(stack, on: &canvas)
      shown.formUnion(drawTable(stack, on: &canvas))
      canvas.addBlankLine()
      for note in notes(of: stack) { canvas.add(note, style: style, indentation: 2, hanging: 4) }
      canvas.addBlankLine()
    }
    canvas.add(legend(of: record, columns: shown), style: style, ink: .faint)
    return canvas.rendered(colour: style.colour)
  }
}

// MARK: - Parts

extension PropagationTextReport {
  private func drawTitle(_ stack: PropagationStack, on canvas: inout Canvas) {
    let dot = style.unicode ? " · " : ", "
    let title = style.characters(stack.architecture) + "\(dot)depth \(stack.depth)"
    let good = stack.samples - stack.failures.count
    let count = stack.failures.isEmpty ? "\(stack.samples)" : "\(good) of \(stack.samples)"
    let facts = stack.block + dot + count + (stack.samples == 1 ? " sample" : " samples")
    let fits = title.count + facts.count + 12 <= style.width
    canvas.addTitle(title, facts: fits ? facts : "", below: fits ? "" : facts, style: style)
  }

  /// Draws the table of a stack; the titles of the columns that there is room for.
  private func drawTable(_ stack: PropagationStack, on canvas: inout Canvas) -> [String] {
    // As many as the tables of other reports.
    let layers = stack.layers.evenly(atMost: LayersTable.longest)
    var columns = [TextTable.Column(title: "layer", cells: layers.map { "\($0.layer)" })]
    func add(
      _ title: String, _ quantity: PropagationQuantity, rank: Int, errorRank: Int, recursionRank: Int?,
      _ number: (Double) -> String
    ) {
      guard layers.contains(where: { $0.statistics[quantity] != nil }) else { return }
      let found = layers.map { $0.statistics[quantity] }
      columns.append(
        TextTable.Column(title: title, rank: rank, cells: found.map { $0?.mean.map(number) ?? "none" }))
      if found.contains(where: { ($0?.standardError ?? 0) > 0 }) {
        columns.append(
          TextTable.Column(
            title: "±", rank: errorRank,
            cells: found.map { $0?.standardError.map { NumberText.significant($0, digits: 2) } ?? "" }))
      }
      if let recursionRank, layers.contains(where: { $0.recursion[quantity] != nil }) {
        columns.append(
          TextTable.Column(
            title: "theory", rank: recursionRank,
            cells: layers.map { layer in
              layer.recursion[quantity].flatMap { $0.isFinite ? number($0) : nil } ?? "none"
            }))
      }
    }
    add("q", .meanSquare, rank: 0, errorRank: 6, recursionRank: 0) { NumberText.significant($0) }
    add("c", .correlation, rank: 0, errorRank: 6, recursionRank: 0) { Self.cosine($0) }
    add("cosine", .cosine, rank: 8, errorRank: 10, recursionRank: nil) { Self.cosine($0) }
    add("res", .residual, rank: 3, errorRank: 9, recursionRank: nil) { NumberText.significant($0, digits: 2) }
    add("res F", .frobeniusResidual, rank: 5, errorRank: 9, recursionRank: 8) {
      NumberText.significant($0, digits: 2)
    }
    add("entropy", .relativeEntropy, rank: 1, errorRank: 7, recursionRank: nil) {
      NumberText.fixed($0, unlike: 1)
    }
    add("gap", .spectralGap, rank: 4, errorRank: 7, recursionRank: nil) { NumberText.fixed($0, unlike: 1) }
    add("ln m₁", .logMeanSquared, rank: 2, errorRank: 6, recursionRank: 2) { NumberText.fixed($0, decimals: 2) }
    return TextTable(columns: columns).draw(on: &canvas, line: canvas.height, style: style)
  }

  /// With as many decimals as show that tokens are not quite the same.
  private static func cosine(_ value: Double) -> String {
    let text = NumberText.fixed(value, unlike: 1)
    return text.count <= 8 ? text : "1−" + NumberText.significant(1 - value, digits: 2)
  }

  // MARK: Sentences

  private func notes(of stack: PropagationStack) -> [String] {
    var notes: [String] = []
    notes.append(
      exponent(
        "λ_a", stack.angle,
        how: { layers, fixedPoint in
          // Of 0 the iteration leaves rounding.
          "slope of ln |c − \(fixedPoint == 1 ? "1" : abs(fixedPoint) < 1e-9 ? "0" : NumberText.significant(fixedPoint))| over layers "
            + "\(layers.lowerBound) to \(layers.upperBound)"
        }))
    notes.append(
      exponent("λ_g", stack.gradient, how: { layers, _ in "(1/L) ln m₁, L = \(layers.upperBound)" }))
    if let reason = stack.reason {
      notes.append("No theory: \(reason)")
    } else if stack.block == "transformer" {
      let entropies = stack.layers.compactMap { $0.statistics[.relativeEntropy]?.mean }
      let measured =
        entropies.min().map { least in
          " The measured entropy is at least \(NumberText.percent(least, unlike: 1)) of a uniform one's; the closer to 100%, the better it "
            + "holds."
        } ?? ""
      notes.append(
        "Theory: the recursion of infinite width from each sample's own input, which assumes uniform attention, as of queries that are "
          + "0; λ_g leaves out what the derivative of the scores adds.\(measured)")
    } else {
      notes.append(
        "Theory: the length and correlation maps of infinite width from each sample's own input, of the states after "
          + "each layer and not of pre-activations.")
    }
    if !stack.isExact, stack.directions > 0 {
      notes.append("ln m₁ is estimated along \(stack.directions) random directions a sample.")
    }
    for failure in stack.failures.prefix(3) { notes.append("sample \(failure.sample): \(failure.reason)") }
    if stack.failures.count > 3 { notes.append("and \(stack.failures.count - 3) more samples that failed") }
    return notes
  }

  private func exponent(
    _ name: String, _ exponent: PropagationExponent, how: (ClosedRange<Int>, Double) -> String
  ) -> String {
    func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 4) }
    guard let measured = exponent.measured, let layers = exponent.layers else {
      return "\(name): none measured. \(exponent.reason ?? "")"
    }
    var parts = [
      "\(name) \(number(measured))"
        + (exponent.standardError.map { " ± \(NumberText.significant($0, digits: 2))" } ?? "") + " per layer, "
        + how(layers, exponent.fixedPoint ?? 1)
    ]
    if let recursion = exponent.recursion { parts.append("theory of the same \(number(recursion))") }
    if let limit = exponent.limit { parts.append("in the limit of depth \(number(limit))") }
    return parts.joined(separator: "; ") + "."
  }

  /// What the columns that are shown hold.
  private func legend<Configuration>(of record: PropagationRecord<Configuration>, columns: Set<String>) -> String {
    let all: [(column: String, text: String)] = [
      ("q", "q: mean square of the state's elements"),
      (
        "c",
        record.correlation.map {
          "c: correlation p/q of two inputs through the same weights, \(NumberText.shortest($0)) at the start"
        } ?? "c: p/q, p the mean product of two tokens per feature"
      ),
      ("cosine", "cosine: mean cosine of two \(record.correlation == nil ? "tokens" : "inputs")"),
      ("res", "res: distance from equal tokens, relative, in the norm (1, ∞)"),
      ("res F", "res F: the same in Frobenius' norm"),
      ("entropy", "entropy: of attention, 1 where uniform"),
      ("gap", "gap: 1 − |λ₂| of the attention matrix"),
      ("ln m₁", "m₁: mean squared singular value of the Jacobian up to the layer"),
    ]
    let hasErrors =
      columns.contains("±") || record.stacks.contains { ($0.angle.standardError ?? $0.gradient.standardError) != nil }
    return
      (all.filter { columns.contains($0.column) }.map(\.text) + [
        "numbers are means over samples" + (hasErrors ? " ± standard error" : ""),
        "logarithms are natural, exponents per layer, λ_g of squared norms",
      ]).joined(separator: "; ") + "."
  }
}
