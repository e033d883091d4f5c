#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Everything that can be named on the command line, with its equation and source.
public struct Catalogue: Codable, Sendable, Equatable {
  /// Something with a name.
  public struct Entry: Codable, Sendable, Equatable {
    public var name: String
    public var equation: String
    /// The publication or program it comes from; nil for common knowledge.
    public var source: String?
  }

  /// The format's name and version.
  public var schema = "spectra.architectures/1"
  /// Values of `--arch`: how skip, norm and branch combine.
  public var architectures = Connection.allCases.map {
    Entry(name: $0.rawValue, equation: "x -> \($0.equation)", source: $0.source)
  }
  /// Values of `--block`: what F is.
  public var blocks = Block.allCases.map { Entry(name: $0.rawValue, equation: $0.equation, source: nil) }
  /// Values of `--init`.
  public var initializers = InitializerName.allCases.map {
    Entry(name: $0.rawValue, equation: $0.equation, source: $0.source)
  }
  /// Values of `--activation`.
  public var activations = ActivationName.allCases.map {
    Entry(name: $0.rawValue, equation: $0.equation, source: nil)
  }
  /// Values of `--mask`.
  public var masks = [
    Entry(name: AttentionMask.none.rawValue, equation: AttentionMask.none.equation, source: nil),
    Entry(name: AttentionMask.causal.rawValue, equation: AttentionMask.causal.equation, source: nil),
    Entry(
      name: "ngram:N", equation: "token i attends to i − N + 1 ≤ j ≤ i, N ≥ 1",
      source: "Chelba et al. 2020, arXiv 2001.04589"),
  ]

  public init() {}

  /// The list as JSON.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The list for people.
  public func text(style: TextStyle) -> String {
    let sections = [
      ("--arch: how skip, norm and branch F combine", architectures), ("--block: what F is", blocks),
      ("--init: how weights are drawn", initializers), ("--activation", activations), ("--mask", masks),
    ]
    let width = sections.flatMap { $0.1.map(\.name.count) }.max() ?? 0
    let lines = sections.map { title, entries in
      ([title]
        + entries.flatMap { entry -> [String] in
          let name = entry.name.padding(to: width)
          let source = entry.source.map { ["  " + String(repeating: " ", count: width) + "  " + $0] } ?? []
          return ["  \(name)  \(entry.equation)"] + source
        }).joined(separator: "\n")
    }
    return style.rendered(lines.joined(separator: "\n\n") + "\n")
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
