import ComplexModule
import RealModule
import SpectraDifferentiation

@testable import SpectraNetworks

extension PlainNetwork {
  /// Attention of layer 1, 2, … with the weights of a prefix.
  func attention(_ x: Value, _ prefix: String, layer: Int) -> Value {
    let (heads, shared, form) = (architecture.heads, architecture.keyValueHeads, architecture.attention)
    let width = x[0].count
    let size = width / heads
    let packed = linear(x, prefix + "in_proj_weight", prefix + "in_proj_bias")
    /// Features of one head from a place in the packed projection.
    func part(_ token: Int, _ start: Int, comparing: Bool) -> [Number] {
      let own = Array(packed[token][start..<start + size])
      guard comparing else { return own }
      return turned(compared(own), token: token)
    }
    let scale: Double =
      switch form.word("scale") {
      case "inverse-sqrt": 1 / Double(size).squareRoot()
      case "inverse": 1 / Double(size)
      default: form.number("scale")!
      }
    let target = preserving(layer: layer, tokens: x.count)
    func weight(_ name: String) -> Double { parameters.tensors[prefix + name]?.elements[0] ?? 0 }
    let (identity, softmax, centring) = (
      weight("alpha"), form.name == .valueSkipInit || form.name == .shaped ? weight("beta") : 1, weight("gamma")
    )
    var mixed = x.map { $0.map { _ in Number(0) } }
    for head in 0..<heads {
      let served = head / (heads / shared)
      for query in x.indices {
        let keys = x.indices.filter { key in
          switch architecture.mask {
          case .none: target == nil || key <= query
          case .causal: key <= query
          case .window(let count): key <= query && key > query - count
          }
        }
        let q = part(query, head * size, comparing: true)
        let weights = keys.map { key in
          let k = part(key, width + served * size, comparing: true)
          let score = zip(q, k).reduce(Number(0)) { $0 + $1.0 * $1.1 }.multiplied(by: scale)
          return Number.exp(score).multiplied(by: target?[query][key] ?? 1)
        }
        let total = weights.reduce(0, +)
        // Rows of the target need not sum to 1: its own sum scales the softmax.
        let rowSum = target.map { row in keys.reduce(0) { $0 + row[query][$1] } } ?? 1
        for feature in 0..<size {
          let place = width + shared * size + served * size + feature
          var sum = packed[query][place].multiplied(by: identity)
          for (key, weight) in zip(keys, weights) {
            let share = (weight / total).multiplied(by: softmax * rowSum) - Number(centring / Double(keys.count))
            sum = sum + share * packed[key][place]
          }
          mixed[query][head * size + feature] = sum
        }
      }
    }
    if architecture.connection.name == .subLN { mixed = normed(mixed, prefix + "inner_norm") }
    return linear(mixed, prefix + "out_proj.weight", prefix + "out_proj.bias")
  }

  func withSinusoids(_ x: Value) -> Value {
    x.indices.map { token in
      x[token].indices.map { feature in
        let pair = Double(feature - feature % 2)
        let angle = Double(token) / Double.pow(10_000, pair / Double(x[token].count))
        return x[token][feature] + Number(feature % 2 == 0 ? Double.sin(angle) : Double.cos(angle))
      }
    }
  }

  /// A head's queries or keys under `qk-norm`.
  private func compared(_ x: [Number]) -> [Number] {
    let count = Double(x.count)
    func root(_ x: [Number], _ divisor: Double, _ epsilon: Double) -> Number {
      .sqrt(x.reduce(Number(0)) { $0 + $1 * $1 }.divided(by: divisor) + Number(epsilon))
    }
    switch architecture.attention.word("qk-norm") {
    case "layernorm":
      let mean = x.reduce(0, +).divided(by: count)
      let centred = x.map { $0 - mean }
      let deviation = root(centred, count, 1e-5)
      return centred.map { $0 / deviation }
    case "rmsnorm":
      let size = root(x, count, 1e-6)
      return x.map { $0 / size }
    case "cosine":
      let size = root(x, 1, 1e-12)
      return x.map { $0 / size }
    default: return x
    }
  }

  /// A head's queries or keys turned by the position.
  private func turned(_ x: [Number], token: Int) -> [Number] {
    guard architecture.positions == .rotary else { return x }
    let half = x.count / 2
    var y = x
    for i in 0..<half {
      let angle = Double(token) / Double.pow(10_000, 2 * Double(i) / Double(x.count))
      let (c, s) = (Double.cos(angle), Double.sin(angle))
      y[i] = x[i].multiplied(by: c) - x[i + half].multiplied(by: s)
      y[i + half] = x[i].multiplied(by: s) + x[i + half].multiplied(by: c)
    }
    return y
  }

  /// A_l = L_l L_{l−1}^{−1} of the kernels' Cholesky factors, nil where attention keeps no kernel.
  private func preserving(layer: Int, tokens: Int) -> [[Double]]? {
    let (form, depth) = (architecture.attention, Double(architecture.depth))
    func kernel(_ layer: Int) -> [[Double]] {
      let share = Double(layer) / depth
      return (0..<tokens).map { i in
        (0..<tokens).map { j in
          if i == j { return 1 }
          if layer == 0 { return 0 }
          if form.name == .uSPA { return 1 - Double.pow(1 - form.number("rho")!, share) }
          let alpha = (1 - Double.exp(-2 * form.number("gamma")!)).squareRoot()
          let decay = -0.5 * Double.log(1 - Double.pow(alpha, 2 * share))
          return Double.exp(-decay * Double(abs(i - j)))
        }
      }
    }
    guard form.name == .uSPA || form.name == .eSPA else { return nil }
    func cholesky(_ a: [[Double]]) -> [[Double]] {
      var l = a.map { $0.map { _ in 0.0 } }
      for i in a.indices {
        for j in 0...i {
          let rest = a[i][j] - (0..<j).reduce(0) { $0 + l[i][$1] * l[j][$1] }
          l[i][j] = i == j ? rest.squareRoot() : rest / l[j][j]
        }
      }
      return l
    }
    let (now, before) = (cholesky(kernel(layer)), cholesky(kernel(layer - 1)))
    // X L = N with L lower triangular, from the last column on.
    var result = now
    for i in result.indices {
      for j in (0..<tokens).reversed() {
        let rest = now[i][j] - (j + 1..<tokens).reduce(0) { $0 + result[i][$1] * before[$1][j] }
        result[i][j] = rest / before[j][j]
      }
    }
    return result
  }
}
