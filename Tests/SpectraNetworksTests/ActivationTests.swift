import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

@Suite("Activations")
struct ActivationTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: ActivationName
    /// x, φ(x), φ′(x) by mpmath with 400 digits, printed with 20; 0 where the number is below the subnormal ones.
    var points: [(x: Double, value: Double, derivative: Double)]
    var testDescription: String { name.rawValue }

    init(_ name: ActivationName, _ points: [(x: Double, value: Double, derivative: Double)]) {
      (self.name, self.points) = (name, points)
    }
  }

  static let rows: [Row] = [
    Row(
      .linear,
      [
        (-40, -40.0, 1.0), (-3, -3.0, 1.0), (-1, -1.0, 1.0), (-0.5, -0.5, 1.0), (0, 0.0, 1.0), (0.5, 0.5, 1.0),
        (1, 1.0, 1.0), (3, 3.0, 1.0), (40, 40.0, 1.0),
      ]),
    Row(
      .relu,
      [
        (-40, 0.0, 0.0), (-3, 0.0, 0.0), (-1, 0.0, 0.0), (-0.5, 0.0, 0.0), (0, 0.0, 0.0), (0.5, 0.5, 1.0),
        (1, 1.0, 1.0), (3, 3.0, 1.0), (40, 40.0, 1.0),
      ]),
    Row(
      .leakyReLU,
      [
        (-40, -0.40000000000000000833, 0.010000000000000000208),
        (-3, -0.030000000000000000625, 0.010000000000000000208),
        (-1, -0.010000000000000000208, 0.010000000000000000208),
        (-0.5, -0.0050000000000000001041, 0.010000000000000000208), (0, 0.0, 0.010000000000000000208),
        (0.5, 0.5, 1.0), (1, 1.0, 1.0), (3, 3.0, 1.0), (40, 40.0, 1.0),
      ]),
    Row(
      .gelu,
      [
        (-40, 0.0, 0.0), (-3, -0.00404969409489028358, -0.011945647204183927),
        (-1, -0.15865525393145705141, -0.083315470587686298383),
        (-0.5, -0.15426876936299344818, 0.13250487534383715747), (0, 0.0, 0.5),
        (0.5, 0.34573123063700655182, 0.86749512465616284253), (1, 0.84134474606854294859, 1.0833154705876862984),
        (3, 2.9959503059051097164, 1.011945647204183927), (40, 40.0, 1.0),
      ]),
    Row(
      .geluTanh,
      [
        (-40, 0.0, 0.0), (-3, -0.0036373920817730188378, -0.011584166630969726204),
        (-1, -0.15880800939172329522, -0.08296408384578255514),
        (-0.5, -0.15428599017485607796, 0.13263009646535768844), (0, 0.0, 0.5),
        (0.5, 0.34571400982514392204, 0.86736990353464231156), (1, 0.84119199060827670478, 1.0829640838457825551),
        (3, 2.9963626079182269812, 1.0115841666309697262), (40, 40.0, 1.0),
      ]),
    Row(
      .tanh,
      [
        (-40, -1.0, 7.2194055513816606892e-35), (-3, -0.99505475368673045133, 0.0098660371654401912732),
        (-1, -0.76159415595576488812, 0.41997434161402606939),
        (-0.5, -0.4621171572600097585, 0.78644773296592741015), (0, 0.0, 1.0),
        (0.5, 0.4621171572600097585, 0.78644773296592741015), (1, 0.76159415595576488812, 0.41997434161402606939),
        (3, 0.99505475368673045133, 0.0098660371654401912732), (40, 1.0, 7.2194055513816606892e-35),
      ]),
    Row(
      .erf,
      [
        (-40, -1.0, 0.0), (-3, -0.99997790950300141456, 0.00013925305194674785389),
        (-1, -0.84270079294971486934, 0.41510749742059470334),
        (-0.5, -0.52049987781304653768, 0.87878257893544479409), (0, 0.0, 1.1283791670955125739),
        (0.5, 0.52049987781304653768, 0.87878257893544479409), (1, 0.84270079294971486934, 0.41510749742059470334),
        (3, 0.99997790950300141456, 0.00013925305194674785389), (40, 1.0, 0.0),
      ]),
    Row(
      .hardTanh,
      [
        (-40, -1.0, 0.0), (-3, -1.0, 0.0), (-1, -1.0, 0.0), (-0.5, -0.5, 1.0), (0, 0.0, 1.0), (0.5, 0.5, 1.0),
        (1, 1.0, 0.0), (3, 1.0, 0.0), (40, 1.0, 0.0),
      ]),
    Row(
      .sigmoid,
      [
        (-40, 4.2483542552915889773e-18, 4.2483542552915889592e-18),
        (-3, 0.047425873177566780879, 0.045176659730912132649), (-1, 0.26894142136999512075, 0.19661193324148185254),
        (-0.5, 0.37754066879814543536, 0.23500371220159448907), (0, 0.5, 0.25),
        (0.5, 0.62245933120185456464, 0.23500371220159448907), (1, 0.73105857863000487925, 0.19661193324148185254),
        (3, 0.95257412682243321912, 0.045176659730912132649),
        (40, 0.99999999999999999575, 4.2483542552915889592e-18),
      ]),
    Row(
      .silu,
      [
        (-40, -1.6993417021166355909e-16, -1.6568581595637196939e-16),
        (-3, -0.14227761953270034264, -0.088104106015169617069),
        (-1, -0.26894142136999512075, 0.072329488128513268211),
        (-0.5, -0.18877033439907271768, 0.26003881269734819083), (0, 0.0, 0.5),
        (0.5, 0.31122966560092728232, 0.73996118730265180917), (1, 0.73105857863000487925, 0.92767051187148673179),
        (3, 2.8577223804672996574, 1.0881041060151696171), (40, 39.99999999999999983, 1.0000000000000001657),
      ]),
    Row(
      .softplus,
      [
        (-40, 4.2483542552915889863e-18, 4.2483542552915889773e-18),
        (-3, 0.048587351573742058759, 0.047425873177566780879), (-1, 0.31326168751822283405, 0.26894142136999512075),
        (-0.5, 0.47407698418010668087, 0.37754066879814543536), (0, 0.69314718055994530942, 0.5),
        (0.5, 0.97407698418010668087, 0.62245933120185456464), (1, 1.313261687518222834, 0.73105857863000487925),
        (3, 3.0485873515737420588, 0.95257412682243321912), (40, 40.000000000000000004, 0.99999999999999999575),
      ]),
  ]

  @Test("Values and derivatives", arguments: rows)
  func literals(row: Row) {
    let (values, derivatives) = row.name.activation.valuesAndDerivatives(row.points.map(\.x))
    let single = row.name.activation.valuesAndDerivatives(row.points.map { Float($0.x) })
    for (index, (x, value, derivative)) in row.points.enumerated() {
      // A few roundings, which the exponent multiplies by up to x² (GELU's tail); GELU's tanh form is a difference of
      // ones on the left, exact only to eps·|x|.
      let relative = 4 * Double.ulpOfOne * max(1, min(x * x, 40))
      let absolute = row.name == .geluTanh ? 4 * .ulpOfOne * max(1, abs(x)) : .leastNormalMagnitude
      #expect(abs(values[index] - value) <= relative * abs(value) + absolute, "φ(\(x)) = \(values[index])")
      #expect(
        abs(derivatives[index] - derivative) <= relative * abs(derivative) + absolute,
        "φ′(\(x)) = \(derivatives[index])")
      let scale = Float(max(1, abs(x)))
      #expect(abs(single.values[index] - Float(value)) <= 8 * .ulpOfOne * scale)
      #expect(abs(single.derivatives[index] - Float(derivative)) <= 8 * .ulpOfOne * scale)
    }
  }

  @Test("The literals cover every activation")
  func coverage() {
    // Concatenated ReLU is ReLU, twice.
    #expect(Self.rows.map(\.name) == ActivationName.allCases.filter { $0 != .crelu })
    #expect(Self.rows.allSatisfy { $0.points.count == 9 })
  }

  /// What an exploding forward pass meets. φ may reach the largest numbers; φ′ is a number between −2 and 2 everywhere.
  @Test("No NaN and no infinite slope however large the argument", arguments: ActivationName.allCases)
  func extremes(name: ActivationName) {
    let sizes = [
      0, .leastNonzeroMagnitude, 1e-300, 1e-20, 20, 40, 100, 710, 750, 1e5, 1e20, 1e103, 1e155, 1e300,
      .greatestFiniteMagnitude,
    ]
    let points = sizes + sizes.map { -$0 }
    let (values, derivatives) = name.activation.valuesAndDerivatives(points)
    for (x, (value, derivative)) in zip(points, zip(values, derivatives)) {
      #expect(value.isFinite && abs(value) <= abs(x) + 1, "φ(\(x)) = \(value)")
      #expect(abs(derivative) <= 2, "φ′(\(x)) = \(derivative)")
    }
    let singles = [
      0, .leastNonzeroMagnitude, 1e-30, 9, 20, 88, 104, 1e5, 1e13, 1e20, 1e30, Float.greatestFiniteMagnitude,
    ]
    let (singleValues, singleDerivatives) = name.activation.valuesAndDerivatives(singles + singles.map { -$0 })
    #expect(singleValues.allSatisfy { $0.isFinite })
    #expect(singleDerivatives.allSatisfy { abs($0) <= 2 })
  }

  @Test("Limits", arguments: ActivationName.allCases)
  func limits(name: ActivationName) {
    let (values, derivatives) = name.activation.valuesAndDerivatives([-1e6, 1e6])
    switch name {
    case .linear: #expect(values == [-1e6, 1e6] && derivatives == [1, 1])
    case .leakyReLU: #expect(values == [-1e4, 1e6] && derivatives == [0.01, 1])
    case .relu, .crelu, .gelu, .geluTanh, .silu, .softplus: #expect(values == [0, 1e6] && derivatives == [0, 1])
    case .tanh, .erf, .hardTanh: #expect(values == [-1, 1] && derivatives == [0, 0])
    case .sigmoid: #expect(values == [0, 1] && derivatives == [0, 0])
    }
  }

  @Test("Names")
  func names() {
    #expect(
      ActivationName.allCases.map(\.rawValue) == [
        "linear", "relu", "leaky-relu", "gelu", "gelu-tanh", "tanh", "erf", "hard-tanh", "sigmoid", "silu", "softplus",
        "crelu",
      ])
    #expect(Set(ActivationName.allCases.map(\.equation)).count == 12)
    #expect(ActivationName.allCases.filter { Variant($0).defaultSigmaW != 1 } == [.relu])
    #expect(Variant<ActivationName>.relu.defaultSigmaW == 2.0.squareRoot())
    #expect(ActivationName.allCases.filter { Variant($0).negativeSlope != 0 } == [.leakyReLU])
    #expect(LeakyReLU(slope: 0.25)(-4.0) == -1)
  }

  /// Written as a user writes it: the formula, over any scalar.
  struct Snake: Activation {
    var frequency = 2.0
    func callAsFunction<T: DifferentiableScalar>(_ x: T) -> T {
      let s = T.sin(T(constant: frequency) * x)
      return x + s * s / T(constant: frequency)
    }
  }

  @Test("A custom activation in a layer")
  func custom() {
    let layer = ActivatedLinear(
      linear: Linear(
        weight: Tensor<Double>(rows: [[1, 2], [0.5, -1], [0, 3]]), bias: Tensor(shape: [3], repeating: 0.5)),
      activation: Snake())
    let x = Tensor<Double>(rows: [[0.25, -0.5]])
    let linearization = Linearization(of: layer, at: x)
    let j = linearization.jacobian()
    #expect(j.shape == [3, 2])
    for (row, weights) in [[1.0, 2], [0.5, -1], [0, 3]].enumerated() {
      let z = weights[0] * 0.25 - weights[1] * 0.5 + 0.5
      // (x + sin²(ax)/a)′ = 1 + sin(2ax).
      #expect(abs(linearization.output[0, row] - (z + .sin(2 * z) * .sin(2 * z) / 2)) <= 4 * .ulpOfOne)
      for (column, weight) in weights.enumerated() {
        #expect(abs(j[row, column] - weight * (1 + .sin(4 * z))) <= 16 * .ulpOfOne)
      }
    }
  }
}
