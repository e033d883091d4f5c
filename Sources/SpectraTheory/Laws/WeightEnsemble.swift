/// What a layer's square weight matrix W is drawn from.
public enum WeightEnsemble: String, Sendable, Codable, CaseIterable {
  /// Independent normal entries of variance σ_w²/N.
  case gaussian
  /// σ_w times a matrix that is uniform over the orthogonal group.
  case orthogonal

  /// The coefficient s₁ of S_W(m) = σ_w⁻² (1 + s₁ m + …), the S-transform of W Wᵀ.
  var transformCoefficient: Double { self == .gaussian ? -1 : 0 }
}
