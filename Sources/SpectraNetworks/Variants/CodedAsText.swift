/// A value that stands in JSON as the text by which it is named.
public protocol CodedAsText: Codable, CustomStringConvertible {
  /// The value of a text.
  ///
  /// - Throws: `VariantError` that says what is wrong with it.
  init(text: String) throws(VariantError)
}

extension CodedAsText {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do throws(VariantError) {
      try self.init(text: text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
