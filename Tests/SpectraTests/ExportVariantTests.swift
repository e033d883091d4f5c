import Foundation
import TestSupport
import Testing

@testable import Spectra

@Suite("Exports of variants")
struct ExportVariantTests {
  /// Every normaliser, attention, feed-forward, position and activation that has parameters or constants of its own.
  static let variants: [(block: Block, texts: [String])] = [
    (
      .transformer,
      NormalizerName.allCases.map { "pre-ln:norm=\($0.rawValue):final-norm=true" }
        + AttentionName.allCases.map { "weighted:attention=\($0.rawValue):queries=drawn:qk-norm=layernorm" }
        + FeedForwardName.allCases.map { "sub-ln:norm=rmsnorm:feed-forward=\($0.rawValue)" }
        + InitializerName.allCases.map { "residual:init=\($0.rawValue)" }
        + [
          "admin:omega=1.5", "reversible:heads=2:kv-heads=1:positions=rotary", "parallel:positions=sinusoidal",
          "sub-ln:activation=crelu", "deepnorm:mask=ngram:2:init=gaussian:sigma-b=0.5", "xskip-bn:lambda=0.1",
          "vanilla:activation=tanh:transform=dks:init=suo", "vanilla:activation=gelu:transform=tat:layers=9",
          "vanilla:activation=leaky-relu:transform=tat:eta=0.2",
        ]
    ),
    (
      .fc,
      NormalizerName.allCases.map { "pre-ln:norm=\($0.rawValue)" } + [
        "reversible", "vanilla:activation=crelu:init=looks-linear", "admin", "xskip-bn:lambda=0.1",
        "vanilla:activation=leaky-relu:slope=0.3:init=he-uniform",
      ]
    ),
  ]

  @Test("`--weights` of an export gives the spectrum back", arguments: variants.indices, Precision.allCases)
  func variantsRoundTrip(index: Int, precision: Precision) throws {
    let (block, texts) = Self.variants[index]
    let architectures = try texts.map { try ArchitectureSpecification(text: $0) }
    try withTemporaryFolder { folder in
      let configuration = Configuration.small {
        ($0.block, $0.precision, $0.samples, $0.architectures) = (block, precision, 1, architectures)
      }
      let exporter = try Exporter(folder)
      let record = try Experiment(configuration).run(threads: 2, export: exporter.write)
      try exporter.commit()
      #expect(record.spectra.count == texts.count)
      for spectrum in record.spectra {
        #expect(spectrum.measurement != nil, "\(spectrum.architecture)")
        let label = spectrum.architecture.replacingOccurrences(of: ":", with: "_")
        let again = try ExportTests.adopting("\(folder)/\(label)-depth3-sample0.weights.safetensors")
        #expect(try again.spectra() == [spectrum], "\(spectrum.architecture)")
      }
    }
  }
}
