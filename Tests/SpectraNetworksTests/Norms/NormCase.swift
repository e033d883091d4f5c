import ComplexModule
import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// A normaliser under test: its settings, and weights that are not those of the initialisation.
struct NormCase: CustomTestStringConvertible, Sendable {
  var normalizer: Variant<NormalizerName>
  var testDescription: String { normalizer.description }

  /// Every name with every setting that changes its equation or its derivative, but `none`.
  static let all: [NormCase] = {
    let texts =
      ["layernorm", "rmsnorm", "batchnorm", "frn"]
      + ["population", "unbiased"].flatMap { deviation in
        (["layernorm-simple"] + ["mean", "deviation", "both"].map { "detachnorm:detach=\($0)" }
          + [true, false].map { "adanorm:detached=\($0):c=1.5:k=0.2" }).map { "\($0):deviation=\(deviation)" }
      }
    return texts.map { NormCase(normalizer: try! Variant(text: $0)) }
  }()

  /// The same with another ε.
  func with(epsilon: Double) -> NormCase { NormCase(normalizer: normalizer.setting("eps", epsilon)) }

  /// γ, β and τ by formula, different from feature to feature; every unit of `frn` is on where `isOpen`.
  static func weight(_ weight: NormalizerWeight, _ features: Int, isOpen: Bool = false) -> [Double] {
    (0..<features).map { index in
      let x = Double(index)
      switch weight {
      case .weight: return 1 + 0.25 * .sin(1.1 * x + 0.7)
      case .bias: return 0.3 * .cos(0.7 * x + 0.2 * x * x)
      case .tau: return isOpen ? -20 : 0.2 * .sin(2.1 * x)
      }
    }
  }

  func layer<Scalar: NetworkScalar>(
    features: Int, isOpen: Bool = false, as: Scalar.Type = Scalar.self
  ) -> any Layer<Scalar> {
    let weights = normalizer.name.weights.map { weight in
      (weight, Tensor(shape: [features], elements: Self.weight(weight, features, isOpen: isOpen).map { Scalar($0) }))
    }
    return normalizer.layer(features: features, weights: Dictionary(uniqueKeysWithValues: weights))!
  }

  /// An input without symmetries, of elements about 1.
  static func input<Scalar: NetworkScalar>(_ tokens: Int, _ features: Int) -> Tensor<Scalar> {
    Tensor(rows: tokens, columns: features) { i, j in
      let (i, j) = (Double(i), Double(j))
      return Scalar(Float(1.3 * .sin(1.7 * i + 0.9 * i * (j + 1) + 2.3 * j + 0.4 * i * i + 0.5) + 0.3))
    }
  }
}

// MARK: - The plain evaluation

/// The equations over complex numbers, in loops, for derivatives by complex steps. What is detached is taken from the real point.
extension NormCase {
  typealias Number = Complex<Double>

  func plain(_ x: [[Number]], at point: [[Double]]) -> [[Number]] {
    let features = x[0].count
    let (gain, bias, tau) = (
      Self.weight(.weight, features), Self.weight(.bias, features), Self.weight(.tau, features)
    )
    let detached = normalizer.word("detach")
    let isUnbiased = normalizer.word("deviation") == "unbiased"
    var epsilon = normalizer.number("eps") ?? 0
    switch normalizer.name {
    case .layernorm, .rmsnorm:
      return zip(x, point).map { token, real in
        let y = normalized(token, at: real, isCentered: normalizer.name == .layernorm, epsilon)
        return y.indices.map { Number(gain[$0]) * y[$0] + Number(normalizer.name == .layernorm ? bias[$0] : 0) }
      }
    case .layernormSimple:
      return zip(x, point).map { normalized($0, at: $1, isCentered: true, isUnbiased: isUnbiased, epsilon) }
    case .detachnorm:
      return zip(x, point).map {
        normalized(
          $0, at: $1, isCentered: true, isUnbiased: isUnbiased, epsilon, detachesMean: detached != "deviation",
          detachesDeviation: detached != "mean")
      }
    case .adanorm:
      return zip(x, point).map { token, real in
        let y = normalized(token, at: real, isCentered: true, isUnbiased: isUnbiased, epsilon)
        return y.map { y in
          let inner = normalizer.isOn("detached") ? Number(y.real) : y
          return Number(normalizer.number("c")!) * (Number(1) - Number(normalizer.number("k")!) * inner) * y
        }
      }
    case .batchnorm, .frn:
      if normalizer.name == .frn, x.count == 1 { epsilon += 1e-4 }
      var y = x
      for feature in 0..<features {
        let column = normalized(
          x.map { $0[feature] }, at: point.map { $0[feature] }, isCentered: normalizer.name == .batchnorm,
          epsilon)
        for token in x.indices {
          y[token][feature] = Number(gain[feature]) * column[token] + Number(bias[feature])
          if normalizer.name == .frn, y[token][feature].real <= tau[feature] {
            y[token][feature] = Number(tau[feature])
          }
        }
      }
      return y
    case .none: return x
    }
  }

  private func normalized(
    _ x: [Number], at point: [Double], isCentered: Bool, isUnbiased: Bool = false, _ epsilon: Double,
    detachesMean: Bool = false, detachesDeviation: Bool = false
  ) -> [Number] {
    let size = Double(x.count)
    func mean(_ x: [Number]) -> Number { isCentered ? x.reduce(0, +) / Number(size) : 0 }
    func scale(_ x: [Number]) -> Number {
      let squares = x.reduce(Number(0)) { $0 + ($1 - mean(x)) * ($1 - mean(x)) }
      return isUnbiased
        ? .sqrt(squares / Number(size - 1)) + Number(epsilon) : .sqrt(squares / Number(size) + Number(epsilon))
    }
    let real = point.map { Number($0) }
    let (center, divisor) = (mean(detachesMean ? real : x), scale(detachesDeviation ? real : x))
    return x.map { ($0 - center) / divisor }
  }

  /// J by complex steps, `[outputs, inputs]`.
  func plainJacobian(at input: Tensor<Double>) -> Tensor<Double> {
    let point = (0..<input.rows).map { row in (0..<input.columns).map { input[row, $0] } }
    let step = 1e-200
    let columns = input.elements.indices.map { index in
      var x = point.map { $0.map { Number($0) } }
      x[index / input.columns][index % input.columns].imaginary = step
      return plain(x, at: point).joined().map { $0.imaginary / step }
    }
    return Tensor(rows: input.count, columns: input.count) { columns[$1][$0] }
  }
}

/// The largest difference of two tensors' elements; infinite where shapes differ or an element is NaN.
func largestDifference(_ x: Tensor<Double>, _ y: Tensor<Double>) -> Double {
  guard x.shape == y.shape else { return .infinity }
  return zip(x.elements, y.elements).reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}
