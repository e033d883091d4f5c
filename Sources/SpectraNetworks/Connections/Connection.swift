/// How a sublayer's skip, normaliser and branch combine: the axis along which architectures differ.
///
/// Each is a line of one table, `wiring`. `Variant<Connection>` is one with its settings, as `xskip:lambda=2`.
public enum Connection: String, Sendable, Codable, CaseIterable {
  case vanilla
  case residual
  case rezero
  case norm
  case postLN = "post-ln"
  case preLN = "pre-ln"
  case gpt2Norm = "gpt2-norm"
  case xskip
  case xskipLN = "xskip-ln"
  case xskipBN = "xskip-bn"
  case rskipLN = "rskip-ln"
  case weighted
  case deepnorm
  case admin
  case skipinit
  case layerscale
  case fixup
  case tFixup = "t-fixup"
  case subLN = "sub-ln"
  case parallel
  case reversible
}

extension Connection: VariantName {
  public static var kind: String { "a connection" }

  public var settings: [Setting] { Self.settings[self] ?? [] }

  /// Made once: they are looked up for every layer.
  private static let settings = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.madeSettings) })

  private var madeSettings: [Setting] {
    switch self {
    case .rezero: [Setting("alpha", Setting.anyNumber, .number(0), "α, the residual weight at initialisation").initial]
    case .skipinit: [Setting("alpha", Setting.anyNumber, .number(0), "α, the branch weight at initialisation").initial]
    case .xskip, .xskipLN, .xskipBN: [Setting("lambda", Setting.anyNumber, .number(2), "λ, the weight of the skip")]
    // Each is a normaliser to run: of a million, one layer would not end.
    case .rskipLN: [Setting("lambda", .count(upTo: 1000), .number(2), "λ, how often the skip is added")]
    case .weighted:
      [
        Setting("alpha", Setting.anyNumber, .number(0.5.squareRoot()), "α, the weight of the skip"),
        Setting("beta", Setting.anyNumber, .number(0.5.squareRoot()), "β, the weight of the branch"),
      ]
    case .deepnorm:
      [
        Setting("alpha", Setting.anyNumber, rule: "(2 depth)^(1/4)", "α, the weight of the skip"),
        Setting(
          "beta", Setting.anyNumber, rule: "(8 depth)^(-1/4)",
          "β, the factor on value, attention output and feed-forward matrices"
        ).initial,
      ]
    case .admin:
      [Setting("omega", Setting.anyNumber, rule: "from the profiling pass", "ω, the weight of every skip").initial]
    case .layerscale:
      [
        Setting("lambda", Setting.anyNumber, .number(1e-4), "λ, the branch weight of every feature at initialisation")
          .initial
      ]
    default: []
    }
  }

  /// The defining equation, x ↦. N is the normaliser, F the branch.
  public var equation: String {
    switch self {
    case .vanilla: "F(x)"
    case .residual: "x + F(x)"
    case .rezero: "x + α F(x), one α per layer"
    case .norm: "N(F(x))"
    case .postLN: "N(x + F(x))"
    case .preLN: "x + F(N(x))"
    case .gpt2Norm: "x + N(F(x))"
    case .xskip: "λ x + F(x)"
    case .xskipLN: "N(λ x + F(x))"
    case .xskipBN: "N(λ x + F(x)), N BatchNorm unless --norm names another"
    case .rskipLN: "y_λ, y_1 = N(x + F(x)), y_k = N(x + y_(k-1))"
    case .weighted: "α x + β F(N(x))"
    case .deepnorm: "N(α x + F(x)); value, attention output and feed-forward matrices times β"
    case .admin: "N(ω ∘ x + F(x)), ω_1 = 1, ω_(i+1)² = Var(ω_i ∘ x_i) + Var(F_i) of the sample's own input"
    case .skipinit: "x + α F(x), one α per sublayer"
    case .layerscale: "x + λ ∘ F(N(x)), λ a vector per sublayer"
    case .fixup: "x + m F(x), m = 1 per sublayer; the branch's last matrix 0, its others times B^(-1/2) for B sublayers"
    case .tFixup: "x + F(x); value, attention output and feed-forward matrices times 0.67 depth^(-1/4)"
    case .subLN:
      "x + F(N(x)), a second N before each branch's last matrix; value, attention output and feed-forward matrices times √(ln(2 depth))"
    case .parallel: "x + MHA(N(x)) + FFN(N(x))"
    case .reversible: "(y₁, y₂), y₁ = x₁ + F(N(x₂)), y₂ = x₂ + G(N(y₁)), x₁ and x₂ the halves of the features"
    }
  }

  /// Where it was introduced or studied.
  public var source: String {
    switch self {
    case .vanilla: "He et al. 2023, Deep Transformers without Shortcuts, arXiv 2302.10322"
    case .residual: "He et al. 2015, Deep Residual Learning, arXiv 1512.03385"
    case .rezero: "Bachlechner et al. 2020, ReZero is All You Need, arXiv 2003.04887"
    case .norm: "Ba, Kiros, Hinton 2016, Layer Normalization, arXiv 1607.06450"
    case .postLN: "Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762"
    case .preLN: "Xiong et al. 2020, On Layer Normalization in the Transformer Architecture, arXiv 2002.04745"
    case .gpt2Norm: "Bachlechner et al. 2020, arXiv 2003.04887, table 1"
    case .xskip, .xskipLN, .xskipBN, .rskipLN:
      "Liu et al. 2021, Rethinking Skip Connection with Layer Normalization, arXiv 2105.07205"
    case .weighted: "He et al. 2023, Deep Transformers without Shortcuts, arXiv 2302.10322"
    case .deepnorm: "Wang et al. 2022, DeepNet, arXiv 2203.00555 (encoder or decoder only)"
    case .admin: "Liu et al. 2020, Understanding the Difficulty of Training Transformers, arXiv 2004.08249"
    case .skipinit: "De, Smith 2020, Batch Normalization Biases Residual Blocks, arXiv 2002.10444"
    case .layerscale: "Touvron et al. 2021, Going Deeper with Image Transformers, arXiv 2103.17239"
    case .fixup: "Zhang, Dauphin, Ma 2019, Fixup Initialization, arXiv 1901.09321"
    case .tFixup: "Huang et al. 2020, Improving Transformer Optimization Through Better Initialization, ICML 2020"
    case .subLN: "Wang et al. 2022, Foundation Transformers (Magneto), arXiv 2210.06423"
    case .parallel: "Wang, Komatsuzaki 2021, GPT-J-6B; Chowdhery et al. 2022, PaLM, arXiv 2204.02311"
    case .reversible: "Gomez et al. 2017, arXiv 1707.04585; Kitaev, Kaiser, Levskaya 2020, Reformer, arXiv 2001.04451"
    }
  }

  /// Whether it is defined for a block.
  public func applies(to block: Block) -> Bool {
    switch self {
    case .tFixup, .subLN, .parallel: block == .transformer
    default: true
    }
  }
}

// MARK: - With settings

extension Variant<Connection> {
  /// `rezero` with a residual weight.
  public static func rezero(alpha: Double) -> Self { Variant(.rezero).setting("alpha", alpha) }
  /// `skipinit` with a branch weight.
  public static func skipinit(alpha: Double) -> Self { Variant(.skipinit).setting("alpha", alpha) }
  /// `xskip` with a weight of the skip.
  public static func xskip(lambda: Double) -> Self { Variant(.xskip).setting("lambda", lambda) }
  /// `xskip-ln` with a weight of the skip.
  public static func xskipLN(lambda: Double) -> Self { Variant(.xskipLN).setting("lambda", lambda) }
  /// `xskip-bn` with a weight of the skip.
  public static func xskipBN(lambda: Double) -> Self { Variant(.xskipBN).setting("lambda", lambda) }
  /// `rskip-ln` with the number of times that the skip is added, 1 or more.
  public static func rskipLN(lambda: Int) -> Self {
    precondition((1...1000).contains(lambda), "rskip-ln adds the skip 1 to 1000 times, not \(lambda).")
    return Variant(.rskipLN).setting("lambda", Double(lambda))
  }
  /// `weighted` with both weights.
  public static func weighted(alpha: Double, beta: Double) -> Self {
    Variant(.weighted).setting("alpha", alpha).setting("beta", beta)
  }
  /// `deepnorm` with constants that do not follow from the depth.
  public static func deepnorm(alpha: Double, beta: Double) -> Self {
    Variant(.deepnorm).setting("alpha", alpha).setting("beta", beta)
  }
  /// `admin` with the same ω everywhere instead of a profiling pass.
  public static func admin(omega: Double) -> Self { Variant(.admin).setting("omega", omega) }
  /// `layerscale` with the initial weight of every feature.
  public static func layerscale(lambda: Double) -> Self { Variant(.layerscale).setting("lambda", lambda) }
}
