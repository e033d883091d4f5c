import Spectra
import Synchronization

/// What the computations of a run share: threads, and spectra that more than one row is about.
final class ReproductionWorkspace: Sendable {
  let threads: Int
  private let known = Mutex<[(configuration: Configuration, spectra: [Spectrum])]>([])

  init(threads: Int) { self.threads = threads }

  /// The spectra of a configuration's only panel, one for each sample; computed once.
  ///
  /// - Throws: as `Experiment` does; `ReproductionFailure` where a sample has no spectrum.
  func spectra(of configuration: Configuration) throws -> [Spectrum] {
    if let found = known.withLock({ $0.first { $0.configuration == configuration } }) { return found.spectra }
    let records = try Experiment(configuration).spectra(threads: threads)
    let spectra = try records.map { record in
      guard let spectrum = record.spectrum else { throw ReproductionFailure(record.reason ?? "A sample failed.") }
      return spectrum
    }
    known.withLock { $0.append((configuration, spectra)) }
    return spectra
  }

  /// The results of `body` for samples 0, 1, …, on all threads; the first error in their order is thrown.
  func samples<Result: Sendable>(
    _ count: Int, _ body: @Sendable (_ sample: Int) throws -> Result
  ) throws -> [Result] {
    try Parallel.map(Array(0..<count), threads: threads) { sample in
      Swift.Result { try body(sample) }
    }.map { try $0.get() }
  }
}

extension Configuration {
  /// Fully connected stacks of one depth, with ten networks where nothing else is asked for.
  static func fullyConnected(
    _ architecture: ArchitectureSpecification = .vanilla, width: Int, depth: Int, networks: Int = 10,
    method: MethodChoice = .product
  ) -> Configuration {
    var configuration = Configuration()
    configuration.block = .fc
    configuration.architectures = [architecture]
    (configuration.width, configuration.depths, configuration.samples) = (width, [depth], networks)
    configuration.method = method
    return configuration
  }
}

/// Why a computation gave no number, one sentence.
struct ReproductionFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension MeasuredValue {
  /// The mean of independent numbers with its standard error.
  init(meanOf values: [Double], expected: Double? = nil) {
    let distribution = Distribution(values)
    self.init(distribution.mean ?? .nan, uncertainty: distribution.standardError, expected: expected)
  }

  /// The variance of independent numbers, with 1/(count − 1), and its standard error from their fourth central moment.
  init(varianceOf values: [Double], expected: Double? = nil) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let second = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let fourth = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) } / count
    self.init(
      second * count / (count - 1), uncertainty: (max(0, fourth - second * second) / count).squareRoot(),
      expected: expected)
  }
}

extension Spectrum {
  /// The mean of σ^{2k} over all values; those below the noise floor are as good as 0.
  func moment(_ k: Int) -> Double {
    logSingularValues.reduce(0) { $0 + Double.exp(2 * Double(k) * $1) } / Double(count)
  }
}
