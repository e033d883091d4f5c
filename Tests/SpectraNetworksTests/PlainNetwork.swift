import ComplexModule
import RealModule

@testable import SpectraNetworks

/// The equations of the stacks over complex numbers, in loops: nothing of the package but names, sizes and numbers.
///
/// With it the derivative of an output along an input is Im f(x + ih)/h for any small h: no difference is taken, so
/// nothing cancels (Squire and Trapp 1998). Functions with a kink take the branch of the real part.
struct PlainNetwork {
  typealias Number = Complex<Double>
  typealias Value = [[Number]]

  var architecture: Architecture
  var parameters: Parameters

  /// The Jacobian, `[outputs][inputs]`, by complex steps.
  func jacobian(at input: [[Double]]) -> [[Double]] {
    let step = 1e-200
    let (tokens, width) = (input.count, input[0].count)
    var columns: [[Double]] = []
    for token in 0..<tokens {
      for feature in 0..<width {
        var x: Value = input.map { $0.map { Number($0) } }
        x[token][feature].imaginary = step
        columns.append(callAsFunction(x).joined().map { $0.imaginary / step })
      }
    }
    return (0..<columns[0].count).map { row in columns.map { $0[row] } }
  }

  func callAsFunction(_ input: Value) -> Value {
    var x = input
    for layer in 0..<architecture.depth {
      let prefix = "layers.\(layer)."
      if architecture.block == .fc {
        x = connected(x, prefix, "norm") { x in linear(x, prefix + "weight", prefix + "bias").map { $0.map(activated) }
        }
      } else {
        x = connected(x, prefix, "norm1") { attention($0, prefix + "self_attn.") }
        x = connected(x, prefix, "norm2") { x in
          let hidden = linear(x, prefix + "linear1.weight", prefix + "linear1.bias").map { $0.map(activated) }
          return linear(hidden, prefix + "linear2.weight", prefix + "linear2.bias")
        }
      }
    }
    return architecture.finalNorm ? normed(x, "norm") : x
  }

  private func connected(_ x: Value, _ prefix: String, _ norm: String, _ branch: (Value) -> Value) -> Value {
    func plus(_ a: Value, _ b: Value) -> Value { zip(a, b).map { zip($0, $1).map { $0 + $1 } } }
    switch architecture.connection {
    case .vanilla: return branch(x)
    case .residual: return plus(x, branch(x))
    case .rezero:
      let alpha = Number(numbers(prefix + "resweight")[0])
      return plus(x, branch(x).map { $0.map { alpha * $0 } })
    case .norm: return normed(branch(x), prefix + norm)
    case .postLN: return normed(plus(x, branch(x)), prefix + norm)
    case .preLN: return plus(x, branch(normed(x, prefix + norm)))
    }
  }

  private func numbers(_ name: String) -> [Double] { parameters.tensors[name]!.elements }

  /// y_i = Σ_j W_ij x_j + b_i.
  private func linear(_ x: Value, _ weight: String, _ bias: String) -> Value {
    let (weight, bias) = (numbers(weight), numbers(bias))
    return x.map { token in
      bias.indices.map { i in
        token.indices.reduce(Number(bias[i])) { $0 + token[$1].multiplied(by: weight[i * token.count + $1]) }
      }
    }
  }

  private func normed(_ x: Value, _ name: String) -> Value {
    let (gain, bias) = (numbers(name + ".weight"), numbers(name + ".bias"))
    return x.map { token in
      let size = Double(token.count)
      let mean = token.reduce(0, +).divided(by: size)
      let variance = token.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.divided(by: size)
      let deviation = Number.sqrt(variance + Number(architecture.normEpsilon))
      return token.indices.map { Number(gain[$0]) * (token[$0] - mean) / deviation + Number(bias[$0]) }
    }
  }

  private func attention(_ x: Value, _ prefix: String) -> Value {
    let (width, heads) = (architecture.width, architecture.heads)
    let size = width / heads
    let packed = linear(x, prefix + "in_proj_weight", prefix + "in_proj_bias")
    var mixed = x.map { $0.map { _ in Number(0) } }
    for head in 0..<heads {
      for query in x.indices {
        let keys: [Int]
        switch architecture.mask {
        case .none: keys = Array(x.indices)
        case .causal: keys = Array(0...query)
        case .window(let count): keys = Array(max(0, query - count + 1)...query)
        }
        let weights = keys.map { key in
          let score = (0..<size).reduce(Number(0)) {
            $0 + packed[query][head * size + $1] * packed[key][width + head * size + $1]
          }
          return Number.exp(score.divided(by: Double(size).squareRoot()))
        }
        let total = weights.reduce(0, +)
        for feature in 0..<size {
          let column = head * size + feature
          let sum = zip(keys, weights).reduce(Number(0)) { $0 + $1.1 * packed[$1.0][2 * width + column] }
          mixed[query][column] = sum / total
        }
      }
    }
    return linear(mixed, prefix + "out_proj.weight", prefix + "out_proj.bias")
  }

  private func activated(_ x: Number) -> Number {
    /// f(a) + i f′(a) b, exact to b².
    func extended(_ f: (Double) -> Double, _ derivative: (Double) -> Double) -> Number {
      Number(f(x.real), derivative(x.real) * x.imaginary)
    }
    switch architecture.activation {
    case .linear: return x
    case .relu: return x.real > 0 ? x : 0
    case .leakyReLU: return x.real > 0 ? x : x.multiplied(by: 0.01)
    case .hardTanh: return x.real > 1 ? 1 : x.real < -1 ? -1 : x
    case .tanh: return (.exp(x) - .exp(-x)) / (.exp(x) + .exp(-x))
    case .sigmoid: return 1 / (1 + .exp(-x))
    case .silu: return x / (1 + .exp(-x))
    case .softplus: return .log(1 + .exp(x))
    case .geluTanh:
      let y = (x + (x * x * x).multiplied(by: 0.044715)).multiplied(by: (2 / Double.pi).squareRoot())
      return x * (1 + (.exp(y) - .exp(-y)) / (.exp(y) + .exp(-y))).multiplied(by: 0.5)
    case .erf: return extended({ .erf($0) }, { 2 / Double.pi.squareRoot() * .exp(-$0 * $0) })
    case .gelu:
      return extended(
        { 0.5 * $0 * (1 + .erf($0 / 2.0.squareRoot())) },
        { 0.5 * (1 + .erf($0 / 2.0.squareRoot())) + $0 * .exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() })
    }
  }
}

extension Complex<Double> {
  fileprivate func multiplied(by factor: Double) -> Complex { Complex(real * factor, imaginary * factor) }
  fileprivate func divided(by divisor: Double) -> Complex { Complex(real / divisor, imaginary / divisor) }
}
