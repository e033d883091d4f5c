import SpectraLinearAlgebra
public import SpectraRandom

/// The laws from which weights are drawn, by name.
public enum InitializerName: String, Sendable, Codable, CaseIterable {
  case xavierUniform = "xavier-uniform"
  case xavierNormal = "xavier-normal"
  case heNormal = "he-normal"
  case heUniform = "he-uniform"
  case lecunNormal = "lecun-normal"
  case torch
  case orthogonal
  case scaledUniformOrthogonal = "suo"
  case looksLinear = "looks-linear"
  case gaussian
  case gpt2
  case fairseq
  case rezeroNotebook = "rezero-notebook"
}

extension InitializerName {
  /// The law, as text.
  public var equation: String {
    switch self {
    case .xavierUniform: "weights U(±√(6/(fan_in + fan_out))), biases 0"
    case .xavierNormal: "weights N(0, 2/(fan_in + fan_out)), biases 0"
    case .heNormal: "weights N(0, 2/((1 + a²) fan_in)), a the leaky slope, biases 0"
    case .heUniform: "weights U(±√(6/((1 + a²) fan_in))), a the leaky slope, biases 0"
    case .lecunNormal: "weights N(0, 1/fan_in), biases 0"
    case .torch: "nn.Linear: weights and biases U(±1/√(fan_in)); attention: packed Xavier, biases 0"
    case .orthogonal: "weights Q, Haar orthogonal (semi-orthogonal where not square), biases N(0, σ_b²)"
    case .scaledUniformOrthogonal: "weights max(√(fan_out/fan_in), 1) Q, Q as in orthogonal, biases 0"
    case .looksLinear: "weights [V; -V], [V, -V] or both where units are mirrored, V orthogonal; attention V; biases 0"
    case .gaussian: "weights N(0, σ_w²/fan_in), biases N(0, σ_b²)"
    case .gpt2: "weights N(0, 0.02²), attention and feed-forward outputs divided by √(2 depth), biases 0"
    case .fairseq: "Xavier uniform, query, key and value separate with gain 1/√2, biases 0"
    case .rezeroNotebook: "packed Xavier uniform; feed-forward biases U(±1/√(fan_in)), the same in every layer"
    }
  }

  /// Where it comes from.
  public var source: String {
    switch self {
    case .xavierUniform, .xavierNormal: "Glorot, Bengio 2010"
    case .heNormal, .heUniform: "He et al. 2015, arXiv 1502.01852"
    case .lecunNormal: "LeCun et al. 1998, Efficient BackProp"
    case .torch: "PyTorch's nn.Linear and nn.MultiheadAttention"
    case .orthogonal: "Saxe, McClelland, Ganguli 2013, arXiv 1312.6120"
    case .scaledUniformOrthogonal: "Martens et al. 2021, Deep Kernel Shaping, arXiv 2110.01765"
    case .looksLinear: "Balduzzi et al. 2017, The Shattered Gradients Problem, arXiv 1702.08591"
    case .gaussian: "Poole et al. 2016, arXiv 1606.05340"
    case .gpt2: "Radford et al. 2019, Language Models are Unsupervised Multitask Learners"
    case .fairseq: "Ott et al. 2019, fairseq, arXiv 1904.01038"
    case .rezeroNotebook: "the ReZero authors' published notebook Deep_Fast_Transformer"
    }
  }

  /// Whether the law is defined for a block.
  public func applies(to block: Block) -> Bool {
    switch self {
    case .gpt2, .fairseq, .rezeroNotebook: block == .transformer
    default: true
    }
  }
}

/// Whether query, key and value matrices count as one matrix or as three, to laws that depend on fan_out or on shape.
public enum ProjectionPacking: String, Sendable, Codable, CaseIterable {
  /// One `[3 · width, width]` matrix with fan_out 3 · width, as PyTorch initialises it.
  case packed
  /// Three `[width, width]` matrices with fan_out width, as the equations of papers have it.
  case separate
}

/// A law with its settings: what turns an architecture and a key into parameters.
public struct Initializer: Sendable, Hashable, Codable {
  /// The law.
  public var name: InitializerName
  /// Multiplies every weight matrix, and no bias.
  public var gain: Double
  /// σ_w of `gaussian`: weights N(0, σ_w²/fan_in).
  public var sigmaW: Double
  /// σ_b of `gaussian` and `orthogonal`: biases N(0, σ_b²).
  public var sigmaB: Double
  /// How query, key and value matrices count.
  public var packing: ProjectionPacking

  /// A law; the packing, where none is given, is the law's own: packed for Xavier's, as in PyTorch, else separate.
  public init(
    _ name: InitializerName, gain: Double = 1, sigmaW: Double = 1, sigmaB: Double = 0,
    packing: ProjectionPacking? = nil
  ) {
    self.name = name
    self.gain = gain
    self.sigmaW = sigmaW
    self.sigmaB = sigmaB
    self.packing = packing ?? name.defaultPacking
  }

  /// Draws all parameters of an architecture. Each depends on the key, its layer and its name alone.
  ///
  /// The connection's own rule and the attention's multiply or replace what the law draws (`weightFactor`, `queries` and
  /// `values`). Skip weights of `admin` are 1 until `Parameters.profiled` sets them.
  public func parameters(of architecture: Architecture, random: RandomKey) -> Parameters {
    let parameters = architecture.parameters
    var tensors = [String: Tensor<Double>](minimumCapacity: parameters.count)
    for parameter in parameters {
      tensors[parameter.name] = Tensor(
        shape: parameter.shape, elements: elements(of: parameter, in: architecture, random: random))
    }
    return Parameters(tensors)
  }

  private func elements(
    of parameter: ParameterDescription, in architecture: Architecture, random: RandomKey
  ) -> [Double] {
    let count = parameter.shape.reduce(1, *)
    switch parameter.role {
    case .bias(let role, let inputs):
      guard let law = biasLaw(of: role, inputs: inputs) else { return Array(repeating: 0, count: count) }
      // The notebook's encoder deep-copies one prototype layer, whose biases are never drawn again.
      var stream = random.layer(name == .rezeroNotebook ? 0 : parameter.layer).stream(parameter.localName)
      return law.draw(rows: count, columns: 1, from: &stream)
    case .packedProjection:
      return projection(parameter, in: architecture, random: random)
    default:
      if let value = parameter.initialValue(in: architecture) { return Array(repeating: value, count: count) }
      let part = parameter.role.part
      let isOrthogonal = part == .attentionOutput && architecture.attention.word("values") == "orthogonal"
      var stream = random.layer(parameter.layer).stream(parameter.localName)
      let law = isOrthogonal ? .orthogonal(gain: gain) : weightLaw(of: parameter, in: architecture)
      let drawn = law.draw(rows: parameter.shape[0], columns: parameter.shape[1], from: &stream)
      return scaled(drawn, by: part.map { architecture.connection.weightFactor(on: $0, in: architecture) } ?? 1)
    }
  }

  /// Queries, keys and values, drawn as one matrix or as three.
  private func projection(
    _ parameter: ParameterDescription, in architecture: Architecture, random: RandomKey
  ) -> [Double] {
    let (rows, columns) = (parameter.shape[0], parameter.shape[1])
    let random = random.layer(parameter.layer)
    func drawn(_ law: WeightLaw, _ name: String, rows: Int) -> [Double] {
      var stream = random.stream(name)
      return law.draw(rows: rows, columns: columns, from: &stream)
    }
    let packed =
      packing == .packed
      ? drawn(weightLaw(of: parameter, in: architecture), parameter.localName, rows: rows) : nil
    if let packed, architecture.attention == .softmax,
      architecture.connection.weightFactor(on: .value, in: architecture) == 1
    {
      return packed
    }
    var offset = 0
    let parts: [(MatrixPart, String, Int)] = [
      (.query, "query", architecture.branchWidth), (.key, "key", architecture.keyRows),
      (.value, "value", architecture.keyRows),
    ]
    return parts.flatMap { part, name, rows in
      defer { offset += rows * columns }
      if part == .query, architecture.attention.word("queries") == "zero" {
        return [Double](repeating: 0, count: rows * columns)
      }
      let elements: [Double]
      if part == .value, architecture.attention.word("values") == "orthogonal" {
        elements = drawn(.orthogonal(gain: gain), "self_attn.\(name)", rows: rows)
      } else if let packed {
        elements = Array(packed[offset..<offset + rows * columns])
      } else {
        elements = drawn(weightLaw(of: parameter, rows: rows, in: architecture), "self_attn.\(name)", rows: rows)
      }
      return scaled(elements, by: architecture.connection.weightFactor(on: part, in: architecture))
    }
  }

  private func scaled(_ elements: [Double], by factor: Double) -> [Double] {
    factor == 1 ? elements : elements.map { factor * $0 }
  }
}

extension ParameterDescription {
  /// What every element is at initialisation, nil for matrices and biases, which are drawn.
  func initialValue(in architecture: Architecture) -> Double? {
    switch role {
    case .normGain, .skipWeight:
      if role == .skipWeight, case .perFeature(let value) = architecture.wiring.skip { value } else { 1 }
    case .normBias, .normThreshold: 0
    case .residualWeight, .branchWeight:
      switch architecture.wiring.branch {
      case .perLayer(let value), .perSublayer(let value), .perFeature(let value): value
      case .absent, .one, .constant: 1
      }
    case .attentionWeight(let weight): architecture.attention.number(weight.rawValue) ?? 0
    default: nil
    }
  }
}

extension ParameterDescription.Role {
  /// What a matrix is to a connection's own rule; nil for what is no matrix and for packed projections, which are three.
  var part: MatrixPart? {
    switch self {
    case .attentionOutput: .attentionOutput
    case .feedForwardHidden, .feedForwardGate: .feedForwardHidden
    case .feedForwardOutput: .feedForwardOutput
    case .fullyConnected: .fullyConnected
    default: nil
    }
  }
}

// MARK: - Laws

extension InitializerName {
  /// The packing where none is asked for.
  public var defaultPacking: ProjectionPacking {
    switch self {
    case .xavierUniform, .xavierNormal, .torch, .rezeroNotebook: .packed
    default: .separate
    }
  }
}

extension Initializer {
  /// The law of a weight matrix, or of some rows of it that count as a matrix of their own.
  func weightLaw(of parameter: ParameterDescription, rows: Int? = nil, in architecture: Architecture) -> WeightLaw {
    let fanIn = Double(parameter.shape[1])
    let isProjection = parameter.role == .packedProjection
    let fanOut = Double(rows ?? parameter.shape[0])
    let slope = architecture.activation.negativeSlope
    // In PyTorch's order of operations, so that `--rng torch` meets its bounds to the last bit.
    let xavier = 3.0.squareRoot() * (gain * (2 / (fanIn + fanOut)).squareRoot())
    switch name {
    case .xavierUniform, .rezeroNotebook: return .uniform(bound: xavier)
    case .xavierNormal: return .normal(standardDeviation: gain * (2 / (fanIn + fanOut)).squareRoot())
    case .heNormal: return .normal(standardDeviation: gain * (2 / ((1 + slope * slope) * fanIn)).squareRoot())
    case .heUniform:
      return .uniform(bound: 3.0.squareRoot() * (gain * (2 / (1 + slope * slope)).squareRoot() / fanIn.squareRoot()))
    case .lecunNormal: return .normal(standardDeviation: gain * (1 / fanIn).squareRoot())
    case .torch: return .uniform(bound: isProjection ? xavier : gain * (1 / fanIn).squareRoot())
    case .orthogonal: return .orthogonal(gain: gain)
    case .scaledUniformOrthogonal: return .orthogonal(gain: gain * max((fanOut / fanIn).squareRoot(), 1))
    case .looksLinear: return looksLinearLaw(of: parameter, in: architecture)
    case .gaussian: return .normal(standardDeviation: gain * sigmaW / fanIn.squareRoot())
    case .gpt2:
      let isResidual = parameter.role == .attentionOutput || parameter.role == .feedForwardOutput
      let depthScale = isResidual ? 1 / (2 * Double(architecture.depth)).squareRoot() : 1
      return .normal(standardDeviation: gain * 0.02 * depthScale)
    case .fairseq: return .uniform(bound: isProjection ? xavier * 0.5.squareRoot() : xavier)
    }
  }

  /// The law of a bias beside a matrix of a role, nil where it is 0.
  func biasLaw(of role: ParameterDescription.Role, inputs: Int) -> WeightLaw? {
    let isAttention = role == .packedProjection || role == .attentionOutput
    switch name {
    case .gaussian, .orthogonal: return sigmaB == 0 ? nil : .normal(standardDeviation: sigmaB)
    case .torch, .rezeroNotebook: return isAttention ? nil : .uniform(bound: 1 / Double(inputs).squareRoot())
    default: return nil
    }
  }
}
