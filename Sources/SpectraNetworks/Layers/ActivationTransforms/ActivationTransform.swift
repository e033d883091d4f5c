public import SpectraDifferentiation

/// A rule that moves and scales an activation for a depth, so that signals neither collapse nor explode without skip
/// connections and norms: `TransformedActivation` with parameters that solve the rule's conditions.
///
/// With z, z₁, z₂ ~ N(0, 1), z₁ and z₂ of correlation c, the conditions are about the local maps Q(q) = E[φ̂(√q z)²] and
/// C(c) = E[φ̂(z₁) φ̂(z₂)]/Q(1) of a layer φ̂(W x) without bias, the squares of a row's weights summing to 1 (`--init suo`, or
/// `gaussian` with σ_w = 1), for inputs of mean square 1. C′(1) of the whole network is then the mean squared singular value
/// of a wide one's Jacobian.
///
/// ```swift
/// let activation = try ActivationTransform.dks().applied(to: .tanh, depth: 100)
/// ```
public enum ActivationTransform: Sendable, Hashable, Codable {
  /// Deep Kernel Shaping: Q(1) = 1, Q′(1) = 1, C(0) = 0 and C′(1) = ζ^(1/depth), so that the whole network has C′(1) = ζ > 1.
  case dks(slope: Double = 1.5)
  /// Tailored Activation Transformation of a smooth φ: Q(1) = 1, Q′(1) = 1, C′(1) = 1 and C″(1) = τ/depth, so that the
  /// whole network has C″(1) = τ > 0.
  case tat(curvature: Double = 0.3)
  /// Tailored Activation Transformation of leaky ReLU: √(2/(1 + a²)) · (x where x > 0, else a x), a such that inputs of
  /// correlation 0 leave the network with correlation η, 0 < η < 1.
  case tatLeakyReLU(correlation: Double = 0.9)
}

extension ActivationTransform {
  /// What messages call it.
  public var name: String {
    switch self {
    case .dks: "dks"
    case .tat, .tatLeakyReLU: "tat"
    }
  }
}

extension ActivationTransform {
  /// The transformed activation for a network of `depth` nonlinear layers in a row.
  ///
  /// Where several parameters meet the conditions the first found from a fixed order of starting points is taken, so that
  /// the result depends on the arguments alone. That takes about a millisecond, and some ten where there are none.
  ///
  /// - Parameters:
  ///   - activation: φ; `tatLeakyReLU` takes ReLU and leaky ReLU, whose slope it replaces.
  ///   - name: what messages call φ.
  ///   - depth: the effective depth D, 1 or more: how many transformed activations the longest path passes.
  /// - Throws: `ActivationTransformError` where φ, the depth and the conditions do not go together.
  public func applied(
    to activation: any Activation, named name: String, depth: Int
  ) throws(ActivationTransformError) -> TransformedActivation {
    guard depth >= 1 else { throw .depthNotPositive(depth) }
    switch self {
    case .dks(let slope):
      guard slope > 1, slope.isFinite else {
        throw .targetOutOfRange(transform: self.name, target: "slope", value: slope, range: "more than 1")
      }
      return try shaped(activation, named: name, depth: depth)
    case .tat(let curvature):
      guard curvature > 0, curvature.isFinite else {
        throw .targetOutOfRange(transform: self.name, target: "curvature", value: curvature, range: "more than 0")
      }
      return try shaped(activation, named: name, depth: depth)
    case .tatLeakyReLU(let correlation):
      guard correlation > 0, correlation < 1 else {
        throw .targetOutOfRange(
          transform: self.name, target: "correlation", value: correlation, range: "between 0 and 1")
      }
      guard activation is ReLU || activation is LeakyReLU else { throw .notLeakyReLU(activation: name) }
      return try Self.leakyReLU(correlation: correlation, depth: depth)
    }
  }

  /// The transformed activation of a name.
  ///
  /// - Throws: `ActivationTransformError`, as `applied(to:named:depth:)`.
  public func applied(
    to name: ActivationName, depth: Int
  ) throws(ActivationTransformError) -> TransformedActivation {
    try applied(to: name.activation, named: name.rawValue, depth: depth)
  }
}

/// Why an activation cannot be transformed.
public enum ActivationTransformError: Error, Equatable, Sendable, CustomStringConvertible {
  case depthNotPositive(Int)
  case targetOutOfRange(transform: String, target: String, value: Double, range: String)
  case linear(transform: String, activation: String)
  case kinked(activation: String)
  case twoLines(activation: String)
  case notLeakyReLU(activation: String)
  case unreachableCorrelation(correlation: Double, depth: Int, largest: Double)
  case noSolution(transform: String, activation: String, depth: Int)

  public var description: String {
    switch self {
    case .depthNotPositive(let depth):
      "An activation is transformed for a depth of 1 or more, not \(depth)."
    case .targetOutOfRange(let transform, let target, let value, let range):
      "The \(target) that \(transform) aims at is \(value), but must be \(range)."
    case .linear(let transform, let activation):
      "\(transform) cannot transform \(activation), which is linear and keeps its kernel however it is scaled; choose a nonlinear activation."
    case .kinked(let activation):
      "tat cannot transform \(activation), whose slope jumps so that C″(1) is infinite; use leaky-relu:transform=tat, or a smooth activation."
    case .twoLines(let activation):
      "dks cannot transform \(activation), whose scale and shift count as one parameter for two conditions; use leaky-relu:transform=tat, or a smooth activation."
    case .notLeakyReLU(let activation):
      "The slope that tat solves for is that of relu or leaky-relu, not of \(activation); aim at a curvature there."
    case .unreachableCorrelation(let correlation, let depth, let largest):
      "tat cannot reach the correlation η = \(correlation) with leaky-relu in \(depth) layers, where ReLU itself gives \(largest); ask for less than that, or for more layers."
    case .noSolution(let transform, let activation, let depth):
      "\(transform) found no parameters of \(activation) for depth \(depth) that meet its conditions; choose another activation or another target."
    }
  }
}
