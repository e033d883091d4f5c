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
    /// What it can be set to, after a colon: `xskip:lambda=2`.
    public var settings: [SettingEntry] = []
  }

  /// What can be set of something with a name.
  public struct SettingEntry: Codable, Sendable, Equatable {
    public var name: String
    /// The value that holds where none is given, or how it follows from the network.
    public var defaultValue: String
    public var allowed: String
    /// The words that it may be, the default first; empty where it is a number only.
    public var words: [String]
    public var meaning: String

    enum CodingKeys: String, CodingKey {
      case name
      case defaultValue = "default"
      case allowed, words, meaning
    }
  }

  /// The format's name and version.
  public var schema = "spectra.architectures/1"
  /// Values of `--arch`: how skip, norm and branch combine.
  public var architectures = entries(Connection.self, source: \.source) { "x -> \($0.equation)" }
  /// Values of `--block`: what F is.
  public var blocks = Block.allCases.map { Entry(name: $0.rawValue, equation: $0.equation) }
  /// Values of `--norm`: what N is.
  public var norms = entries(NormalizerName.self, source: \.source) { "x -> \($0.equation)" }
  /// Values of `--attention`: the matrix A of MHA(x) = A V.
  public var attentions = entries(AttentionName.self, source: \.source) { "A = \($0.equation)" }
  /// Values of `--feed-forward`.
  public var feedForwards = FeedForwardName.allCases.map {
    Entry(name: $0.rawValue, equation: $0.equation, source: $0.source)
  }
  /// Values of `--init`.
  public var initializers = InitializerName.allCases.map {
    Entry(name: $0.rawValue, equation: $0.equation, source: $0.source)
  }
  /// Values of `--activation`.
  public var activations = entries(ActivationName.self, source: \.source) { $0.equation }
  /// Values of `--mask`.
  public var masks = [
    Entry(name: AttentionMask.none.rawValue, equation: AttentionMask.none.equation),
    Entry(name: AttentionMask.causal.rawValue, equation: AttentionMask.causal.equation),
    Entry(
      name: "ngram:N", equation: "token i attends to i − N + 1 ≤ j ≤ i, N ≥ 1",
      source: "Chelba et al. 2020, arXiv 2001.04589"),
  ]
  /// Values of `--positions`.
  public var positions = PositionName.allCases.map {
    Entry(name: $0.rawValue, equation: $0.equation, source: $0.source)
  }
  /// Options that may stand in an architecture's name and hold for it alone: `post-ln:norm=rmsnorm`.
  public var options = NetworkOption.allCases.map(\.rawValue)

  enum CodingKeys: String, CodingKey {
    case schema, architectures, blocks, norms, attentions
    case feedForwards = "feed_forwards"
    case initializers, activations, masks, positions, options
  }

  private static func entries<Name: VariantName>(
    _ type: Name.Type, source: (Name) -> String?, equation: (Name) -> String
  ) -> [Entry] {
    Name.allCases.map { name in
      Entry(
        name: name.rawValue, equation: equation(name), source: source(name),
        settings: name.settings.map { SettingEntry($0) })
    }
  }

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
      ("--arch: how skip, norm N and branch F combine", architectures), ("--block: what F is", blocks),
      ("--norm: what N is", norms), ("--attention: the matrix A that multiplies values, MHA(x) = A V", attentions),
      ("--feed-forward", feedForwards), ("--activation", activations), ("--init: how weights are drawn", initializers),
      ("--mask", masks), ("--positions", positions),
    ]
    let width = sections.flatMap { $0.1.map(\.name.count) }.max() ?? 0
    let indent = String(repeating: " ", count: width + 4)
    func settings(_ settings: [SettingEntry]) -> [String] {
      settings.map { style.paragraph($0.text, head: indent + "\($0.name) = ") }
    }
    var lines = sections.map { title, entries in
      let groups = Self.sharedSettings(of: entries)
      let shared = groups.flatMap(\.settings)
      let own = entries.flatMap { entry in
        [style.paragraph(entry.equation, head: "  \(entry.name.padding(to: width))  ")]
          + (entry.source.map { [style.paragraph($0, head: indent)] } ?? [])
          + settings(entry.settings.filter { !shared.contains($0) })
      }
      let common = groups.flatMap { [style.paragraph("\($0.names):", head: "  ")] + settings($0.settings) }
      return ([style.paragraph(title)] + own + common).joined(separator: "\n")
    }
    lines.append(
      [
        style.paragraph("Settings and options stand after colons, and hold for that architecture alone:"),
        "  --arch xskip:lambda=2,vanilla:attention=e-spa:gamma=0.2",
        style.paragraph("A setting belongs to the nearest part before it that has one of its name."),
        "Options that may stand there:", style.paragraph(options.joined(separator: ", "), head: "  "),
      ].joined(separator: "\n"))
    return style.rendered(lines.joined(separator: "\n\n") + "\n")
  }
}

extension Catalogue {
  /// The settings that most entries with settings have alike, which are said once, and whose they are: `all`, `all but
  /// crelu` or their names.
  private static func sharedSettings(of entries: [Entry]) -> [(names: String, settings: [SettingEntry])] {
    var groups: [(owners: [String], settings: [SettingEntry])] = []
    for setting in entries.flatMap(\.settings) where !groups.contains(where: { $0.settings.contains(setting) }) {
      let owners = entries.filter { $0.settings.contains(setting) }.map(\.name)
      guard owners.count > 1, 2 * owners.count > entries.count(where: { !$0.settings.isEmpty }) else { continue }
      if let place = groups.firstIndex(where: { $0.owners == owners }) {
        groups[place].settings.append(setting)
      } else {
        groups.append((owners, [setting]))
      }
    }
    return groups.map { owners, settings in
      let others = entries.map(\.name).filter { !owners.contains($0) }
      let names = owners.joined(separator: ", ")
      let rest = others.isEmpty ? "all" : "all but \(others.joined(separator: ", "))"
      return (rest.count <= names.count ? rest : names, settings)
    }
  }
}

extension Catalogue.SettingEntry {
  fileprivate init(_ setting: Setting) {
    let words: [String] =
      switch setting.kind {
      case .word(let words), .wordOrNumber(let words): words
      case .flag: ["true", "false"]
      case .number, .between, .count: []
      }
    self.init(
      name: setting.key, defaultValue: setting.rule, allowed: setting.allowed,
      words: words.filter { $0 == setting.rule } + words.filter { $0 != setting.rule }, meaning: setting.meaning)
  }

  /// What follows its name in the list: the words it may be, or the number it is by default and which others it may be.
  fileprivate var text: String { "\(values): \(meaning)" }

  private var values: String {
    let anyNumber = "a finite number"
    guard words.isEmpty else {
      return (words + (allowed.hasSuffix(anyNumber) ? ["a number"] : [])).joined(separator: " | ")
    }
    return allowed == anyNumber ? defaultValue : "\(defaultValue) (\(allowed))"
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
