import Synchronization
import Testing

@testable import Spectra

/// `==` on records compares every number exactly, so equality here is equality bit for bit (but for the sign of 0).
@Suite("Reproducible spectra")
struct ReproducibilityTests {
  static func comparison(_ precision: Precision) -> Configuration {
    .small {
      $0.architectures = [.postLN, .preLN, .rezero, .vanilla]
      $0.depths = [1, 4, 2]
      $0.samples = 3
      $0.alpha = 0.3
      $0.precision = precision
    }
  }

  @Test("Any number of threads", arguments: Precision.allCases, RandomSource.allCases)
  func threads(precision: Precision, rng: RandomSource) throws {
    var configuration = Self.comparison(precision)
    configuration.rng = rng
    let alone = try configuration.spectra(threads: 1)
    #expect(alone.count == 4 * 3 * 3)
    #expect(alone.allSatisfy { $0.status == .ok })
    for threads in [2, 3, 64] { #expect(try configuration.spectra(threads: threads) == alone) }
  }

  @Test("One sample whose tangents are shared among threads", arguments: Precision.allCases)
  func sharedTangents(precision: Precision) throws {
    let configuration = Configuration.small {
      // So wide inside that the 24 tangents make three blocks.
      ($0.hidden, $0.depths, $0.samples, $0.precision) = (8192, [2], 1, precision)
    }
    let alone = try configuration.spectra(threads: 1)
    for threads in [2, 3, 64] { #expect(try configuration.spectra(threads: threads) == alone) }
  }

  @Test("Any order of architectures and depths", arguments: Precision.allCases)
  func order(precision: Precision) throws {
    let configuration = Self.comparison(precision)
    var reversed = configuration
    reversed.architectures.reverse()
    reversed.depths.reverse()
    let (forward, backward) = (try configuration.spectra(), try reversed.spectra())
    #expect(forward.map(\.panel) != backward.map(\.panel))
    #expect(forward.byPlace == backward.byPlace)
  }

  @Test("A sample computed alone", arguments: Precision.allCases)
  func alone(precision: Precision) throws {
    let configuration = Self.comparison(precision)
    for record in try configuration.spectra() where record.depth != 1 {
      var own = configuration
      own.architectures = configuration.architectures.filter { $0.description == record.architecture }
      (own.depths, own.samples, own.firstSample) = ([record.depth], 1, record.sample)
      if own.architectures != [.rezero] { own.alpha = nil }
      #expect(try own.spectra() == [record])
    }
  }

  @Test("With PyTorch's generator a sample depends on those before it, and only on those")
  func torchPrefix() throws {
    var configuration = Self.comparison(.float)
    configuration.rng = .torch
    let all = try configuration.spectra()
    configuration.samples = 2
    #expect(try configuration.spectra() == all.filter { $0.sample < 2 })
    (configuration.samples, configuration.firstSample) = (1, 2)
    #expect(try configuration.spectra() == all.filter { $0.sample == 2 })
    // The stream is sequential: without the first architecture, the others draw what it drew.
    configuration.architectures.removeFirst()
    #expect(try configuration.spectra() != all.filter { $0.sample == 2 && $0.architecture != "post-ln" })
  }

  @Test("Seeds and samples differ")
  func different() throws {
    let first = try Configuration.small().spectra()
    let other = try Configuration.small { $0.seed = 1 }.spectra()
    let spectra = (first + other).compactMap(\.spectrum?.logSingularValues)
    #expect(Set(spectra).count == 4)
  }

  @Test("Progress counts every sample once, from 0 to all")
  func progress() throws {
    let seen = Log()
    _ = try Experiment(.small { $0.samples = 5 }).run(threads: 2, progress: { seen.add($0, $1) })
    #expect(seen.pairs.map(\.0).sorted() == [0, 1, 2, 3, 4, 5])
    #expect(seen.pairs.allSatisfy { $0.1 == 5 })
  }
}

/// What was reported from several threads.
private final class Log: Sendable {
  private let state = Mutex<[(Int, Int)]>([])
  func add(_ done: Int, _ total: Int) { state.withLock { $0.append((done, total)) } }
  var pairs: [(Int, Int)] { state.withLock { $0 } }
}
