import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

/// Connections that are others in disguise.
@Suite("Connections that come to the same")
struct ScaleInvarianceTests {
  static let (tokens, width) = (4, 6)

  static func architecture(
    _ connection: Variant<Connection>, _ block: Block, _ normalizer: Variant<NormalizerName>? = nil
  ) -> Architecture {
    block == .fc
      ? .fullyConnected(connection, depth: 3, width: width, tokens: tokens, normalizer: normalizer)
      : .transformer(
        connection, depth: 2, width: width, tokens: tokens, heads: 2, hidden: 8, normalizer: normalizer)
  }

  /// Two networks have the same output and the same J but for rounding: as against complex steps, of some hundred
  /// operations on the way to an element.
  static func expectSame(_ one: (Architecture, Parameters), _ other: (Architecture, Parameters)) throws {
    let linearizations = try [one, other].map { architecture, parameters in
      let stack: Stack<Double> = try architecture.stack(parameters)
      return Linearization(of: stack, at: Reference.input(tokens, width))
    }
    let outputs = linearizations.map(\.output)
    #expect(largestDifference(outputs[0], outputs[1]) <= 1e-13 * outputs[0].maximumMagnitude, "the output of \(one.0)")
    let jacobians = linearizations.map { $0.jacobian() }
    #expect(
      largestDifference(jacobians[0], jacobians[1]) <= 1e-13 * jacobians[0].maximumMagnitude, "the Jacobian of \(one.0)"
    )
  }

  /// Parameters without those of the names that end so.
  static func without(_ ends: [String], _ parameters: Parameters) -> Parameters {
    Parameters(parameters.tensors.filter { name, _ in !ends.contains { name.hasSuffix($0) } })
  }

  // MARK: N(λx + F) = N(x + F/λ)

  static let norms = [
    "layernorm", "layernorm-simple", "layernorm-simple:deviation=unbiased", "detachnorm:detach=mean",
    "detachnorm:detach=deviation", "detachnorm:detach=both", "adanorm", "adanorm:detached=false", "rmsnorm",
    "batchnorm", "frn",
  ]

  /// Liu et al. 2021, section 3: what the norm is put on has no scale of its own.
  @Test("Without ε the weight of a skip under a norm is one over the branch's", arguments: norms, [3.0, 0.25])
  func weightedSkips(norm: String, lambda: Double) throws {
    let normalizer = try Variant<NormalizerName>(text: norm).setting("eps", 0)
    for connection in [
      Variant.xskipLN(lambda: lambda), .xskipBN(lambda: lambda), .deepnorm(alpha: lambda, beta: 1),
      .admin(omega: lambda),
    ] {
      for block in Block.allCases {
        let weighted = Self.architecture(connection, block, normalizer)
        var parameters = generalParameters(of: weighted)
        for name in parameters.tensors.keys where name.contains("skip_weight") {
          parameters[name] = Tensor(shape: [Self.width], repeating: lambda)
        }
        // The branch is linear in its last matrix and bias, and ReLU passes a positive factor on.
        var plain = Self.without(["skip_weight", "skip_weight1", "skip_weight2"], parameters)
        for layer in 0..<weighted.depth {
          for matrix in block == .fc ? [""] : ["self_attn.out_proj.", "linear2."] {
            for part in ["weight", "bias"] {
              let name = "layers.\(layer).\(matrix)\(part)"
              plain[name] = plain[name]?.scaled(by: 1 / lambda)
            }
          }
        }
        try Self.expectSame((weighted, parameters), (Self.architecture(Variant(.postLN), block, normalizer), plain))
      }
    }
  }

  // MARK: Settings at which a connection is another

  @Test(
    "With weights of 1 a connection is the one without weights",
    arguments: [
      (Variant.xskip(lambda: 1), Connection.residual), (.xskipLN(lambda: 1), .postLN), (.rskipLN(lambda: 1), .postLN),
      (.weighted(alpha: 1, beta: 1), .preLN), (.deepnorm(alpha: 1, beta: 1), .postLN), (.admin(omega: 1), .postLN),
      (.rezero(alpha: 1), .residual), (.skipinit(alpha: 1), .residual), (.layerscale(lambda: 1), .preLN),
      (Variant(.fixup), .residual),
    ])
  func specialCases(connection: Variant<Connection>, plain: Connection) throws {
    for block in Block.allCases {
      let weighted = Self.architecture(connection, block)
      var parameters = generalParameters(of: weighted)
      for parameter in weighted.parameters {
        switch parameter.role {
        case .residualWeight, .branchWeight, .skipWeight:
          parameters[parameter.name] = Tensor(shape: parameter.shape, repeating: 1)
        default: break
        }
      }
      let names = ["resweight"] + ["skip_weight", "branch_weight"].flatMap { [$0, $0 + "1", $0 + "2"] }
      try Self.expectSame(
        (weighted, parameters), (Self.architecture(Variant(plain), block), Self.without(names, parameters)))
    }
  }
}
