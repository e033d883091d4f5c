import SpectraLinearAlgebra

@testable import SpectraDifferentiation

/// Maps put together by chance from the primitives, for properties that must hold for any map. A seed names one, the same
/// on every machine.
enum RandomMap {
  /// - Parameter mayBeEmpty: whether values may have no tokens or no features.
  static func linearization<Scalar: NetworkScalar>(
    seed: UInt64, mayBeEmpty: Bool = false, as: Scalar.Type = Scalar.self
  ) -> Linearization<Scalar> {
    var chance = Chance(state: seed)
    let smallest = mayBeEmpty ? 0 : 1
    let tokens = chance.below(4) == 0 ? 1 : chance.within(smallest...5)
    let features = chance.within(smallest...7)
    return Linearization(at: wave(tokens, features, phase: chance.below(97))) { x in
      var values: [Recorded<Scalar>] = [x]
      for _ in 0..<chance.within(1...14) { values.append(next(values, smallest: smallest, &chance)) }
      // Up to two results on the way, and the last value, in any order.
      var results = [values[values.count - 1]]
      for _ in 0..<chance.below(3) {
        results.insert(chance.element(of: values), at: chance.below(results.count + 1))
      }
      return results
    }
  }

  /// One more value, mostly made from the last one.
  private static func next<S: Signal>(_ values: [S], smallest: Int, _ chance: inout Chance) -> S {
    let x = chance.below(3) > 0 ? values[values.count - 1] : chance.element(of: values)
    let phase = chance.below(50)
    func weight(_ rows: Int, _ columns: Int) -> Tensor<S.Scalar> { wave(rows, columns, phase: phase) }
    /// A part of at least `smallest` of so many.
    func part(of count: Int) -> Range<Int> {
      let start = chance.below(max(count, 1))
      return start..<chance.within(min(start + smallest, count)...count)
    }
    switch chance.below(26) {
    case 0, 1, 2: return x.linear(weight(chance.within(smallest...9), x.features))
    case 3: return x.layerNorm()
    case 4: return x.activated(by: Function.tanh)
    case 5: return x.activated(by: Rectifier())
    case 6: return x.softmax()
    case 7:
      return x.linear(weight(12, x.features))
        .packedAttention(heads: chance.within(1...2), mask: chance.below(2) == 0 ? .none : .causal)
    case 8: return x + chance.element(of: values.filter { $0.value.shape == x.value.shape })
    case 9: return x * chance.element(of: values.filter { $0.value.shape == x.value.shape })
    case 10: return x.mixed(by: weight(chance.within(smallest...5), x.tokens))
    case 11: return x.transposed()
    case 12: return x.reshaped(tokens: x.features, features: x.tokens)
    case 13: return x.sum(over: .features)
    case 14: return x.sum(over: .tokens)
    case 15: return x[features: part(of: x.features)]
    case 16: return x[tokens: part(of: x.tokens)]
    case 17:
      let other = chance.element(of: values.filter { $0.tokens == x.tokens })
      return x.features + other.features > 20 ? x : .concatenated([x, other], along: .features)
    case 18:
      let other = chance.element(of: values.filter { $0.features == x.features })
      return x.tokens + other.tokens > 12 ? x : .concatenated([x, other], along: .tokens)
    case 19: return x.multiplied(elementwiseBy: weight(x.tokens, x.features))
    case 20: return x.linear(weight(12, x.features)).packedAttention(settings(of: x.tokens, phase, &chance))
    case 21: return x[features: [part(of: x.features), part(of: x.features)]]
    case 22: return x.rootMeanSquareNorm()
    case 23: return x.normalizedOverTokens(Normalization(epsilon: 1e-5))
    case 24: return x.detached() * x + x
    default: return 0.7 * x + 0.1
    }
  }
}

extension RandomMap {
  /// Attention with every setting, of values of so many tokens.
  private static func settings<Scalar: NetworkScalar>(
    of tokens: Int, _ phase: Int, _ chance: inout Chance
  ) -> AttentionSettings<Scalar> {
    var result = AttentionSettings<Scalar>(heads: chance.within(1...2), mask: .window(chance.within(1...3)))
    if chance.below(2) == 0 { result.bias = wave(tokens, tokens, phase: phase) }
    if chance.below(2) == 0 { result.rowScale = wave(tokens, 1, phase: phase + 1) }
    if chance.below(2) == 0 { result.identityWeight = 0.5 }
    if chance.below(2) == 0 { result.centringWeight = 0.25 }
    if chance.below(3) == 0 { result.softmaxWeight = 0 }
    return result
  }
}

/// max(x, 0).
private struct Rectifier: Activation {
  func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T { x <= 0 ? 0 : x }
}

/// SplitMix64 (Steele, Lea & Flood 2014), and what is asked of it here.
private struct Chance {
  var state: UInt64

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
  mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }
  mutating func element<Element>(of list: [Element]) -> Element { list[below(list.count)] }
}
