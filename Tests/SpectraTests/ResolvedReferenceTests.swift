import Foundation
import Spectra
import Testing

/// `Fixtures/resolved.json`: all singular values of deep stacks in thousands of bits, with a forward pass in as many, from
/// an independent implementation (`Benchmarks/peers/make_resolved_fixture.py`).
private struct ResolvedReference: Decodable, Sendable {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    struct Settings: Decodable, Sendable {
      var architecture: Connection
      var depth, sample: Int
      var block: Block
      var width, tokens, heads, hidden: Int
      var activation: ActivationName
      var `init`: InitializerName
      var gain: Double
      var sigmaW, sigmaB, alpha: Double?
      var finalNorm: Bool
      var mask: AttentionMask
      var seed: UInt64
    }
    struct Values: Decodable, Sendable {
      var layer: Int
      var logSingularValues: [Double]
      var zeros: Int
      var unknown: Int?
      var below: Double?
    }
    var name: String
    var configuration: Settings
    var spectra: [Values]
    var testDescription: String { name }

    func configuration(_ method: MethodChoice) -> Configuration {
      var result = Configuration()
      (result.architectures, result.depths, result.block) = (
        [.init(configuration.architecture)], [configuration.depth], configuration.block
      )
      (result.width, result.activation, result.initializer) = (
        configuration.width, Variant(configuration.activation), configuration.`init`
      )
      if configuration.block == .transformer {
        (result.tokens, result.heads, result.hidden) = (
          configuration.tokens, configuration.heads, configuration.hidden
        )
        result.mask = configuration.mask
      }
      (result.gain, result.alpha, result.finalNorm) = (
        configuration.gain, configuration.alpha, configuration.finalNorm
      )
      (result.sigmaW, result.sigmaB) = (configuration.sigmaW, configuration.sigmaB)
      (result.seed, result.firstSample, result.samples) = (configuration.seed, configuration.sample, 1)
      (result.layers, result.method) = (.some(spectra.map(\.layer)), method)
      return result
    }
  }

  var cases: [Case]

  static let shared: ResolvedReference = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/resolved.json")
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(ResolvedReference.self, from: Data(contentsOf: file))
    } catch {
      preconditionFailure("The fixture \(file.path) cannot be read: \(error)")
    }
  }()

  /// Where one factor is so ill-conditioned in double precision that live values are known to less than 1e-8: a vanilla
  /// stack or one of `norm` at the layers where its tokens are nearly equal, and units whose slope is nearly 0.
  static let illConditioned: Set<String> = ["vanilla 6/3", "norm 4/2", "norm 4/3", "vanilla 12/3"]
}

@Suite("Against true spectra") struct ResolvedReferenceTests {
  @Test(
    "Every live value is right, zeros and unresolved ones are counted right, the error is honest",
    arguments: ResolvedReference.shared.cases)
  fileprivate func values(reference: ResolvedReference.Case) throws {
    let records = try reference.configuration(.resolved).spectra(threads: 1)
    for expected in reference.spectra {
      let record = try #require(records.first { $0.layer == expected.layer })
      let spectrum = try #require(record.spectrum, "\(record.reason ?? "")")
      let label = "\(reference.name)/\(expected.layer)"
      #expect(spectrum.method == .resolved && spectrum.zeros == expected.zeros, "\(label)")
      let known = expected.logSingularValues.count
      #expect(spectrum.logSingularValues.count + spectrum.unresolved == known + (expected.unknown ?? 0), "\(label)")
      // Live values stand above all unresolved ones, but these need not be below each live one in truth.
      var left = expected.logSingularValues
      var farthest = 0.0
      for value in spectrum.logSingularValues {
        let nearest = try #require(left.indices.min { abs(left[$0] - value) < abs(left[$1] - value) })
        farthest = max(farthest, abs(left.remove(at: nearest) - value))
      }
      let error = try #require(spectrum.logError)
      #expect(farthest <= error, "\(label)")
      if !ResolvedReference.illConditioned.contains(label) { #expect(farthest < 1e-8, "\(label)") }
      if let largest = left.max() ?? expected.below {
        #expect(largest < (spectrum.unresolvedBelow ?? -.infinity), "\(label)")
      }
    }
  }

  @Test("The fixture covers what the method is for")
  func coverage() {
    let cases = ResolvedReference.shared.cases
    let connections = Set(cases.map(\.configuration.architecture))
    #expect(connections.isSuperset(of: [.postLN, .preLN, .residual, .rezero, .vanilla, .norm]))
    #expect(cases.contains { $0.configuration.architecture == .postLN && $0.configuration.depth == 64 })
    // Far below anything a double can hold.
    #expect(cases.flatMap(\.spectra).contains { $0.logSingularValues.last ?? 0 < -6000 })
  }
}
