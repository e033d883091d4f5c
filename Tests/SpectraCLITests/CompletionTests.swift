import Foundation
import TestSupport
import Testing

@Suite("Shell completions", .timeLimit(.minutes(10)))
struct CompletionTests {
  @Test("Every script names every subcommand and its options", arguments: ["bash", "zsh", "fish"])
  func complete(shell: String) throws {
    let script = try Command(["--generate-completion-script", shell])
    #expect(script.status == 0 && script.error.isEmpty)
    let subcommands = try CommandTree.spectra().shownSubcommands
    #expect(subcommands.contains { $0.commandName == "jacobian" && $0.options.contains("arch") })
    for subcommand in subcommands {
      let part = Self.part(of: script.output, shell: shell, subcommand: subcommand.commandName)
      for option in subcommand.options {
        let word = try Regex(shell == "fish" ? "-l '\(option)'" : "--\(option)(?![a-z-])")
        #expect(part.contains(word), "\(shell) does not know \(subcommand.commandName) --\(option)")
      }
    }
  }

  /// A fish script has a line for each option, the others a function for each subcommand.
  private static func part(of script: String, shell: String, subcommand: String) -> String {
    let lines = script.split(separator: "\n")
    if shell == "fish" { return lines.filter { $0.contains("\"spectra \(subcommand)\"") }.joined(separator: "\n") }
    return lines.drop { $0 != "_spectra_\(subcommand)() {" }.prefix { $0 != "}" }.joined(separator: "\n")
  }

  @Test("What is no number and no free text is completed")
  func values() throws {
    for subcommand in try CommandTree.spectra().shownSubcommands {
      for argument in subcommand.arguments ?? [] where argument.kind != "flag" {
        guard let value = argument.valueName, !["n", "x", "n,m,...", "x,y,...", "lo,hi", "text"].contains(value) else {
          continue
        }
        let name = argument.names?.last?.name ?? "argument"
        #expect(argument.completionKind != nil, "\(subcommand.commandName) --\(name) \(value)")
      }
    }
  }

  /// The last word of each line, completed by bash itself.
  @Test(
    "Bash completes subcommands, options and values",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash")),
    arguments: [
      ("spectra fig", "figure5"), ("spectra jacobian --ar", "--arch"), ("spectra jacobian --block ", "transformer fc"),
      ("spectra jacobian --arch pre-ln,res", "pre-ln,residual"),
      // What is on the list is not offered again, whatever has been set for it.
      ("spectra jacobian --arch rezero:alpha=1,re", "rezero:alpha=1,residual rezero:alpha=1,reversible"),
      ("spectra jacobian --fail-on vanishing,ex", "vanishing,exploding"),
      ("spectra jacobian --weights ", "a.safetensors folder"), ("spectra jacobian --export ", "folder"),
      ("spectra figure5 --output b", "b.txt"), ("spectra architectures --format j", "json"),
      // The default subcommand.
      ("spectra --ar", "--arch"), ("spectra --depth 4 --method r", "resolved"),
      ("spectra --arch pre-ln,res", "pre-ln,residual"),
    ])
  func bash(line: String, completions: String) throws {
    let driver = """
      eval "$(spectra --generate-completion-script bash)"
      COMP_LINE=\(Self.quoted(line)); COMP_POINT=${#COMP_LINE}
      read -ra COMP_WORDS <<<"$COMP_LINE"
      [[ $COMP_LINE == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      function=$(complete -p spectra | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
      "$function" spectra "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "${COMPREPLY[@]}" | LC_ALL=C sort
      """
    try withTemporaryFolder { folder in
      for name in ["a.safetensors", "b.txt"] { try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
      try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: false)
      let bash = try Command(shell: "exec bash --norc -c \(Self.quoted(driver))", in: folder)
      #expect(bash.status == 0 && bash.error.isEmpty, "\(bash.error)")
      #expect(bash.output.split(separator: "\n") == completions.split(separator: " ").sorted())
    }
  }

  private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }

  @Test("Zsh and fish scripts were found to be as the default subcommand needs them", arguments: ["zsh", "fish"])
  func defaultSubcommand(shell: String) throws {
    let script = try Command(["--generate-completion-script", shell]).output
    #expect(script.contains("# Where an option comes first, the subcommand is the default one.\n"))
  }

  @Test("An unknown shell is the user's error")
  func unknown() throws {
    let command = try Command(["--generate-completion-script", "cmd"])
    #expect(command.status == 64 && command.output.isEmpty)
  }
}
