/// The initialisers of `torch.nn.init` and `torch.nn.Linear`, with PyTorch's own arithmetic for the bounds: in double
/// precision and in its order of operations, so that not even the last bit of a weight differs.
///
/// A weight is `[outputs, inputs]`, row-major; each function draws one `uniform_` over it.
extension TorchGenerator {
  /// `torch.nn.init.xavier_uniform_(weight, gain)` (Glorot and Bengio 2010).
  public mutating func xavierUniform(outputs: Int, inputs: Int, gain: Double = 1) -> [Float] {
    uniform(count: outputs * inputs, within: Self.xavierBound(outputs: outputs, inputs: inputs, gain: gain))
  }

  /// `torch.nn.init.kaiming_uniform_(weight, a: slope)` (He et al. 2015). The default slope √5 is what
  /// `torch.nn.Linear` gives its weight.
  public mutating func kaimingUniform(
    outputs: Int, inputs: Int, slope: Double = (5.0).squareRoot()
  ) -> [Float] {
    uniform(count: outputs * inputs, within: Self.kaimingBound(inputs: inputs, slope: slope))
  }

  /// The bias `[outputs]` of `torch.nn.Linear(inputs, outputs)`.
  public mutating func linearBias(outputs: Int, inputs: Int) -> [Float] {
    uniform(count: outputs, within: Self.linearBiasBound(inputs: inputs))
  }

  /// g·√(6/(inputs + outputs)), the bound of `xavier_uniform_`.
  public static func xavierBound(outputs: Int, inputs: Int, gain: Double = 1) -> Double {
    (3.0).squareRoot() * (gain * (2 / Double(inputs + outputs)).squareRoot())
  }

  /// √(6/((1 + slope²)·inputs)), the bound of `kaiming_uniform_` with the mode `fan_in` and a leaky ReLU of that slope.
  public static func kaimingBound(inputs: Int, slope: Double = (5.0).squareRoot()) -> Double {
    let gain = (2 / (1 + slope * slope)).squareRoot()
    return (3.0).squareRoot() * (gain / Double(inputs).squareRoot())
  }

  /// 1/√inputs, the bound of the bias of `torch.nn.Linear`.
  public static func linearBiasBound(inputs: Int) -> Double { 1 / Double(inputs).squareRoot() }

  private mutating func uniform(count: Int, within bound: Double) -> [Float] {
    uniform(count: count, low: -bound, high: bound)
  }
}
