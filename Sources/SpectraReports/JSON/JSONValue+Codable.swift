import SpectraAnalysis

// For documents whose fields are not known: the configuration of a run that another program or version made.

extension JSONValue: Codable {
  /// Fields of an object come in the order of their names: decoders do not tell the order in the file.
  package init(from decoder: any Decoder) throws {
    if let object = try? decoder.container(keyedBy: FieldName.self) {
      self = .object(
        try object.allKeys.sorted { $0.stringValue < $1.stringValue }.map {
          Field($0.stringValue, try object.decode(JSONValue.self, forKey: $0))
        })
      return
    }
    if var array = try? decoder.unkeyedContainer() {
      var items: [JSONValue] = []
      while !array.isAtEnd { items.append(try array.decode(JSONValue.self)) }
      self = .array(items)
      return
    }
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Int.self) {
      self = .number("\(number)")
    } else if let number = try? value.decode(UInt64.self) {
      self = .number("\(number)")
    } else if let number = try? value.decode(Double.self) {
      self = try JSONValue(encoding: number)
    } else {
      self = .string(try value.decode(String.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let fields):
      var object = encoder.container(keyedBy: FieldName.self)
      for field in fields { try object.encode(field.value, forKey: FieldName(field.name)) }
    case .array(let items):
      var array = encoder.unkeyedContainer()
      for item in items { try array.encode(item) }
    default:
      var value = encoder.singleValueContainer()
      switch self {
      case .bool(let bool): try value.encode(bool)
      case .string(let string): try value.encode(string)
      case .number(let digits):
        if let number = Int(digits) {
          try value.encode(number)
        } else if let number = UInt64(digits) {
          try value.encode(number)
        } else {
          try value.encode(Double(digits) ?? 0)
        }
      default: try value.encodeNil()
      }
    }
  }
}
