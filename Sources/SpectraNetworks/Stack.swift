public import SpectraDifferentiation
public import SpectraLinearAlgebra
public import SpectraRandom

/// A branch in its connection: `connection.combine(x, …, norm, branch)`.
public struct Sublayer<Scalar: NetworkScalar>: Layer {
  /// How skip, norm and branch combine.
  public var connection: Connection
  /// F.
  public var branch: any Layer<Scalar>
  /// LN; the identity where nil.
  public var norm: (any Layer<Scalar>)?
  /// α of `rezero`.
  public var residualWeight: Scalar

  /// A sublayer of given parts.
  public init(
    _ connection: Connection, branch: any Layer<Scalar>, norm: (any Layer<Scalar>)? = nil, residualWeight: Scalar = 0
  ) {
    self.connection = connection
    self.branch = branch
    self.norm = norm
    self.residualWeight = residualWeight
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    connection.combine(x, residualWeight: residualWeight, norm: { norm?($0) ?? $0 }, branch: { branch($0) })
  }
}

/// Layers one after the other.
public struct Chain<Scalar: NetworkScalar>: Layer {
  /// The layers, first applied first.
  public var layers: [any Layer<Scalar>]

  /// A chain of given layers.
  public init(_ layers: [any Layer<Scalar>]) { self.layers = layers }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    layers.reduce(x) { signal, layer in layer(signal) }
  }
}

/// A deep network: `depth` layers, and perhaps one more after the last.
public struct Stack<Scalar: NetworkScalar>: Layer {
  /// The layers 1 … depth.
  public var layers: [any Layer<Scalar>]
  /// Applied once after the last layer, as the final LayerNorm of a Pre-LN Transformer; part of the last layer's state.
  public var final: (any Layer<Scalar>)?

  /// A stack of given layers.
  public init(_ layers: [any Layer<Scalar>], final: (any Layer<Scalar>)? = nil) {
    self.layers = layers
    self.final = final
  }

  /// A randomly initialised stack of a custom block: `makeLayer` is called once a layer with that layer's own key for
  /// random streams, so a shallow stack is the prefix of a deep one.
  ///
  /// ```swift
  /// let stack = Stack(depth: 64, seed: 7) { random in
  ///   var stream = random.stream("weight")
  ///   …
  /// }
  /// ```
  public init(
    depth: Int, seed: UInt64 = 0, sample: Int = 0, _ makeLayer: (RandomKey) throws -> any Layer<Scalar>
  ) rethrows {
    precondition(depth >= 0, "A stack of \(depth) layers does not exist.")
    let key = RandomKey(seed: seed, sample: sample, purpose: .weights)
    self.init(try (0..<depth).map { try makeLayer(key.layer($0)) })
  }

  /// The number of layers.
  public var depth: Int { layers.count }

  /// The states h_1 … h_depth, each of shape `[tokens, features]`; the last one includes `final`.
  public func states<S: Signal>(_ x: S) -> [S] where S.Scalar == Scalar {
    var states: [S] = []
    for layer in layers { states.append(layer(states.last ?? x)) }
    if let final { states.append(final(states.popLast() ?? x)) }
    return states
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar { states(x).last ?? x }
}
