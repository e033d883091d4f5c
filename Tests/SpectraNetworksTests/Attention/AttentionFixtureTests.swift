import RealModule
import SpectraAnalysis
import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

/// Stacks of attention alone: printed digits of an independent implementation, and what holds at any depth.
@Suite("Stacks of attention alone") struct AttentionFixtureTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var attention: Variant<AttentionName>
    var firstOutput, lastOutput, meanSquared, largest, second, median, firstEntry, cornerEntry: Double
    var testDescription: String { attention.description }
  }

  static let rows: [Row] = [
    Row(
      attention: Variant(.eSPA), firstOutput: 0.098513051812, lastOutput: 0.487489938201,
      meanSquared: 0.571485280823, largest: 3.042442636375, second: 1.658426180134, median: 0.045710666152,
      firstEntry: 0.250151394826, cornerEntry: 0),
    Row(
      attention: Variant(.uSPA), firstOutput: 0.098513051812, lastOutput: 0.809664502341,
      meanSquared: 0.571485280823, largest: 2.838650577766, second: 1.547339751993, median: 0.166441830907,
      firstEntry: 0.250151394826, cornerEntry: 0),
    Row(
      attention: .valueSkipInit, firstOutput: 0.098513051812, lastOutput: 0.996907656376,
      meanSquared: 0.571485280823, largest: 1.760456355024, second: 1.760456355024, median: 0.295436167342,
      firstEntry: 0.250151394826, cornerEntry: 0),
    // Its weights make it the same matrix, by another way.
    Row(
      attention: .shaped, firstOutput: 0.098513051812, lastOutput: 0.996907656376,
      meanSquared: 0.571485280823, largest: 1.760456355024, second: 1.760456355024, median: 0.295436167342,
      firstEntry: 0.250151394826, cornerEntry: 0),
  ]

  /// The fixture's W^V and W^O; queries are 0, as all of these have it at initialisation, and keys are not.
  static func layer<Scalar: NetworkScalar>(
    _ attention: Variant<AttentionName>, _ index: Int
  ) -> SelfAttention<Scalar> {
    let (width, tag) = (TinyTransformer.width, 10 * index)
    let projections = [2, 3].map { TinyTransformer.matrix(tag + $0, width, width).transposed.elements }
    let zeros = [Double](repeating: 0, count: width * width)
    return SelfAttention(
      inputProjection: Linear(
        weight: Tensor<Double>(shape: [3 * width, width], elements: zeros + projections[0] + projections[1]).converted()
      ),
      outputProjection: Linear(weight: TinyTransformer.matrix(tag + 4, width, width).transposed.converted()),
      settings: attention.settings(
        layer: index + 1, of: TinyTransformer.depth, tokens: TinyTransformer.tokens, heads: 2, headSize: width / 2,
        mask: .causal))
  }

  /// Twelve decimals are printed, so agreement to 1e-12 absolute (plus rounding in our own sums) is all they can show.
  @Test("The fixture", arguments: rows)
  func agrees(row: Row) throws {
    let stack = Stack<Double>((0..<TinyTransformer.depth).map { Self.layer(row.attention, $0) })
    let linearization = Linearization(of: stack, at: TinyTransformer.input)
    let (output, jacobian) = (linearization.output, linearization.jacobian())
    let values = try jacobian.singularValues()
    let checks: [(String, Double, Double)] = [
      ("Y[0,0]", output[0, 0], row.firstOutput), ("Y[2,7]", output[2, 7], row.lastOutput),
      ("m₁", jacobian.elements.map { $0 * $0 }.reduce(0, +) / 24, row.meanSquared), ("σ₁", values[0], row.largest),
      ("σ₂", values[1], row.second), ("median σ", (values[11] + values[12]) / 2, row.median),
      ("J[0,0]", jacobian[0, 0], row.firstEntry), ("J[0,23]", jacobian[0, 23], row.cornerEntry),
    ]
    for (name, measured, expected) in checks {
      #expect(abs(measured - expected) < 1e-12 * max(1, abs(expected)), "\(name): \(measured), not \(expected)")
    }
    #expect(values.allSatisfy { $0 > 1e-11 * values[0] })

    let single = Stack<Float>((0..<TinyTransformer.depth).map { Self.layer(row.attention, $0) })
    let inSingle = SpectraDifferentiation.jacobian(of: single, at: TinyTransformer.input.converted())
    // Four products of eight terms, and a sum of three tokens, twice.
    let error = zip(inSingle.elements, jacobian.elements).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    #expect(error <= 50 * Double(Float.ulpOfOne) * jacobian.maximumMagnitude)

    let resolved = try linearization.resolvedSingularValues()[0]
    #expect(resolved.logSingularValues.count == 24)
    for (logarithm, value) in zip(resolved.logSingularValues, values) {
      // gesdd knows σ to a few eps · σ₁.
      #expect(abs(logarithm - .log(value)) <= 20 * .ulpOfOne * values[0] / value + (resolved.logError ?? 0))
    }
  }

  static let preserving = [Variant(AttentionName.eSPA), Variant(.uSPA), .valueSkipInit, .shaped]

  @Test("With orthogonal values and outputs the mean squared singular value is 1 at every depth", arguments: preserving)
  func preserved(attention: Variant<AttentionName>) throws {
    let (tokens, width, heads, depth) = (6, 8, 2, 32)
    let random = RandomKey(seed: 1, sample: 0, purpose: .weights)
    let initializer = Initializer(.orthogonal)
    func weight(_ name: String, _ layer: Int) -> Tensor<Double> {
      initializer.weight(outputs: width, inputs: width, from: random.layer(layer).stream(name))
    }
    let layers = (1...depth).map { layer -> any Layer<Double> in
      let zeros = Tensor<Double>(shape: [width, width], repeating: 0)
      let parts = [zeros, weight("key", layer), weight("value", layer)]
      return SelfAttention<Double>(
        inputProjection: Linear(weight: Tensor(shape: [3 * width, width], elements: parts.flatMap(\.elements))),
        outputProjection: Linear(weight: weight("output", layer)),
        settings: attention.settings(
          layer: layer, of: depth, tokens: tokens, heads: heads, headSize: width / heads, mask: .causal))
    }
    let stack = Stack(layers)
    let linearization = Linearization(at: Reference.input(tokens, width)) { stack.states($0) }
    for (layer, jacobian) in linearization.jacobians().enumerated() {
      let squares = jacobian.elements.reduce(0) { $0 + $1 * $1 }
      // Each layer rounds by some ten units in the last place: four products, orthogonal matrices that are so to rounding.
      let tolerance = 40 * Double(layer + 1) * .ulpOfOne
      #expect(abs(squares / Double(tokens * width) - 1) <= tolerance, "\(attention), layer \(layer + 1)")
    }
  }

  @Test("Settings are the stack's: scale and learnt weights as given, triangular matrices with the causal mask")
  func settings() {
    func settings(
      _ attention: Variant<AttentionName>, _ weights: [ParameterDescription.AttentionWeight: Double] = [:],
      mask: AttentionMask = .none
    ) -> AttentionSettings<Double> {
      attention.settings(layer: 2, of: 3, tokens: 5, heads: 2, headSize: 16, mask: mask, weights: weights)
    }
    #expect(settings(.softmax) == AttentionSettings(heads: 2, scale: 0.25))
    #expect(settings(.softmax.setting("scale", word: "inverse")).scale == 0.0625)
    #expect(settings(.softmax.setting("scale", 3)).scale == 3)
    #expect(
      settings(.valueSkipInit, mask: .window(2))
        == AttentionSettings(heads: 2, mask: .window(2), scale: 0.25, identityWeight: 1, softmaxWeight: 0))
    #expect(
      settings(.shaped.setting("gamma", 0.5), [.softmax: 0.7])
        == AttentionSettings(heads: 2, scale: 0.25, identityWeight: 1, softmaxWeight: 0.7, centringWeight: 0.5))
    let matrices = SignalPreservingAttention(.uniform(similarity: 0.3), depth: 3, tokens: 5)
    for mask in [AttentionMask.none, .causal] {
      #expect(
        settings(.uSPA(rho: 0.3), mask: mask)
          == AttentionSettings(
            heads: 2, mask: .causal, scale: 0.25, bias: matrices.bias(layer: 2),
            rowScale: matrices.rowScale(layer: 2)))
    }
    for name in AttentionName.allCases {
      #expect(!name.equation.isEmpty && name.source.contains("arXiv"))
      let isTriangular = name == .uSPA || name == .eSPA
      #expect(name.isSignalPreserving == isTriangular && (Variant(name).kernel != nil) == isTriangular)
    }
  }
}
