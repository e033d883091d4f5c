import Foundation
import SpectraAnalysis
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// `Fixtures/reference.json`: outputs, Jacobians and singular values in 400-bit arithmetic, from an independent
/// implementation (`Benchmarks/peers/make_reference_fixture.py`), which also describes the formulas for the weights.
struct Reference: Decodable, Sendable {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var architecture: Connection
    var block: Block
    var activation: ActivationName
    var mask: AttentionMask
    var tokens, width, heads: Int
    var hidden: Int?
    var depth: Int
    var finalNorm: Bool
    var alphas: [Double]?
    var eps: Double
    var tagOffset: Int
    var output, jacobian: [[Double]]
    var singularValues: [Double]
    var testDescription: String { name }
  }

  var leakySlope: Double
  var check: [String: [Double]]
  var cases: [Case]

  static let shared: Reference = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/reference.json")
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Reference.self, from: Data(contentsOf: file))
    } catch {
      preconditionFailure("The fixture \(file.path) cannot be read: \(error)")
    }
  }()

  static func bias(_ tag: Int, _ size: Int) -> Tensor<Double> {
    let tag = Double(tag)
    return Tensor(
      shape: [size], elements: (0..<size).map(Double.init).map { 0.3 * cos(1.3 * tag + 0.7 * $0 + 0.2 * $0 * $0) })
  }

  static func gain(_ tag: Int, _ size: Int) -> Tensor<Double> {
    let tag = Double(tag)
    return Tensor(shape: [size], elements: (0..<size).map(Double.init).map { 1 + 0.25 * sin(0.7 * tag + 1.1 * $0) })
  }

  static func input(_ tokens: Int, _ width: Int) -> Tensor<Double> {
    Tensor(rows: tokens, columns: width) { i, j in
      let (i, j) = (Double(i), Double(j))
      return cos(0.8 * i * (j + 1) + 0.35 * j * j)
    }
  }
}

extension Reference.Case {
  var stackArchitecture: Architecture {
    block == .fc
      ? .fullyConnected(
        architecture, depth: depth, width: width, activation: Variant(activation), finalNorm: finalNorm,
        normEpsilon: eps)
      : .transformer(
        architecture, depth: depth, width: width, tokens: tokens, heads: heads, hidden: hidden,
        activation: Variant(activation),
        mask: mask, finalNorm: finalNorm, normEpsilon: eps)
  }

  var parameters: Parameters {
    var tensors: [String: Tensor<Double>] = [:]
    for layer in 0..<depth {
      let (prefix, tag) = ("layers.\(layer).", tagOffset + 10 * layer)
      func set(_ name: String, _ tensor: Tensor<Double>) { tensors[prefix + name] = tensor }
      func matrix(_ tag: Int, _ inputs: Int, _ outputs: Int) -> Tensor<Double> {
        TinyTransformer.matrix(tag, inputs, outputs).transposed
      }
      var norms = ["norm": 7]
      if block == .transformer {
        let hidden = hidden ?? 4 * width
        set(
          "self_attn.in_proj_weight",
          Tensor(shape: [3 * width, width], elements: (1...3).flatMap { matrix(tag + $0, width, width).elements }))
        set(
          "self_attn.in_proj_bias",
          Tensor(shape: [3 * width], elements: (1...3).flatMap { Reference.bias(tag + $0, width).elements }))
        set("self_attn.out_proj.weight", matrix(tag + 4, width, width))
        set("self_attn.out_proj.bias", Reference.bias(tag + 4, width))
        set("linear1.weight", matrix(tag + 5, width, hidden))
        set("linear1.bias", Reference.bias(tag + 5, hidden))
        set("linear2.weight", matrix(tag + 6, hidden, width))
        set("linear2.bias", Reference.bias(tag + 6, width))
        norms = ["norm1": 7, "norm2": 8]
      } else {
        set("weight", matrix(tag + 1, width, width))
        set("bias", Reference.bias(tag + 1, width))
      }
      if [.norm, .postLN, .preLN].contains(architecture) {
        for (name, offset) in norms {
          set("\(name).weight", Reference.gain(tag + offset, width))
          set("\(name).bias", Reference.bias(tag + offset, width))
        }
      }
      if let alphas { set("resweight", Tensor(shape: [1], elements: [alphas[layer]])) }
    }
    if finalNorm {
      tensors["norm.weight"] = Reference.gain(tagOffset + 9, width)
      tensors["norm.bias"] = Reference.bias(tagOffset + 9, width)
    }
    return Parameters(tensors)
  }
}

@Suite("The independent reference")
struct ReferenceTests {
  @Test("Its formulas are read as they were written")
  func formulas() {
    let own = [
      "mat(1,8,8)[0]": Array(TinyTransformer.matrix(1, 8, 8).elements[..<8]),
      "mat(6,16,8)[15]": Array(TinyTransformer.matrix(6, 16, 8).elements[120...]),
      "bias(1,4)": Reference.bias(1, 4).elements, "gain(7,4)": Reference.gain(7, 4).elements,
      "input(3,8)[1]": Array(Reference.input(3, 8).elements[8..<16]),
    ]
    #expect(Set(own.keys) == Set(Reference.shared.check.keys))
    for (name, expected) in Reference.shared.check {
      for (value, expected) in zip(own[name] ?? [], expected) { #expect(abs(value - expected) <= .ulpOfOne) }
    }
    #expect(Reference.shared.leakySlope == LeakyReLU().slope)
  }

  /// Of the six connections of Figure 5's discussion: the complex-step tests have all.
  @Test("It covers the classical connections, both blocks, every activation and mask")
  func coverage() {
    let cases = Reference.shared.cases
    #expect(cases.count >= 30)
    for connection in [Connection.vanilla, .residual, .rezero, .norm, .postLN, .preLN] {
      for block in Block.allCases { #expect(cases.contains { $0.architecture == connection && $0.block == block }) }
    }
    #expect(Set(cases.map(\.activation)) == Set(ActivationName.allCases).subtracting([.crelu]))
    #expect(Set(cases.map(\.mask)) == [.none, .causal])
  }

  @Test("Output, Jacobian and singular values", arguments: Reference.shared.cases)
  func agrees(reference: Reference.Case) throws {
    let stack: Stack<Double> = try reference.stackArchitecture.stack(reference.parameters)
    let linearization = Linearization(of: stack, at: Reference.input(reference.tokens, reference.width))
    let (output, j) = (linearization.output, linearization.jacobian())
    func farthest(_ tensor: Tensor<Double>, _ rows: [[Double]]) -> Double {
      guard tensor.shape == [rows.count, rows[0].count] else { return .infinity }
      return zip(tensor.elements, rows.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
    // Some thousand rounded operations lead to an element, each off by 1e-16 of what it adds up.
    #expect(farthest(output, reference.output) <= 1e-12 * output.maximumMagnitude)
    #expect(farthest(j, reference.jacobian) <= 1e-12 * j.maximumMagnitude)

    let values = try j.singularValues()
    #expect(values.count == reference.singularValues.count)
    for (value, expected) in zip(values, reference.singularValues) {
      #expect(abs(value - expected) <= 1e-11 * values[0], "\(value), not \(expected)")
    }

    // Single precision: the same with its own rounding, 5e8 times coarser.
    let single: Stack<Float> = try reference.stackArchitecture.stack(reference.parameters)
    let floats = jacobian(of: single, at: Reference.input(reference.tokens, reference.width).converted())
    #expect(farthest(floats.converted(), reference.jacobian) <= 5e-4 * j.maximumMagnitude)
  }
}
