import RealModule
import SpectraNetworks

/// How the mean square of tokens and the mean product of two of them go through the layers of a stack of infinite width with
/// independent weights, where attention is uniform.
///
/// In units of the width d: q = mean ‖x_i‖²/d, p = mean x_i · x_j/d, c = p/q. Uniform attention gives every token the mean of all values,
/// whose mean square is s = (q + (n − 1) p)/n times the gains of the value and output matrices; a feed-forward gives V(Q) and
/// the mean product of φ at the correlation P/Q; branches are independent of the skip, so that squares add up. Xiong et al. 2020,
/// arXiv 2002.04745, lemma 2, in the form with correlations; residual weights as in Noci et al. 2022, arXiv 2206.03126; fully
/// connected layers as in Poole et al. 2016, arXiv 1606.05340.
///
/// ```swift
/// UniformAttentionRecursion.postLN(tokens: 16).states(from: .init(meanSquare: 1, meanProduct: 0), layers: 12)
/// ```
public struct UniformAttentionRecursion: Sendable {
  /// A mean over tokens and pairs of them, per feature.
  public struct State: Sendable, Equatable {
    /// q.
    public var meanSquare: Double
    /// q − p, half of the mean squared distance of two tokens; kept instead of p, which close tokens leave no digits.
    public var gap: Double
    /// The mean over features that all tokens share: what rectified units make where no matrix follows.
    public var featureMean: Double

    /// p.
    public var meanProduct: Double { meanSquare - gap }
    /// p/q; 0 for a state of zeros.
    public var correlation: Double { meanSquare > 0 ? 1 - gap / meanSquare : 0 }
    /// 1 − p/q; 0 for a state of zeros.
    public var correlationDistance: Double { meanSquare > 0 ? gap / meanSquare : 0 }

    /// A state of given means.
    public init(meanSquare: Double, meanProduct: Double, featureMean: Double = 0) {
      self.init(meanSquare: meanSquare, gap: meanSquare - meanProduct, featureMean: featureMean)
    }

    /// A state of a given mean square and q − p.
    public init(meanSquare: Double, gap: Double, featureMean: Double = 0) {
      (self.meanSquare, self.gap, self.featureMean) = (meanSquare, gap, featureMean)
    }
  }

  /// A linear map of independent elements: inputs · variance of an element, and the variance of a bias.
  public struct Gain: Sendable, Equatable {
    public var weight: Double
    public var bias: Double

    /// A gain of squares and what the bias adds.
    public init(_ weight: Double = 1, bias: Double = 0) { (self.weight, self.bias) = (weight, bias) }
  }

  /// F of a sublayer.
  public enum Branch: Sendable {
    /// (α x_i + β mean_j x_j) W_V W_O, where A = α I + β 11ᵀ/n.
    case attention(value: Gain, output: Gain, identity: Double = 0, mean: Double = 1)
    /// W₂ φ(W₁ x), or W₂ (φ(W_g x) ⊙ W₁ x) where there is a gate.
    case feedForward(ActivationMoments, hidden: Gain, output: Gain, gate: Gain? = nil)
    /// φ(W x).
    case fullyConnected(ActivationMoments, Gain)
  }

  /// Where a normaliser stands.
  public enum NormPlace: Sendable, Equatable {
    /// On the branch's input.
    case input
    /// On the branch's output.
    case branch
    /// On the sum.
    case sum
  }

  /// post(skip · x + weight · inner(F(pre(x)))).
  public struct Sublayer: Sendable {
    public var branch: Branch
    /// The factor on x; 0 where there is no skip.
    public var skip: Double
    /// The factor on the branch.
    public var weight: Double
    /// Where a normaliser of each token stands; none where nil.
    public var norm: NormPlace?
    /// Whether it takes the mean over features off, as LayerNorm does and RMSNorm does not.
    public var isCentred: Bool
    /// How often the sum and its norm are taken.
    public var repetitions: Int

    /// A sublayer of given parts.
    public init(
      _ branch: Branch, skip: Double = 1, weight: Double = 1, norm: NormPlace? = nil, isCentred: Bool = true,
      repetitions: Int = 1
    ) {
      (self.branch, self.skip, self.weight) = (branch, skip, weight)
      (self.norm, self.isCentred, self.repetitions) = (norm, isCentred, repetitions)
    }
  }

  /// n, or the number of inputs that go through a fully connected stack.
  public var tokens: Int
  /// Those of every layer, one after the other.
  public var sublayers: [Sublayer]
  /// Whether they stand side by side on the layer's input.
  public var isParallel: Bool
  /// Whether a normaliser follows the last layer.
  public var finalNorm: Bool

  /// A recursion over layers of given sublayers.
  public init(tokens: Int, sublayers: [Sublayer], isParallel: Bool = false, finalNorm: Bool = false) {
    (self.tokens, self.sublayers, self.isParallel, self.finalNorm) = (tokens, sublayers, isParallel, finalNorm)
  }

  /// The Pre-LN Transformer of Xiong et al. 2020 in their theory setting: value and feed-forward matrices of variance 1/d, no
  /// output matrix, ReLU.
  public static func preLN(tokens: Int) -> Self { xiong(tokens: tokens, norm: .input) }

  /// The Post-LN Transformer of Xiong et al. 2020 in their theory setting.
  public static func postLN(tokens: Int) -> Self { xiong(tokens: tokens, norm: .sum) }

  private static func xiong(tokens: Int, norm: NormPlace) -> Self {
    Self(
      tokens: tokens,
      sublayers: [
        Sublayer(.attention(value: Gain(), output: Gain()), norm: norm),
        Sublayer(.feedForward(ActivationMoments(ReLU()), hidden: Gain(), output: Gain()), norm: norm),
      ])
  }
}

// MARK: - Values

extension UniformAttentionRecursion {
  /// The state after one layer.
  public func next(_ state: State) -> State {
    var memory = KernelMemory()
    return layer(KernelTrace(state), memory: &memory).state
  }

  /// The states after layers 1 … `layers`; the last has the final normaliser.
  public func states(from state: State, layers: Int) -> [State] {
    traces(from: KernelTrace(state), layers: layers).map(\.state)
  }

  /// ln m_1 after layers 1 … `layers`: of the mean of the squared singular values of the Jacobian that begins at a state.
  ///
  /// Uniform attention here means W^Q = 0, where scores stay 0 along any tangent; with other queries the derivative of the
  /// scores adds to m_1, which this leaves out.
  public func logGradientGrowth(from state: State, layers: Int) -> [Double] {
    traces(from: KernelTrace(state), layers: layers).map(\.logGrowth)
  }

  /// `states` and `logGradientGrowth` in one pass, which takes half the time.
  package func statesAndGrowth(from state: State, layers: Int) -> (states: [State], logGrowth: [Double]) {
    let traces = traces(from: KernelTrace(state), layers: layers)
    return (traces.map(\.state), traces.map(\.logGrowth))
  }

  /// ln |∂c_l/∂c_{l−1}| for the layers l = 1 … `layers`, where a token's length is held while its correlation moves.
  public func logAngleGrowth(from state: State, layers: Int) -> [Double] {
    var (current, memory) = (state, KernelMemory())
    return (0..<layers).map { _ in
      let trace = layer(KernelTrace(current, isMoving: true), memory: &memory)
      current = trace.state
      return trace.logAngle
    }
  }

  func traces(from start: KernelTrace, layers: Int) -> [KernelTrace] {
    var (trace, memory) = (start, KernelMemory())
    return (0..<layers).map { index in
      trace = layer(trace, memory: &memory)
      if finalNorm, index == layers - 1 { trace.normalize(isCentred: sublayers.last?.isCentred ?? true) }
      return trace
    }
  }

  func layer(_ trace: KernelTrace, memory: inout KernelMemory) -> KernelTrace {
    var result = trace
    for sublayer in sublayers {
      if isParallel {
        result.add(
          sublayer.branchOutput(of: trace, tokens: tokens, memory: &memory), skip: 1, weight: sublayer.weight)
      } else {
        result = sublayer.applied(to: result, tokens: tokens, memory: &memory)
      }
    }
    return result
  }
}
