import ArgumentParser
import Spectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension SpectraCommand {
  /// Parses the command line, runs and ends the process.
  ///
  /// What the parser itself says on standard output (help, version, scripts) is written as everything else is: a full
  /// disk is an error.
  static func launch() -> Never {
    boundWidth()
    do {
      if let script = CompletionScript.asked(by: CommandLine.arguments) { try say(script) }
      var command = try parseAsRoot()
      try command.run()
      exit()
    } catch {
      guard exitCode(for: error) == .success else { exit(withError: error) }
      do { try say(fullMessage(for: error) + "\n") } catch { exit(withError: error) }
    }
  }

  private static func say(_ text: String) throws -> Never {
    try Exit.mapping { try StandardOutput.write(text) }
    exit()
  }

  /// Help has the widths of reports: the parser's traps where its second column has no room.
  private static func boundWidth() {
    let named = getenv("COLUMNS").flatMap { Int(String(cString: $0)) }
    let style = named.map { TextStyle(width: $0) } ?? .forStandardOutput()
    setenv("COLUMNS", "\(style.width)", 1)
  }
}
