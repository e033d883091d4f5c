/// An architecture as `--arch` names it: a connection with settings, and options that hold for it alone.
///
/// ```text
/// post-ln    xskip:lambda=2    vanilla:attention=e-spa:gamma=0.005    post-ln:norm=rmsnorm:activation=gelu
/// ```
///
/// Parts are separated by colons, for commas separate architectures. A setting belongs to the nearest part before it that
/// has one of its name; every other key is an option of the command line.
public struct ArchitectureSpecification: Sendable, Hashable {
  /// How skip, norm and branch combine.
  public let connection: Variant<Connection>
  /// What holds for this architecture alone, in the order in which it was named, the value with its settings.
  public let options: [Override]

  /// An option of the command line with its value as text, `attention` and `e-spa:gamma=0.005`.
  public struct Override: Sendable, Hashable {
    public let option: NetworkOption
    public let value: String
  }

  /// A connection with everything else as the configuration has it.
  public init(_ connection: Variant<Connection>) { (self.connection, options) = (connection, []) }

  /// A connection with its default settings and everything else as the configuration has it.
  public init(_ connection: Connection) { self.init(Variant(connection)) }

  /// The architecture of a text.
  ///
  /// - Throws: `VariantError` that says what is unknown, what is known, or what a value must be.
  public init(text: String) throws(VariantError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let name = Connection(rawValue: parts[0]) else {
      throw .unknown(parts[0], kind: "a connection", known: Connection.allCases.map(\.rawValue))
    }
    var connection = Variant(name)
    var options: [(option: NetworkOption, value: String)] = []
    for part in parts.dropFirst() {
      // The end of a value that has a colon itself, as ngram:4.
      if !part.contains("="), let last = options.indices.last, options[last].value.hasPrefix("ngram") {
        options[last].value += ":" + part
        continue
      }
      let (key, value) = try Setting.parts(part, of: text)
      if let option = NetworkOption(rawValue: key) {
        options.append((option, value))
      } else if let place = options.lastIndex(where: { $0.option.settingNames(of: $0.value).contains(key) }) {
        options[place].value += ":" + part
      } else if connection.has(key) {
        try connection.set(key, value)
      } else {
        throw Self.misplaced(key, value, of: connection.name, options, in: text)
      }
    }
    self.connection = connection
    // Values as they print themselves, and each of them checked.
    var scratch = Configuration()
    self.options = try options.map { (option, value) throws(VariantError) in
      try scratch.set(option, to: value)
      return Override(option: option, value: scratch.text(of: option) ?? value)
    }
    let repeated = options.indices.first { index in options[..<index].contains { $0.option == options[index].option } }
    if let repeated {
      throw VariantError("'\(text)' names \(options[repeated].option.rawValue) twice; name it once.")
    }
  }
}

extension ArchitectureSpecification {
  /// What is wrong with a setting that no part before it has: whose it is, where it is anybody's.
  private static func misplaced(
    _ key: String, _ value: String, of connection: Connection, _ options: [(option: NetworkOption, value: String)],
    in text: String
  ) -> VariantError {
    let owners = NetworkOption.allCases.compactMap { option in
      option.named.first { $0.settings.contains(key) }.map { (option: option, name: $0.name) }
    }
    // Of a part that is named, it is one that others of its kind have.
    if let (option, named) = options.last(where: { named in owners.contains { $0.option == named.option } }) {
      let name = String(named.prefix { $0 != ":" })
      if let known = option.named.first(where: { $0.name == name })?.settings {
        return known.isEmpty
          ? VariantError("'\(key)' is unknown: \(name) has no settings.")
          : .unknown(key, kind: "a setting of \(name)", known: known)
      }
    }
    let connections = Connection.allCases.filter { $0.settings.contains { $0.key == key } }.map(\.rawValue)
    if let (option, name) = owners.first {
      let others = connections.isEmpty ? "" : "\(connections.joined(separator: ", ")) and of "
      return VariantError(
        "'\(key)' is a setting of \(others)\(option.rawValue), not of \(connection.rawValue): name "
          + (connections.isEmpty ? "it" : "\(option.rawValue)") + " first, \(option.rawValue)=\(name):\(key)=\(value).")
    }
    if !connections.isEmpty {
      return VariantError(
        "'\(key)' is a setting of \(connections.joined(separator: ", ")), not of \(connection.rawValue); name one that has it."
      )
    }
    let settings = connection.settings.map(\.key) + options.flatMap { $0.option.settingNames(of: $0.value) }
    var error = VariantError.unknown(
      key, kind: "a setting in '\(text)'", known: settings + NetworkOption.allCases.map(\.rawValue))
    // A slip in the name of a setting may be meant for any of them.
    error.known += NetworkOption.allCases.flatMap { $0.named.flatMap(\.settings) }
    return error
  }
}

extension ArchitectureSpecification: CodedAsText {
  /// As it is named.
  public var description: String {
    options.reduce(connection.description) { "\($0):\($1.option.rawValue)=\($1.value)" }
  }
}

extension ArchitectureSpecification {
  public static let vanilla = Self(.vanilla)
  public static let residual = Self(.residual)
  public static let rezero = Self(.rezero)
  public static let norm = Self(.norm)
  public static let postLN = Self(.postLN)
  public static let preLN = Self(.preLN)
}

extension ArchitectureSpecification {
  /// The first part of the name that says what weights are at initialisation and nothing else, as `key=value`.
  public var initialSetting: String? {
    let laws: Set<NetworkOption> = [.initializer, .gain, .sigmaW, .sigmaB, .packing]
    if let law = options.first(where: { laws.contains($0.option) }) { return "\(law.option.rawValue)=\(law.value)" }
    if let setting = connection.initialSetting { return setting }
    let attention = options.first { $0.option == .attention }.flatMap { try? Variant<AttentionName>(text: $0.value) }
    return attention?.initialSetting
  }
}
