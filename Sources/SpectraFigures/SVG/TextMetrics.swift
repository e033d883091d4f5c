/// How wide text is, before anything has drawn it.
///
/// Widths are those of DejaVu Sans, the widest of the fonts that a figure names: with any other of them text takes less room.
enum TextMetrics {
  /// The width of a line. Bold type is wider by an eighth.
  static func width(_ text: String, size: Double, isBold: Bool = false) -> Double {
    text.reduce(0) { $0 + advance($1) } * size * (isBold ? 1.13 : 1)
  }

  /// The lines of `text`, broken at blanks, and in long words after colons, which part the settings of an architecture.
  static func wrapped(_ text: String, size: Double, width: Double, isBold: Bool = false) -> [String] {
    // As if regular type had less room.
    let width = isBold ? width / 1.13 : width
    var lines: [String] = []
    var line = ""
    for piece in pieces(text) {
      if !line.isEmpty, self.width(trimmed(line + piece), size: size) > width {
        lines.append(trimmed(line))
        line = ""
      }
      line += piece
      // A piece that alone is too long is cut.
      while self.width(trimmed(line), size: size) > width, line.count > 1 {
        var end = line.index(before: line.endIndex)
        while end > line.index(after: line.startIndex), self.width(String(line[..<end]), size: size) > width {
          end = line.index(before: end)
        }
        lines.append(String(line[..<end]))
        line = String(line[end...])
      }
    }
    return trimmed(line).isEmpty ? lines : lines + [trimmed(line)]
  }

  private static func trimmed(_ line: String) -> String {
    String(line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// The text in pieces between which a line may end.
  private static func pieces(_ text: String) -> [String] {
    var pieces: [String] = []
    var piece = ""
    for character in text {
      piece.append(character.isWhitespace ? " " : character)
      if character.isWhitespace || character == ":" {
        pieces.append(piece)
        piece = ""
      }
    }
    return piece.isEmpty ? pieces : pieces + [piece]
  }

  /// In units of the font size.
  private static func advance(_ character: Character) -> Double {
    switch character {
    case "i", "j", "l", "'": 0.28
    case " ", ",", ".", ":", ";", "|": 0.34
    case "f", "I", "J", "-", "(", ")", "[", "]", "·": 0.37
    case "r", "t": 0.41
    case "s", "c", "z", "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁻": 0.55
    case "m", "M", "W", "%", "@", "…": 0.98
    case "w", "<", ">", "≤", "≥", "=", "+", "×", "±", "−": 0.84
    case "A"..."Z": 0.74
    case "a"..."z", "0"..."9": 0.64
    default: character.isASCII ? 0.64 : 0.9
    }
  }
}
