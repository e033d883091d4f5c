// Balduzzi et al. 2017, section 4: units come in pairs z and −z, so that relu(z) − relu(−z) = z passes the next matrix and
// the network is linear at initialisation, whatever ReLU does. So it is with every φ for which φ(z) − φ(−z) = z: GELU, SiLU
// and softplus as well.

extension Initializer {
  /// The law of a matrix under `looks-linear`: mirrored rows where it makes units, mirrored columns where it reads them, both
  /// in a fully connected stack. Attention has no units, and a matrix of odd extent no pairs of them: plain orthogonal.
  func looksLinearLaw(of parameter: ParameterDescription, in architecture: Architecture) -> WeightLaw {
    let (rows, columns) = (parameter.shape[0], parameter.shape[1])
    // Concatenated ReLU makes the pairs itself.
    let concatenates = architecture.doublesFeatures
    let (mirrorsRows, mirrorsColumns) =
      switch parameter.role {
      case .feedForwardHidden: (!concatenates, false)
      case .feedForwardOutput: (false, true)
      case .fullyConnected: (columns != 2 * rows, true)
      default: (false, false)
      }
    guard mirrorsRows || mirrorsColumns, !mirrorsRows || rows.isMultiple(of: 2),
      !mirrorsColumns || columns.isMultiple(of: 2)
    else { return .orthogonal(gain: gain) }
    return .mirrored(gain: gain, rows: mirrorsRows, columns: mirrorsColumns)
  }

  /// Why this law cannot be meant for an architecture, in one sentence; nil where it can.
  public func objection(to architecture: Architecture) -> String? {
    guard name == .looksLinear else { return nil }
    let activation = architecture.activation
    guard !activation.isTransformed, activation.name.undoesMirroring else {
      return
        "looks-linear needs an activation whose mirrored units add up to a line, and \(activation) is none; use relu, "
        + "crelu, leaky-relu, gelu, gelu-tanh, silu or softplus."
    }
    guard architecture.feedForward == .mlp else {
      return
        "looks-linear pairs units that a gate multiplies, and the feed-forward \(architecture.feedForward.rawValue) is "
        + "not linear; use mlp."
    }
    if architecture.doublesFeatures { return nil }
    let (extent, size) =
      architecture.block == .transformer
      ? ("hidden width", architecture.hidden)
      : (architecture.branchWidth == architecture.width ? "width" : "width of a stream", architecture.branchWidth)
    if size.isMultiple(of: 2) { return nil }
    return "looks-linear pairs units z and −z, but the \(extent), \(size), is odd; choose an even one."
  }
}

extension ActivationName {
  /// Whether φ(z) − φ(−z) is a multiple of z.
  fileprivate var undoesMirroring: Bool {
    switch self {
    case .linear, .relu, .leakyReLU, .gelu, .geluTanh, .silu, .softplus, .crelu: true
    case .tanh, .erf, .hardTanh, .sigmoid: false
    }
  }
}
