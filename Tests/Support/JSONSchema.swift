import Foundation

/// A validator for the keywords of JSON Schema (draft 7 and 2020-12) that the schemas of `docs` and Vega-Lite's published
/// schema use. A keyword that it does not know is a violation, so that no schema can grow past its test.
public struct JSONSchema {
  private let root: [String: Any]

  public init(contentsOf url: URL) throws {
    root = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] ?? [:]
  }

  /// What in a document violates the schema: a path and a keyword each.
  ///
  /// Where no alternative of an `anyOf` fits, the violations of that which fits best follow.
  public func violations(in document: Data) throws -> [String] {
    violations(try JSONSerialization.jsonObject(with: document), root, "$")
  }

  private func violations(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    found(schema.keys.sorted(), value, schema, path)
  }

  private func found(_ keywords: [String], _ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    keywords.flatMap { keyword in
      check(keyword, schema[keyword] as Any, value, schema, path).map { $0.isEmpty ? "\(path): \(keyword)" : $0 }
    }
  }

  /// Violations of one of many alternatives: what can be seen without going into the value comes first and, where it is
  /// violated, alone, which decides at once on nearly all alternatives of a large schema.
  private func violations(_ value: Any, alternative: [String: Any], _ path: String) -> [String] {
    var schema = alternative
    while let reference = schema["$ref"] as? String, let target = target(of: reference) { schema = target }
    let shallow = schema.keys.filter { Self.isShallow($0, schema[$0] as Any) }.sorted()
    let seen = found(shallow, value, schema, path)
    return seen.isEmpty ? found(schema.keys.filter { !shallow.contains($0) }.sorted(), value, schema, path) : seen
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
    case "$schema", "title", "description", "$defs", "definitions", "then", "else": return []
    // An annotation in both drafts, unless a validator chooses otherwise.
    case "format": return []
    case "$ref":
      guard let target = target(of: rule as? String ?? "") else { return [""] }
      return violations(value, target, path)
    case "type":
      let names = rule as? [String] ?? [rule as? String ?? ""]
      return violated(!names.contains { Self.isType($0, value) })
    case "const": return violated(!Self.areEqual(rule, value))
    case "enum": return violated(!(rule as? [Any] ?? []).contains { Self.areEqual($0, value) })
    case "minimum": return violated(number.map { $0 < (rule as? NSNumber)?.doubleValue ?? .infinity } ?? false)
    case "maximum": return violated(number.map { $0 > (rule as? NSNumber)?.doubleValue ?? -.infinity } ?? false)
    case "minLength": return violated((value as? String).map { $0.count < rule as? Int ?? .max } ?? false)
    case "maxLength": return violated((value as? String).map { $0.count > rule as? Int ?? .min } ?? false)
    case "minItems": return violated(array.map { $0.count < rule as? Int ?? .max } ?? false)
    case "maxItems": return violated(array.map { $0.count > rule as? Int ?? .min } ?? false)
    case "minProperties": return violated(object.map { $0.count < rule as? Int ?? .max } ?? false)
    case "required":
      return violated(object.map { object in !(rule as? [String] ?? []).allSatisfy { object[$0] != nil } } ?? false)
    case "items":
      return (array ?? []).enumerated().flatMap { violations($1, rule as? [String: Any] ?? [:], "\(path)[\($0)]") }
    case "properties":
      // Of the document's fields, which are few, and not of the schema's.
      let inner = rule as? [String: Any] ?? [:]
      return (object ?? [:]).flatMap { name, value in
        (inner[name] as? [String: Any]).map { violations(value, $0, "\(path).\(name)") } ?? []
      }
    case "additionalProperties":
      let known = schema["properties"] as? [String: Any] ?? [:]
      return (object ?? [:]).filter { known[$0.key] == nil }.flatMap { name, inner in
        (rule as? [String: Any]).map { violations(inner, $0, "\(path).\(name)") } ?? ["\(path).\(name): additional"]
      }
    case "propertyNames":
      return (object ?? [:]).keys.flatMap { violations($0, rule as? [String: Any] ?? [:], "\(path).\($0)") }
    case "anyOf":
      var best: [String]?
      for case let alternative as [String: Any] in rule as? [Any] ?? [] {
        let found = violations(value, alternative: alternative, path)
        if found.isEmpty { return [] }
        if Self.fit(found) > best.map(Self.fit) ?? .min { best = found }
      }
      return [""] + (best ?? [])
    case "allOf": return (rule as? [[String: Any]] ?? []).flatMap { violations(value, $0, path) }
    case "not": return violated(violations(value, rule as? [String: Any] ?? [:], path).isEmpty)
    case "if":
      let branch = violations(value, rule as? [String: Any] ?? [:], path).isEmpty ? "then" : "else"
      return violations(value, schema[branch] as? [String: Any] ?? [:], path)
    default: return ["\(path): unknown keyword \(keyword)"]
    }
  }

  private static func isShallow(_ keyword: String, _ rule: Any) -> Bool {
    ["type", "const", "enum", "required"].contains(keyword) || keyword == "additionalProperties" && isBool(rule)
  }

  /// The subschema that a reference within the document names.
  private func target(of reference: String) -> [String: Any]? {
    let path = reference.split(separator: "/")
    guard path.first == "#" else { return nil }
    return path.dropFirst().reduce(root as Any?) { place, name in
      (place as? [String: Any])?[name.removingPercentEncoding ?? String(name)]
    } as? [String: Any]
  }

  /// How near violations are to none: what is wrong deep within a document fits better than what is wrong at once.
  private static func fit(_ violations: [String]) -> Int {
    violations.map { $0.prefix { $0 != " " }.count { $0 == "." || $0 == "[" } }.min() ?? 0
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

  /// Whether two scalars are equal.
  private static func areEqual(_ left: Any, _ right: Any) -> Bool {
    if left is NSNull || right is NSNull { return left is NSNull && right is NSNull }
    if let left = left as? String { return left == right as? String }
    guard isBool(left) == isBool(right), let left = left as? NSNumber, let right = right as? NSNumber else {
      return false
    }
    return left == right
  }
}
