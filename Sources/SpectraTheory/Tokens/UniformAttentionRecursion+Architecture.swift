public import SpectraNetworks

extension UniformAttentionRecursion {
  /// The recursion of an architecture with random weights of a law.
  ///
  /// - Parameters:
  ///   - architecture: with every token attending to all, and a normaliser of each token alone if any; a fully connected one
  ///     is followed at two inputs.
  ///   - initializer: whose weights are independent draws, orthogonal ones counting as such (in the limit of infinite width they
  ///     do).
  /// - Throws: `TheoryError.outOfRange` with a sentence that says why the recursion does not cover the stack.
  public init(of architecture: Architecture, initializer: Initializer) throws(TheoryError) {
    let wiring = architecture.wiring
    guard wiring.arrangement != .reversible else {
      throw .uncovered("the two streams of a reversible stack are two states")
    }
    guard wiring.norm != .preAndInner else { throw .uncovered("Sub-LN normalises inside of its branches as well") }
    guard architecture.connection.name != .admin || architecture.connection.number("omega") != nil else {
      throw .uncovered("Admin's skip weights follow from a pass over the sample's input")
    }
    let norm = try Self.normKind(of: architecture)
    let (skip, weight) = (wiring.skip.atInitialisation, wiring.branch.atInitialisation)
    let branches = try Self.branches(of: architecture, initializer)
    self.init(
      tokens: architecture.block == .fc ? 2 : architecture.tokens,
      sublayers: branches.map {
        Sublayer(
          $0, skip: skip, weight: weight, norm: norm == nil ? nil : wiring.norm.map(NormPlace.init),
          isCentred: norm != .rmsnorm, repetitions: wiring.recursion)
      }, isParallel: wiring.arrangement == .parallel, finalNorm: architecture.finalNorm && norm != nil)
  }

  /// The normaliser where there is one that does anything.
  private static func normKind(of architecture: Architecture) throws(TheoryError) -> NormalizerName? {
    guard !architecture.normalizedFeatures.isEmpty else { return nil }
    switch architecture.normalizer.name {
    case .layernorm, .layernormSimple, .detachnorm, .rmsnorm: return architecture.normalizer.name
    case .none: return nil
    case .adanorm, .batchnorm, .frn:
      throw .uncovered(
        "\(architecture.normalizer.name.rawValue) does more than divide each token by its length")
    }
  }

  private static func branches(
    of architecture: Architecture, _ initializer: Initializer
  ) throws(TheoryError) -> [Branch] {
    func gain(_ role: ParameterDescription.Role) throws(TheoryError) -> Gain? {
      guard let law = initializer.moments(of: role, in: architecture) else { return nil }
      guard law.elements != .mirrored, initializer.name != .rezeroNotebook else {
        throw .uncovered(
          "weights of --init \(initializer.name.rawValue) are not independent from unit to unit or from layer to layer")
      }
      return Gain(law.gain, bias: law.biasVariance)
    }
    let moments: ActivationMoments
    do {
      moments = ActivationMoments(try architecture.feedForward.fixedActivation ?? architecture.builtActivation())
    } catch {
      throw .outOfRange("\(error)")
    }
    if let map = try gain(.fullyConnected) {
      guard !architecture.doublesFeatures else { throw .uncovered("crelu stands before the matrix, and not after it") }
      return [.fullyConnected(moments, map)]
    }
    guard architecture.mask == .none, !architecture.attention.name.isSignalPreserving else {
      throw .uncovered("tokens that attend to earlier ones only are not alike")
    }
    guard let value = try gain(.packedProjection), let attentionOutput = try gain(.attentionOutput),
      let hidden = try gain(.feedForwardHidden), let output = try gain(.feedForwardOutput)
    else { throw .uncovered("the block has other matrices") }
    func initial(_ weight: ParameterDescription.AttentionWeight, _ missing: Double) -> Double {
      architecture.attention.learntWeights.contains(weight)
        ? architecture.attention.number(weight.rawValue) ?? 0 : missing
    }
    return [
      .attention(
        value: value, output: attentionOutput, identity: initial(.identity, 0),
        mean: initial(.softmax, 1) - initial(.centring, 0)),
      .feedForward(moments, hidden: hidden, output: output, gate: try gain(.feedForwardGate)),
    ]
  }
}

extension UniformAttentionRecursion.NormPlace {
  fileprivate init(_ place: Wiring.NormPlace) {
    switch place {
    case .pre, .preAndInner: self = .input
    case .branch: self = .branch
    case .post: self = .sum
    }
  }
}

extension TheoryError {
  fileprivate static func uncovered(_ reason: String) -> TheoryError {
    .outOfRange("The recursion of infinite width does not cover the stack: \(reason).")
  }
}
