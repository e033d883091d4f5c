import Spectra

/// C16: the parameters of transformed activations that the authors' package of DKS and TAT prints.
enum ActivationTransformRows {
  static let tasks = rows.map(\.task)

  /// One activation with the printed parameters: input scale and shift, output shift and scale; of leaky ReLU slope and
  /// output scale.
  fileprivate struct Row {
    let name: String
    let transform: ActivationTransform
    let depth: Int
    let activation: ActivationName
    let printed: [Double]

    init(
      _ name: String, _ transform: ActivationTransform, _ depth: Int, _ activation: ActivationName, _ printed: [Double]
    ) {
      (self.name, self.transform, self.depth) = (name, transform, depth)
      (self.activation, self.printed) = (activation, printed)
    }
  }

  fileprivate static let rows = [
    Row("dks-tanh-10", .dks(), 10, .tanh, [0.2966500988, 0.6528036088, -0.5424961621, 4.9646001672]),
    Row("dks-tanh-100", .dks(), 100, .tanh, [0.0904379449, 0.5601066909, -0.5050043767, 14.9025258128]),
    Row("dks-erf-10", .dks(), 10, .erf, [0.2562515902, 0.6401695911, -0.605324123, 5.1756152262]),
    Row("dks-gelu-10", .dks(), 10, .gelu, [0.2827543097, 0.2459803367, -0.1758471777, 5.1037943742]),
    Row("dks-softplus-10", .dks(), 10, .softplus, [0.8102795425, 0.4190004083, -0.9981736048, 2.046517222]),
    Row("tat-tanh-10", .tat(), 10, .tanh, [0.1846384037, -0.5573665827, 0.5105445077, 7.2349564765]),
    Row("tat-tanh-100", .tat(), 100, .tanh, [0.057640835, 0.5218106576, -0.4795954873, 22.5069466711]),
    Row("tat-gelu-50", .tat(), 50, .gelu, [0.0817401196, 0.3268328012, -0.2043029575, 16.2604774201]),
    Row("tat-leaky-relu-10", .tatLeakyReLU(correlation: 0.8), 10, .leakyReLU, [0.1476956606, 1.3990365858]),
    Row("tat-leaky-relu-20", .tatLeakyReLU(), 20, .leakyReLU, [0.1813802719, 1.391509292]),
    Row("tat-leaky-relu-50", .tatLeakyReLU(), 50, .leakyReLU, [0.4305229485, 1.2989477863]),
    Row("tat-leaky-relu-100", .tatLeakyReLU(), 100, .leakyReLU, [0.5704395324, 1.2284042441]),
  ]
}

extension ActivationTransformRows.Row {
  fileprivate var task: ReproductionTask {
    let (target, value) =
      switch transform {
      case .dks(let slope): ("ζ", slope)
      case .tat(let curvature): ("τ", curvature)
      case .tatLeakyReLU(let correlation): ("η", correlation)
      }
    let line = ReproductionLine(
      "C16.\(name)",
      source: "package google-deepmind/dks; Martens et al. 2021, arXiv 2110.01765; Zhang et al. 2022, arXiv 2203.08120",
      quantity: "largest relative difference of \(printed.count) parameters, \(transform.name) \(activation.rawValue)",
      settings: "depth \(depth), \(target) = \(ReproductionText.number(value)), parameters "
        + printed.map { NumberText.significant($0, digits: 6) }.joined(separator: ", "),
      published: .value(0), criterion: .tolerance(1e-7, because: "the package's own solver stops at 1.5e-8"))
    return ReproductionTask(line) { _ in MeasuredValue(try largestDifference()) }
  }

  /// The largest difference from a printed parameter, relative to it where it is more than 1.
  private func largestDifference() throws -> Double {
    let solved = try transform.applied(to: activation, depth: depth)
    let found: [Double]
    if printed.count == 2 {
      found = [(solved.base as? LeakyReLU)?.slope ?? .nan, solved.outputScale]
    } else {
      // An odd φ has each solution twice, both shifts with either sign.
      let isOdd = [.tanh, .erf].contains(activation)
      let sign = isOdd && solved.inputShift * printed[1] < 0 ? -1.0 : 1
      found = [solved.inputScale, sign * solved.inputShift, sign * solved.outputShift, solved.outputScale]
    }
    return zip(found, printed).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .nan
  }
}
