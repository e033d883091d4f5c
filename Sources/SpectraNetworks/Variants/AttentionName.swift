/// The forms of the matrix A that attention multiplies values by. P is the softmax of scaled and masked scores.
public enum AttentionName: String, Sendable, Codable, CaseIterable {
  case softmax
  case valueSkipInit = "value-skipinit"
  case shaped
  case uSPA = "u-spa"
  case eSPA = "e-spa"
}

extension AttentionName: VariantName {
  public static var kind: String { "an attention" }

  public var settings: [Setting] { Self.settings[self] ?? [] }

  /// Made once: they are looked up for every layer.
  private static let settings = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.madeSettings) })

  private var madeSettings: [Setting] {
    let common = [
      Setting(
        "scale", .wordOrNumber(["inverse-sqrt", "inverse"]), .word("inverse-sqrt"),
        "factor on scores: 1/√d of a head's d features, 1/d (Yang et al. 2022, arXiv 2203.03466), or a number"),
      Setting(
        "qk-norm", .word(QueryKeyNorm.allCases.map(\.rawValue)), .word("none"),
        "normaliser of each head's queries and keys, without weights: "
          + QueryKeyNorm.allCases.dropFirst().map { "\($0.rawValue) \($0.equation)" }.joined(separator: ", ")),
      Setting(
        "queries", .word(["drawn", "zero"]), .word(zeroesQueries ? "zero" : "drawn"),
        "query matrices at initialisation: of the law, or 0"
      ).initial,
      Setting(
        "values", .word(["drawn", "orthogonal"]), .word(isSignalPreserving ? "orthogonal" : "drawn"),
        "value and output matrices at initialisation: of the law, or orthogonal"
      ).initial,
    ]
    let own: [Setting] =
      switch self {
      case .softmax: []
      case .valueSkipInit:
        [
          Setting("alpha", Setting.anyNumber, .number(1), "α at initialisation").initial,
          Setting("beta", Setting.anyNumber, .number(0), "β at initialisation").initial,
        ]
      case .shaped:
        [
          Setting("alpha", Setting.anyNumber, .number(1), "α at initialisation").initial,
          Setting("beta", Setting.anyNumber, .number(1), "β at initialisation").initial,
          Setting("gamma", Setting.anyNumber, .number(1), "γ at initialisation").initial,
        ]
      case .uSPA: [Setting("rho", .between(0, 1), .number(0.8), "ρ, the cosine of two tokens after the last layer")]
      case .eSPA:
        [Setting("gamma", .number(1e-300...300), .number(0.005), "γ, the decay of cosines after the last layer")]
      }
    return own + common
  }

  /// A, as text.
  public var equation: String {
    switch self {
    case .softmax: "P, the softmax of scaled and masked scores Q Kᵀ"
    case .valueSkipInit: "α I + β P"
    case .shaped: "α I + β P − γ C, C the mean over the tokens that are attended to"
    case .uSPA:
      "D S, S = softmax(scores + ln(D^-1 A_l)), D the row sums of A_l = L_l L_(l-1)^-1, L_l the Cholesky factor of "
        + "Σ_l, the cosines of tokens after layer l: 1 and, of two, ρ_l = 1 − (1 − ρ)^(l/depth); causal"
    case .eSPA:
      "D S as in u-spa, Σ_l of tokens i, j exp(−γ_l |i − j|) with 1 − exp(−2γ_l) = (1 − exp(−2γ))^(l/depth), γ_0 = ∞; "
        + "causal"
    }
  }

  /// Where it was introduced.
  public var source: String {
    switch self {
    case .softmax: "Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762"
    case .valueSkipInit, .uSPA, .eSPA: "He et al. 2023, Deep Transformers without Shortcuts, arXiv 2302.10322"
    case .shaped: "Noci et al. 2023, The Shaped Transformer, arXiv 2306.17759"
    }
  }

  /// Whether A keeps the kernel of tokens on a schedule, by constants that follow from the layer.
  public var isSignalPreserving: Bool { self == .uSPA || self == .eSPA }

  private var zeroesQueries: Bool { self != .softmax }
}

extension Variant<AttentionName> {
  /// softmax(QKᵀ/√d) V.
  public static var softmax: Self { Variant(.softmax) }
  /// α I + β P with α = 1, β = 0.
  public static var valueSkipInit: Self { Variant(.valueSkipInit) }
  /// α I + β P − γ C with all three 1.
  public static var shaped: Self { Variant(.shaped) }
  /// U-SPA with the cosine of tokens after the last layer, between 0 and 1.
  public static func uSPA(rho: Double) -> Self { Variant(.uSPA).setting("rho", rho) }
  /// E-SPA with the decay of cosines after the last layer, above 0.
  public static func eSPA(gamma: Double) -> Self { Variant(.eSPA).setting("gamma", gamma) }
}
