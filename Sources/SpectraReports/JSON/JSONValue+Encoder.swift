#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

// `JSONEncoder` writes fields in the order of a hash table or of the alphabet and every number of an array on a line of
// its own. This encoder keeps the order in which a type encodes its fields, which is the order of the documentation.

extension JSONValue {
  /// The document of an encodable value.
  ///
  /// - Throws: `EncodingError` where a number is NaN or infinite, for which JSON has no notation.
  package init(encoding value: some Encodable) throws {
    let slot = Slot()
    try slot.store(value, codingPath: [])
    self = slot.finished
  }
}

/// A place in a document that is being built; a reference, since containers are written to after they are handed out.
private final class Slot {
  var value: JSONValue?
  var items: [Slot]?
  var fields: [(name: String, slot: Slot)]?

  var finished: JSONValue {
    if let value { return value }
    if let items { return .array(items.map(\.finished)) }
    // An encodable that encodes nothing is an empty object, as in `JSONEncoder`.
    return .object((fields ?? []).map { JSONValue.Field($0.name, $0.slot.finished) })
  }

  func item() -> Slot {
    let slot = Slot()
    items = items ?? []
    items?.append(slot)
    return slot
  }

  func field(_ name: String) -> Slot {
    let slot = Slot()
    if let index = fields?.firstIndex(where: { $0.name == name }) {
      fields?[index].slot = slot
    } else {
      fields = fields ?? []
      fields?.append((name, slot))
    }
    return slot
  }

  func store<Number: BinaryFloatingPoint & CustomStringConvertible>(number: Number, codingPath: [any CodingKey]) throws
  {
    guard number.isFinite else {
      let path = codingPath.map(\.stringValue).joined(separator: ".")
      throw EncodingError.invalidValue(
        number,
        EncodingError.Context(
          codingPath: codingPath,
          debugDescription: "The value \(number) at \"\(path)\" has no notation in JSON; write null instead."))
    }
    // Swift prints the shortest decimals that read back as the same number, in a form that JSON accepts.
    value = .number(number.description)
  }

  func store<Value: Encodable>(_ encodable: Value, codingPath: [any CodingKey]) throws {
    switch encodable {
    case let number as Double: try store(number: number, codingPath: codingPath)
    case let number as Float: try store(number: number, codingPath: codingPath)
    case let number as Int: value = .number(number.description)
    case let bool as Bool: value = .bool(bool)
    case let string as String: value = .string(string)
    case let numbers as [Double]:
      // The long arrays are all of this kind; this spares them a container an element.
      value = .array(
        try numbers.map { number in
          let slot = Slot()
          try slot.store(number: number, codingPath: codingPath)
          return slot.finished
        })
    case let url as URL: value = .string(url.absoluteString)
    default: try encodable.encode(to: ValueEncoder(slot: self, codingPath: codingPath))
    }
  }
}

private struct ValueEncoder: Encoder {
  let slot: Slot
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    slot.fields = slot.fields ?? []
    return KeyedEncodingContainer(Keyed(slot: slot, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.items = slot.items ?? []
    return Unkeyed(slot: slot, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(slot: slot, codingPath: codingPath) }
}

private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: Slot
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) { slot.field(key.stringValue).value = .null }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try slot.field(key.stringValue).store(value, codingPath: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    encoder(at: key.stringValue, codingPath + [key]).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder(at: key.stringValue, codingPath + [key]).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { encoder(at: "super", codingPath) }
  func superEncoder(forKey key: Key) -> any Encoder { encoder(at: key.stringValue, codingPath + [key]) }

  private func encoder(at name: String, _ path: [any CodingKey]) -> ValueEncoder {
    ValueEncoder(slot: slot.field(name), codingPath: path)
  }
}

private struct Unkeyed: UnkeyedEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]
  var count: Int { slot.items?.count ?? 0 }

  func encodeNil() { slot.item().value = .null }
  func encode<Value: Encodable>(_ value: Value) throws { try slot.item().store(value, codingPath: codingPath) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    ValueEncoder(slot: slot.item(), codingPath: codingPath).container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    ValueEncoder(slot: slot.item(), codingPath: codingPath).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { ValueEncoder(slot: slot.item(), codingPath: codingPath) }
}

private struct Single: SingleValueEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]

  func encodeNil() { slot.value = .null }
  func encode(_ value: Bool) { slot.value = .bool(value) }
  func encode(_ value: String) { slot.value = .string(value) }
  func encode(_ value: Double) throws { try slot.store(number: value, codingPath: codingPath) }
  func encode(_ value: Float) throws { try slot.store(number: value, codingPath: codingPath) }
  func encode(_ value: Int) { slot.value = .number(value.description) }
  func encode(_ value: Int8) { slot.value = .number(value.description) }
  func encode(_ value: Int16) { slot.value = .number(value.description) }
  func encode(_ value: Int32) { slot.value = .number(value.description) }
  func encode(_ value: Int64) { slot.value = .number(value.description) }
  func encode(_ value: UInt) { slot.value = .number(value.description) }
  func encode(_ value: UInt8) { slot.value = .number(value.description) }
  func encode(_ value: UInt16) { slot.value = .number(value.description) }
  func encode(_ value: UInt32) { slot.value = .number(value.description) }
  func encode(_ value: UInt64) { slot.value = .number(value.description) }
  func encode<Value: Encodable>(_ value: Value) throws { try slot.store(value, codingPath: codingPath) }
}
