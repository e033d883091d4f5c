import Foundation
import TestSupport
import Testing

@testable import Spectra

@Suite("Inputs")
struct InputTests {
  /// `[sample]` of the inputs that a configuration's samples see.
  static func inputs(_ configuration: Configuration) throws -> [Tensor<Double>] {
    let exported = try configuration.exports().sorted { $0.key < $1.key }
    return try exported.map { try $0.value.signal("input") }
  }

  /// `count` numbers with full significands.
  static func numbers(_ count: Int) -> [Double] { (0..<count).map { Double.sin(Double($0 + 1)) } }

  @Test("Gaussian inputs depend on neither architecture nor depth nor gain")
  func gaussian() throws {
    let exported = try Configuration.small {
      ($0.architectures, $0.depths) = ([.postLN, .residual], [1, 4])
      $0.gain = 0.5
    }.exports()
    #expect(exported.count == 8)
    let inputs = try Dictionary(grouping: exported.values) { $0.name.suffix(7) }.mapValues {
      try Set($0.map { try $0.signal("input").elements })
    }
    #expect(inputs.count == 2 && inputs.values.allSatisfy { $0.count == 1 })
    #expect(Set(inputs.values).count == 2)
    let plain = try Self.inputs(.small { $0.depths = [2] })
    #expect(Set(plain.map { Set([$0.elements]) }) == Set(inputs.values))
  }

  @Test("What varies: weights, input or both")
  func vary() throws {
    func exports(_ variation: Variation) throws -> [ExportedSample] {
      try Configuration.small { ($0.vary, $0.samples) = (variation, 3) }.exports().sorted { $0.key < $1.key }
        .map(\.value)
    }
    let (both, weights, input) = (try exports(.both), try exports(.weights), try exports(.input))
    for sample in 0..<3 {
      #expect(try weights[sample].signal("input") == both[0].signal("input"))
      #expect(weights[sample].weights.tensors == both[sample].weights.tensors)
      #expect(try input[sample].signal("input") == both[sample].signal("input"))
      #expect(input[sample].weights.tensors == both[0].weights.tensors)
    }
    #expect(try both[0].signal("input") != both[1].signal("input"))
    #expect(both[0].weights.tensors != both[1].weights.tensors)
  }

  @Test("An .npy file for all samples or one a sample")
  func numpy() throws {
    try withTemporaryFolder { folder in
      let shared = Tensor(shape: [3, 8], elements: Self.numbers(24))
      let each = Tensor(shape: [4, 3, 8], elements: Self.numbers(96))
      try NumpyFile.write(shared, to: folder + "/shared.npy")
      try NumpyFile.write(each, to: folder + "/each.npy")
      let first = try Self.inputs(.small { $0.input = .numpy(path: folder + "/shared.npy") })
      #expect(first == [shared, shared])
      // With the same weights as well, all samples would be one.
      var same = Configuration.small { $0.input = .numpy(path: folder + "/shared.npy") }
      same.vary = .input
      let refused = thrown(ConfigurationError.self) { [same] in _ = try same.spectra() }
      #expect(refused?.option == "samples")
      var configuration = Configuration.small { $0.input = .numpy(path: folder + "/each.npy") }
      func part(_ sample: Int) -> Tensor<Double> {
        Tensor(shape: [3, 8], elements: Array(each.elements[sample * 24..<(sample + 1) * 24]))
      }
      #expect(try Self.inputs(configuration) == [part(0), part(1)])
      configuration.firstSample = 2
      #expect(try Self.inputs(configuration) == [part(2), part(3)])
      configuration.vary = .weights
      #expect(try Self.inputs(configuration) == [part(0), part(0)])
      configuration.firstSample = 3
      configuration.vary = .both
      let error = thrown(FileError.self) { _ = try configuration.spectra() }
      #expect(error?.description.contains("[5 or more samples, 3, 8]") == true)
    }
  }

  @Test("A fully connected stack takes one row")
  func fullyConnected() throws {
    try withTemporaryFolder { folder in
      let row = Tensor(shape: [1, 8], elements: Self.numbers(8))
      try NumpyFile.write(row, to: folder + "/row.npy")
      let configuration = Configuration.small {
        ($0.block, $0.architectures, $0.input) = (.fc, [.residual], .numpy(path: folder + "/row.npy"))
      }
      #expect(try Self.inputs(configuration) == [row, row])
    }
  }

  @Test("The tensor `input` of a safetensors file")
  func safetensors() throws {
    try withTemporaryFolder { folder in
      let input = Tensor(shape: [3, 8], elements: Self.numbers(24))
      var file = SafetensorsFile()
      file.set(input, named: "input")
      try file.write(to: folder + "/signals.safetensors")
      let configuration = Configuration.small { $0.input = .safetensors(path: folder + "/signals.safetensors") }
      #expect(try Self.inputs(configuration) == [input, input])
    }
  }

  // MARK: Text

  /// Vaswani et al. 2017: sin(t / 10000^{2i/width}) in feature 2i, the cosine in feature 2i + 1.
  static func position(_ token: Int, _ feature: Int, width: Int) -> Double {
    let angle = Double(token) / pow(10_000, Double(feature - feature % 2) / Double(width))
    return feature % 2 == 0 ? sin(angle) : cos(angle)
  }

  /// A text's embedded tokens without their positions: one row a token, rounded to where two orders of adding agree:
  /// both numbers are below 16, so an error is below 16 · 2⁻⁵² · 2 < 1e-14.
  static func embeddings(_ input: Tensor<Double>) -> [[Double]] {
    let width = input.shape[1]
    return (0..<input.shape[0]).map { token in
      (0..<width).map { input[token, $0] - position(token, $0, width: width) }
    }
  }

  static func isEqual(_ left: [Double], _ right: [Double]) -> Bool {
    zip(left, right).allSatisfy { abs($0 - $1) < 1e-14 }
  }

  static func write(_ text: String, to folder: String) throws -> InputSource {
    try AtomicFile.write(text, to: folder + "/text.txt")
    return .text(path: folder + "/text.txt")
  }

  @Test("Text: equal bytes have equal embeddings; positions are added")
  func textEmbedding() throws {
    try withTemporaryFolder { folder in
      let source = try Self.write("abcabc", to: folder)
      // As many tokens as bytes: the only offset is 0.
      let configuration = Configuration.small { ($0.input, $0.tokens) = (source, 6) }
      let inputs = try Self.inputs(configuration)
      for (sample, input) in inputs.enumerated() {
        let rows = Self.embeddings(input)
        for token in 0..<3 { #expect(Self.isEqual(rows[token], rows[token + 3])) }
        #expect(!Self.isEqual(rows[0], rows[1]))
        let key = RandomKey(seed: 0, sample: sample, purpose: .embedding)
        for (token, byte) in "abcabc".utf8.enumerated() {
          var stream = key.layer(Int(byte)).stream("embedding")
          #expect(Self.isEqual(rows[token], stream.normals(count: 8)))
        }
      }
      #expect(inputs[0] != inputs[1])
      #expect(try Self.inputs(configuration) == inputs)
    }
  }

  @Test("Text: the offset is drawn with the input, the embedding with the weights")
  func textVariation() throws {
    try withTemporaryFolder { folder in
      // No byte twice, so that an embedding tells its byte.
      let text = String(decoding: UInt8(33)...126, as: UTF8.self)
      let source = try Self.write(text, to: folder)
      func bytes(_ variation: Variation) throws -> [[UInt8?]] {
        let configuration = Configuration.small { ($0.input, $0.vary, $0.samples) = (source, variation, 4) }
        return try Self.inputs(configuration).enumerated().map { sample, input in
          let key = RandomKey(seed: 0, sample: variation == .input ? 0 : sample, purpose: .embedding)
          return Self.embeddings(input).map { row in
            text.utf8.first { byte in
              var stream = key.layer(Int(byte)).stream("embedding")
              return Self.isEqual(row, stream.normals(count: 8))
            }
          }
        }
      }
      let both = try bytes(.both)
      for found in both {
        let known = found.compactMap { $0 }
        #expect(known.count == 3 && zip(known, known.dropFirst()).allSatisfy { $0 + 1 == $1 })
      }
      #expect(Set(both).count > 1)
      // The same offsets with one embedding; one offset with many.
      #expect(try bytes(.input) == both)
      #expect(try Set(bytes(.weights)) == [both[0]])
    }
  }

  // MARK: Bad files

  struct BadInput: Sendable, CustomTestStringConvertible {
    var name: String
    var file: String
    var parts: [String]
    var kind = FileError.Kind.badData
    var testDescription: String { name }
  }

  static let badInputs = [
    BadInput(name: "too narrow", file: "narrow.npy", parts: ["[3, 7]", "needs [3, 8]", "--tokens, --width"]),
    BadInput(name: "too few samples", file: "few.npy", parts: ["[1, 3, 8]", "[2 or more samples, 3, 8]"]),
    BadInput(name: "one extent", file: "flat.npy", parts: ["[24]", "needs [3, 8]"]),
    BadInput(name: "not finite", file: "nan.npy", parts: ["element [1, 2] is nan", "must be finite"]),
    BadInput(name: "no .npy", file: "text.npy", parts: ["not a .npy file"]),
    BadInput(name: "no such file", file: "absent.npy", parts: ["cannot be read"], kind: .cannotRead),
    BadInput(name: "empty text", file: "text:empty.txt", parts: ["it is empty", "at least 3 bytes"]),
    BadInput(name: "short text", file: "text:short.txt", parts: ["it has 2 bytes", "3 tokens", "fewer --tokens"]),
    BadInput(name: "no such text", file: "text:absent.txt", parts: ["cannot be read"], kind: .cannotRead),
    BadInput(name: "a folder", file: "text:.", parts: ["cannot be read"], kind: .cannotRead),
    BadInput(name: "no tensor input", file: "misnamed.safetensors", parts: ["no tensor 'input'", "'inputs'"]),
    BadInput(name: "wrong shape", file: "wide.safetensors", parts: ["'input' has shape [3, 9]", "[3, 8] is needed"]),
    BadInput(name: "no safetensors", file: "text.safetensors", parts: ["not a safetensors file"]),
  ]

  @Test("A file that does not fit is refused", arguments: badInputs)
  func refused(bad: BadInput) throws {
    try withTemporaryFolder { folder in
      func ones(_ shape: [Int]) -> Tensor<Double> { Tensor(shape: shape, repeating: 1) }
      try NumpyFile.write(ones([3, 7]), to: folder + "/narrow.npy")
      try NumpyFile.write(ones([1, 3, 8]), to: folder + "/few.npy")
      try NumpyFile.write(ones([24]), to: folder + "/flat.npy")
      var nan = ones([3, 8])
      nan[1, 2] = .nan
      try NumpyFile.write(nan, to: folder + "/nan.npy")
      for name in ["text.npy", "text.safetensors"] { try AtomicFile.write("Hello, world", to: "\(folder)/\(name)") }
      try AtomicFile.write("", to: folder + "/empty.txt")
      try AtomicFile.write("ab", to: folder + "/short.txt")
      for (name, tensor, file) in [
        ("inputs", ones([3, 8]), "misnamed"), ("input", ones([3, 9]), "wide"),
      ] {
        var tensors = SafetensorsFile()
        tensors.set(tensor, named: name)
        try tensors.write(to: "\(folder)/\(file).safetensors")
      }
      let isText = bad.file.hasPrefix("text:")
      let path = folder + "/" + (isText ? String(bad.file.dropFirst(5)) : bad.file)
      let source = try #require(InputSource(text: isText ? "text:" + path : path))
      let error = thrown(FileError.self) { _ = try Experiment(.small { $0.input = source }) }
      #expect(error?.kind == bad.kind)
      #expect(error?.description.hasPrefix(path) == true)
      for part in bad.parts { #expect(error?.description.contains(part) == true, "\(error?.description ?? "")") }
    }
  }
}
