import Foundation

/// A validator for the keywords of JSON Schema 2020-12 that `docs/spectra.jacobian.schema.json` uses. A keyword that it
/// does not know is a violation, so that the schema cannot grow past its test.
struct JSONSchema {
  private let root: [String: Any]

  init(contentsOf url: URL) throws {
    root = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] ?? [:]
  }

  /// What in a document violates the schema: a path and a keyword each.
  func violations(in document: Data) throws -> [String] {
    violations(try JSONSerialization.jsonObject(with: document), root, "$")
  }

  private func violations(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    schema.keys.sorted().flatMap { keyword in
      check(keyword, schema[keyword] as Any, value, schema, path).map { $0.isEmpty ? "\(path): \(keyword)" : $0 }
    }
  }

  /// Violations of one keyword; an empty string stands for the keyword itself.
  private func check(
    _ keyword: String, _ rule: Any, _ value: Any, _ schema: [String: Any], _ path: String
  ) -> [String] {
    let object = value as? [String: Any]
    let array = Self.isBool(value) ? nil : value as? [Any]
    let number = Self.isBool(value) ? nil : (value as? NSNumber)?.doubleValue
    func violated(_ isViolated: Bool) -> [String] { isViolated ? [""] : [] }
    switch keyword {
    case "$schema", "title", "description", "$defs", "then", "else": return []
    case "$ref":
      let name = (rule as? String)?.split(separator: "/").last.map(String.init) ?? ""
      guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else { return [""] }
      return violations(value, target, path)
    case "type":
      let names = rule as? [String] ?? [rule as? String ?? ""]
      return violated(!names.contains { Self.isType($0, value) })
    case "const": return violated(!Self.areEqual(rule, value))
    case "enum": return violated(!(rule as? [Any] ?? []).contains { Self.areEqual($0, value) })
    case "minimum": return violated(number.map { $0 < (rule as? NSNumber)?.doubleValue ?? .infinity } ?? false)
    case "maximum": return violated(number.map { $0 > (rule as? NSNumber)?.doubleValue ?? -.infinity } ?? false)
    case "minLength": return violated((value as? String).map { $0.count < rule as? Int ?? .max } ?? false)
    case "minItems": return violated(array.map { $0.count < rule as? Int ?? .max } ?? false)
    case "maxItems": return violated(array.map { $0.count > rule as? Int ?? .min } ?? false)
    case "minProperties": return violated(object.map { $0.count < rule as? Int ?? .max } ?? false)
    case "required":
      return violated(object.map { object in !(rule as? [String] ?? []).allSatisfy { object[$0] != nil } } ?? false)
    case "items":
      return (array ?? []).enumerated().flatMap { violations($1, rule as? [String: Any] ?? [:], "\(path)[\($0)]") }
    case "properties":
      return (rule as? [String: [String: Any]] ?? [:]).flatMap { name, inner in
        object?[name].map { violations($0, inner, "\(path).\(name)") } ?? []
      }
    case "additionalProperties":
      let known = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
      return (object ?? [:]).filter { !known.contains($0.key) }.flatMap { name, inner in
        (rule as? [String: Any]).map { violations(inner, $0, "\(path).\(name)") } ?? ["\(path).\(name): additional"]
      }
    case "propertyNames":
      return (object ?? [:]).keys.flatMap { violations($0, rule as? [String: Any] ?? [:], "\(path).\($0)") }
    case "anyOf":
      return violated(!(rule as? [[String: Any]] ?? []).contains { violations(value, $0, path).isEmpty })
    case "allOf": return (rule as? [[String: Any]] ?? []).flatMap { violations(value, $0, path) }
    case "not": return violated(violations(value, rule as? [String: Any] ?? [:], path).isEmpty)
    case "if":
      let branch = violations(value, rule as? [String: Any] ?? [:], path).isEmpty ? "then" : "else"
      return violations(value, schema[branch] as? [String: Any] ?? [:], path)
    default: return ["\(path): unknown keyword \(keyword)"]
    }
  }

  private static func isBool(_ value: Any) -> Bool {
    (value as? NSNumber).map { $0.objCType.pointee == CChar(bitPattern: UInt8(ascii: "c")) } ?? (value is Bool)
  }

  private static func isType(_ name: String, _ value: Any) -> Bool {
    switch name {
    case "null": value is NSNull
    case "boolean": isBool(value)
    case "string": value is String
    case "array": value is [Any]
    case "object": value is [String: Any]
    case "number": !isBool(value) && value is NSNumber
    case "integer": !isBool(value) && (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
    default: false
    }
  }

  private static func areEqual(_ left: Any, _ right: Any) -> Bool {
    (left is NSNull && right is NSNull) || (left as? String).map { $0 == right as? String } ?? false
  }
}
