import ArgumentParser

/// What a shell offers for the value of an option.
extension CompletionKind {
  /// One of the names of a type.
  static func name<Name: RawRepresentable<String> & CaseIterable>(of type: Name.Type) -> CompletionKind {
    .list(type.allCases.map(\.rawValue))
  }

  /// Names of a type separated by commas: the shell asks the command, since a list in its script would end at the first.
  static func names<Name: RawRepresentable<String> & CaseIterable>(of type: Name.Type) -> CompletionKind {
    let names = type.allCases.map(\.rawValue)
    return .custom { words, index, prefix in
      // Where fish 3 counts the cursor by the unquoted word, the word itself is what has been typed.
      let typed = prefix.isEmpty && words.indices.contains(index) ? words[index] : prefix
      return completions(of: typed, among: names)
    }
  }

  /// A list begun, continued by each name that is not in it.
  static func completions(of list: String, among names: [String]) -> [String] {
    guard let comma = list.lastIndex(of: ",") else { return names }
    let begun = list[...comma]
    // What a name sets after a colon does not make it another one.
    let given = begun.split(separator: ",").map { $0.prefix { $0 != ":" } }
    return names.filter { !given.contains($0[...]) }.map { begun + $0 }
  }
}
