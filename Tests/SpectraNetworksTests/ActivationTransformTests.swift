import RealModule
import SpectraDifferentiation
import SpectraLinearAlgebra
import SpectraRandom
import Testing

@testable import SpectraNetworks

@Suite("Activation transforms: DKS and TAT")
struct ActivationTransformTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var transform: ActivationTransform
    var depth: Int
    var activation: ActivationName
    /// input_scale, input_shift, output_shift, output_scale.
    var parameters: [Double]
    var testDescription: String { "\(transform.name) \(activation.rawValue) at depth \(depth)" }

    init(_ transform: ActivationTransform, _ depth: Int, _ activation: ActivationName, _ parameters: [Double]) {
      (self.transform, self.depth, self.activation, self.parameters) = (transform, depth, activation, parameters)
    }
  }

  /// Printed by the authors' program (google-deepmind/dks) to ten decimals.
  static let golden: [Golden] = [
    Golden(.dks(), 10, .tanh, [0.2966500988, 0.6528036088, -0.5424961621, 4.9646001672]),
    Golden(.dks(), 100, .tanh, [0.0904379449, 0.5601066909, -0.5050043767, 14.9025258128]),
    Golden(.dks(), 10, .erf, [0.2562515902, 0.6401695911, -0.605324123, 5.1756152262]),
    Golden(.dks(), 10, .gelu, [0.2827543097, 0.2459803367, -0.1758471777, 5.1037943742]),
    Golden(.dks(), 10, .softplus, [0.8102795425, 0.4190004083, -0.9981736048, 2.046517222]),
    Golden(.tat(), 10, .tanh, [0.1846384037, -0.5573665827, 0.5105445077, 7.2349564765]),
    Golden(.tat(), 100, .tanh, [0.057640835, 0.5218106576, -0.4795954873, 22.5069466711]),
    Golden(.tat(), 50, .gelu, [0.0817401196, 0.3268328012, -0.2043029575, 16.2604774201]),
  ]

  @Test("Parameters of the authors' program", arguments: golden)
  func authorsParameters(row: Golden) throws {
    let solved = try row.transform.applied(to: row.activation, depth: row.depth)
    // An odd φ has each solution twice, both shifts with either sign; ours has the positive input shift.
    let sign = solved.inputShift * row.parameters[1] < 0 ? -1.0 : 1
    let found = [solved.inputScale, sign * solved.inputShift, sign * solved.outputShift, solved.outputScale]
    for (value, expected) in zip(found, row.parameters) {
      // The program's own solver stops at relative 1.5e-8.
      #expect(abs(value - expected) <= 1e-7 * max(1, abs(expected)), "\(value) for \(expected)")
    }
    if sign < 0 { #expect([.tanh, .erf, .sigmoid].contains(row.activation)) }
  }

  /// The moments once more, of φ̂ as it is evaluated and by another quadrature: the trapezoidal rule, whose error for
  /// functions analytic up to a distance a is exp(−2π a/h).
  struct LocalMaps {
    var (q, mean, slope, curvature, radial) = (0.0, 0.0, 0.0, 0.0, 0.0)

    init(_ activation: any Activation) {
      let h = 1.0 / 16
      let nodes = (-192...192).map { Double($0) * h }
      let (values, derivatives) = activation.valuesAndDerivatives(nodes)
      // φ̂″ from φ̂′ by eight-point differences: error d⁸ φ⁽¹⁰⁾/630 and rounding eps/d, both 1e-13 of φ̂′ at d = 0.02.
      let d = 0.02
      let coefficients: [(Double, Double)] = [(1, 4.0 / 5), (2, -1.0 / 5), (3, 4.0 / 105), (4, -1.0 / 280)]
      var second = nodes.map { _ in 0.0 }
      for (k, coefficient) in coefficients {
        let up = activation.valuesAndDerivatives(nodes.map { $0 + k * d }).derivatives
        let down = activation.valuesAndDerivatives(nodes.map { $0 - k * d }).derivatives
        for index in nodes.indices { second[index] += coefficient * (up[index] - down[index]) / d }
      }
      for (index, z) in nodes.enumerated() {
        let weight = h * Double.exp(-z * z / 2) / (2 * Double.pi).squareRoot()
        q += weight * values[index] * values[index]
        mean += weight * values[index]
        slope += weight * derivatives[index] * derivatives[index]
        curvature += weight * second[index] * second[index]
        radial += weight * values[index] * derivatives[index] * z
      }
    }
  }

  static let smooth: [ActivationName] = [.gelu, .geluTanh, .tanh, .erf, .sigmoid, .silu, .softplus]

  @Test("The conditions hold for every smooth activation", arguments: smooth, [2, 10, 64, 100, 1000])
  func conditions(name: ActivationName, depth: Int) throws {
    // What has lost digits is h − E h, of size α among numbers of size 1; the conditions take no part in the loss.
    let tolerance = 1e-11
    let dks = LocalMaps(try ActivationTransform.dks().applied(to: name, depth: depth))
    #expect(abs(dks.q - 1) <= tolerance)
    #expect(abs(dks.mean * dks.mean / dks.q) <= tolerance)
    #expect(abs(dks.slope / dks.q - .pow(1.5, 1 / Double(depth))) <= tolerance)
    #expect(abs(dks.radial / dks.q - 1) <= tolerance)
    let tat = LocalMaps(try ActivationTransform.tat().applied(to: name, depth: depth))
    #expect(abs(tat.q - 1) <= tolerance)
    #expect(abs(tat.slope / tat.q - 1) <= tolerance)
    #expect(abs(tat.curvature / tat.q - 0.3 / Double(depth)) <= tolerance)
    #expect(abs(tat.radial / tat.q - 1) <= tolerance)
  }

  /// tanh x = 2 sigmoid(2x) − 1: both are the same family of transformed functions.
  @Test("Sigmoid is tanh", arguments: [ActivationTransform.dks(), .tat()])
  func sigmoidIsTanh(transform: ActivationTransform) throws {
    let tanh = try transform.applied(to: .tanh, depth: 20)
    let sigmoid = try transform.applied(to: .sigmoid, depth: 20)
    let points = (-30...30).map { Double($0) / 10 }
    for (a, b) in zip(tanh.valuesAndDerivatives(points).values, sigmoid.valuesAndDerivatives(points).values) {
      // Newton's last step, 1e-11 of the parameters, times output scales of up to 25.
      #expect(abs(a - b) <= 1e-9)
    }
  }

  /// Q(1) = Q′(1) = 1 leave hard tanh a curve on which C′(1) ≥ 1.4669, the value of one kink alone: enough for a single
  /// layer, too much for more.
  @Test("Hard tanh has a solution under DKS for one layer, from kink to kink")
  func hardTanh() throws {
    #expect(throws: ActivationTransformError.noSolution(transform: "dks", activation: "hard-tanh", depth: 2)) {
      try ActivationTransform.dks().applied(to: .hardTanh, depth: 2)
    }
    let solved = try ActivationTransform.dks().applied(to: .hardTanh, depth: 1)
    // Closed forms: φ̂ is constant, a line, constant, between points p and q.
    let points = solved.kinks
    let (p, q) = (points[0], points[1])
    let (scale, slope) = (solved.outputScale, solved.outputScale * solved.inputScale)
    func cumulative(_ z: Double) -> Double { 0.5 * .erfc(-z * 0.5.squareRoot()) }
    func density(_ z: Double) -> Double { .exp(-z * z / 2) / (2 * Double.pi).squareRoot() }
    let (below, above) = (scale * (solved.outputShift - 1), scale * (solved.outputShift + 1))
    let offset = scale * (solved.inputShift + solved.outputShift)
    let inside = cumulative(q) - cumulative(p)
    let first = density(p) - density(q)
    let second = inside + p * density(p) - q * density(q)
    let mean = below * cumulative(p) + above * cumulative(-q) + offset * inside + slope * first
    let square =
      below * below * cumulative(p) + above * above * cumulative(-q) + offset * offset * inside
      + 2 * offset * slope * first + slope * slope * second
    #expect(abs(square - 1) <= 1e-11)
    #expect(abs(mean) <= 1e-11)
    #expect(abs(slope * slope * inside - 1.5) <= 1e-11)
    #expect(abs(slope * (offset * first + slope * second) - 1) <= 1e-11)
  }

  /// Slopes to which 40-digit arithmetic solves C_f(0) = η, and those that the authors' program prints: its solver stops at
  /// errors of up to 6e-9.
  @Test(
    "Leaky ReLU",
    arguments: [
      (10, 0.8, 0.147695659204531, 0.1476956606, 1.3990365858), (20, 0.9, 0.181380277490384, 0.1813802719, 1.391509292),
      (50, 0.9, 0.430522948502403, 0.4305229485, 1.2989477863),
      (100, 0.9, 0.57043953105872, 0.5704395324, 1.2284042441),
    ])
  func leakyReLU(depth: Int, correlation: Double, slope: Double, printedSlope: Double, printedScale: Double) throws {
    let solved = try ActivationTransform.tatLeakyReLU(correlation: correlation).applied(to: .relu, depth: depth)
    let own = try #require(solved.base as? LeakyReLU).slope
    // C_f(0) is good to a few eps a layer, and its slope by a is between 0.4 and 1.
    #expect(abs(own - slope) <= 1e-13)
    #expect(abs(own - printedSlope) <= 1e-8)
    #expect(abs(solved.outputScale - printedScale) <= 1e-8)
    #expect(solved.inputScale == 1 && solved.inputShift == 0 && solved.outputShift == 0)
  }

  @Test(
    "ReLU's correlation after many layers",
    arguments: [(4, 0.68095353), (10, 0.87153552), (20, 0.94842848), (50, 0.98786194), (100, 0.99642315)])
  func reluCorrelation(depth: Int, correlation: Double) {
    #expect(abs(ActivationTransform.leakyReLUCorrelation(slope: 0, depth: depth) - correlation) <= 0.5e-8)
    #expect(abs(ActivationTransform.leakyReLUCorrelation(slope: 1, depth: depth)) <= 1e-15 * Double(depth))
  }

  /// The mean squared singular value of a wide network's Jacobian is the whole network's C′(1): ζ with DKS, 1 with TAT.
  @Test(
    "Networks without skips and norms are what the conditions promise",
    arguments: [(ActivationName.tanh, ActivationTransform.dks(), 1.5), (.gelu, .dks(), 1.5), (.gelu, .tat(), 1)])
  func networks(name: ActivationName, transform: ActivationTransform, expected: Double) throws {
    let (depth, width, samples) = (20, 128, 10)
    let activation = try transform.applied(to: name, depth: depth)
    let values = (0..<samples).map { sample in
      let key = RandomKey(seed: 1, sample: sample, purpose: .weights)
      let law = Initializer(.scaledUniformOrthogonal)
      let stack = Stack<Double>(
        (0..<depth).map { layer in
          ActivatedLinear<Double>(
            linear: Linear(inputs: width, outputs: width, law, random: key.layer(layer).stream("weight")),
            activation: activation)
        })
      var stream = key.purpose(.input).stream("input")
      let x = Tensor(shape: [1, width], elements: stream.normals(count: width))
      let size = x.elements.reduce(0) { $0 + $1 * $1 } / Double(width)
      let j = jacobian(of: stack, at: x.scaled(by: 1 / size.squareRoot()))
      return j.elements.reduce(0) { $0 + $1 * $1 } / Double(width)
    }
    let mean = values.reduce(0, +) / Double(samples)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples - 1)
    // Four standard errors; for this seed it is decided, and a wrong condition would be off by the 20th power.
    #expect(abs(mean - expected) <= 4 * (variance / Double(samples)).squareRoot(), "\(mean)")
  }

  @Test("What cannot be is refused in one sentence")
  func refusals() {
    typealias Failure = ActivationTransformError
    func failure(_ transform: ActivationTransform, _ name: ActivationName, _ depth: Int) -> Failure? {
      let result = Result { () throws(Failure) in try transform.applied(to: name, depth: depth) }
      if case .failure(let error) = result { return error }
      return nil
    }
    #expect(failure(.dks(), .linear, 10) == .linear(transform: "dks", activation: "linear"))
    #expect(failure(.tat(), .linear, 10) == .linear(transform: "tat", activation: "linear"))
    #expect(failure(.dks(), .relu, 10) == .twoLines(activation: "relu"))
    #expect(failure(.dks(), .leakyReLU, 10) == .twoLines(activation: "leaky-relu"))
    for name in [ActivationName.relu, .leakyReLU, .hardTanh] {
      #expect(failure(.tat(), name, 10) == .kinked(activation: name.rawValue))
    }
    #expect(failure(.tatLeakyReLU(), .gelu, 50) == .notLeakyReLU(activation: "gelu"))
    #expect(failure(.dks(), .tanh, 0) == .depthNotPositive(0))
    for (transform, target) in [
      (ActivationTransform.dks(slope: 1), "slope"), (.dks(slope: .nan), "slope"), (.tat(curvature: 0), "curvature"),
      (.tat(curvature: .infinity), "curvature"), (.tatLeakyReLU(correlation: 0), "correlation"),
      (.tatLeakyReLU(correlation: 1), "correlation"),
    ] {
      guard case .targetOutOfRange(_, target, _, _)? = failure(transform, .relu, 10) else {
        Issue.record("\(transform) was taken.")
        continue
      }
    }
    // Below the rounding of the conditions there is nothing to solve; at a step of 0 anything would pass for a solution.
    for curvature in [.leastNonzeroMagnitude, 1e-300, 1e-20] {
      #expect(
        failure(.tat(curvature: curvature), .tanh, 2) == .noSolution(transform: "tat", activation: "tanh", depth: 2))
    }
    guard case .unreachableCorrelation(0.9, 4, let largest)? = failure(.tatLeakyReLU(), .relu, 4) else {
      Issue.record("A correlation of 0.9 was reached in 4 layers.")
      return
    }
    #expect(abs(largest - 0.68095353) <= 0.5e-8)
    for error in [
      failure(.dks(), .linear, 1), failure(.dks(), .relu, 1), failure(.tat(), .relu, 1), failure(.dks(), .relu, 0),
      failure(.tatLeakyReLU(), .relu, 4), failure(.tatLeakyReLU(), .gelu, 4), failure(.dks(slope: 0.5), .tanh, 1),
      .noSolution(transform: "dks", activation: "hard-tanh", depth: 2),
    ] {
      let text = error?.description ?? ""
      #expect(text.hasSuffix(".") && text.dropLast().contains(" ") && !text.contains(". "), "\(text)")
    }
  }
}

@Suite("Transformed activations")
struct TransformedActivationTests {
  @Test("Its loops are the function and its dual numbers", arguments: ActivationName.allCases)
  func loops(name: ActivationName) {
    let activation = TransformedActivation(
      name.activation, inputScale: 0.75, inputShift: -0.5, outputShift: 0.25, outputScale: 3)
    let points = (-20...20).map { Double($0) / 4 + 0.01 }
    let (values, derivatives) = activation.valuesAndDerivatives(points)
    let (again, first, second) = activation.valuesAndTwoDerivatives(points)
    let single = activation.valuesAndDerivatives(points.map { Float($0) })
    let h = 1e-4
    for (index, x) in points.enumerated() {
      let dual = activation(Dual(x, derivative: 1))
      // Three roundings at most lie between the two orders of the same factors.
      #expect(abs(values[index] - dual.value) <= 4 * .ulpOfOne * max(1, abs(dual.value)))
      #expect(abs(derivatives[index] - dual.derivative) <= 4 * .ulpOfOne * max(1, abs(dual.derivative)))
      #expect(again[index] == values[index] && abs(first[index] - derivatives[index]) <= 4 * .ulpOfOne * 3)
      // Central differences of φ̂′: h² φ⁗/6 and eps/h, both a few 1e-8 or less.
      let slopes = activation.valuesAndDerivatives([x - h, x + h]).derivatives
      #expect(abs(second[index] - (slopes[1] - slopes[0]) / (2 * h)) <= 1e-7)
      // The argument is rounded to single precision, then a few more operations.
      #expect(abs(single.values[index] - Float(values[index])) <= 32 * Float.ulpOfOne * 3)
      #expect(abs(single.derivatives[index] - Float(derivatives[index])) <= 32 * Float.ulpOfOne * 3)
    }
    #expect(activation.kinks == name.activation.kinks.map { ($0 + 0.5) / 0.75 })
  }
}
