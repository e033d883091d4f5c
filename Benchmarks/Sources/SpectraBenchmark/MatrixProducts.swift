import ArgumentParser
import Spectra

/// GFLOP/s of products of square matrices: what the machine has to give, measured in the run that it is compared with.
struct MatrixProductPeak: Encodable {
  var kind = "peak"
  var precision: Precision
  /// Workers of our own, one BLAS thread each.
  var threads: Int
  var gflops: Double

  /// The best of several rounds, because anything else that runs can only slow them down. Factors of 1024 rows: larger
  /// ones ran no faster, and blocks of tangents are as tall.
  init(_ precision: Precision, threads: Int) {
    self.precision = precision
    self.threads = threads
    gflops =
      switch precision {
      case .double: Self.best(Double.self, threads: threads)
      case .float: Self.best(Float.self, threads: threads)
      }
  }

  private static func best<Scalar: NetworkScalar>(_ scalar: Scalar.Type, threads: Int) -> Double {
    let (size, products, rounds) = (1024, 3, 12)
    let factor = Tensor<Scalar>(rows: size, columns: size) { Scalar(($0 * 7 + $1 * 3) % 11 - 5) }
    let best =
      (0..<rounds).map { _ in
        seconds {
          _ = Parallel.map(Array(0..<threads), threads: threads) { _ in
            for _ in 0..<products { _ = factor.multiplied(by: factor) }
          }
        }
      }.min() ?? .infinity
    return 2 * Double(size * size * size) * Double(products * threads) / best * 1e-9
  }
}

struct PeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peak",
    abstract:
      "Measures the rate of products of square matrices, a line of JSON for each precision and number of threads.")

  @Option(help: "Threads; one is always measured.") var threads = 2

  func validate() throws {
    if threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed.") }
  }

  func run() throws {
    for precision in [Precision.double, .float] {
      for threads in Set([1, threads]).sorted() { print(try jsonLine(MatrixProductPeak(precision, threads: threads))) }
    }
  }
}
