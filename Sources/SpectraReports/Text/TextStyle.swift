#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How text is laid out for the eye: the width, the characters and the colours that the reader's terminal has.
public struct TextStyle: Sendable, Equatable {
  /// The widths a report can be laid out for.
  public static let widths = 60...200

  /// The number of columns that no line exceeds.
  public let width: Int
  /// Whether block and Greek characters may be used; plain ASCII otherwise.
  public let unicode: Bool
  /// Whether colours may be used.
  public let colour: Bool

  /// A style; a width outside 60…200 is taken as the nearer end.
  public init(width: Int = 80, unicode: Bool = true, colour: Bool = false) {
    self.width = Swift.min(Swift.max(width, Self.widths.lowerBound), Self.widths.upperBound)
    self.unicode = unicode
    self.colour = colour
  }

  /// The style that suits standard output: its width where it is a terminal, the characters of the locale, and colour on
  /// a terminal unless `NO_COLOR` says no.
  public static func forStandardOutput() -> TextStyle {
    let isTerminal = isatty(STDOUT_FILENO) != 0
    var size = winsize()
    let known = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return TextStyle(
      environment: ProcessInfo.processInfo.environment, isTerminal: isTerminal,
      terminalColumns: known ? Int(size.ws_col) : nil)
  }

  /// The style for an environment and a kind of output.
  ///
  /// The first non-empty of `LC_ALL`, `LC_CTYPE` and `LANG` names the locale, as POSIX has it; without any it is `C`,
  /// which is ASCII. Colour needs a terminal that is not `dumb` and no `NO_COLOR` (no-color.org: set and not empty).
  /// `COLUMNS` overrides the width of the terminal; output that goes elsewhere is 80 columns wide.
  public init(environment: [String: String], isTerminal: Bool, terminalColumns: Int? = nil) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let locale = value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG") ?? "C"
    let encoding = locale.lowercased().filter { $0 != "-" }
    let columns = isTerminal ? value("COLUMNS").flatMap { Int($0) } ?? terminalColumns : nil
    self.init(
      width: columns ?? 80, unicode: encoding.contains("utf8"),
      colour: isTerminal && value("NO_COLOR") == nil && value("TERM") != "dumb")
  }
}

// MARK: - Characters

extension TextStyle {
  /// `text` in the characters of this style: in ASCII, σ is written s, ≤ is written <=, and so on.
  public func rendered(_ text: String) -> String { characters(text) }

  /// A paragraph in the characters of this style whose first line begins with `head`, the others with as many blanks,
  /// broken at blanks to the width.
  public func paragraph(_ text: String, head: String = "") -> String {
    let head = characters(head)
    let lines = wrapped(characters(text), width: max(20, width - head.count))
    let blanks = String(repeating: " ", count: head.count)
    return lines.enumerated().map { ($0 == 0 ? head : blanks) + $1 }.joined(separator: "\n")
  }

  func characters(_ text: String) -> String {
    guard !unicode else { return text }
    return text.reduce(into: "") { result, character in
      result += character.isASCII ? String(character) : Self.ascii[character] ?? "?"
    }
  }

  private static let ascii: [Character: String] = [
    "σ": "s", "²": "^2", "₁": "1", "≤": "<=", "≥": ">=", "×": "x", "·": "*", "±": "+-", "−": "-", "–": "-", "—": "-",
    "…": "...", "α": "alpha", "₂": "2", "³": "^3", "½": "1/2", "′": "'", "″": "''", "π": "pi", "φ": "phi", "Φ": "Phi",
    "√": "sqrt", "β": "beta", "γ": "gamma", "ε": "eps", "Σ": "Sigma", "ζ": "zeta", "η": "eta", "λ": "lambda", "μ": "mu",
    "ρ": "rho", "χ": "chi", "ξ": "xi", "κ": "kappa", "∇": "grad", "→": "->", "τ": "tau", "ω": "omega", "∘": "*",
    "⊙": "*", "ᵀ": "^T", "∞": "inf", "▲": "^", "△": "^", "┊": "|", "“": "\"",
    "”": "\"", "’": "'",
    "█": "#", "‖": "||", "⋯": "...", "Π": "Pi", "⁵": "^5", "ł": "l", "ę": "e",
  ]
}

/// The colours of a report; each is a meaning.
enum Ink: Equatable {
  case plain, faint, title, bar, lost, good, warning, bad
  /// What theory expects, above a bar and on it.
  case theory, theoryOnBar

  /// Select Graphic Rendition parameters (ECMA-48).
  fileprivate var codes: String? {
    switch self {
    case .plain: nil
    case .faint: "2"
    case .title: "1"
    case .bar: "36"
    case .lost: "31"
    case .good: "1;32"
    case .warning: "1;33"
    case .bad: "1;31"
    case .theory: "1;33"
    // Black on the colour of a bar, which so stays whole.
    case .theoryOnBar: "30;46"
    }
  }
}

/// A grid of characters with colours, on which a report is drawn line by line.
struct Canvas {
  private typealias Cell = (character: Character, ink: Ink)
  private var lines: [[Cell]] = []

  var height: Int { lines.count }

  /// Writes `text` from a column of a line on, over what is there; lines grow as needed.
  mutating func put(_ text: String, line: Int, column: Int, ink: Ink = .plain) {
    while lines.count <= line { lines.append([]) }
    while lines[line].count < column { lines[line].append((" ", .plain)) }
    for (offset, character) in text.enumerated() where column + offset >= 0 {
      if column + offset < lines[line].count {
        lines[line][column + offset] = (character, ink)
      } else {
        lines[line].append((character, ink))
      }
    }
  }

  /// Writes a paragraph below what is there, in the characters of a style and broken at its width.
  ///
  /// - Parameters:
  ///   - indentation: of the first line.
  ///   - hanging: of the others; nil is the same.
  mutating func add(
    _ text: String, style: TextStyle, indentation: Int = 0, hanging: Int? = nil, ink: Ink = .plain
  ) {
    let later = hanging ?? indentation
    for (index, line) in wrapped(style.characters(text), width: style.width - later).enumerated() {
      put(line, line: height, column: index == 0 ? indentation : later, ink: ink)
    }
  }

  /// Leaves a line empty below what is there.
  mutating func addBlankLine() { put("", line: height, column: 0) }

  /// Draws a rule below what is there with a title on it.
  ///
  /// - Parameters:
  ///   - title: in the characters of the style; what is too long goes on in further lines.
  ///   - facts: what stands at the end of the rule; there must be room for it.
  ///   - below: what the rule has no room for.
  mutating func addTitle(_ title: String, facts: String, below: String, style: TextStyle) {
    let line = height
    put(String(repeating: style.unicode ? "─" : "-", count: style.width), line: line, column: 0, ink: .faint)
    for (offset, part) in wrapped(title, width: style.width - 6).enumerated() {
      put(" \(part) ", line: line + offset, column: 2, ink: .title)
    }
    if !facts.isEmpty { put(" \(facts) ", line: line, column: style.width - facts.count - 4) }
    add(below, style: style, indentation: 3)
  }

  /// What stands at a place; a blank where nothing does.
  func cell(line: Int, column: Int) -> (character: Character, ink: Ink) {
    lines.indices.contains(line) && lines[line].indices.contains(column) ? lines[line][column] : (" ", .plain)
  }

  /// Whether a stretch of a line, with one column on either side, is still blank.
  func isBlank(line: Int, columns: Range<Int>) -> Bool {
    guard line < lines.count else { return true }
    return (columns.lowerBound - 1...columns.upperBound).allSatisfy {
      $0 < 0 || $0 >= lines[line].count || lines[line][$0].character == " "
    }
  }

  /// The lines without trailing blanks, with escape sequences where there is colour.
  func rendered(colour: Bool) -> String {
    var text = ""
    for line in lines {
      var ink = Ink.plain
      for cell in line.prefix((line.lastIndex { $0.character != " " } ?? -1) + 1) {
        if colour, cell.ink != ink, cell.character != " " || ink != .plain {
          if ink.codes != nil { text += "\u{1B}[0m" }
          if let codes = cell.ink.codes { text += "\u{1B}[\(codes)m" }
          ink = cell.ink
        }
        text.append(cell.character)
      }
      text += ink.codes == nil ? "\n" : "\u{1B}[0m\n"
    }
    return text
  }
}

/// The lines of `text`, broken at blanks so that none exceeds `width` (those after the first `later`, where given); a
/// longer word is broken where it least hurts.
func wrapped(_ text: String, width: Int, later: Int? = nil) -> [String] {
  var lines: [String] = []
  var line = ""
  var room: Int { lines.isEmpty ? width : later ?? width }
  for word in text.split(whereSeparator: \.isWhitespace) {
    if !line.isEmpty, line.count + 1 + word.count > room {
      lines.append(line)
      line = ""
    }
    line += line.isEmpty ? String(word) : " \(word)"
    while line.count > room {
      let first = beginning(of: line, width: room)
      lines.append(first)
      line.removeFirst(first.count)
    }
  }
  return line.isEmpty ? lines : lines + [line]
}

/// The beginning of a long word that stands on the line before the break: up to a colon, which parts the settings of an
/// architecture's name, or else up to an equals sign, a hyphen or an underscore, or else as much as there is room for.
private func beginning(of word: String, width: Int) -> String {
  let fitting = word.prefix(max(width, 1))
  let end = fitting.lastIndex(of: ":") ?? fitting.lastIndex(of: "=") ?? fitting.lastIndex { $0 == "-" || $0 == "_" }
  return String(end.map { fitting[...$0] } ?? fitting)
}
