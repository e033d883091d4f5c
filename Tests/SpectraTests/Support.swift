import Foundation
import Synchronization
import Testing

@testable import Spectra

extension [ArchitectureSpecification] {
  /// All connections that are defined for a block.
  static func all(for block: Block) -> Self {
    Connection.allCases.filter { $0.applies(to: block) }.map { ArchitectureSpecification($0) }
  }
}

extension Configuration {
  /// A small run: width 8, 3 tokens, 2 heads, depth 3, 2 samples, changed by `change`.
  static func small(_ change: (inout Configuration) -> Void = { _ in }) -> Configuration {
    var configuration = Configuration()
    (configuration.width, configuration.tokens, configuration.heads) = (8, 3, 2)
    (configuration.depths, configuration.samples) = ([3], 2)
    change(&configuration)
    return configuration
  }

  /// The spectra of this configuration.
  func spectra(threads: Int = 2) throws -> [SpectrumRecord] { try Experiment(self).spectra(threads: threads) }

  /// Everything that an export of this configuration would write, by name.
  func exports() throws -> [String: ExportedSample] {
    let found = Mutex<[String: ExportedSample]>([:])
    _ = try Experiment(self).spectra(threads: 2, export: { sample in found.withLock { $0[sample.name] = sample } })
    return found.withLock { $0 }
  }
}

extension ExportedSample {
  /// A signal (`input`, `output`, `jacobian`) in double precision.
  func signal(_ name: String) throws -> Tensor<Double> { try signals.tensor(named: name) }
}

/// What `body` throws, which must be an error of one type whose text is one sentence in one line.
func thrown<E: Error & CustomStringConvertible>(
  _ type: E.Type, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> E? {
  do {
    try body()
    Issue.record("No error was thrown.", sourceLocation: sourceLocation)
  } catch let error as E {
    let text = error.description
    #expect(text.hasSuffix(".") && !text.contains("\n"), "no sentence: \(text)", sourceLocation: sourceLocation)
    return error
  } catch {
    Issue.record("Another error: \(error)", sourceLocation: sourceLocation)
  }
  return nil
}

/// A record's place in a run.
struct Place: Hashable {
  var panel: Panel
  var sample: Int
  init(_ record: SpectrumRecord) { (panel, sample) = (record.panel, record.sample) }
}

extension [SpectrumRecord] {
  var byPlace: [Place: SpectrumRecord] { Dictionary(uniqueKeysWithValues: map { (Place($0), $0) }) }
}
