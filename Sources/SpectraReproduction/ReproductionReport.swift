public import Spectra

/// The results for the eye: a block for each paper, a few lines for each quantity.
public struct ReproductionReport: Sendable {
  /// The width and the characters.
  public let style: TextStyle

  /// A report in a style.
  public init(style: TextStyle = TextStyle()) { self.style = style }

  /// What was measured beside what was published, and how many agree.
  public func text(of record: ReproductionRecord) -> String {
    let blocks = record.results.grouped(by: \.line.heading).map { results in
      let (heading, lines) = (results[0].line.heading, results.map(\.line))
      return
        (["\(style.paragraph(heading.source, head: heading.row + "  "))"]
        + results.enumerated().flatMap { index, result in
          [mark(result), style.paragraph(Self.numbers(result), head: "      ")]
            + details(of: lines, at: index)
        }).joined(separator: "\n")
    }
    return (blocks + [style.paragraph(Self.conclusion(record))]).joined(separator: "\n\n") + "\n"
  }

  /// The lines that can be asked for, without numbers.
  public func list(of lines: [ReproductionLine]) -> String {
    let blocks = lines.grouped(by: \.heading).map { lines in
      let heading = lines[0].heading
      return
        ([style.paragraph(heading.source, head: heading.row + "  ")]
        + lines.map { style.paragraph($0.quantity, head: "  \($0.id)  ") }).joined(separator: "\n")
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// One sentence: how many agree, and which do not.
  public static func conclusion(_ record: ReproductionRecord) -> String {
    let differing = record.disagreements.map(\.line.id)
    let agreeing = record.results.count - differing.count
    return differing.isEmpty
      ? "All \(record.results.count) agree."
      : "\(agreeing) of \(record.results.count) agree; not: \(differing.joined(separator: ", "))."
  }

  private func mark(_ result: ReproductionResult) -> String {
    let sign = style.unicode ? (result.agrees ? "✓" : "✗") : (result.agrees ? "+" : "-")
    return style.paragraph(result.line.quantity, head: "  \(sign) \(result.line.id)  ")
  }

  /// The numbers as a clause.
  static func numbers(_ result: ReproductionResult) -> String {
    let published = "published \(result.line.published.text)"
    if let problem = result.problem { return "\(published), not measured: \(problem)" }
    let expected = result.expectedText.map { ", at this size \($0)" } ?? ""
    let uncertainty = result.uncertaintyText.map { " ± \($0)" } ?? ""
    return "\(published)\(expected), measured \(result.measuredText)\(uncertainty)"
  }

  /// Criterion and settings, where they are not those of the line before.
  private func details(of lines: [ReproductionLine], at index: Int) -> [String] {
    let (line, before) = (lines[index], index > 0 ? lines[index - 1] : nil)
    return [
      line.criterion == before?.criterion ? nil : "agrees: \(line.criterion.text)",
      line.settings == before?.settings ? nil : line.settings,
    ].compactMap { $0.map { style.paragraph($0, head: "      ") } }
  }
}

extension ReproductionLine {
  /// What stands once above lines of one paper.
  struct Heading: Hashable {
    var row: String
    var source: String
  }

  var heading: Heading { Heading(row: row, source: source) }
}

extension Array {
  /// Neighbours that have a key in common.
  func grouped<Key: Equatable>(by key: (Element) -> Key) -> [[Element]] {
    reduce(into: []) { groups, element in
      if let last = groups.last?.last, key(last) == key(element) {
        groups[groups.count - 1].append(element)
      } else {
        groups.append([element])
      }
    }
  }
}
