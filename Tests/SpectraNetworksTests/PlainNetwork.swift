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
  /// Input scale, input shift, output shift and output scale of a transformed activation.
  var transform: (Double, Double, Double, Double)?

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
    var x = architecture.positions == .sinusoidal ? withSinusoids(input) : input
    for layer in 0..<architecture.depth {
      let prefix = "layers.\(layer)."
      let branches: [(suffix: String, branch: (Value) -> Value)] =
        architecture.block == .fc
        ? [("", { connected($0, prefix) })]
        : [("1", { attention($0, prefix + "self_attn.", layer: layer + 1) }), ("2", { feedForward($0, prefix) })]
      switch architecture.connection.name {
      case .parallel:
        let normal = normed(x, prefix + "norm1")
        x = branches.reduce(x) { plus($0, $1.branch(normal)) }
      case .reversible:
        var (first, second) = (x.map { Array($0[..<($0.count / 2)]) }, x.map { Array($0[($0.count / 2)...]) })
        first = plus(first, branches[0].branch(normed(second, prefix + "norm" + branches[0].suffix)))
        if branches.count == 2 {
          second = plus(second, branches[1].branch(normed(first, prefix + "norm2")))
        } else {
          (first, second) = (second, first)
        }
        x = zip(first, second).map { $0 + $1 }
      default:
        for (suffix, branch) in branches { x = sublayer(x, prefix, suffix, branch) }
      }
    }
    return architecture.finalNorm ? normed(x, "norm") : x
  }

  func plus(_ a: Value, _ b: Value) -> Value { zip(a, b).map { zip($0, $1).map { $0 + $1 } } }

  private func sublayer(_ x: Value, _ prefix: String, _ suffix: String, _ branch: (Value) -> Value) -> Value {
    let connection = architecture.connection
    func times(_ factors: [Double], _ x: Value) -> Value {
      x.map { token in token.indices.map { token[$0].multiplied(by: factors[factors.count == 1 ? 0 : $0]) } }
    }
    func setting(_ key: String) -> [Double] { [connection.number(key)!] }
    func weights(_ name: String) -> [Double] { numbers(prefix + name + suffix) }
    func norm(_ x: Value) -> Value { normed(x, prefix + "norm" + suffix) }
    switch connection.name {
    case .vanilla: return branch(x)
    case .residual, .tFixup: return plus(x, branch(x))
    case .rezero: return plus(x, times(numbers(prefix + "resweight"), branch(x)))
    case .skipinit, .fixup: return plus(x, times(weights("branch_weight"), branch(x)))
    case .norm: return norm(branch(x))
    case .postLN: return norm(plus(x, branch(x)))
    case .preLN, .subLN: return plus(x, branch(norm(x)))
    case .gpt2Norm: return plus(x, norm(branch(x)))
    case .xskip: return plus(times(setting("lambda"), x), branch(x))
    case .xskipLN, .xskipBN: return norm(plus(times(setting("lambda"), x), branch(x)))
    case .rskipLN:
      var y = norm(plus(x, branch(x)))
      for _ in 1..<Int(setting("lambda")[0]) { y = norm(plus(x, y)) }
      return y
    case .weighted: return plus(times(setting("alpha"), x), times(setting("beta"), branch(norm(x))))
    case .deepnorm:
      let alpha = connection.number("alpha") ?? Double.pow(2 * Double(architecture.depth), 0.25)
      return norm(plus(times([alpha], x), branch(x)))
    case .admin: return norm(plus(times(weights("skip_weight"), x), branch(x)))
    case .layerscale: return plus(x, times(weights("branch_weight"), branch(norm(x))))
    case .parallel, .reversible: preconditionFailure("Put together elsewhere.")
    }
  }

  func connected(_ x: Value, _ prefix: String) -> Value {
    if architecture.activation.name == .crelu { return linear(doubled(x), prefix + "weight", prefix + "bias") }
    return linear(x, prefix + "weight", prefix + "bias").map { $0.map(activated) }
  }

  func feedForward(_ x: Value, _ prefix: String) -> Value {
    var hidden = linear(x, prefix + "linear1.weight", prefix + "linear1.bias")
    let gates: [FeedForwardName: (Number) -> Number] = [
      .gated: activated, .glu: { 1 / (1 + .exp(-$0)) }, .bilinear: { $0 }, .reglu: { $0.real > 0 ? $0 : 0 },
      .geglu: gelu, .swiglu: { $0 / (1 + .exp(-$0)) },
    ]
    if let function = gates[architecture.feedForward] {
      let gate = linear(x, prefix + "linear_gate.weight", prefix + "linear_gate.bias")
      hidden = zip(hidden, gate).map { zip($0, $1).map { $0 * function($1) } }
    } else if architecture.activation.name == .crelu {
      hidden = doubled(hidden)
    } else {
      hidden = hidden.map { $0.map(activated) }
    }
    if architecture.connection.name == .subLN { hidden = normed(hidden, prefix + "inner_norm") }
    return linear(hidden, prefix + "linear2.weight", prefix + "linear2.bias")
  }

  private func doubled(_ x: Value) -> Value {
    x.map { $0.map { $0.real > 0 ? $0 : 0 } + $0.map { $0.real < 0 ? -$0 : 0 } }
  }

  func numbers(_ name: String) -> [Double] { parameters.tensors[name]!.elements }

  /// y_i = Σ_j W_ij x_j + b_i.
  func linear(_ x: Value, _ weight: String, _ bias: String) -> Value {
    let (weight, bias) = (numbers(weight), numbers(bias))
    return x.map { token in
      bias.indices.map { i in
        token.indices.reduce(Number(bias[i])) { $0 + token[$1].multiplied(by: weight[i * token.count + $1]) }
      }
    }
  }

  private func activated(_ x: Number) -> Number {
    func untransformed(_ x: Number) -> Number {
      switch architecture.activation.name {
      case .linear: return x
      case .relu, .crelu: return x.real > 0 ? x : 0
      case .leakyReLU: return x.real > 0 ? x : x.multiplied(by: architecture.activation.number("slope")!)
      case .hardTanh: return x.real > 1 ? 1 : x.real < -1 ? -1 : x
      case .tanh: return tanh(x)
      case .sigmoid: return 1 / (1 + .exp(-x))
      case .silu: return x / (1 + .exp(-x))
      case .softplus: return .log(1 + .exp(x))
      case .geluTanh:
        let y = (x + (x * x * x).multiplied(by: 0.044715)).multiplied(by: (2 / Double.pi).squareRoot())
        return x * (1 + tanh(y)).multiplied(by: 0.5)
      case .erf: return extended(x, { .erf($0) }, { 2 / Double.pi.squareRoot() * .exp(-$0 * $0) })
      case .gelu: return gelu(x)
      }
    }
    guard let (inputScale, inputShift, outputShift, outputScale) = transform else { return untransformed(x) }
    let inner = x.multiplied(by: inputScale) + Number(inputShift)
    return (untransformed(inner) + Number(outputShift)).multiplied(by: outputScale)
  }

  /// From the exponential that does not overflow: quotients of large complex numbers lose their small parts.
  private func tanh(_ x: Number) -> Number {
    let e = Number.exp((x.real > 0 ? -x : x).multiplied(by: 2))
    return x.real > 0 ? (1 - e) / (1 + e) : (e - 1) / (e + 1)
  }

  private func gelu(_ x: Number) -> Number {
    extended(
      x, { 0.5 * $0 * (1 + .erf($0 / 2.0.squareRoot())) },
      { 0.5 * (1 + .erf($0 / 2.0.squareRoot())) + $0 * .exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() })
  }

  /// f(a) + i f′(a) b, exact to b².
  private func extended(_ x: Number, _ f: (Double) -> Double, _ derivative: (Double) -> Double) -> Number {
    Number(f(x.real), derivative(x.real) * x.imaginary)
  }
}

extension Complex<Double> {
  func multiplied(by factor: Double) -> Complex { Complex(real * factor, imaginary * factor) }
  func divided(by divisor: Double) -> Complex { Complex(real / divisor, imaginary / divisor) }
}
