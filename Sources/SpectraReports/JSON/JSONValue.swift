/// A JSON document whose objects keep the order of their fields.
package indirect enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number as it is written: the shortest decimals that read back as the same number.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Field])

  package struct Field: Equatable, Sendable {
    package let name: String
    package let value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }
}

// MARK: - Writing

extension JSONValue {
  /// The document on one line.
  package var compact: String {
    var text = ""
    write(to: &text, separator: ",", colon: ":")
    return text
  }

  /// The document over many lines, two spaces of indentation a level: an array of scalars is one line, however long, and
  /// so is an object of a few scalars, so that a file with thousands of numbers can be read.
  ///
  /// The layout follows from the names of the fields alone, so that documents of one kind can be compared line by line.
  package var pretty: String {
    var text = ""
    writePretty(to: &text, indentation: "")
    return text + "\n"
  }

  /// An object with more fields than this has a line for each.
  private static let fieldsOnALine = 8

  private var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private func writePretty(to text: inout String, indentation: String) {
    let inner = indentation + "  "
    switch self {
    case .array(let items) where !items.allSatisfy(\.isScalar):
      for (index, item) in items.enumerated() {
        text += (index == 0 ? "[\n" : ",\n") + inner
        item.writePretty(to: &text, indentation: inner)
      }
      text += "\n" + indentation + "]"
    case .object(let fields) where fields.count > Self.fieldsOnALine || !fields.allSatisfy(\.value.isScalar):
      for (index, field) in fields.enumerated() {
        text += (index == 0 ? "{\n" : ",\n") + inner + Self.quoted(field.name) + ": "
        field.value.writePretty(to: &text, indentation: inner)
      }
      text += "\n" + indentation + "}"
    default: write(to: &text, separator: ", ", colon: ": ")
    }
  }

  private func write(to text: inout String, separator: String, colon: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let digits): text += digits
    case .string(let string): text += Self.quoted(string)
    case .array(let items):
      text += "["
      for (index, item) in items.enumerated() {
        if index > 0 { text += separator }
        item.write(to: &text, separator: separator, colon: colon)
      }
      text += "]"
    case .object(let fields):
      text += "{"
      for (index, field) in fields.enumerated() {
        if index > 0 { text += separator }
        text += Self.quoted(field.name) + colon
        field.value.write(to: &text, separator: separator, colon: colon)
      }
      text += "}"
    }
  }

  private static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case let control where control.value < 0x20:
        let digits = String(control.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
