import Foundation
import Testing

@testable import SpectraDifferentiation

@Suite("Attention masks")
struct AttentionMaskTests {
  @Test("Whom a token attends to", arguments: [AttentionMask.none, .causal, .window(1), .window(2), .window(9)])
  func allowedKeys(mask: AttentionMask) {
    for query in 0..<5 {
      let keys = (0..<5).filter { mask.allows(query: query, key: $0) }
      switch mask {
      case .none: #expect(keys == Array(0..<5))
      case .causal: #expect(keys == Array(0...query))
      case .window(let count): #expect(keys == Array(max(0, query - count + 1)...query))
      }
    }
    #expect(mask.isCausal == (mask != .none))
  }

  @Test("Its text leads back to it, and JSON holds the text")
  func text() throws {
    for (mask, text) in [(AttentionMask.none, "none"), (.causal, "causal"), (.window(12), "ngram:12")] {
      #expect(mask.rawValue == text && "\(mask)" == text)
      #expect(AttentionMask(rawValue: text) == mask)
      let json = try JSONEncoder().encode([mask])
      #expect(String(decoding: json, as: UTF8.self) == "[\"\(text)\"]")
      #expect(try JSONDecoder().decode([AttentionMask].self, from: json) == [mask])
    }
    for text in ["", "ngram", "ngram:", "ngram:0", "ngram:-1", "ngram:+2", "ngram:02", "ngram:2 ", "None", "ngram:2.5"]
    {
      #expect(AttentionMask(rawValue: text) == nil)
    }
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(AttentionMask.self, from: Data("\"x\"".utf8)) }
  }
}
