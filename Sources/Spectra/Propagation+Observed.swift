/// A plain value on its way through a layer that notes what goes into attention.
struct Observed<Scalar: NetworkScalar>: Signal {
  let value: Tensor<Scalar>
  let notes: ObservedNotes<Scalar>

  static func applying(
    _ name: String, to operands: [Observed], _ rule: @escaping Linearized<Scalar>.Rule
  ) -> Observed {
    let values = operands.map(\.value)
    let notes = operands[0].notes
    if name == "attention" { notes.attentions.append(ObservedAttention(packed: values[0], rule: rule)) }
    return Observed(value: rule(values).value, notes: notes)
  }
}

/// What one pass noted.
final class ObservedNotes<Scalar: NetworkScalar> {
  var attentions: [ObservedAttention<Scalar>] = []
}

/// Attention at packed queries, keys and values of shape `[tokens, 3 · width]`.
struct ObservedAttention<Scalar: NetworkScalar> {
  let packed: Tensor<Scalar>
  let rule: Linearized<Scalar>.Rule

  /// A of each head, shape `[tokens, tokens]`, whatever makes it: attention is linear in its values, so that unit values give its
  /// columns, as many at once as a head has features.
  func matrices(heads: Int) -> [Tensor<Double>] {
    let (tokens, width) = (packed.rows, packed.columns / 3)
    let size = width / heads
    var result = [Tensor<Double>](
      repeating: Tensor(shape: [tokens, tokens], repeating: 0), count: heads)
    for start in stride(from: 0, to: tokens, by: size) {
      let keys = start..<min(start + size, tokens)
      var probe = packed
      for token in 0..<tokens {
        for head in 0..<heads {
          for feature in 0..<size {
            probe[token, 2 * width + head * size + feature] = token == start + feature ? 1 : 0
          }
        }
      }
      let output = rule([probe]).value
      for head in 0..<heads {
        for query in 0..<tokens {
          for key in keys { result[head][query, key] = Double(output[query, head * size + key - start]) }
        }
      }
    }
    return result
  }
}
