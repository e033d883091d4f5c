import ArgumentParser
import Spectra

/// Times the laws of free products: a curve of 512 points at depth 64, from nothing.
struct LawsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "laws",
    abstract: "Times the theoretical densities of ln σ: closed forms, and the solver for any product.")

  @Option(help: "Layers of the product.") var depth = 64
  @Option(help: "Points of a curve.") var points = 512
  @Option(help: "Measured repetitions after an unmeasured one.") var repetitions = 5

  func validate() throws {
    for (name, value) in [("depth", depth), ("points", points), ("repetitions", repetitions)] where value < 1 {
      throw ValidationError("--\(name) \(value): at least 1 is needed.")
    }
  }

  func run() throws {
    let cases: [(name: String, weights: WeightEnsemble, gates: () -> Gates)] = [
      ("Gaussian, linear (closed)", .gaussian, { .open }),
      ("Gaussian, ReLU (closed)", .gaussian, { .bernoulli(0.5) }),
      ("orthogonal, ReLU", .orthogonal, { .bernoulli(0.5) }),
      ("Gaussian, leaky ReLU", .gaussian, { Gates(of: LeakyReLU(), variance: 1) }),
      ("orthogonal, tanh", .orthogonal, { Gates(of: Tanh(), variance: 0.5) }),
      ("Gaussian, GELU", .gaussian, { Gates(of: GELU(), variance: 1) }),
    ]
    let rows = try cases.map { example in
      let times = try (0...repetitions).map { _ in
        try seconds {
          let gates = example.gates()
          _ = try FreeProductLaw(
            layers: depth, weights: example.weights, sigmaW: 1 / gates.slopeMoment(1).squareRoot(), gates: gates
          ).curve(points: points)
        }
      }
      return [example.name, (1e3 * Array(times.dropFirst()).median).fixed(1)]
    }
    print(Table(name: "laws", header: ["law", "milliseconds"], rows: rows).markdown)
  }
}
