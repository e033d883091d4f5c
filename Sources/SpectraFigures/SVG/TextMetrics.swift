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
    // Of the line, in units of the size. Each character is measured once: labels come from files and may have any length.
    var taken = 0.0
    func end() {
      while line.last == " " { line.removeLast() }
      if !line.isEmpty { lines.append(line) }
      (line, taken) = ("", 0)
    }
    for piece in pieces(text) {
      let needed = piece.reduce(0) { $0 + ($1 == " " ? 0 : advance($1)) }
      if needed > 0, (taken + needed) * size > width { end() }
      for character in piece where character != " " || !line.isEmpty {
        // A piece that alone is too long is cut.
        if character != " ", (taken + advance(character)) * size > width { end() }
        line.append(character)
        taken += advance(character)
      }
    }
    end()
    return lines
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
