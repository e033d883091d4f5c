import Foundation

/// The command with all its subcommands and options, as the argument parser tells of them: what a test derives from it
/// cannot forget a command that comes later.
struct CommandTree: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String
    }

    /// What a shell offers for a value: its associated values are not needed here.
    struct Completion: Decodable {}

    /// `option`, `flag` or `positional`.
    var kind: String
    var names: [Name]?
    var valueName: String?
    var completionKind: Completion?
    var shouldDisplay: Bool
  }

  var commandName: String
  var subcommands: [CommandTree]?
  var arguments: [Argument]?

  /// The command itself.
  static func spectra() throws -> CommandTree {
    struct Dump: Decodable { var command: CommandTree }
    let dump = try Command(["--experimental-dump-help"])
    return try JSONDecoder().decode(Dump.self, from: Data(dump.output.utf8)).command
  }

  /// Those that have help of their own.
  var shownSubcommands: [CommandTree] { (subcommands ?? []).filter { $0.commandName != "help" } }

  /// Long names of options and flags, without the hyphens.
  var options: [String] {
    (arguments ?? []).filter(\.shouldDisplay).flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map(\.name)
  }
}
