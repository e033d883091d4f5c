/// An HTML document that grows element by element, written so that it is well-formed XML as well.
struct HTMLDocument {
  typealias Attributes = SVGDocument.Attributes

  private(set) var body = ""

  /// An element with what `content` writes.
  mutating func element(_ name: String, _ attributes: Attributes = [:], _ content: (inout HTMLDocument) -> Void) {
    body += "<\(name)\(SVGDocument.written(attributes))>"
    content(&self)
    body += "</\(name)>\n"
  }

  /// An element with a text.
  mutating func element(_ name: String, _ attributes: Attributes = [:], text: String) {
    element(name, attributes) { $0.text(text) }
  }

  /// An element without content.
  mutating func void(_ name: String, _ attributes: Attributes) {
    // Only elements that never have content may be closed at once; the others would stay open in HTML.
    let isVoid = ["br", "input", "link", "meta", "wbr"].contains(name)
    body += "<\(name)\(SVGDocument.written(attributes))\(isVoid ? "/>" : "></\(name)>")\n"
  }

  mutating func text(_ text: String) { body += SVGDocument.escaped(text) }

  /// A text that may be broken after colons, commas and slashes, where labels and lists are long.
  mutating func breakable(_ text: String) {
    var mayBreak = false
    for character in text {
      // Before a blank it may be broken anyway.
      if mayBreak, !character.isWhitespace { body += "<wbr/>" }
      body += SVGDocument.escaped(String(character))
      mayBreak = ":,/".contains(character)
    }
  }

  /// Markup as it is.
  mutating func append(_ markup: String) { body += markup }
}
