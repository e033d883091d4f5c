/// The page docs/reproductions.md.
public struct ReproductionMarkdown: Sendable {
  public init() {}

  /// The page of a whole run.
  public func text(of record: ReproductionRecord) -> String {
    let tables = record.results.grouped(by: \.line.heading).map(Self.section)
    return ([Self.introduction(record)] + tables + [Self.missing]).joined(separator: "\n\n") + "\n"
  }

  private static func introduction(_ record: ReproductionRecord) -> String {
    let statistical = record.results.count { if case .standardErrors = $0.line.criterion { true } else { false } }
    return """
      # Reproductions

      Results of papers that need no training, measured by `spectra reproduce`. This page is made by `make reproduce`, which
      also runs the slow tests of theory against simulation; `spectra reproduce C10` repeats one row, `spectra reproduce --list`
      names all of them.

      \(ReproductionReport.conclusion(record))

      Settings are the papers' where they state them, and were fixed before the first run where they do not. The seed is 0
      throughout. Nothing was chosen by its outcome. `±` is one standard error, over networks unless the settings say
      otherwise. Where a paper states a limit and a formula is known for the finite size, the limit's value at that size stands
      under *at this size*, and the measured number is compared with it. Where a paper shows only a shape, the criterion tests
      the shape and says so.

      \(statistical) lines are judged by three standard errors. A correct one fails with a probability of 0.3 % where the
      standard error is well known, and of 1.5 % where it comes from ten networks. So with another seed one of them may differ
      by chance. The seed is fixed, and the result repeats.
      """
  }

  private static func section(_ results: [ReproductionResult]) -> String {
    let heading = results[0].line.heading
    let head = ["line", "quantity", "published", "at this size", "measured", "agrees"]
    let hasExpected = results.contains { $0.expectedText != nil }
    let rows = results.map { result in
      [
        "`\(result.line.id)`", result.line.quantity, result.line.published.text, result.expectedText ?? "",
        [result.measuredText, result.uncertaintyText].compactMap { $0 }.joined(separator: " ± "),
        result.agrees ? "✓" : "✗ differs",
      ]
    }
    let table = ([head, head.map { _ in "---" }] + rows).map { cells in
      let shown = cells.enumerated().filter { $0.offset != 3 || hasExpected }.map { escaped($0.element) }
      return "| \(shown.joined(separator: " | ")) |"
    }
    let lines = results.map(\.line)
    let notes =
      described("Settings", lines.map { ($0.id, $0.settings) })
      + described("Agrees", lines.map { ($0.id, $0.criterion.text) })
    let problems = results.compactMap { result in result.problem.map { "* `\(result.line.id)`: \(escaped($0))" } }
    return (["## \(heading.row)", "", escaped(heading.source) + ".", ""] + table + [""] + notes + problems)
      .joined(separator: "\n")
  }

  /// A list of what lines have, each said once with the lines it is of.
  private static func described(_ title: String, _ lines: [(id: String, text: String)]) -> [String] {
    let texts = lines.map(\.text).uniqued
    if texts.count == 1 { return ["* \(title): \(escaped(texts[0]))."] }
    return texts.map { text in
      let names = lines.filter { $0.text == text }.map { "`\($0.id)`" }
      return "* \(title) of \(names.joined(separator: ", ")): \(escaped(text))."
    }
  }

  /// In a cell of a table, and where it would begin or end something else.
  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "|*_<>".contains(character) { result += "\\" }
      result.append(character)
    }
  }

  private static let missing = """
    ## What is not here

    What is learnt cannot be measured at initialisation: the enwik8, WikiText and ResNet tables and the 10,000-layer training of the
    ReZero paper, BLEU scores of the Transformer papers, curves on C4. Two claims need data but no training: the levels and
    profiles of weight gradients in Xiong et al. 2020, figure 3. Their size depends on the law of the tokens (1.7 for
    frequencies of 1/rank, 0.45 for equal ones), so that only their shape could be tested, and gradients of weights are not
    computed here.
    """
}
