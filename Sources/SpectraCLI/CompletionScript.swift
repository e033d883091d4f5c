import ArgumentParser

/// A shell's completion script: the argument parser's, taught that `spectra --arch …` is `spectra jacobian --arch …`.
///
/// The parser knows a default subcommand, and its scripts do not. Where one of its releases writes them otherwise than is
/// expected here they stay as they are; the tests say so.
enum CompletionScript {
  /// The script that a command line asks for, or nil if it asks for something else.
  static func asked(by arguments: [String]) -> String? {
    let words = arguments.dropFirst().flatMap { $0.split(separator: "=", maxSplits: 1) }
    guard words.count == 2, words[0] == "--generate-completion-script" else { return nil }
    return CompletionShell(rawValue: String(words[1])).map(text)
  }

  static func text(for shell: CompletionShell) -> String {
    let script = SpectraCommand.completionScript(for: shell)
    return switch shell {
    case .bash: script + "\n" + bash
    case .zsh: inserting(zsh, after: "    emulate -RL zsh -G\n", in: script)
    case .fish: inserting(fish, after: "    set -l unparsed_tokens (__spectra_tokens -pc)\n", in: script)
    default: script
    }
  }

  /// At the first place: in zsh's script the others are those of subcommands.
  private static func inserting(_ lines: String, after line: String, in script: String) -> String {
    script.replacing(line, with: line + lines, maxReplacements: 1)
  }

  private static let bash = """

    # Where an option comes first, the subcommand is the default one.
    _spectra_with_default_subcommand() {
        if [[ "${COMP_CWORD}" -ge 1 && "${COMP_WORDS[1]}" = -* ]]; then
            COMP_LINE="${COMP_LINE/"${COMP_WORDS[0]}"/"${COMP_WORDS[0]} jacobian"}"
            COMP_POINT="$((COMP_POINT + 9))"
            COMP_WORDS=("${COMP_WORDS[0]}" jacobian "${COMP_WORDS[@]:1}")
            COMP_CWORD="$((COMP_CWORD + 1))"
        fi
        _spectra "${@}"
    }
    complete -o filenames -F _spectra_with_default_subcommand spectra

    """

  private static let zsh = """
        # Where an option comes first, the subcommand is the default one.
        if [[ "${CURRENT}" -gt 1 && "${words[2]}" = -* ]]; then
            words=("${words[1]}" jacobian "${words[@]:1}")
            (( CURRENT++ ))
        fi

    """

  private static let fish = """
        # Where an option comes first, the subcommand is the default one.
        set -l first_words $unparsed_tokens[2..] (commandline -ct)
        string match -q -- '-*' $first_words[1]; and set unparsed_tokens $unparsed_tokens[1] jacobian $unparsed_tokens[2..]

    """
}
