public import SpectraDifferentiation
public import SpectraLinearAlgebra
public import SpectraRandom

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

/// A deep network: `depth` layers, and perhaps one more before the first and one after the last.
public struct Stack<Scalar: NetworkScalar>: Layer {
  /// The layers 1 … depth.
  public var layers: [any Layer<Scalar>]
  /// Applied once before the first layer, as positions that are added to the input; part of the first layer's state.
  public var first: (any Layer<Scalar>)?
  /// Applied once after the last layer, as the final LayerNorm of a Pre-LN Transformer; part of the last layer's state.
  public var final: (any Layer<Scalar>)?

  /// A stack of given layers.
  public init(_ layers: [any Layer<Scalar>], first: (any Layer<Scalar>)? = nil, final: (any Layer<Scalar>)? = nil) {
    self.layers = layers
    self.first = first
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

  /// The states h_1 … h_depth, each of shape `[tokens, features]`; the first one includes `first`, the last
  /// one `final`.
  public func states<S: Signal>(_ x: S) -> [S] where S.Scalar == Scalar {
    let input = first?(x) ?? x
    var states: [S] = []
    for layer in layers { states.append(layer(states.last ?? input)) }
    if let final { states.append(final(states.popLast() ?? input)) }
    return states
  }

  public func callAsFunction<S: Signal>(_ x: S) -> S where S.Scalar == Scalar {
    states(x).last ?? first?(x) ?? x
  }
}
