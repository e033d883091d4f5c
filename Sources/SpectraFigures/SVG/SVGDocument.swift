import SpectraAnalysis

/// An SVG document that grows element by element.
///
/// Styles are presentation attributes, not a style sheet: they survive every program that takes SVG in, and mean the same
/// where several figures stand in one page.
struct SVGDocument {
  typealias Attributes = KeyValuePairs<String, String>

  private(set) var body = ""

  /// An element without content, or with a title that a pointer brings up.
  mutating func add(_ name: String, _ attributes: Attributes, tip: String? = nil) {
    body += "<\(name)\(Self.written(attributes))"
    body += tip.map { "><title>\(Self.escaped($0))</title></\(name)>\n" } ?? "/>\n"
  }

  /// A group of what `body` adds.
  mutating func group(_ attributes: Attributes, _ body: (inout SVGDocument) -> Void) {
    self.body += "<g\(Self.written(attributes))>\n"
    body(&self)
    self.body += "</g>\n"
  }

  mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ attributes: Attributes) {
    body += "<line x1=\"\(Self.number(from.x))\" y1=\"\(Self.number(from.y))\""
    body += " x2=\"\(Self.number(to.x))\" y2=\"\(Self.number(to.y))\"\(Self.written(attributes))/>\n"
  }

  mutating func rectangle(_ area: Area, _ attributes: Attributes, tip: String? = nil) {
    body += "<rect x=\"\(Self.number(area.x))\" y=\"\(Self.number(area.y))\""
    body += " width=\"\(Self.number(area.width))\" height=\"\(Self.number(area.height))\"\(Self.written(attributes))"
    body += tip.map { "><title>\(Self.escaped($0))</title></rect>\n" } ?? "/>\n"
  }

  enum Anchor: String { case start, middle, end }

  /// A line of text; it can be selected and searched for.
  ///
  /// - Parameter halo: the colour of an outline that sets it off from what is under it.
  mutating func text(
    _ text: String, x: Double, y: Double, size: Double, fill: String, anchor: Anchor = .start, isBold: Bool = false,
    rotated: Bool = false, halo: String? = nil
  ) {
    body += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" font-size=\"\(Self.number(size))\" fill=\"\(fill)\""
    if anchor != .start { body += " text-anchor=\"\(anchor.rawValue)\"" }
    if let halo { body += " stroke=\"\(halo)\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"" }
    if isBold { body += " font-weight=\"600\"" }
    if rotated { body += " transform=\"rotate(-90 \(Self.number(x)) \(Self.number(y)))\"" }
    body += ">\(Self.escaped(text))</text>\n"
  }

  mutating func append(_ markup: String) { body += markup }

  // MARK: Words and numbers

  /// A length to a hundredth of a unit, without a trailing zero.
  static func number(_ value: Double) -> String { NumberText.shortest((value * 100).rounded() / 100 + 0) }

  /// A path through points.
  static func path(_ points: [(x: Double, y: Double)], closed: Bool = false) -> String {
    var text = ""
    for (index, point) in points.enumerated() {
      text += "\(index == 0 ? "M" : "L")\(number(point.x)) \(number(point.y))"
    }
    return closed ? text + "Z" : text
  }

  /// A text as XML writes it; what XML 1.0 cannot hold becomes a replacement character.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case let other where other.value < 0x20 || (0xFFFE...0xFFFF).contains(other.value): result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Attributes as XML writes them, each after a blank.
  static func written(_ attributes: Attributes) -> String {
    attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
  }
}

/// A rectangle in SVG units; y goes down.
struct Area: Equatable {
  var x, y, width, height: Double

  var right: Double { x + width }
  var bottom: Double { y + height }
}
