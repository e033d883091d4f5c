package import SpectraReports

// A specification is a large nest of small objects: written as literals, it reads as the JSON that comes out of it.

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringInterpolation,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  package init(dictionaryLiteral fields: (String, JSONValue)...) { self = .object(fields.map { Field($0.0, $0.1) }) }
  package init(arrayLiteral items: JSONValue...) { self = .array(items) }
  package init(stringLiteral text: String) { self = .string(text) }
  package init(integerLiteral number: Int) { self = JSONValue(number) }
  package init(floatLiteral number: Double) { self = JSONValue(number) }
  package init(booleanLiteral flag: Bool) { self = .bool(flag) }
  package init(nilLiteral: ()) { self = .null }
}

extension JSONValue {
  init(_ number: Int) { self = .number(number.description) }

  /// A number; null where it does not exist or JSON has no notation for it.
  init(_ number: Double?) {
    self = number.flatMap(\.ifFinite).map { .number($0.description) } ?? .null
  }

  /// Both fields of two objects; what is no object has none.
  func with(_ more: JSONValue) -> JSONValue { .object(fields + more.fields) }

  private var fields: [Field] {
    if case .object(let fields) = self { fields } else { [] }
  }
}
