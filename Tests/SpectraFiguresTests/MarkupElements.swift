import Foundation
import FoundationXML

/// The elements of an XML document, in order.
struct MarkupElement {
  let name: String
  let attributes: [String: String]
  /// The names of the elements around it, the nearest last.
  let around: [String]
  /// The text in it, without that of elements within.
  var text = ""

  func number(_ name: String) -> Double { attributes[name].flatMap { Double($0) } ?? 0 }

  /// - Throws: where the document is not well-formed.
  static func elements(of document: String) throws -> [MarkupElement] {
    let parser = XMLParser(data: Data(document.utf8))
    let collector = Collector()
    parser.delegate = collector
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.formatting) }
    return collector.elements
  }

  private final class Collector: NSObject, XMLParserDelegate {
    var elements: [MarkupElement] = []
    private var open: [Int] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements.append(MarkupElement(name: name, attributes: attributes, around: open.map { elements[$0].name }))
      open.append(elements.count - 1)
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
      if let last = open.last { elements[last].text += text }
    }
  }
}
