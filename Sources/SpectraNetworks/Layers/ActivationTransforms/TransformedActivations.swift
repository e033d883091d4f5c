import SpectraDifferentiation
import Synchronization

/// Transformed activations that were solved for before: every sample of a panel needs the same.
final class TransformedActivations: Sendable {
  static let shared = TransformedActivations()

  private struct Key: Hashable {
    let activation: Variant<ActivationName>
    let depth: Int
  }

  private let solved = Mutex<[Key: TransformedActivation]>([:])

  /// The activation with its transformation for so many nonlinear layers.
  func activation(
    _ activation: Variant<ActivationName>, depth: Int
  ) throws(ActivationTransformError) -> TransformedActivation {
    let key = Key(activation: activation, depth: depth)
    if let known = solved.withLock({ $0[key] }) { return known }
    let transform: ActivationTransform =
      switch (activation.word("transform"), activation.name) {
      case ("tat", .leakyReLU): .tatLeakyReLU(correlation: activation.number("eta") ?? 0.9)
      case ("tat", _): .tat(curvature: activation.number("tau") ?? 0.3)
      default: .dks(slope: activation.number("zeta") ?? 1.5)
      }
    let found = try transform.applied(to: activation.untransformed, named: activation.name.rawValue, depth: depth)
    solved.withLock { solved in
      // A process that goes through very many must not keep them all.
      if solved.count >= 1000 { solved.removeAll() }
      solved[key] = found
    }
    return found
  }
}
