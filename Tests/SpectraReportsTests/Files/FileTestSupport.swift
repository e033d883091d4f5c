import Foundation
import SpectraLinearAlgebra
import Testing

@testable import SpectraReports

/// Bytes from base64.
func bytes(base64 text: String) -> [UInt8] { Data(base64Encoded: text).map(Array.init) ?? [] }

func contents(ofFile path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }

/// The file error that `body` throws.
func fileError(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) -> FileError? {
  do {
    try body()
    Issue.record("No error was thrown.", sourceLocation: sourceLocation)
    return nil
  } catch let error as FileError {
    // One sentence in one line, with the path first.
    #expect(error.description.hasSuffix(": \(error.problem)."), sourceLocation: sourceLocation)
    #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
    return error
  } catch {
    Issue.record("Not a file error: \(error)", sourceLocation: sourceLocation)
    return nil
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same mutations in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

/// Shapes with and without elements, from a single number to three extents and more.
let oddShapes: [[Int]] = [[], [1], [0], [5], [2, 3], [2, 0, 3], [2, 1, 3], [1, 1, 1, 1, 2]]

/// A tensor whose numbers have full significands.
func sample<Scalar: NetworkScalar>(_ shape: [Int], as type: Scalar.Type) -> Tensor<Scalar> {
  let count = shape.reduce(1, *)
  return Tensor(shape: shape, elements: (0..<count).map { Scalar.sin(Scalar($0 + 1)) })
}

/// A file that must be refused, and a part of the error's text.
struct BadFile: Sendable, CustomTestStringConvertible {
  var text: String
  var file: [UInt8]

  init(_ text: String, _ file: [UInt8]) {
    self.text = text
    self.file = file
  }

  /// Without the file, which may be long.
  var testDescription: String { "\(file.count) bytes: \(text)" }
}
